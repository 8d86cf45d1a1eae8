// Paths of Unix sockets.
#pragma once

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/object_log.hpp"
#include "sys/random.hpp"

namespace ipcsort::transports {

inline std::string fresh_socket_path() {
  return sys::runtime_directory() + "/" + sys::random_suffix() + ".sock";
}

inline sockaddr_un address_of(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.size() >= sizeof address.sun_path) {
    sys::throw_errno("bind",
                     path + " is longer than the " + std::to_string(sizeof address.sun_path - 1) +
                         " bytes a socket path can have; set XDG_RUNTIME_DIR to a shorter one",
                     ENAMETOOLONG);
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

// A socket and the fresh path that it is bound to. The object log knows the path before it exists.
class BoundSocket {
 public:
  BoundSocket(sys::Fd fd, sys::ObjectLog& objects)
      : BoundSocket(std::move(fd), objects, fresh_socket_path()) {
    const sockaddr_un address = address_of(path_);
    objects_->created(sys::ObjectKind::path, path_);
    is_logged_ = true;
    // The path gets the mode that the socket has by then.
    sys::check(::fchmod(fd_.get(), 0600), "fchmod", "Unix socket");
    sys::check(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind", path_);
  }
  BoundSocket(const BoundSocket&) = delete;
  BoundSocket& operator=(const BoundSocket&) = delete;
  ~BoundSocket() {
    if (::getpid() == owner_) remove_path();
  }

  [[nodiscard]] int get() const noexcept { return fd_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // From here on nobody finds the socket any more; who is connected stays so.
  void remove_path() noexcept {
    if (!is_logged_) return;
    objects_->remove(sys::ObjectKind::path, path_);
    is_logged_ = false;
  }
  sys::Fd take() noexcept { return std::move(fd_); }

 private:
  // Once this one is through, the destructor runs also when the other throws.
  BoundSocket(sys::Fd fd, sys::ObjectLog& objects, std::string path)
      : objects_(&objects), owner_(::getpid()), path_(std::move(path)), fd_(std::move(fd)) {}

  sys::ObjectLog* objects_;
  pid_t owner_;
  std::string path_;
  bool is_logged_ = false;
  sys::Fd fd_;
};

}  // namespace ipcsort::transports
