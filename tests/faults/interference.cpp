#include "tests/faults/interference.hpp"

#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "sys/error.hpp"
#include "tests/sanitized.hpp"

#if defined(__x86_64__)
#define IPCSORT_INTERFERENCE_ARCH AUDIT_ARCH_X86_64
asm(R"(
  .text
  .globl ipcsort_raw_call, ipcsort_raw_call_made
  .hidden ipcsort_raw_call, ipcsort_raw_call_made
  .type ipcsort_raw_call, @function
ipcsort_raw_call:
  mov %rdi, %rax
  mov %rsi, %rdi
  mov %rdx, %rsi
  mov %rcx, %rdx
  mov %r8, %r10
  mov %r9, %r8
  mov 8(%rsp), %r9
  syscall
ipcsort_raw_call_made:
  ret
  .size ipcsort_raw_call, .-ipcsort_raw_call
)");
#elif defined(__aarch64__)
#define IPCSORT_INTERFERENCE_ARCH AUDIT_ARCH_AARCH64
asm(R"(
  .text
  .globl ipcsort_raw_call, ipcsort_raw_call_made
  .hidden ipcsort_raw_call, ipcsort_raw_call_made
  .type ipcsort_raw_call, %function
ipcsort_raw_call:
  mov x8, x0
  mov x0, x1
  mov x1, x2
  mov x2, x3
  mov x3, x4
  mov x4, x5
  mov x5, x6
  svc #0
ipcsort_raw_call_made:
  ret
  .size ipcsort_raw_call, .-ipcsort_raw_call
)");
#endif

extern "C" {
// The system call `number`: its result, or the negative errno.
long ipcsort_raw_call(long number, long a, long b, long c, long d, long e, long f);
extern const char ipcsort_raw_call_made[];
}

