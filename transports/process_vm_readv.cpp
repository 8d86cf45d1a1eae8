// process_vm_readv(2): the worker says where its bytes lie and the parent takes them out of the worker's
// memory, with one copy and nothing in between.
#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cstring>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/futex.hpp"
#include "sys/kernel_file.hpp"
#include "sys/mapping.hpp"
#include "transports/support/spin.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr Traits readv_traits{
    .name = "process_vm_readv",
    .summary = "the parent reads the worker's memory, one shared page per worker says where",
    .family = Family::single_copy,
    .naming = Naming::anonymous,
    .framing = Framing::region,
    .payload_copies = 1,
    .needs = "Linux 5.3; kernel.yama.ptrace_scope 0 or 1, or CAP_SYS_PTRACE; no filter against it",
    .peer_death = "ESRCH in the midst of a payload, before one nothing; the supervisor has to say so",
    .best_for = "large payloads that lie where they were made; the sender waits until all was read",
};

enum Turn : std::uint32_t {
  workers,  // nothing is announced
  parents,  // something is
  closed,   // the parent has gone
};

// What both sides see. The worker announces, the parent takes, in turns.
struct Announcement {
  static constexpr std::size_t inline_bytes_max = 4000;

  // Set in `turn` while the side that waits for it sleeps; only then is it woken.
  static constexpr std::uint32_t slept_on = 4;

  std::atomic<std::uint32_t> turn{Turn::workers};  // the futex word
  // Not in the cache line that the other side looks at all the time.
  alignas(64) std::atomic<std::uint32_t> is_inline{0};
  std::atomic<std::uint64_t> address{0};  // in the worker
  std::atomic<std::uint64_t> bytes{0};
  // Little payloads lie here: a worker that had to wait until its header was fetched would pay more for the
  // wait than for the bytes.
  alignas(16) std::array<std::byte, inline_bytes_max> content;

  [[nodiscard]] std::uint32_t whose() const noexcept {
    return turn.load(std::memory_order_acquire) & ~slept_on;
  }
  // False when the parent has gone.
  bool give_to_parent() noexcept {
    std::uint32_t before = Turn::workers;  // without a look: the word is in the other processor's cache
    while (!turn.compare_exchange_strong(before, Turn::parents)) {
      if (before == Turn::closed) return false;
    }
    if ((before & slept_on) != 0) sys::futex_wake_all(turn);
    return true;
  }
  void set(Turn next) noexcept {
    if ((turn.exchange(next) & slept_on) != 0) sys::futex_wake_all(turn);
  }
  // As long as it is `whose` turn; also returns for a signal, or spuriously.
  void sleep(Turn whose) noexcept {
    std::uint32_t seen = whose;
    turn.compare_exchange_strong(seen, whose | slept_on);
    sys::futex_wait(turn, whose | slept_on);
  }
};
static_assert(sizeof(Announcement) <= 4096, "one page");

class ReadvSender final : public Sender {
 public:
  explicit ReadvSender(Announcement& announcement) : announcement_(announcement) {}

 protected:
  Moved write_some(std::span<const std::byte> bytes) override {
    if (!await_own_turn()) return {Io::closed, 0};
    const bool is_inline = bytes.size() <= Announcement::inline_bytes_max;
    if (is_inline) std::memcpy(announcement_.content.data(), bytes.data(), bytes.size());
    announcement_.is_inline.store(is_inline ? 1 : 0, std::memory_order_relaxed);
    announcement_.address.store(reinterpret_cast<std::uintptr_t>(bytes.data()), std::memory_order_relaxed);
    announcement_.bytes.store(bytes.size(), std::memory_order_relaxed);
    if (!announcement_.give_to_parent()) return {Io::closed, 0};
    // The caller may change its bytes, or end, as soon as send() has returned: not before they were read.
    if (!is_inline && !await_own_turn()) return {Io::closed, 0};
    return {Io::ok, bytes.size()};
  }

 private:
  bool await_own_turn() noexcept {
    for (;;) {
      const std::uint32_t whose = announcement_.whose();
      if (whose != Turn::parents) return whose == Turn::workers;
      if (!spin_([&] { return announcement_.whose() != Turn::parents; })) announcement_.sleep(Turn::parents);
    }
  }

