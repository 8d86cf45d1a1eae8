// io_uring(7): a large read or write is cut into pieces that go to the kernel in one system call, over a
// socket pair or a pipe. Each side has a ring of its own, made after the fork: a ring belongs to the process
// that made it.
#include <liburing.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <stdexcept>
#include <vector>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/kernel_file.hpp"
#include "sys/mapping.hpp"
#include "transports/support/descriptor_pair.hpp"
#include "transports/support/pipe.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr unsigned pieces_max = 8;

constexpr OptionTraits options[] = {
    {"over", "socket", OptionValues::one_of("socket", "pipe"), "what the operations work on"},
    {"buffers", "direct", OptionValues::one_of("direct", "registered"),
     "the kernel copies from and to our arrays, or by way of locked memory it knows: two copies more"},
    {"chunk", "256K", any_size,
     "length of one operation; a call takes eight of them, two when registered; at most 128M"},
};

constexpr Traits uring_traits{
    .name = "io_uring",
    .summary = "io_uring on one socket pair or pipe per worker, linked operations in batches",
    .family = Family::stream,
    .naming = Naming::anonymous,
    .framing = Framing::stream,
    .payload_copies = 2,
    .steps_on_the_way = pieces_max,
    .needs = "Linux 5.6; kernel.io_uring_disabled 0; buffers=registered takes from RLIMIT_MEMLOCK",
    .peer_death = "EOF, possibly late: the kernel may still hold a dead process's descriptors",
    .eof_on_death = true,
    .best_for = "programs that have a ring anyway; for one stream it only saves system calls",
    .options = options,
};

enum class Over { socket, pipe };  // in the order in which the option lists them

struct Settings {
  Over over = Over::socket;
  bool registers = false;
  std::size_t chunk_bytes = 0;

  // Registered by each side. Two operations' worth, as locked memory is scarce.
  [[nodiscard]] std::size_t area_bytes() const noexcept { return 2 * chunk_bytes; }
};

Settings settings_of(const Options& given) {
  constexpr std::size_t chunk_bytes_max = std::size_t{128} << 20;
  const Settings settings{option_choice<Over>(uring_traits, given, "over"),
                          option_text(uring_traits, given, "buffers") == "registered",
                          option_bytes(uring_traits, given, "chunk")};
  if (settings.chunk_bytes > chunk_bytes_max) {
    throw UsageError("io_uring: chunk=" + std::to_string(settings.chunk_bytes) + " is too much; at most " +
                     std::to_string(chunk_bytes_max));
  }
  return settings;
}

// What a batch came to.
struct Outcome {
  std::size_t bytes = 0;  // moved, from the start of the batch without a gap
  int result = 0;         // of the first operation that did less than it was asked: 0 or less where it failed
};

// A ring with one batch of linked operations in it at most, each of which moves one piece of a span. The
// kernel starts an operation when the one before it did all it was asked, and cancels it otherwise, so that
// no byte overtakes another.
class Ring {
 public:
  Ring() {
    constexpr unsigned entries = 2 * pieces_max;
    const int failed = ::io_uring_queue_init(entries, &ring_, 0);
    if (failed < 0) sys::throw_errno("io_uring_setup", std::to_string(entries) + " entries", -failed);
  }
  // `registered` is memory that operations may then name by its number, 0; empty: there is none.
  explicit Ring(std::span<std::byte> registered) : Ring() {
    if (!registered.empty()) register_buffers({{registered.data(), registered.size()}});
  }
  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  ~Ring() {
    cancel();
    // The kernel takes a ring apart some time later, but this it does at once: the locked memory is free for
    // the next ring.
    if (is_registered_) ::io_uring_unregister_buffers(&ring_);
    ::io_uring_queue_exit(&ring_);
  }

