// Owners of XSI (System V) objects, which the kernel keeps until somebody removes them (sysvipc(7)).
//
// Each is made under a random key that the object log knows *before* the object exists, so that there is no
// instant at which a kill -9 would leave one behind; IPC_EXCL makes sure that nobody else's is taken. Mode
// 0600. IPC_PRIVATE would hide the object no better (its identifier can be guessed either way), but its
// identifier is known only afterwards.
#pragma once

#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "sys/error.hpp"
#include "sys/object_log.hpp"
#include "sys/random.hpp"
#include "sys/semctl.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

// Of a call on object `id`.
[[noreturn]] inline void throw_xsi_error(const char* call, const char* what, int id, int error) {
  const bool removed = error == EIDRM || error == EINVAL;
  sys::throw_errno(call,
                   std::string{what} + " " + std::to_string(id) + (removed ? ", which somebody removed" : ""),
                   error);
}

// One object, from before its birth to its removal. `make(key)` is shmget, semget or msgget with IPC_CREAT |
// IPC_EXCL | 0600.
class XsiObject {
 public:
  template <typename Make>
  XsiObject(sys::ObjectKind kind, sys::ObjectLog& objects, const char* call, const std::string& detail,
            Make make)
      : objects_(objects), kind_(kind), owner_(::getpid()) {
    for (;;) {
      key_ = static_cast<key_t>(sys::random_seed() & 0x7fff'ffffU);
      if (key_ == IPC_PRIVATE) continue;
      objects_.created(kind_, std::to_string(key_));
      id_ = make(key_);
      if (id_ >= 0) return;
      const int error = errno;
      objects_.removed(kind_, std::to_string(key_));
      if (error != EEXIST) sys::throw_errno(call, detail, error);
    }
  }
  XsiObject(const XsiObject&) = delete;
  XsiObject& operator=(const XsiObject&) = delete;
  ~XsiObject() {
    if (::getpid() == owner_) remove();
  }

  [[nodiscard]] int id() const noexcept { return id_; }
  // A segment lives on as long as it is attached; a queue or an array dies now, and whoever waits gets EIDRM.
  void remove() noexcept {
    if (id_ < 0) return;
    objects_.remove(kind_, std::to_string(key_));  // or it stays in the log, whose owner tries again
    id_ = -1;
  }

 private:
  sys::ObjectLog& objects_;
  sys::ObjectKind kind_;
  pid_t owner_;
  key_t key_ = IPC_PRIVATE;
  int id_ = -1;
};

// A segment, attached, and marked for removal at once: it goes with its last attachment, which forked workers
// inherit.
class XsiSegment {
 public:
  XsiSegment(std::size_t bytes, sys::ObjectLog& objects)
      : object_(sys::ObjectKind::xsi_shm, objects, "shmget",
                std::to_string(bytes) + " bytes; kernel.shmmax, kernel.shmall and kernel.shmmni bound it",
                [bytes](key_t key) { return ::shmget(key, bytes, IPC_CREAT | IPC_EXCL | 0600); }) {
    void* address = ::shmat(object_.id(), nullptr, 0);
    sys::check(reinterpret_cast<std::intptr_t>(address), "shmat", std::to_string(bytes) + " bytes");
    bytes_ = {static_cast<std::byte*>(address), bytes};
    object_.remove();
  }
  XsiSegment(const XsiSegment&) = delete;
  XsiSegment& operator=(const XsiSegment&) = delete;
  ~XsiSegment() {
    if (!bytes_.empty()) ::shmdt(bytes_.data());
  }
  [[nodiscard]] std::byte* data() const noexcept { return bytes_.data(); }
  [[nodiscard]] std::span<std::byte> bytes() const noexcept { return bytes_; }

 private:
  XsiObject object_;
  std::span<std::byte> bytes_;
};

// A semaphore array with its first values. It cannot be removed while it is in use, so it stands in the
// object log until the session ends.
class XsiSemaphores {
 public:
  XsiSemaphores(std::vector<unsigned short> values, sys::ObjectLog& objects)
      : object_(
            sys::ObjectKind::xsi_sem, objects, "semget",
            std::to_string(values.size()) + " semaphores; kernel.sem (SEMMSL SEMMNS SEMOPM SEMMNI) bounds it",
            [&](key_t key) {
              return ::semget(key, static_cast<int>(values.size()), IPC_CREAT | IPC_EXCL | 0600);
            }) {
    sys::SemctlArgument argument{};
    argument.array = values.data();
    sys::check(::semctl(object_.id(), 0, SETALL, argument), "semctl", "SETALL");
  }
  [[nodiscard]] int id() const noexcept { return object_.id(); }

