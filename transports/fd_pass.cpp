// The worker fills a memfd of its own, seals it and gives its descriptor away (SCM_RIGHTS). What the parent
// then maps is immutable: no other mechanism here protects a reader from a writer that goes on writing.
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <optional>
#include <stdexcept>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/mapping.hpp"
#include "transports/support/descriptor_pair.hpp"
#include "transports/support/lend.hpp"
#include "transports/support/memfd.hpp"
#include "transports/support/slot.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {
    {"chunk", "1M", any_size, "payload of one file when it is copied, not lent; at most 1024G"},
};

constexpr Traits fd_traits{
    .name = "fd_pass",
    .summary = "sealed memfds, whose descriptors go through a socket pair",
    .family = Family::lent_memory,
    .naming = Naming::anonymous,
    .framing = Framing::region,
    .payload_copies = 2,
    .limit = "chunk=",
    .lends = true,
    .steps_on_the_way = 8,  // a handful of messages, whose files are whole
    .needs = "Linux 3.17",
    .peer_death = "EOF, behind the descriptors that were already passed",
    .eof_on_death = true,
    .best_for = "large results that the reader must be able to trust: it holds them alone and unchangeable",
    .options = options,
};

constexpr int all_seals = size_seals | F_SEAL_WRITE;

DescriptorPair make_pair() {
  DescriptorPair pair = make_socket_pair(SOCK_SEQPACKET);
  // The least that the kernel gives, enough for a handful of messages: each holds a whole file in memory
  // until the parent has taken it.
  const int least = 1;
  sys::check(::setsockopt(pair.worker.get(), SOL_SOCKET, SO_SNDBUF, &least, sizeof least), "setsockopt",
             "SO_SNDBUF");
  return pair;
}

// Room for exactly one descriptor: CMSG_SPACE rounds up so that two would fit, and CMSG_LEN, the length that
// is given, keeps the second out. The header lies at the beginning, as CMSG_FIRSTHDR would find it.
union Control {
  cmsghdr header;
  std::byte bytes[CMSG_SPACE(sizeof(int))]{};
};

// Says how long the file is and gives the file away; no file for 0 bytes.
Io pass(const sys::Fd& socket, std::uint64_t bytes, const sys::Fd& file) {
  iovec content{&bytes, sizeof bytes};
  msghdr message{};
  message.msg_iov = &content;
  message.msg_iovlen = 1;
  Control control;
  if (file) {
    control.header.cmsg_len = CMSG_LEN(sizeof(int));
    control.header.cmsg_level = SOL_SOCKET;
    control.header.cmsg_type = SCM_RIGHTS;
    const int fd = file.get();
    std::memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
    message.msg_control = &control;
    message.msg_controllen = CMSG_LEN(sizeof(int));
  }
  if (retry_interrupted([&] { return ::sendmsg(socket.get(), &message, MSG_NOSIGNAL); }) >= 0) return Io::ok;
  if (errno == EPIPE || errno == ECONNRESET) return Io::closed;
  sys::throw_errno("sendmsg", errno == ETOOMANYREFS
                                  ? "too many descriptors of this user are on their way, raise RLIMIT_NOFILE"
                                  : "SCM_RIGHTS");
}

struct Passed {
  std::uint64_t bytes = 0;
  sys::Fd file;
};