  void register_buffers(const std::vector<iovec>& buffers) {
    const int failed =
        ::io_uring_register_buffers(&ring_, buffers.data(), static_cast<unsigned>(buffers.size()));
    if (failed < 0) {
      sys::throw_errno("io_uring_register_buffers",
                       std::to_string(buffers.size()) + " of " + std::to_string(buffers.front().iov_len) +
                           " bytes; lower chunk=, raise RLIMIT_MEMLOCK (ulimit -l) or use buffers=direct",
                       -failed);
    }
    is_registered_ = true;
  }

  // Queues a batch: `prepare(sqe, offset, bytes)` for each piece of `bytes` bytes, or of as many as
  // fit.
  template <typename Prepare>
  void queue(std::size_t bytes, std::size_t chunk_bytes, Prepare prepare) {
    io_uring_sqe* last = nullptr;
    count_ = 0;
    for (std::size_t offset = 0; offset < bytes && count_ < pieces_max; ++count_) {
      Piece& piece = pieces_[count_];
      piece = {std::min(chunk_bytes, bytes - offset)};
      last = next_entry();
      prepare(last, offset, static_cast<unsigned>(piece.bytes));
      ::io_uring_sqe_set_data64(last, count_);
      last->flags |= IOSQE_IO_LINK;
      offset += piece.bytes;
    }
    last->flags &= static_cast<std::uint8_t>(~IOSQE_IO_LINK);
    to_come_ = count_;
  }

  // Submits what is queued and sleeps until the batch is through (true) or a signal has come (false).
  bool wait() {
    const int submitted = ::io_uring_submit_and_wait(&ring_, to_come_);
    reap();
    if (submitted < 0 && submitted != -EINTR && to_come_ > 0) {
      cancel();
      sys::throw_errno("io_uring_enter", "batch of " + std::to_string(count_), -submitted);
    }
    // A signal after a submission does not show in what the call returns.
    return to_come_ == 0;
  }

  // Stops what is under way. When it is back no operation will touch its memory any more; should the kernel
  // refuse to say so for long, the process cannot go on (and the exception ends it). Completed pieces still
  // count.
  void cancel() noexcept {
    constexpr int failures_max = 100;
    int failures = 0;
    while (to_come_ > 0) {
      unsigned first = 0;
      while (pieces_[first].is_done) ++first;
      // The others wait for this one. Again until it works: an operation that is about to try once more, as
      // bytes came in, is not found and may then go back to sleep.
      io_uring_sqe* entry = next_entry();
      ::io_uring_prep_cancel64(entry, first, 0);
      ::io_uring_sqe_set_data64(entry, cancellation);
      for (is_cancelled_ = false; !is_cancelled_;) {
        const int result = ::io_uring_submit_and_wait(&ring_, 1);
        reap();
        const bool failed = result < 0 && result != -EINTR && !is_cancelled_;
        if (failed && ++failures == failures_max) sys::throw_errno("io_uring_enter", "cancellation", -result);
      }
    }
  }

  [[nodiscard]] Outcome outcome() const {
    Outcome all;
    bool is_cut = false;
    for (unsigned index = 0; index < count_; ++index) {
      const Piece& piece = pieces_[index];
      if (is_cut && piece.result > 0) throw std::runtime_error("io_uring went on after a short operation");
      if (is_cut) continue;
      if (piece.result > 0) all.bytes += static_cast<std::size_t>(piece.result);
      is_cut = piece.result < 0 || static_cast<std::size_t>(piece.result) < piece.bytes;
      if (is_cut) all.result = piece.result;
    }
    return all;
  }

 private:
  struct Piece {
    std::size_t bytes = 0;
    int result = 0;
    bool is_done = false;
  };
  static constexpr std::uint64_t cancellation = pieces_max;  // no piece's number

  io_uring_sqe* next_entry() {
    io_uring_sqe* entry = ::io_uring_get_sqe(&ring_);
    if (entry == nullptr) throw std::logic_error("the ring is smaller than a batch and its cancellation");
    return entry;
  }
  void reap() {
    for (io_uring_cqe* cqe = nullptr; ::io_uring_peek_cqe(&ring_, &cqe) == 0;) {
      if (cqe->user_data == cancellation) {
        is_cancelled_ = true;
      } else {
        Piece& piece = pieces_.at(cqe->user_data);
        piece.result = cqe->res;
        piece.is_done = true;
        --to_come_;
      }
      ::io_uring_cqe_seen(&ring_, cqe);
    }
  }

