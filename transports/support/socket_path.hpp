// Paths of Unix sockets.
#pragma once

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <utility>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/object_log.hpp"
#include "sys/random.hpp"
#include "transports/support/logged_name.hpp"

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

// A socket and the fresh path that it is bound to.
class BoundSocket {
 public:
  BoundSocket(sys::Fd fd, sys::ObjectLog& objects)
      : path_(sys::ObjectKind::path, fresh_socket_path(), objects), fd_(std::move(fd)) {
    const sockaddr_un address = address_of(path());
    // The path gets the mode that the socket has by then.
    sys::check(::fchmod(fd_.get(), 0600), "fchmod", "Unix socket");
    sys::check(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind",
               path());
  }

  [[nodiscard]] int get() const noexcept { return fd_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_.text(); }
  // From here on nobody finds the socket any more; who is connected stays so.
  void remove_path() noexcept { path_.remove(); }
  sys::Fd take() noexcept { return std::move(fd_); }

 private:
  LoggedName path_;
  sys::Fd fd_;
};

}  // namespace ipcsort::transports