  Announcement& announcement_;
  AdaptiveSpin spin_;
};

// The process that a pid means now, as long as it does.
class Process {
 public:
  explicit Process(pid_t number) : pid(number), fd_(static_cast<int>(::syscall(SYS_pidfd_open, number, 0))) {
    if (!fd_ && errno != ESRCH) sys::throw_errno("pidfd_open", "process " + std::to_string(number));
  }
  // False once it has been collected; a zombie still owns its number.
  explicit operator bool() const noexcept {
    return fd_ && (::syscall(SYS_pidfd_send_signal, fd_.get(), 0, nullptr, 0) == 0 || errno != ESRCH);
  }

  const pid_t pid;

 private:
  sys::Fd fd_;
};

class ReadvReceiver final : public Receiver {
 public:
  ReadvReceiver(Announcement& announcement, pid_t worker) : announcement_(announcement), worker_(worker) {}
  ~ReadvReceiver() override { announcement_.set(Turn::closed); }

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    if (left_bytes_ == 0) {
      const Io status = await_announcement(watch);
      if (status != Io::ok) return {status, 0};
      accept_announcement();
    }
    const std::size_t wanted = std::min(bytes.size(), left_bytes_);
    const Moved moved = is_inline_ ? copy(bytes.first(wanted)) : pull(bytes.first(wanted), watch);
    left_bytes_ -= moved.bytes;
    if (moved.bytes > 0 && left_bytes_ == 0) announcement_.set(Turn::workers);
    return moved;
  }

 private:
  Io await_announcement(Watch& watch) {
    for (;;) {
      const std::uint32_t seen = announcement_.whose();
      if (seen == Turn::parents) return Io::ok;
      if (seen != Turn::workers) throw std::runtime_error("the worker announced in words that do not exist");
      if (spin_([&] { return announcement_.whose() != Turn::workers; })) continue;
      announcement_.sleep(Turn::workers);
      const Io status = watch.check();
      // What the worker announced just before it ended still counts, if it can be had.
      if (status != Io::ok && announcement_.whose() != Turn::parents) return status;
    }
  }

  // Each value is read once, then checked: the worker could change it between two looks. Its address needs no
  // trust, as the kernel looks it up in the worker's memory and never in ours.
  void accept_announcement() {
    is_inline_ = announcement_.is_inline.load(std::memory_order_relaxed) != 0;
    const std::uint64_t address = announcement_.address.load(std::memory_order_relaxed);
    const std::uint64_t bytes = announcement_.bytes.load(std::memory_order_relaxed);
    const std::uint64_t most =
        is_inline_ ? Announcement::inline_bytes_max : std::numeric_limits<std::uintptr_t>::max() - address;
    if (bytes == 0 || bytes > most) {
      throw std::runtime_error("the worker announced " + std::to_string(bytes) + " bytes where 1 to " +
                               std::to_string(most) + " can be");
    }
    next_ = address;
    left_bytes_ = bytes;
    inline_at_ = 0;
  }

  Moved copy(std::span<std::byte> bytes) {
    std::memcpy(bytes.data(), announcement_.content.data() + inline_at_, bytes.size());
    inline_at_ += bytes.size();
    return {Io::ok, bytes.size()};
  }

  Moved pull(std::span<std::byte> bytes, Watch& watch) {
    // No signal interrupts a call that copies, so that the watch is asked between calls. From 64 KiB to the
    // whole payload the size of a call made no difference to the throughput.
    constexpr std::size_t call_bytes_max = std::size_t{1} << 20;
    bytes = bytes.first(std::min(bytes.size(), call_bytes_max));
    const iovec here{bytes.data(), bytes.size()};
    const iovec there{reinterpret_cast<void*>(next_), bytes.size()};
    const ssize_t count = ::process_vm_readv(worker_.pid, &here, 1, &there, 1, 0);
    const int error = errno;
    // A number is all the call takes, and once the worker is collected it may come to mean somebody else.
    // That the worker is not collected after the call makes sure that the bytes were its own.
    if (!worker_ || (count < 0 && error == ESRCH)) return {await_verdict(watch), 0};
    if (count > 0) {
      // Fewer than asked: the page after them cannot be read, as the next call will say.
      next_ += static_cast<std::uintptr_t>(count);
      const Io status = watch.check();
      // The deadline holds within a long payload too; a worker's end does not matter as long as it can be
      // read.
      if (status == Io::timed_out) return {status, 0};
      return {Io::ok, static_cast<std::size_t>(count)};
    }
    if (count == 0) throw std::runtime_error("process_vm_readv(" + where(bytes.size()) + ") moved nothing");
    sys::throw_errno("process_vm_readv", where(bytes.size()), error);
  }

  // The worker's memory is gone, so it has ended: how is for the watch to find out, and it is about to.
  Io await_verdict(Watch& watch) {
    for (;;) {
      const Io status = watch.check();
      if (status != Io::ok) return status;
      announcement_.sleep(Turn::parents);
    }
  }

  [[nodiscard]] std::string where(std::size_t bytes) const {
    return std::to_string(bytes) + " bytes at " + std::to_string(next_) + " of process " +
           std::to_string(worker_.pid);
  }

  Announcement& announcement_;
  AdaptiveSpin spin_;
  Process worker_;
  bool is_inline_ = false;
  std::uintptr_t next_ = 0;     // where in the worker to go on
  std::size_t inline_at_ = 0;   // where in the shared page to go on
  std::size_t left_bytes_ = 0;  // of what was announced
};