// What has come is checked before it is used: a file that can still change or is too short would be SIGBUS
// or torn data later.
Io take(const sys::Fd& socket, Passed& passed, Watch& watch) {
  std::uint64_t bytes = 0;
  iovec content{&bytes, sizeof bytes};
  Control control;
  void* const ancillary = &control;  // clang captures nothing that ends in an array without a length
  msghdr message{};
  const auto receive_now = [&](int flags) {
    message = {};
    message.msg_iov = &content;
    message.msg_iovlen = 1;
    message.msg_control = ancillary;
    message.msg_controllen = CMSG_LEN(sizeof(int));
    return ::recvmsg(socket.get(), &message, MSG_CMSG_CLOEXEC | flags);
  };
  const CallResult result = call_under_watch(
      watch, [&] { return receive_now(0); }, [&] { return receive_now(MSG_DONTWAIT); });
  if (result.status != Io::ok) return result.status;
  if (result.value == 0 || (result.value < 0 && result.error == ECONNRESET)) return Io::closed;
  if (result.value < 0) sys::throw_errno("recvmsg", "SCM_RIGHTS", result.error);

  sys::Fd file;
  if (message.msg_controllen >= CMSG_LEN(sizeof(int)) && control.header.cmsg_level == SOL_SOCKET &&
      control.header.cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(&control.header), sizeof fd);
    file = sys::Fd{fd};
  }
  if ((message.msg_flags & MSG_CTRUNC) != 0 && !file)
    sys::throw_errno("recvmsg", "a file was passed and lost here, raise RLIMIT_NOFILE", EMFILE);
  if (result.value != sizeof bytes || (message.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0 ||
      (bytes > 0) != static_cast<bool>(file)) {
    throw std::runtime_error("the worker passed a message of " + std::to_string(result.value) +
                             " bytes that is none of ours");
  }
  if (file) {
    const int seals = ::fcntl(file.get(), F_GET_SEALS);  // fails for what is no memfd
    if (seals < 0 && errno != EINVAL) sys::throw_errno("fcntl", "F_GET_SEALS");
    struct stat state {};
    sys::check(::fstat(file.get(), &state), "fstat", "memfd");
    if (seals < 0 || (seals & all_seals) != all_seals || static_cast<std::uint64_t>(state.st_size) != bytes) {
      throw std::runtime_error("the worker announced " + std::to_string(bytes) + " sealed bytes and passed " +
                               std::to_string(state.st_size) + " with seals " + std::to_string(seals));
    }
  }
  passed = {bytes, std::move(file)};
  return Io::ok;
}

class FileLender final : public Lender {
 public:
  FileLender(const sys::Fd& socket, std::size_t bytes_max, sys::Pages pages)
      : socket_(socket), bytes_max_(bytes_max), pages_(pages) {}

  std::span<std::byte> lend(std::size_t bytes) override {
    if (bytes == 0) return {};
    // What was handed over is not counted: the parent's mapping is all that keeps its memory.
    const std::size_t agreed = round_up_to_page(bytes_max_);
    if (bytes > agreed || round_up_to_page(bytes) > agreed - lent_bytes_) {
      throw std::logic_error(std::to_string(bytes) + " bytes are to be lent beside " +
                             std::to_string(lent_bytes_) + "; agreed are at most " + std::to_string(agreed));
    }
    sys::Fd file = make_memfd(bytes);
    sys::Mapping memory = sys::Mapping::shared_file(file.get(), bytes, "memfd", pages_);
    const std::span<std::byte> span = memory.bytes();
    lent_.emplace(span.data(), Lent{std::move(file), std::move(memory)});
    lent_bytes_ += round_up_to_page(bytes);
    return span;
  }

  Io hand_over(std::span<std::byte> filled) override {
    if (filled.data() == nullptr) return pass(socket_, 0, {});
    const auto found = lent_.find(filled.data());
    if (found == lent_.end() || filled.size() > found->second.memory.size())
      throw std::logic_error("what is handed over is not the beginning of a lent span");
    Lent lent = std::move(found->second);
    lent_.erase(found);
    lent_bytes_ -= round_up_to_page(lent.memory.size());
    return seal_and_pass(filled.size(), std::move(lent));
  }

 private:
  struct Lent {
    sys::Fd file;
    sys::Mapping memory;
  };

  // The seal against writing is refused while a mapping could write.
  Io seal_and_pass(std::size_t filled_bytes, Lent lent) {
    if (filled_bytes == 0) return pass(socket_, 0, {});
    lent.memory.reset();
    set_size(lent.file, filled_bytes);
    seal(lent.file, all_seals);
    return pass(socket_, filled_bytes, lent.file);
  }

  const sys::Fd& socket_;
  std::size_t bytes_max_;
  sys::Pages pages_;
  std::size_t lent_bytes_ = 0;  // and not yet handed over
  std::map<const std::byte*, Lent> lent_;
};

class FileBorrower final : public Borrower {
 public:
  explicit FileBorrower(const sys::Fd& socket) : socket_(socket) {}

  Io borrow(std::span<const std::byte>& bytes, Watch& watch) override {
    Passed passed;
    const Io status = take(socket_, passed, watch);
    if (status != Io::ok) return status;
    bytes = mappings_.emplace_back(map(passed)).bytes();
    return Io::ok;
  }
  void give_back(std::span<const std::byte>) noexcept override { mappings_.pop_front(); }

