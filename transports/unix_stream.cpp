// Unix stream sockets the way strangers meet: the parent listens on a path, each worker connects to it.
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/random.hpp"
#include "transports/support/socket.hpp"
#include "transports/support/stream_socket.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {sndbuf_option};

constexpr Traits unix_traits{
    .name = "unix_stream",
    .summary = "Unix stream sockets, connected through a path",
    .naming = Naming::path,
    .framing = Framing::stream,
    .payload_copies = 2,
    .limit = "",
    .lends = false,
    .needs = "a runtime directory with a path below 60 bytes",
    .peer_death = "EOF",
    .best_for = "processes that do not descend from one another; the safe choice with names",
    .options = options,
};

// The first thing a worker says on its connection.
struct Hello {
  std::uint64_t magic = 0x6970'6373'6f72'7431;  // "ipcsort1"
  std::uint64_t worker = 0;
  bool operator==(const Hello&) const = default;
};

std::string fresh_path() { return sys::runtime_directory() + "/" + sys::random_suffix() + ".sock"; }

sockaddr_un address_of(const std::string& path) {
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

// A socket with the send buffer that the options ask for.
sys::Fd make_socket(const Options& given) {
  sys::Fd fd{sys::check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), "socket", "AF_UNIX")};
  set_send_buffer(fd.get(), option_bytes(unix_traits, given, "sndbuf"));
  return fd;
}

// `call` on `fd`, made not to block; EAGAIN when it would.
template <typename Call>
ssize_t if_readable(int fd, Call call) {
  pollfd readable{fd, POLLIN, 0};
  const int ready = ::poll(&readable, 1, 0);
  if (ready == 0) errno = EAGAIN;
  return ready > 0 ? call() : -1;
}

// The listening socket and its path, which goes when the last worker is in.
class Listener {
 public:
  explicit Listener(const SessionSpec& spec)
      : Listener(*spec.objects, fresh_path(), make_socket(spec.options)) {
    const sockaddr_un address = address_of(path_);
    // The path gets the socket's own mode, less the umask.
    sys::check(::fchmod(fd_.get(), 0600), "fchmod", "socket");
    objects_.created(sys::ObjectKind::path, path_);
    sys::check(::bind(fd_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind", path_);
    sys::check(::listen(fd_.get(), spec.workers), "listen", path_);
  }
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;
  ~Listener() {
    if (::getpid() == owner_) close();
  }

  [[nodiscard]] int get() const noexcept { return fd_.get(); }
  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  void close() noexcept {
    if (!fd_) return;
    fd_.reset();
    objects_.remove(sys::ObjectKind::path, path_);
  }

 private:
  // Once this one is through, the destructor runs also when the other throws.
  Listener(sys::ObjectLog& objects, std::string path, sys::Fd fd)
      : objects_(objects), owner_(::getpid()), path_(std::move(path)), fd_(std::move(fd)) {}

  sys::ObjectLog& objects_;
  pid_t owner_;
  std::string path_;
  sys::Fd fd_;
};

class UnixSession final : public Session {
 public:
  explicit UnixSession(const SessionSpec& spec)
      : options_(spec.options), to_come_(spec.workers), listener_(spec) {}

  [[nodiscard]] std::vector<int> sender_descriptors(int) const override { return {}; }
  [[nodiscard]] std::vector<int> receiver_descriptors(int) const override { return {listener_.get()}; }

  std::unique_ptr<Sender> attach_sender(int worker) override {
    sys::Fd fd = make_socket(options_);
    const sockaddr_un address = address_of(listener_.path());
    const auto connect_now = [&]() -> ssize_t {
      return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    };
    sys::check(retry_interrupted(connect_now), "connect", listener_.path());
    const Hello hello{.worker = static_cast<std::uint64_t>(worker)};
    sys::write_all(fd.get(), std::as_bytes(std::span{&hello, 1}), "hello");
    return std::make_unique<StreamSocketSender>(std::move(fd));
  }

  Attached attach_receiver(int worker, Watch& watch) override {
    for (;;) {
      sys::Fd fd;
      const Io accepted = accept_from(watch.worker_pid(), watch, fd);
      if (accepted != Io::ok) return {accepted, nullptr};
      auto receiver = std::make_unique<StreamSocketReceiver>(std::move(fd));
      Hello hello{.magic = 0};
      const Io heard = receiver->receive(std::as_writable_bytes(std::span{&hello, 1}), watch);
      if (heard == Io::peer_died || heard == Io::timed_out) return {heard, nullptr};
      // A connection that does not say the right thing is dropped, and the next one is waited for.
      if (heard != Io::ok || hello != Hello{.worker = static_cast<std::uint64_t>(worker)}) continue;
      if (--to_come_ == 0) {
        listener_.close();
        early_.clear();
      }
      return {Io::ok, std::move(receiver)};
    }
  }

 private:
  struct Connection {
    sys::Fd fd;
    pid_t pid = -1;
  };

  // The next connection that process `pid` makes or has made. Those of other processes are kept for later
  // calls.
  Io accept_from(pid_t pid, Watch& watch, sys::Fd& fd) {
    for (auto early = early_.begin(); early != early_.end(); ++early) {
      if (early->pid != pid) continue;
      fd = std::move(early->fd);
      early_.erase(early);
      return Io::ok;
    }
    for (;;) {
      const auto accept_now = [&]() -> ssize_t {
        return ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      };
      const CallResult result =
          call_under_watch(watch, accept_now, [&] { return if_readable(listener_.get(), accept_now); });
      if (result.status != Io::ok) return result.status;
      if (result.value < 0) sys::throw_errno("accept4", listener_.path(), result.error);
      Connection connection{sys::Fd{static_cast<int>(result.value)}};
      // Who called connect(), as the kernel knows it; this cannot be forged.
      ucred peer{};
      socklen_t size = sizeof peer;
      sys::check(::getsockopt(connection.fd.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size), "getsockopt",
                 "SO_PEERCRED");
      if (peer.uid != ::geteuid()) continue;
      if (peer.pid == pid) {
        fd = std::move(connection.fd);
        return Io::ok;
      }
      connection.pid = peer.pid;
      early_.push_back(std::move(connection));
    }
  }

  Options options_;
  int to_come_;
  Listener listener_;
  std::vector<Connection> early_;
};

class UnixTransport final : public Transport {
 public:
  [[nodiscard]] const Traits& traits() const noexcept override { return unix_traits; }
  [[nodiscard]] Availability probe() const override {
    try {
      (void)make_socket({});
      (void)address_of(fresh_path());
      return {};
    } catch (const std::runtime_error& error) {  // std::system_error and UsageError alike
      return {false, error.what()};
    }
  }
  [[nodiscard]] std::unique_ptr<Session> open(const SessionSpec& spec) const override {
    return std::make_unique<UnixSession>(spec);
  }
};

}  // namespace

const Transport& unix_stream() {
  static const UnixTransport transport;
  return transport;
}

}  // namespace ipcsort::transports
