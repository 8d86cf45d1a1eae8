// vmsplice(2) into a pipe, one per worker: the pipe holds the worker's own pages, so the only copy is the one
// out of them, and a page must not change before it was made.
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

#include <atomic>
#include <limits>
#include <memory>
#include <new>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/futex.hpp"
#include "sys/mapping.hpp"
#include "transports/support/pipe.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {
    {"reader", "read", OptionValues::one_of("read", "vmsplice"),
     "the call that takes bytes out of the pipe; both copy, vmsplice page by page"},
    capacity_option,
};

constexpr Traits vmsplice_traits{
    .name = "pipe_vmsplice",
    .summary = "one anonymous pipe per worker, filled with the worker's own pages",
    .family = Family::single_copy,
    .naming = Naming::anonymous,
    .framing = Framing::stream,
    .payload_copies = 1,
    .needs = "Linux 2.6.17; capacity= 2.6.35",
    .peer_death = "EOF, once nobody holds the write end any more",
    .eof_on_death = true,
    .best_for = "large buffers through a pipe with one copy less; each send waits until it was read",
    .options = options,
};

// A send() below this is copied with write(2): it need not wait until it was read. A pipe takes whole pages
// at best, so vmsplice(2) has nothing to gain there.
constexpr std::size_t spliced_bytes_min = 4096;

// How far the receiver has come, in memory that both sides see. send() may not return before its pages were
// read, and a pipe cannot say when that is: it is readable and writable, but never "empty" to poll(2).
struct Progress {
  static constexpr std::uint64_t nobody = std::numeric_limits<std::uint64_t>::max();

  alignas(64) std::atomic<std::uint64_t> read_bytes{0};
  alignas(64) std::atomic<std::uint64_t> awaited_bytes{nobody};  // where the sender wants to be woken
  alignas(64) std::atomic<std::uint32_t> wakes{0};               // the futex word
  std::atomic<std::uint32_t> is_closed{0};

  // The sender's. False when the receiver has gone instead. The order of the two sides' stores and loads is
  // sequentially consistent: either the sender sees the receiver's count, or the receiver sees that it is
  // waited for.
  bool wait_until_read(std::uint64_t position) noexcept {
    awaited_bytes = position;
    for (;;) {
      const std::uint32_t seen = wakes;
      if (is_closed != 0) return false;
      if (read_bytes >= position) break;
      sys::futex_wait(wakes, seen);
    }
    awaited_bytes = nobody;
    return true;
  }
  // The receiver's. A system call only when the sender waits for just this.
  void note_read(std::uint64_t position) noexcept {
    read_bytes = position;
    if (awaited_bytes <= position) wake();
  }
  void close() noexcept {
    is_closed = 1;
    wake();
  }

 private:
  void wake() noexcept {
    ++wakes;
    sys::futex_wake_all(wakes);
  }
};

class VmspliceSender final : public Sender {
 public:
  VmspliceSender(sys::Fd fd, Progress& progress) : fd_(std::move(fd)), progress_(progress) {}

 protected:
  // One call takes what the pipe has room for. Only the last one of a send() waits for the reader, so that
  // all but a pipe full of pages is read while the rest is still being spliced.
  Moved write_some(std::span<const std::byte> bytes) override {
    const bool splices = bytes.size() >= spliced_bytes_min;
    const ssize_t count = retry_interrupted([&]() -> ssize_t {
      if (!splices) return ::write(fd_.get(), bytes.data(), bytes.size());
      // No SPLICE_F_GIFT: the pages stay the caller's, who may write to them once send() has returned.
      const iovec pages{const_cast<std::byte*>(bytes.data()), bytes.size()};
      return ::vmsplice(fd_.get(), &pages, 1, 0);
    });
    if (count < 0 && errno == EPIPE) return {Io::closed, 0};
    if (count < 0) sys::throw_errno(splices ? "vmsplice" : "write", "pipe");
    const auto moved = static_cast<std::size_t>(count);
    sent_bytes_ += moved;
    if (splices) spliced_until_bytes_ = sent_bytes_;
    const bool is_last = moved == bytes.size();
    if (is_last && spliced_until_bytes_ > read_until_bytes_) {
      if (!progress_.wait_until_read(spliced_until_bytes_)) return {Io::closed, 0};
      read_until_bytes_ = spliced_until_bytes_;
    }
    return {Io::ok, moved};
  }