  io_uring ring_{};
  bool is_registered_ = false;
  std::array<Piece, pieces_max> pieces_{};
  unsigned count_ = 0;    // pieces of the batch
  unsigned to_come_ = 0;  // of them not yet completed
  bool is_cancelled_ = false;
};

// One end of the pair with its ring. The descriptor outlives the ring.
class End {
 public:
  End(sys::Fd fd, const Settings& settings)
      : fd_(std::move(fd)),
        settings_(settings),
        area_(settings.registers ? sys::Mapping::private_memory(settings.area_bytes()) : sys::Mapping{}),
        ring_(area_.bytes()) {}

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  Ring& ring() noexcept { return ring_; }

  void queue_write(std::span<const std::byte> bytes) {
    if (settings_.registers) {
      // What was left over is the start of `bytes`, as a send() goes on until all is written.
      if (staged_.empty()) {
        staged_ = area_.bytes().first(std::min(bytes.size(), area_.size()));
        std::memcpy(area_.data(), bytes.data(), staged_.size());
      }
      bytes = staged_;
    }
    ring_.queue(bytes.size(), settings_.chunk_bytes,
                [&](io_uring_sqe* sqe, std::size_t offset, unsigned count) {
                  const std::byte* from = bytes.data() + offset;
                  if (settings_.registers) {
                    ::io_uring_prep_write_fixed(sqe, fd(), from, count, 0, 0);
                  } else if (settings_.over == Over::pipe) {
                    ::io_uring_prep_write(sqe, fd(), from, count, 0);
                  } else {
                    // Without MSG_WAITALL a short send would not stop the ones linked to it.
                    ::io_uring_prep_send(sqe, fd(), from, count, MSG_WAITALL | MSG_NOSIGNAL);
                  }
                });
  }
  // What a finished batch of writes has moved.
  Outcome finish_write() {
    const Outcome outcome = ring_.outcome();
    if (settings_.registers) staged_ = staged_.subspan(outcome.bytes);
    return outcome;
  }
  void queue_read(std::span<std::byte> bytes) {
    if (settings_.registers) bytes = area_.bytes().first(std::min(bytes.size(), area_.size()));
    ring_.queue(bytes.size(), settings_.chunk_bytes,
                [&](io_uring_sqe* sqe, std::size_t offset, unsigned count) {
                  std::byte* to = bytes.data() + offset;
                  if (settings_.registers) {
                    ::io_uring_prep_read_fixed(sqe, fd(), to, count, 0, 0);
                  } else if (settings_.over == Over::pipe) {
                    ::io_uring_prep_read(sqe, fd(), to, count, 0);
                  } else {
                    ::io_uring_prep_recv(sqe, fd(), to, count, MSG_WAITALL);
                  }
                });
  }
  // What a finished batch of reads has brought, in `bytes`.
  Outcome finish_read(std::span<std::byte> bytes) {
    const Outcome outcome = ring_.outcome();
    if (settings_.registers) std::memcpy(bytes.data(), area_.data(), outcome.bytes);
    return outcome;
  }

 private:
  sys::Fd fd_;
  Settings settings_;
  // Empty unless registered; outlives the ring. In base pages: of a huge one the kernel would lock, and count
  // against RLIMIT_MEMLOCK, all of it.
  sys::Mapping area_;
  std::span<const std::byte> staged_;  // of the area: copied there, not yet written
  Ring ring_;
};

class UringSender final : public Sender {
 public:
  UringSender(sys::Fd fd, const Settings& settings) : end_(std::move(fd), settings) {}