class ReadvSession final : public Session {
 public:
  explicit ReadvSession(const SessionSpec& spec) {
    for (int worker = 0; worker < spec.workers; ++worker) {
      pages_.push_back(sys::Mapping::shared_memory(sizeof(Announcement)));
      std::construct_at(reinterpret_cast<Announcement*>(pages_.back().data()));
    }
  }
  std::unique_ptr<Sender> make_sender(int worker) override {
    return std::make_unique<ReadvSender>(of(worker));
  }
  Attached attach_receiver(int worker, Watch& watch) override {
    return {Io::ok, std::make_unique<ReadvReceiver>(of(worker), watch.worker_pid())};
  }

 private:
  // For whoever attaches.
  [[nodiscard]] Announcement& of(int worker) const {
    const sys::Mapping& page = pages_.at(static_cast<std::size_t>(worker));
    sys::touch_shared(page.bytes());
    return *std::launder(reinterpret_cast<Announcement*>(page.data()));
  }
  std::vector<sys::Mapping> pages_;
};

bool has_ptrace_capability() {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capget, &header, data) < 0) return false;
  return (data[CAP_TO_INDEX(CAP_SYS_PTRACE)].effective & CAP_TO_MASK(CAP_SYS_PTRACE)) != 0;
}

Availability probe() {
  // A process may always read itself, unless the call is missing or forbidden as such.
  std::byte from{};
  std::byte to{};
  const iovec here{&to, 1};
  const iovec there{&from, 1};
  if (::process_vm_readv(::getpid(), &here, 1, &there, 1, 0) != 1) {
    return {false, errno == ENOSYS ? "the kernel has no process_vm_readv (CONFIG_CROSS_MEMORY_ATTACH)"
                                   : "process_vm_readv is forbidden here, probably by a seccomp filter; "
                                     "containers allow it with CAP_SYS_PTRACE"};
  }
  // Yama's rule for who may look into whom (Documentation/admin-guide/LSM/Yama.rst); 0 where there is none.
  const std::uint64_t scope = sys::first_number("/proc/sys/kernel/yama/ptrace_scope").value_or(0);
  if (scope == 2 && !has_ptrace_capability())
    return {false, "kernel.yama.ptrace_scope is 2 and we lack CAP_SYS_PTRACE; set it to 1 or 0"};
  if (scope > 2) {
    return {false, "kernel.yama.ptrace_scope is " + std::to_string(scope) +
                       ", which forbids it to everybody until the next boot"};
  }
  return {};
}

}  // namespace

extern constexpr Mechanism process_vm_readv{readv_traits, probe, open_session<ReadvSession>};

}  // namespace ipcsort::transports
