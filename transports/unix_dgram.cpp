// Unix datagram sockets with names: the parent has one socket per worker on a path, the worker sends to it.
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <deque>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "transports/support/hello.hpp"
#include "transports/support/message_socket.hpp"
#include "transports/support/socket_path.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {sndbuf_option};

constexpr Traits dgram_traits{
    .name = "unix_dgram",
    .summary = "Unix datagram sockets, found through a path",
    .family = Family::message,
    .naming = Naming::path,
    .framing = Framing::message,
    .payload_copies = 2,
    .limit = "twice sndbuf= less 32 bytes; net.unix.max_dgram_qlen messages wait at most",
    .needs = "a runtime directory with a path below 60 bytes",
    .peer_death = "nothing: no EOF on datagrams; the supervisor has to say so",
    .best_for =
        "records from processes that come and go, as to a log; a stream costs the same and has an end",
    .options = options,
};

sys::Fd make_socket() {
  return sys::Fd{sys::check(::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket", "AF_UNIX")};
}

// Receives what `worker` sends and nothing else. Everybody who can reach the path can put messages into the
// queue, also while it is being unlinked, so each message is judged by the credentials that the kernel
// attaches to it. To connect the socket to the worker's would keep strangers out too, but only from then on,
// would take a name for the worker's socket as well, and would lift the limit of the queue, which is what
// sets a named socket apart from a pair.
class QueueReceiver final : public Receiver {
 public:
  explicit QueueReceiver(sys::Fd fd) : fd_(std::move(fd)) {}

  CallResult next_message(std::span<std::byte> bytes, Watch& watch) {
    const auto receive_now = [&](int flags) -> ssize_t {
      for (;;) {
        ucred from{};
        const ssize_t length = receive_message(fd_.get(), bytes, flags, from);
        if (length < 0) return length;
        if (from.pid == watch.worker_pid() && from.uid == ::geteuid()) return length;
        // Not the worker's. Strangers who keep sending must not hide that the watch has an end to tell; nor
        // must the end of a queue that was shut down.
        if ((flags & MSG_DONTWAIT) == 0 && watch.check() != Io::ok) {
          errno = EINTR;
          return -1;
        }
      }
    };
    return call_under_watch(
        watch, [&] { return receive_now(0); },
        [&] {
          // Nobody can add to the queue any more, so it has an end (EAGAIN); what is in it stays.
          ::shutdown(fd_.get(), SHUT_RD);
          return receive_now(MSG_DONTWAIT);
        });
  }

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    const CallResult result = next_message(bytes, watch);
    if (result.status != Io::ok) return {result.status, 0};
    if (result.value < 0) sys::throw_errno("recvmsg", "unix_dgram", result.error);
    return {Io::ok, checked_length(result.value, bytes.size())};
  }

 private:
  sys::Fd fd_;
};

class DgramSession final : public Session {
 public:
  explicit DgramSession(const SessionSpec& spec)
      : sndbuf_bytes_(option_bytes(dgram_traits, spec.options, sndbuf_option.name)),
        message_bytes_max_(longest_message(SOCK_DGRAM, sndbuf_bytes_)) {
    for (int worker = 0; worker < spec.workers; ++worker) {
      sys::Fd fd = make_socket();
      ask_for_credentials(fd.get());
      sockets_.emplace_back(std::move(fd), *spec.objects);
    }
  }

  [[nodiscard]] std::vector<int> receiver_descriptors(int worker) const override {
    return {sockets_.at(static_cast<std::size_t>(worker)).get()};
  }

  // Connected, so that the path can go; connect(2) on a datagram socket only looks it up. A send to a full
  // queue sleeps in the kernel until there is room.
  std::unique_ptr<Sender> make_sender(int worker) override {
    const BoundSocket& parent = sockets_.at(static_cast<std::size_t>(worker));
    sys::Fd fd = make_socket();
    set_send_buffer(fd.get(), sndbuf_bytes_);
    const sockaddr_un address = address_of(parent.path());
    sys::check(::connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), "connect",
               parent.path());
    say_hello(fd.get(), worker, token_);
    return std::make_unique<MessageSender>(std::move(fd), message_bytes_max_);
  }

  // The hello says that the worker has looked the path up.
  Attached attach_receiver(int worker, Watch& watch) override {
    BoundSocket& socket = sockets_.at(static_cast<std::size_t>(worker));
    auto receiver = std::make_unique<QueueReceiver>(socket.take());
    Hello hello{};
    for (;;) {
      const CallResult result = receiver->next_message(hello, watch);
      if (result.status != Io::ok) return {result.status, nullptr};
      if (result.value < 0) sys::throw_errno("recvmsg", socket.path(), result.error);
      if (static_cast<std::size_t>(result.value) == hello.size() && hello == make_hello(worker, token_))
        break;
    }
    socket.remove_path();
    return {Io::ok, std::move(receiver)};
  }

 private:
  std::size_t sndbuf_bytes_;
  std::size_t message_bytes_max_;
  Token token_ = fresh_token();
  std::deque<BoundSocket> sockets_;
};

Availability probe() {
  return available_if([] {
    (void)make_message_pair(SOCK_DGRAM, option_bytes(dgram_traits, {}, sndbuf_option.name));
    (void)address_of(fresh_socket_path());
  });
}

}  // namespace

extern constexpr Mechanism unix_dgram{dgram_traits, probe, open_session<DgramSession>};

}  // namespace ipcsort::transports