namespace ipcsort::faults {
namespace {

// What a call is to the interference, as bits.
enum : unsigned {
  fails = 1U,       // may be the n-th call
  clamps = 2U,      // moves bytes of a stream
  interrupts = 4U,  // may block
  records = 8U,     // makes something
};

struct TrappedCall {
  long number;
  unsigned what;
  const char* name;
  const char* aliases;  // other names that an error may go by, separated by blanks
};

constexpr TrappedCall trapped_calls[] = {
#define IPCSORT_CALL(call, what, aliases) \
  { SYS_##call, what, #call, aliases }
    IPCSORT_CALL(pipe2, fails | records, ""),
    IPCSORT_CALL(socketpair, fails | records, ""),
    IPCSORT_CALL(socket, fails | records, ""),
    IPCSORT_CALL(bind, fails | records, ""),
    IPCSORT_CALL(listen, fails, ""),
    IPCSORT_CALL(accept4, fails | interrupts | records, ""),
    IPCSORT_CALL(connect, fails | interrupts, ""),
    IPCSORT_CALL(getsockopt, fails, ""),
    IPCSORT_CALL(setsockopt, fails, ""),
    IPCSORT_CALL(getsockname, fails, ""),
    IPCSORT_CALL(shutdown, fails, ""),
    IPCSORT_CALL(openat, fails | interrupts | records, "open( shm_open sem_open opendir mkfifo /proc thread"),
    IPCSORT_CALL(ftruncate, fails, ""),
    IPCSORT_CALL(fallocate, fails | interrupts, "posix_fallocate"),
    IPCSORT_CALL(memfd_create, fails | records, ""),
#if defined(SYS_mkdir)  // newer machines have the calls with a directory descriptor alone
    IPCSORT_CALL(mkdir, fails | records, ""),
    IPCSORT_CALL(mknod, fails | records, "mkfifo"),
    IPCSORT_CALL(unlink, fails, ""),
    IPCSORT_CALL(poll, fails | interrupts, ""),
    IPCSORT_CALL(epoll_wait, fails | interrupts, ""),
#endif
    IPCSORT_CALL(mkdirat, fails | records, "mkdir"),
    IPCSORT_CALL(mknodat, fails | records, "mkfifo mknod"),
    IPCSORT_CALL(unlinkat, fails, "unlink"),
    IPCSORT_CALL(fchmod, fails, ""),
    IPCSORT_CALL(fcntl, fails, ""),
    IPCSORT_CALL(flock, fails | interrupts, ""),
    IPCSORT_CALL(fstat, fails, "stat sem_open"),
    IPCSORT_CALL(newfstatat, fails, "stat sem_open"),
    IPCSORT_CALL(statfs, fails, ""),
    IPCSORT_CALL(shmget, fails | records, ""),
    IPCSORT_CALL(shmat, fails, ""),
    IPCSORT_CALL(shmctl, fails, ""),
    IPCSORT_CALL(semget, fails | records, ""),
    IPCSORT_CALL(semctl, fails, ""),
    IPCSORT_CALL(semop, fails | interrupts, ""),
    IPCSORT_CALL(semtimedop, fails | interrupts, "semop"),
    IPCSORT_CALL(msgget, fails | records, ""),
    IPCSORT_CALL(msgsnd, fails | interrupts, ""),
    IPCSORT_CALL(msgrcv, fails | interrupts, ""),
    IPCSORT_CALL(msgctl, fails, ""),
    IPCSORT_CALL(mq_open, fails | records, ""),
    IPCSORT_CALL(mq_unlink, fails, ""),
    IPCSORT_CALL(mq_getsetattr, fails, "mq_getattr mq_setattr"),
    IPCSORT_CALL(mq_timedsend, fails | interrupts, "mq_send"),
    IPCSORT_CALL(mq_timedreceive, fails | interrupts, "mq_receive"),
    IPCSORT_CALL(read, fails | clamps | interrupts, ""),
    IPCSORT_CALL(write, fails | clamps | interrupts, ""),
    IPCSORT_CALL(pread64, fails | clamps, "read"),
    IPCSORT_CALL(pwrite64, fails | clamps, "write"),
    IPCSORT_CALL(readv, fails | clamps | interrupts, "read"),
    IPCSORT_CALL(writev, fails | clamps | interrupts, "write"),
    IPCSORT_CALL(sendto, fails | clamps | interrupts, "send"),
    IPCSORT_CALL(recvfrom, fails | clamps | interrupts, "recv"),
    IPCSORT_CALL(sendmsg, fails | clamps | interrupts, ""),
    IPCSORT_CALL(recvmsg, fails | clamps | interrupts, ""),
    IPCSORT_CALL(ppoll, fails | interrupts, "poll"),
    IPCSORT_CALL(epoll_create1, fails | records, ""),
    IPCSORT_CALL(epoll_ctl, fails, ""),
    IPCSORT_CALL(epoll_pwait, fails | interrupts, "epoll_wait"),
    IPCSORT_CALL(vmsplice, fails | clamps | interrupts, ""),
    IPCSORT_CALL(splice, fails | clamps | interrupts, ""),
    IPCSORT_CALL(process_vm_readv, fails | clamps, ""),
    IPCSORT_CALL(io_uring_setup, fails | records, ""),
    IPCSORT_CALL(io_uring_register, fails, ""),
    IPCSORT_CALL(io_uring_enter, fails | interrupts, ""),
    IPCSORT_CALL(eventfd2, fails | records, "eventfd"),
    IPCSORT_CALL(signalfd4, fails | records, "signalfd"),
    IPCSORT_CALL(pidfd_open, fails | records, ""),
    IPCSORT_CALL(getrandom, fails, ""),
    // The C library ends the program when a lock of its own sees an errno that it does not know.
    IPCSORT_CALL(futex, interrupts, ""),
    IPCSORT_CALL(wait4, interrupts, ""),
    // A failed allocation shows as std::bad_alloc, a missing stack as EAGAIN of pthread_create.
    IPCSORT_CALL(mmap, fails, "bad_alloc pthread_create sem_open shmat io_uring_setup"),
#undef IPCSORT_CALL
};

const TrappedCall* find_call(long number) noexcept {
  for (const TrappedCall& call : trapped_calls) {
    if (call.number == number) return &call;
  }
  return nullptr;
}

Interference::Shared* in_force = nullptr;  // of this process

long make_call(long number, const std::array<long, 6>& a) noexcept {
  return ipcsort_raw_call(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

// Whether a short count on this descriptor is something that may happen.
bool is_byte_stream(long fd) noexcept {
  struct stat state {};
  if (ipcsort_raw_call(SYS_fstat, fd, reinterpret_cast<long>(&state), 0, 0, 0, 0) != 0) return false;
  if (S_ISREG(state.st_mode) || S_ISFIFO(state.st_mode)) return true;
  if (!S_ISSOCK(state.st_mode)) return false;
  int type = 0;
  socklen_t size = sizeof type;
  return ipcsort_raw_call(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, reinterpret_cast<long>(&type),
                          reinterpret_cast<long>(&size), 0) == 0 &&
         type == SOCK_STREAM;
}

long clamped_vectors(long number, std::array<long, 6> arguments, std::size_t most) noexcept {
  const auto* vectors = reinterpret_cast<const iovec*>(arguments[1]);
  for (long i = 0; i < arguments[2]; ++i) {
    if (vectors[i].iov_len == 0) continue;
    const iovec first{vectors[i].iov_base, std::min(vectors[i].iov_len, most)};
    arguments[1] = reinterpret_cast<long>(&first);
    arguments[2] = 1;
    return make_call(number, arguments);
  }
  return make_call(number, arguments);
}

long clamped_message(long number, std::array<long, 6> arguments, std::size_t most) noexcept {
  msghdr* const message = reinterpret_cast<msghdr*>(arguments[1]);
  for (std::size_t i = 0; i < message->msg_iovlen; ++i) {
    const iovec& whole = message->msg_iov[i];
    if (whole.iov_len == 0) continue;
    iovec first{whole.iov_base, std::min(whole.iov_len, most)};
    msghdr changed = *message;
    changed.msg_iov = &first;
    changed.msg_iovlen = 1;
    arguments[1] = reinterpret_cast<long>(&changed);
    const long result = make_call(number, arguments);
    message->msg_namelen = changed.msg_namelen;
    message->msg_controllen = changed.msg_controllen;
    message->msg_flags = changed.msg_flags;
    return result;
  }
  return make_call(number, arguments);
}

long clamped(long number, std::array<long, 6> arguments, Interference::Shared& shared) noexcept {
  // The remote process's memory is a stream of sorts; so is a pipe that pages are spliced into.
  if (number != SYS_process_vm_readv && !is_byte_stream(arguments[0])) return make_call(number, arguments);
  const std::uint32_t turn = shared.changed.fetch_add(1);
  const std::size_t most = 1 + turn % 7;
  switch (number) {
    case SYS_readv:
    case SYS_writev:
    case SYS_vmsplice:
    case SYS_process_vm_readv: return clamped_vectors(number, arguments, most);
    case SYS_sendmsg:
    case SYS_recvmsg: return clamped_message(number, arguments, most);
    case SYS_splice: arguments[4] = std::min(arguments[4], static_cast<long>(most)); break;
    default: {
      const auto asked = static_cast<std::size_t>(arguments[2]);
      arguments[2] = static_cast<long>(std::min(asked, most));
    }
  }
  return make_call(number, arguments);
}

// Whether this call could meet a signal before it has done anything.
bool can_be_interrupted(long number, const std::array<long, 6>& arguments) noexcept {
  switch (number) {
    case SYS_openat: {  // of a FIFO only
      struct stat state {};
      return ipcsort_raw_call(SYS_newfstatat, arguments[0], arguments[1], reinterpret_cast<long>(&state), 0,
                              0, 0) == 0 &&
             S_ISFIFO(state.st_mode);
    }
    case SYS_connect:  // one to an Internet address goes on by itself, one of a datagram socket never waits
      return reinterpret_cast<const sockaddr*>(arguments[1])->sa_family == AF_UNIX &&
             is_byte_stream(arguments[0]);
    case SYS_semop:
    case SYS_semtimedop: {
      const auto* operations = reinterpret_cast<const sembuf*>(arguments[1]);
      // What only adds never waits.
      return std::any_of(operations, operations + arguments[2], [](const sembuf& operation) {
        return operation.sem_op <= 0 && (operation.sem_flg & IPC_NOWAIT) == 0;
      });
    }
    case SYS_io_uring_enter: return arguments[1] == 0 && arguments[2] != 0;
    case SYS_sendto:
    case SYS_recvfrom: return (arguments[3] & MSG_DONTWAIT) == 0;
    case SYS_sendmsg:
    case SYS_recvmsg: return (arguments[2] & MSG_DONTWAIT) == 0;
    case SYS_msgrcv: return (arguments[4] & IPC_NOWAIT) == 0;
    case SYS_msgsnd: return (arguments[3] & IPC_NOWAIT) == 0;
#if defined(SYS_poll)
    case SYS_poll: return arguments[2] != 0;
#endif
    case SYS_read:
    case SYS_write:
    case SYS_readv:
    case SYS_writev: {
      const long flags = ipcsort_raw_call(SYS_fcntl, arguments[0], F_GETFL, 0, 0, 0, 0);
      return flags >= 0 && (flags & O_NONBLOCK) == 0;
    }
    default: return true;
  }
}

// Which attempt of this thread at this call it is; every other one is interrupted, the first among them.
bool is_due_to_be_interrupted(long number) noexcept {
  static thread_local std::array<bool, 512> was_interrupted{};
  bool& interrupted = was_interrupted.at(static_cast<std::size_t>(number) % was_interrupted.size());
  interrupted = !interrupted;
  return interrupted;
}

// Calls that name a path first, without a directory descriptor; newer machines do not have them.
bool is_one_of_the_old(long number) noexcept {
#if defined(SYS_mknod)
  return number == SYS_mknod || number == SYS_mkdir;
#else
  (void)number;
  return false;
#endif
}

void record(long number, const std::array<long, 6>& arguments, Interference::Shared& shared) noexcept {
  const std::uint32_t index = shared.records.fetch_add(1);
  if (index >= Interference::Shared::records_max) return;
  RecordedCall& entry = shared.record[index];
  entry.number = number;
  entry.arguments = arguments;
  const char* name = nullptr;
  std::size_t length = entry.name.size() - 1;
  if (number == SYS_openat || number == SYS_mkdirat || number == SYS_mknodat) {
    name = reinterpret_cast<const char*>(arguments[1]);
  } else if (is_one_of_the_old(number) || number == SYS_mq_open || number == SYS_memfd_create) {
    name = reinterpret_cast<const char*>(arguments[0]);
  } else if (number == SYS_bind) {
    name = reinterpret_cast<const char*>(arguments[1]) + sizeof(sa_family_t);
    length = std::min(length, static_cast<std::size_t>(arguments[2]) - sizeof(sa_family_t));
  }
  if (name == nullptr) return;
  std::size_t at = 0;
  for (; at < length && name[at] != '\0'; ++at) entry.name[at] = name[at];
  entry.name[at] = '\0';
}

long decide(long number, const std::array<long, 6>& arguments) noexcept {
  Interference::Shared& shared = *in_force;
  if (!shared.armed.load(std::memory_order_relaxed)) return make_call(number, arguments);
  const TrappedCall* call = find_call(number);
  const unsigned what = call != nullptr ? call->what : 0;
  const Plan& plan = shared.plan;
  if (plan.kind == Disturbance::fail_nth && (what & fails) == 0) return make_call(number, arguments);
  const std::uint32_t count = shared.calls.fetch_add(1) + 1;
  switch (plan.kind) {
    case Disturbance::none: break;
    case Disturbance::fail_nth:
      if (count == plan.strike_at) {
        shared.struck.store(number);
        return -plan.error;
      }
      break;
    case Disturbance::clamp:
      if ((what & clamps) != 0) return clamped(number, arguments, shared);
      break;
    case Disturbance::interrupt:
      if ((what & interrupts) != 0 && can_be_interrupted(number, arguments) &&
          is_due_to_be_interrupted(number)) {
        shared.changed.fetch_add(1);
        return -EINTR;
      }
      break;
    case Disturbance::record:
      if ((what & records) != 0) record(number, arguments, shared);
      break;
  }
  return make_call(number, arguments);
}

void on_trap(int, siginfo_t* info, void* context) {
  auto& machine = static_cast<ucontext_t*>(context)->uc_mcontext;
#if defined(__x86_64__)
  const auto& r = machine.gregs;
  const std::array<long, 6> arguments = {r[REG_RDI], r[REG_RSI], r[REG_RDX],
                                         r[REG_R10], r[REG_R8],  r[REG_R9]};
  machine.gregs[REG_RAX] = decide(info->si_syscall, arguments);
#elif defined(__aarch64__)
  std::array<long, 6> arguments{};
  for (std::size_t i = 0; i < arguments.size(); ++i) arguments[i] = static_cast<long>(machine.regs[i]);
  machine.regs[0] = static_cast<unsigned long long>(decide(info->si_syscall, arguments));
#else
  (void)info;
  (void)machine;
#endif
}

#if defined(IPCSORT_INTERFERENCE_ARCH)
std::vector<sock_filter> filter() {
  const auto pass_from = reinterpret_cast<std::uintptr_t>(ipcsort_raw_call_made);
  const auto half = [](std::size_t offset, bool upper) {
    return static_cast<std::uint32_t>(offset + (upper ? 4 : 0));  // both machines are little-endian
  };
  std::vector<sock_filter> program;
  const auto load = [&](std::uint32_t offset) {
    program.push_back(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset));
  };
  const auto unless_equal_skip = [&](std::uint32_t value, std::uint8_t count) {
    program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count));
  };
  const auto answer = [&](std::uint32_t what) { program.push_back(BPF_STMT(BPF_RET | BPF_K, what)); };
  load(offsetof(seccomp_data, arch));
  unless_equal_skip(IPCSORT_INTERFERENCE_ARCH, 1);
  program.push_back(BPF_STMT(BPF_JMP | BPF_JA, 1));
  answer(SECCOMP_RET_ALLOW);
  load(half(offsetof(seccomp_data, instruction_pointer), false));
  unless_equal_skip(static_cast<std::uint32_t>(pass_from), 3);
  load(half(offsetof(seccomp_data, instruction_pointer), true));
  unless_equal_skip(static_cast<std::uint32_t>(pass_from >> 32), 1);
  answer(SECCOMP_RET_ALLOW);
  load(offsetof(seccomp_data, nr));
  for (const TrappedCall& call : trapped_calls) {
    if (test::is_sanitized && call.number == SYS_mmap) continue;
    if (call.number == SYS_futex) continue;
    unless_equal_skip(static_cast<std::uint32_t>(call.number), 1);
    answer(SECCOMP_RET_TRAP);
  }
  // Of futex(2) only a wait that processes share: the C library takes its own locks with all signals blocked,
  // where a trap would be the end.
  unless_equal_skip(SYS_futex, 4);
  load(half(offsetof(seccomp_data, args[1]), false));
  program.push_back(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, FUTEX_WAIT_BITSET, 1, 0));
  unless_equal_skip(FUTEX_WAIT_BITSET | FUTEX_CLOCK_REALTIME, 1);
  answer(SECCOMP_RET_TRAP);
  answer(SECCOMP_RET_ALLOW);
  return program;
}
#endif

}  // namespace