 private:
  sys::Fd fd_;
  Progress& progress_;
  std::uint64_t sent_bytes_ = 0;
  std::uint64_t spliced_until_bytes_ = 0;  // the end of the last page that lies in the pipe by reference
  std::uint64_t read_until_bytes_ = 0;     // as far as we have waited
};

enum class Reader { read, vmsplice };  // in the order in which the option lists them

class VmspliceReceiver final : public Receiver {
 public:
  VmspliceReceiver(sys::Fd fd, Progress& progress, Reader reader)
      : fd_(std::move(fd)), progress_(progress), reader_(reader) {}
  ~VmspliceReceiver() override { progress_.close(); }

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    const Moved moved = reader_ == Reader::read ? moved_by(read_pipe(fd_.get(), bytes, watch), "read", "pipe")
                                                : moved_by(by_vmsplice(bytes, watch), "vmsplice", "pipe");
    read_bytes_ += moved.bytes;
    if (moved.status == Io::ok) progress_.note_read(read_bytes_);
    return moved;
  }

 private:
  // There is no way to map a pipe's pages into an array: on the read end vmsplice(2) copies as read(2) does,
  // and splice(2) wants a file or another pipe as its target.
  CallResult by_vmsplice(std::span<std::byte> bytes, Watch& watch) {
    const auto splice_now = [&](unsigned flags) {
      const iovec target{bytes.data(), bytes.size()};
      return ::vmsplice(fd_.get(), &target, 1, flags);
    };
    return call_under_watch(
        watch, [&] { return splice_now(0); }, [&] { return splice_now(SPLICE_F_NONBLOCK); });
  }

  sys::Fd fd_;
  Progress& progress_;
  Reader reader_;
  std::uint64_t read_bytes_ = 0;
};

class VmspliceSession final : public PairSession {
 public:
  explicit VmspliceSession(const SessionSpec& spec)
      : PairSession(spec.workers, [&] { return make_pipe(vmsplice_traits, spec.options); }),
        reader_(option_choice<Reader>(vmsplice_traits, spec.options, "reader")) {
    for (int worker = 0; worker < spec.workers; ++worker) {
      progress_.push_back(sys::Mapping::shared_memory(sizeof(Progress)));
      std::construct_at(reinterpret_cast<Progress*>(progress_.back().data()));
    }
  }
  std::unique_ptr<Sender> make_sender(int worker) override {
    return std::make_unique<VmspliceSender>(take_sender_end(worker), progress(worker));
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, std::make_unique<VmspliceReceiver>(take_receiver_end(worker), progress(worker), reader_)};
  }

 private:
  // For whoever attaches.
  [[nodiscard]] Progress& progress(int worker) const {
    const sys::Mapping& page = progress_.at(static_cast<std::size_t>(worker));
    sys::touch_shared(page.bytes());
    return *std::launder(reinterpret_cast<Progress*>(page.data()));
  }

  Reader reader_;
  std::vector<sys::Mapping> progress_;
};

Availability probe() {
  return available_if([] {
    const DescriptorPair pair = make_pipe(vmsplice_traits, {});
    std::byte scrap{};
    const iovec page{&scrap, sizeof scrap};
    if (::vmsplice(pair.worker.get(), &page, 1, SPLICE_F_NONBLOCK) == 1) return;
    throw std::runtime_error(errno == ENOSYS ? "the kernel has no vmsplice, or a filter hides it"
                                             : "vmsplice is forbidden here, probably by a seccomp filter");
  });
}

}  // namespace

extern constexpr Mechanism pipe_vmsplice{vmsplice_traits, probe, open_session<VmspliceSession>};

}  // namespace ipcsort::transports