 protected:
  Moved write_some(std::span<const std::byte> bytes) override {
    for (;;) {
      end_.queue_write(bytes);
      while (!end_.ring().wait()) {
      }
      const Outcome outcome = end_.finish_write();
      if (outcome.bytes > 0) return {Io::ok, outcome.bytes};
      if (outcome.result == -EPIPE || outcome.result == -ECONNRESET) return {Io::closed, 0};
      if (outcome.result != -EINTR) sys::throw_errno("io_uring write", "worker's end", -outcome.result);
    }
  }

 private:
  End end_;
};

class UringReceiver final : public Receiver {
 public:
  UringReceiver(sys::Fd fd, const Settings& settings) : end_(std::move(fd), settings) {}

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    const auto read_batch = [&]() -> ssize_t {
      // An interrupted batch stays under way while the watch says to go on.
      if (!is_under_way_) end_.queue_read(bytes);
      is_under_way_ = true;
      if (end_.ring().wait()) return finish(bytes);
      errno = EINTR;
      return -1;
    };
    const auto attempt = [&]() -> ssize_t {
      if (is_under_way_) {
        end_.ring().cancel();
        const ssize_t count = finish(bytes);
        if (count >= 0 || errno != ECANCELED) return count;
      }
      return if_readable(end_.fd(), [&] { return ::read(end_.fd(), bytes.data(), bytes.size()); });
    };
    return moved_by(call_under_watch(watch, read_batch, attempt), "io_uring read", "parent's end");
  }

 private:
  // As read(2) would put it.
  ssize_t finish(std::span<std::byte> bytes) {
    is_under_way_ = false;
    const Outcome outcome = end_.finish_read(bytes);
    if (outcome.bytes > 0 || outcome.result == 0) return static_cast<ssize_t>(outcome.bytes);
    errno = -outcome.result;
    return -1;
  }

  End end_;
  bool is_under_way_ = false;
};

// Registers as much as the two sides of all workers will, to find out now rather than in a worker.
void try_registering(const Settings& settings, int workers) {
  const sys::Mapping area = sys::Mapping::private_memory(settings.area_bytes());
  std::vector<iovec> buffers(2 * static_cast<std::size_t>(workers), {area.data(), area.size()});
  Ring{}.register_buffers(buffers);
}

class UringSession final : public PairSession {
 public:
  explicit UringSession(const SessionSpec& spec) : UringSession(spec.workers, settings_of(spec.options)) {}
  std::unique_ptr<Sender> make_sender(int worker) override {
    return std::make_unique<UringSender>(take_sender_end(worker), settings_);
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, std::make_unique<UringReceiver>(take_receiver_end(worker), settings_)};
  }

 private:
  UringSession(int workers, const Settings& settings)
      : PairSession(
            workers,
            [&] { return settings.over == Over::pipe ? make_pipe() : make_socket_pair(SOCK_STREAM); }),
        settings_(settings) {
    if (settings_.registers) try_registering(settings_, workers);
  }

  Settings settings_;
};

std::string why_there_is_no_ring(int error) {
  if (error == ENOSYS) return "the kernel has no io_uring (CONFIG_IO_URING), or a filter hides it";
  if (error != EPERM) return "io_uring_setup: " + std::generic_category().message(error);
  const auto disabled = sys::first_number("/proc/sys/kernel/io_uring_disabled");
  if (disabled == 2) return "io_uring is switched off; set kernel.io_uring_disabled to 0";
  if (disabled == 1) {
    return "kernel.io_uring_disabled is 1 and we have neither CAP_SYS_ADMIN nor the group "
           "kernel.io_uring_group; set it to 0 or join the group";
  }
  return "io_uring is forbidden here, probably by a seccomp filter (containers have one)";
}

Availability probe() {
  try {
    const Ring ring;
    return {};
  } catch (const std::system_error& error) {
    return {false, why_there_is_no_ring(error.code().value())};
  }
}

}  // namespace

extern constexpr Mechanism io_uring{uring_traits, probe, open_session<UringSession>};

}  // namespace ipcsort::transports