 private:
  XsiObject object_;
};

// A message queue. Like an array it lives until the session ends.
class XsiQueue {
 public:
  explicit XsiQueue(sys::ObjectLog& objects)
      : object_(sys::ObjectKind::xsi_msg, objects, "msgget", "kernel.msgmni bounds it",
                [](key_t key) { return ::msgget(key, IPC_CREAT | IPC_EXCL | 0600); }) {}
  [[nodiscard]] int id() const noexcept { return object_.id(); }
  // Who waits on it gets EIDRM.
  void remove() noexcept { object_.remove(); }

 private:
  XsiObject object_;
};

// Whether one more object of each kind can be had, from the system's counters: nothing is made for it.
// Filters (seccomp(2)) and kernels without CONFIG_SYSVIPC take calls away one by one. Whether this one is gone shows when it
// is made for an object that is not there, which does nothing.
inline bool is_call_forbidden(long result) noexcept {
  return result < 0 && (errno == ENOSYS || errno == EPERM);
}
inline constexpr key_t nobodys_key = 0x6e6f626f;
inline constexpr int nobodys_id = -1;

// Of calls by their names, each with whether it is forbidden.
inline Availability unless_forbidden(std::initializer_list<std::pair<const char*, bool>> calls) {
  for (const auto& [call, is_forbidden] : calls) {
    if (is_forbidden)
      return {false, std::string{call} + " is forbidden here, by a filter or the kernel's configuration"};
  }
  return {};
}

inline Availability xsi_segment_available() {
  const Availability calls = unless_forbidden(
      {{"shmget", is_call_forbidden(::shmget(nobodys_key, 0, 0))},
       {"shmat", is_call_forbidden(reinterpret_cast<long>(::shmat(nobodys_id, nullptr, 0)))}});
  if (!calls.usable) return calls;
  shminfo limits{};
  shm_info used{};
  if (::shmctl(0, IPC_INFO, reinterpret_cast<shmid_ds*>(&limits)) < 0 ||
      ::shmctl(0, SHM_INFO, reinterpret_cast<shmid_ds*>(&used)) < 0) {
    return {false, "the kernel has no XSI shared memory (CONFIG_SYSVIPC), or a filter forbids shmctl"};
  }
  if (static_cast<unsigned long>(used.used_ids) >= limits.shmmni)
    return {false, "all shared memory identifiers are taken; raise kernel.shmmni or remove some (ipcrm)"};
  if (used.shm_tot >= limits.shmall) return {false, "all shared memory is taken; raise kernel.shmall"};
  return {};
}

inline Availability xsi_semaphores_available(int count) {
  sembuf nothing{};
  const Availability calls =
      unless_forbidden({{"semget", is_call_forbidden(::semget(nobodys_key, 0, 0))},
                        {"semop", is_call_forbidden(::semop(nobodys_id, &nothing, 1))}});
  if (!calls.usable) return calls;
  seminfo limits{};
  seminfo used{};
  sys::SemctlArgument argument{};
  argument.info = &limits;
  if (::semctl(0, 0, IPC_INFO, argument) < 0)
    return {false, "the kernel has no XSI semaphores (CONFIG_SYSVIPC), or a filter forbids semctl"};
  argument.info = &used;
  if (::semctl(0, 0, SEM_INFO, argument) < 0) return {false, "semctl(SEM_INFO) is forbidden here"};
  if (count > limits.semmsl)
    return {false, "kernel.sem allows " + std::to_string(limits.semmsl) + " semaphores in an array (SEMMSL)"};
  // In the answer to SEM_INFO these two are what is used, not what is allowed (semctl(2)).
  if (used.semusz >= limits.semmni || used.semaem + count > limits.semmns)
    return {false, "all semaphores are taken; raise kernel.sem (SEMMNS, SEMMNI) or remove some (ipcrm)"};
  return {};
}

inline Availability xsi_queue_available() {
  struct {
    long type = 1;
    char text = 0;
  } message;
  const Availability calls =
      unless_forbidden({{"msgget", is_call_forbidden(::msgget(nobodys_key, 0))},
                        {"msgsnd", is_call_forbidden(::msgsnd(nobodys_id, &message, 1, IPC_NOWAIT))},
                        {"msgrcv", is_call_forbidden(::msgrcv(nobodys_id, &message, 1, 0, IPC_NOWAIT))}});
  if (!calls.usable) return calls;
  msginfo limits{};
  msginfo used{};
  if (::msgctl(0, IPC_INFO, reinterpret_cast<msqid_ds*>(&limits)) < 0 ||
      ::msgctl(0, MSG_INFO, reinterpret_cast<msqid_ds*>(&used)) < 0) {
    return {false, "the kernel has no XSI message queues (CONFIG_SYSVIPC), or a filter forbids msgctl"};
  }
  // In the answer to MSG_INFO msgpool is the number of queues there are (msgctl(2)).
  if (used.msgpool >= limits.msgmni)
    return {false, "all message queues are taken; raise kernel.msgmni or remove some (ipcrm)"};
  return {};
}

}  // namespace ipcsort::transports
