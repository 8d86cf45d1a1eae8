// What this process has created that outlives it: names in /dev/shm, paths, XSI keys.
//
// The kernel keeps such objects after a kill -9. Each is written to a log file *before* use and struck out
// when it is removed; the log is held by flock(2), which children made by fork() share, so a log that can be
// locked belongs to nobody alive. clean_dead_logs() then removes what it lists. A PID would not do as a sign
// of life: it is recycled.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sys/fd.hpp"

namespace ipcsort::sys {

enum class ObjectKind { path, directory, shm_name, sem_name, mq_name, xsi_shm, xsi_sem, xsi_msg };

struct LoggedObject {
  ObjectKind kind{};
  std::string name;  // a path, a POSIX name, or an XSI key in decimal

  bool operator==(const LoggedObject&) const = default;
};

// The directory for logs and socket paths: $XDG_RUNTIME_DIR/ipcsort or /tmp/ipcsort-UID, 0700 and ours.
// Throws std::system_error, also when somebody else's directory stands in the way.
std::string runtime_directory();

// For the beginning of a program, while it has one thread: where XDG_RUNTIME_DIR names no place that can be used (it is
// not there, or another user's, as after su), forgets the variable, so that this process and what it starts use
// /tmp/ipcsort-UID. What is wrong with it, or "".
std::string settle_runtime_directory();

class ObjectLog {
 public:
  ObjectLog();  // creates and locks a new log in runtime_directory(); throws std::system_error
  ~ObjectLog();
  ObjectLog(const ObjectLog&) = delete;
  ObjectLog& operator=(const ObjectLog&) = delete;

  [[nodiscard]] int fd() const noexcept { return fd_.get(); }
  void created(ObjectKind kind, const std::string& name);
  void removed(ObjectKind kind, const std::string& name) noexcept;
  // Removes the object from the system and, if it is gone then, strikes it out.
  void remove(ObjectKind kind, const std::string& name) noexcept;

  // Removes from the system all that is created and not yet removed; returns what was there. For the owner of
  // runs that may have been killed.
  std::vector<LoggedObject> remove_leftovers();

 private:
  void note(char sign, ObjectKind kind, const std::string& name);

  std::string path_;
  Fd fd_;
  int owner_pid_;
};

// Removes what dead processes of this user left, and their logs. Returns what was removed.
std::vector<LoggedObject> clean_dead_logs();

std::string_view to_string(ObjectKind kind) noexcept;  // "shm_name"
std::string describe(const LoggedObject& object);

}  // namespace ipcsort::sys
