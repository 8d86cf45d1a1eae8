// Unix stream sockets the way strangers meet: the parent listens on a path, each worker connects to it.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "transports/support/rendezvous.hpp"
#include "transports/support/socket.hpp"
#include "transports/support/socket_path.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {sndbuf_option};

constexpr Traits unix_traits{
    .name = "unix_stream",
    .summary = "Unix stream sockets, connected through a path",
    .family = Family::stream,
    .naming = Naming::path,
    .framing = Framing::stream,
    .payload_copies = 2,
    .needs = "a runtime directory with a path below 60 bytes",
    .peer_death = "EOF",
    .eof_on_death = true,
    .best_for = "processes that do not descend from one another; the safe choice with names",
    .options = options,
};

// A socket with the send buffer that the options ask for.
sys::Fd make_socket(const Options& given, int flags = 0) {
  sys::Fd fd{sys::check(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), "socket", "AF_UNIX")};
  set_send_buffer(fd.get(), option_bytes(unix_traits, given, sndbuf_option.name));
  return fd;
}

// Who called connect(), as the kernel knows it; this cannot be forged.
std::optional<pid_t> identify(int fd) {
  ucred peer{};
  socklen_t size = sizeof peer;
  sys::check(::getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size), "getsockopt", "SO_PEERCRED");
  return peer.uid == ::geteuid() ? std::optional{peer.pid} : std::nullopt;
}

class UnixSession final : public Session {
 public:
  explicit UnixSession(const SessionSpec& spec)
      : options_(spec.options),
        rendezvous_(spec.workers, Delivery::immediate, identify),
        listener_(make_socket(spec.options, SOCK_NONBLOCK), *spec.objects) {
    rendezvous_.listen(listener_.get(), listener_.path());
  }

  [[nodiscard]] std::vector<int> receiver_descriptors(int) const override { return {listener_.get()}; }

  std::unique_ptr<Sender> make_sender(int worker) override {
    sys::Fd fd = make_socket(options_);
    const sockaddr_un address = address_of(listener_.path());
    const auto connect_now = [&]() -> ssize_t {
      return ::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
    };
    sys::check(retry_interrupted(connect_now), "connect", listener_.path());
    return rendezvous_.greet(worker, std::move(fd));
  }

  Attached attach_receiver(int worker, Watch& watch) override {
    Attached attached = rendezvous_.meet(listener_.get(), worker, watch);
    if (rendezvous_.all_are_in()) {
      listener_.remove_path();
      listener_.take().reset();
    }
    return attached;
  }

 private:
  Options options_;
  Rendezvous rendezvous_;
  BoundSocket listener_;
};

Availability probe() {
  return available_if([] {
    (void)make_socket({});
    (void)address_of(fresh_socket_path());
  });
}

}  // namespace

extern constexpr Mechanism unix_stream{unix_traits, probe, open_session<UnixSession>};

}  // namespace ipcsort::transports