std::string Interference::unavailable() {
#if !defined(IPCSORT_INTERFERENCE_ARCH)
  return "system calls can be trapped on x86_64 and aarch64 only";
#else
  if (test::has_thread_sanitizer)
    return "ThreadSanitizer delivers signals late, system calls cannot be trapped under it";
  if (::prctl(PR_GET_SECCOMP) < 0) return "the kernel has no seccomp filters (CONFIG_SECCOMP_FILTER)";
  return {};
#endif
}

Interference::Interference(Plan plan) : memory_(sys::Mapping::shared_memory(sizeof(Shared))) {
  shared().plan = plan;
  shared().struck.store(-1);
}

void Interference::enter() {
#if defined(IPCSORT_INTERFERENCE_ARCH)
  in_force = &shared();
  struct sigaction action {};
  action.sa_sigaction = on_trap;
  action.sa_flags = SA_SIGINFO | SA_NODEFER;  // a blocked SIGSYS would end the process at the next trap
  sigemptyset(&action.sa_mask);
  sys::check(::sigaction(SIGSYS, &action, nullptr), "sigaction", "SIGSYS");
  sys::check(::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), "prctl", "PR_SET_NO_NEW_PRIVS");
  std::vector<sock_filter> program = filter();
  const sock_fprog handed{static_cast<unsigned short>(program.size()), program.data()};
  sys::check(::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &handed), "prctl", "PR_SET_SECCOMP");
#endif
}

std::vector<RecordedCall> Interference::recorded() const {
  const std::size_t count = std::min<std::size_t>(shared().records.load(), Shared::records_max);
  return {shared().record.begin(), shared().record.begin() + static_cast<std::ptrdiff_t>(count)};
}

std::string name_of_call(long number) {
  const TrappedCall* call = find_call(number);
  return call != nullptr ? call->name : "system call " + std::to_string(number);
}

bool names_call(std::string_view text, long number) {
  const TrappedCall* call = find_call(number);
  if (call == nullptr) return false;
  if (text.find(call->name) != std::string_view::npos) return true;
  std::string_view aliases = call->aliases;
  while (!aliases.empty()) {
    const std::size_t end = std::min(aliases.find(' '), aliases.size());
    if (text.find(aliases.substr(0, end)) != std::string_view::npos) return true;
    aliases.remove_prefix(std::min(end + 1, aliases.size()));
  }
  return false;
}

}  // namespace ipcsort::faults
