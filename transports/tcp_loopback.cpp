// TCP over 127.0.0.1: the whole network stack without a network.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "transports/support/rendezvous.hpp"
#include "transports/support/socket.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

// With TCP_NODELAY each little message is a segment of its own, which costs some 5 us.
constexpr OptionTraits options[] = {
    sndbuf_option,
    {"nodelay", "off", OptionValues::one_of("off", "on"),
     "TCP_NODELAY; off: little messages join while others are on their way (Nagle)"},
};

constexpr Traits tcp_traits{
    .name = "tcp_loopback",
    .summary = "TCP connections through the loopback interface",
    .family = Family::stream,
    .naming = Naming::address,
    .framing = Framing::stream,
    .payload_copies = 2,
    .needs = "IPv4 on the loopback interface",
    .peer_death = "EOF, or a reset when the worker had not read all it was sent",
    .eof_on_death = true,
    .best_for =
        "programs that shall run on several machines one day; on one machine everything else is cheaper",
    .options = options,
};

sockaddr_in loopback(in_port_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = port;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

sys::Fd make_socket(int flags = 0) {
  return sys::Fd{sys::check(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | flags, 0), "socket", "AF_INET")};
}

// The sender's socket. TCP does not touch the size of a buffer any more that somebody has set.
sys::Fd make_sender_socket(const Options& given) {
  sys::Fd fd = make_socket();
  set_send_buffer(fd.get(), option_bytes(tcp_traits, given, sndbuf_option.name));
  const int nodelay = static_cast<int>(option_index(tcp_traits, given, "nodelay"));
  sys::check(::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &nodelay, sizeof nodelay), "setsockopt",
             "TCP_NODELAY");
  return fd;
}

// A socket bound to a port that the kernel picks.
sys::Fd make_bound_socket(sockaddr_in& address) {
  sys::Fd fd = make_socket(SOCK_NONBLOCK);
  address = loopback(0);
  sys::check(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "bind",
             "127.0.0.1");
  socklen_t size = sizeof address;
  sys::check(::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&address), &size), "getsockname",
             "127.0.0.1");
  return fd;
}

constexpr const char* where_connecting = "127.0.0.1; is the loopback interface up (ip link set lo up)?";

// Gives up after `patience_ms`, -1 for never.
void connect_to(int fd, const sockaddr_in& address, int patience_ms) {
  if (::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0) return;
  if (errno != EINTR && errno != EINPROGRESS) sys::throw_errno("connect", where_connecting);
  // An interrupted connect(2) goes on by itself and cannot be repeated.
  pollfd writable{fd, POLLOUT, 0};
  const ssize_t ready = retry_interrupted([&]() -> ssize_t { return ::poll(&writable, 1, patience_ms); });
  sys::check(ready, "poll", "connecting");
  int error = ETIMEDOUT;
  socklen_t size = sizeof error;
  if (ready > 0) sys::check(::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size), "getsockopt", "SO_ERROR");
  if (error != 0) sys::throw_errno("connect", where_connecting, error);
}

// A connection to ourselves: that there is an address to bind to does not mean that the interface is up, or
// that a firewall lets anything through.
void try_loopback() {
  sockaddr_in address{};
  const sys::Fd client = make_socket(SOCK_NONBLOCK);
  // Closed first, it resets the connection, of which then no TIME_WAIT is left.
  const sys::Fd listener = make_bound_socket(address);
  sys::check(::listen(listener.get(), 1), "listen", "127.0.0.1");
  connect_to(client.get(), address, 500);
}

// Any user of the machine may connect, and nothing in the kernel says who it was: the token decides.
std::optional<pid_t> identify(int) { return 0; }

class TcpSession final : public Session {
 public:
  explicit TcpSession(const SessionSpec& spec)
      : options_(spec.options),
        rendezvous_(spec.workers, Delivery::deferred, identify),
        listener_(make_bound_socket(address_)) {
    (void)make_sender_socket(options_);  // refuses what cannot be had before there are workers
    rendezvous_.listen(listener_.get(), "127.0.0.1");
  }

  [[nodiscard]] std::vector<int> receiver_descriptors(int) const override { return {listener_.get()}; }

  std::unique_ptr<Sender> make_sender(int worker) override {
    sys::Fd fd = make_sender_socket(options_);
    connect_to(fd.get(), address_, -1);
    return rendezvous_.greet(worker, std::move(fd));
  }

  Attached attach_receiver(int worker, Watch& watch) override {
    Attached attached = rendezvous_.meet(listener_.get(), worker, watch);
    if (rendezvous_.all_are_in()) listener_.reset();
    return attached;
  }

 private:
  Options options_;
  Rendezvous rendezvous_;
  sockaddr_in address_{};  // before the listener, which fills it in
  sys::Fd listener_;
};

Availability probe() {
  return available_if([] {
    try_loopback();
    (void)make_sender_socket({});
  });
}

}  // namespace

extern constexpr Mechanism tcp_loopback{tcp_traits, probe, open_session<TcpSession>};

}  // namespace ipcsort::transports