 private:
  // Private, because before Linux 6.7 a file sealed against writing could not be mapped shared, not even for
  // reading. A private mapping that is only read shows the file's own pages.
  static sys::Mapping map(const Passed& passed) {
    if (!passed.file) return {};
    void* const address = ::mmap(nullptr, passed.bytes, PROT_READ, MAP_PRIVATE, passed.file.get(), 0);
    if (address == MAP_FAILED) sys::throw_errno("mmap", "memfd, " + std::to_string(passed.bytes) + " bytes");
    return {address, passed.bytes};
  }

  const sys::Fd& socket_;
  std::deque<sys::Mapping> mappings_;  // what is borrowed, in that order
};

class FdSender final : public Sender {
 public:
  FdSender(sys::Fd socket, std::size_t chunk_bytes, std::size_t lend_bytes_max, sys::Pages lend_pages)
      : socket_(std::move(socket)), chunk_bytes_(chunk_bytes) {
    if (lend_bytes_max > 0) lender_.emplace(socket_, lend_bytes_max, lend_pages);
  }
  [[nodiscard]] Lender* lender() noexcept override { return lender_ ? &*lender_ : nullptr; }
  [[nodiscard]] std::size_t step_bytes_max() const noexcept override { return chunk_bytes_; }

 protected:
  Moved write_some(std::span<const std::byte> bytes) override {
    // write() fills the file without a page fault for each of its pages.
    const sys::Fd file = make_memfd(0);
    sys::write_all(file.get(), bytes, "memfd");
    seal(file, all_seals);
    return {pass(socket_, bytes.size(), file), bytes.size()};
  }

 private:
  sys::Fd socket_;
  std::size_t chunk_bytes_;
  std::optional<FileLender> lender_;
};

class FdReceiver final : public Receiver {
 public:
  FdReceiver(sys::Fd socket, bool lends) : socket_(std::move(socket)) {
    if (lends) borrower_.emplace(socket_);
  }
  [[nodiscard]] Borrower* borrower() noexcept override { return borrower_ ? &*borrower_ : nullptr; }

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    if (read_bytes_ == unread_.bytes) {
      const Io status = take(socket_, unread_, watch);
      if (status != Io::ok) return {status, 0};
      if (unread_.bytes == 0) throw std::runtime_error("the worker passed 0 bytes where some were due");
      read_bytes_ = 0;
    }
    const std::size_t wanted = std::min<std::size_t>(bytes.size(), unread_.bytes - read_bytes_);
    const ssize_t count = sys::check(retry_interrupted([&] {
                                       return ::pread(unread_.file.get(), bytes.data(), wanted,
                                                      static_cast<off_t>(read_bytes_));
                                     }),
                                     "pread", "memfd");
    // Sealed at the length that was announced: it cannot end before.
    if (count == 0) throw std::runtime_error("a sealed memfd is shorter than it was");
    read_bytes_ += static_cast<std::uint64_t>(count);
    if (read_bytes_ == unread_.bytes) unread_.file.reset();
    return {Io::ok, static_cast<std::size_t>(count)};
  }

 private:
  sys::Fd socket_;
  Passed unread_;
  std::uint64_t read_bytes_ = 0;
  std::optional<FileBorrower> borrower_;
};

class FdSession final : public PairSession {
 public:
  explicit FdSession(const SessionSpec& spec)
      : PairSession(spec.workers, make_pair),
        chunk_bytes_(payload_bytes(fd_traits, spec.options, "chunk")),
        lend_bytes_max_(spec.lend_bytes_max),
        lend_pages_(spec.lend_pages) {}
  std::unique_ptr<Sender> make_sender(int worker) override {
    return std::make_unique<FdSender>(take_sender_end(worker), chunk_bytes_, lend_bytes_max_, lend_pages_);
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, std::make_unique<FdReceiver>(take_receiver_end(worker), lend_bytes_max_ > 0)};
  }

 private:
  std::size_t chunk_bytes_;
  std::size_t lend_bytes_max_;
  sys::Pages lend_pages_;
};

Availability probe() {
  const Availability pair = available_if([] { (void)make_pair(); });
  return pair.usable ? memfd_available() : pair;
}

}  // namespace

extern constexpr Mechanism fd_pass{fd_traits, probe, open_session<FdSession>};

}  // namespace ipcsort::transports
