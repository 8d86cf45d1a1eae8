// The name of an object that the kernel keeps until somebody removes it.
#pragma once

#include <unistd.h>

#include <string>
#include <utility>

#include "sys/object_log.hpp"

namespace ipcsort::transports {

// In the object log from before the object exists until both are removed, by the owner's destructor at the
// latest; a forked copy removes nothing.
class LoggedName {
 public:
  LoggedName(sys::ObjectKind kind, std::string name, sys::ObjectLog& objects)
      : objects_(objects), owner_(::getpid()), kind_(kind), name_(std::move(name)) {
    objects_.created(kind_, name_);
  }
  LoggedName(const LoggedName&) = delete;
  LoggedName& operator=(const LoggedName&) = delete;
  ~LoggedName() {
    if (::getpid() == owner_) remove();
  }

  [[nodiscard]] const std::string& text() const noexcept { return name_; }
  [[nodiscard]] const char* c_str() const noexcept { return name_.c_str(); }
  void remove() noexcept {
    if (!std::exchange(is_removed_, true)) objects_.remove(kind_, name_);
  }

 private:
  sys::ObjectLog& objects_;
  pid_t owner_;
  sys::ObjectKind kind_;
  std::string name_;
  bool is_removed_ = false;
};

}  // namespace ipcsort::transports
