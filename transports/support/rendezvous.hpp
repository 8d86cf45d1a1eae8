// How the workers find their parent on a listening stream socket, to which anybody may connect.
//
// A connection counts as a worker's once it has said that worker's hello. Until then it is one of several
// that are listened to side by side: one that says nothing, says the wrong thing or says it slowly keeps
// nobody waiting. One that has said the wrong thing is closed at once; of those that say nothing only the
// youngest are kept, so that they cannot use up the descriptors.
#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <optional>
#include <utility>
#include <vector>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "transports/support/hello.hpp"
#include "transports/support/stream_socket.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

class Rendezvous {
 public:
  // Who is on the other side of a fresh connection as far as the kernel knows: its pid, 0 where it cannot
  // tell, nothing when it must not be talked to.
  using Identify = std::optional<pid_t> (*)(int fd);

  Rendezvous(int workers, Delivery delivery, Identify identify)
      : workers_(workers), to_come_(workers), delivery_(delivery), identify_(identify) {}

  // The sender's side of it, on a connected socket.
  std::unique_ptr<Sender> greet(int worker, sys::Fd fd) const {
    say_hello(fd.get(), worker, token_);
    return std::make_unique<StreamSocketSender>(std::move(fd));
  }

  // Listens on `fd`, with room for every worker and for some strangers.
  void listen(int fd, const std::string& where) const {
    sys::check(::listen(fd, workers_ + strangers_max), "listen", where);
  }

  // Waits for `worker` on `listener`, which must not block.
  Attached meet(int listener, int worker, Watch& watch) {
    int last_rounds = 2 * (workers_ + strangers_max);
    for (;;) {
      if (auto receiver = take(worker, watch.worker_pid())) {
        if (--to_come_ == 0) {
          newcomers_.clear();
          guests_.clear();
        }
        return {Io::ok, std::move(receiver)};
      }
      std::vector<pollfd> fds{{listener, POLLIN, 0}};
      for (const Newcomer& newcomer : newcomers_) fds.push_back({newcomer.fd.get(), POLLIN, 0});
      const CallResult ready = call_under_watch(
          watch, [&]() -> ssize_t { return ::poll(fds.data(), fds.size(), -1); },
          [&] { return poll_at_the_end(fds, delivery_, end_patience_ns); });
      if (ready.status != Io::ok) return {ready.status, nullptr};
      if (ready.value < 0) sys::throw_errno("poll", "rendezvous", ready.error);
      // Strangers who keep coming must not hide that the watch has an end to tell. What was in the queue then
      // still counts.
      if (const Io status = watch.check(); status != Io::ok && --last_rounds < 0) return {status, nullptr};
      for (std::size_t i = newcomers_.size(); i > 0; --i) {
        if (fds[i].revents == 0 || keeps_talking(newcomers_[i - 1])) continue;
        newcomers_.erase(newcomers_.begin() + static_cast<std::ptrdiff_t>(i - 1));
      }
      if (fds[0].revents != 0) welcome(listener);
    }
  }

  [[nodiscard]] bool all_are_in() const noexcept { return to_come_ == 0; }

 private:
  static constexpr int strangers_max = 128;
  // A connection of a worker that has ended is made, and its hello sent; both can only be on their way.
  static constexpr long end_patience_ns = 20'000'000;

  struct Newcomer {
    sys::Fd fd;
    pid_t pid = 0;
    Hello hello{};
    std::size_t said_bytes = 0;
  };
  struct Guest {
    sys::Fd fd;
    pid_t pid = 0;
    int worker = 0;
  };

  // The first connection that has said that it is `worker`, and is as far as the kernel can tell.
  std::unique_ptr<Receiver> take(int worker, pid_t pid) {
    for (;;) {
      const auto guest = std::ranges::find(guests_, worker, &Guest::worker);
      if (guest == guests_.end()) return nullptr;
      Guest found = std::move(*guest);
      guests_.erase(guest);
      if (found.pid == 0 || found.pid == pid)
        return std::make_unique<StreamSocketReceiver>(std::move(found.fd), delivery_);
    }
  }

  // False when it need not be listened to any more: it is known, or not one of ours.
  bool keeps_talking(Newcomer& newcomer) {
    const auto missing = std::span{newcomer.hello}.subspan(newcomer.said_bytes);
    const ssize_t count = ::recv(newcomer.fd.get(), missing.data(), missing.size(), MSG_DONTWAIT);
    if (count < 0) {
      if (errno == EAGAIN || errno == EINTR) return true;
      if (errno == ECONNRESET || errno == ETIMEDOUT || errno == ENOTCONN) return false;
      sys::throw_errno("recv", "hello");
    }
    if (count == 0) return false;
    newcomer.said_bytes += static_cast<std::size_t>(count);
    if (newcomer.said_bytes < newcomer.hello.size()) return true;
    if (const auto worker = worker_in(newcomer.hello, workers_, token_))
      guests_.push_back({std::move(newcomer.fd), newcomer.pid, *worker});
    return false;
  }

  void welcome(int listener) {
    sys::Fd fd{::accept4(listener, nullptr, nullptr, SOCK_CLOEXEC)};
    if (!fd) {
      // Any other error is one of the connection that was to be taken (accept(2)).
      if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM)
        sys::throw_errno("accept4", "rendezvous");
      return;
    }
    const std::optional<pid_t> pid = identify_(fd.get());
    if (!pid) return;
    if (newcomers_.size() >= static_cast<std::size_t>(workers_ + strangers_max))
      newcomers_.erase(newcomers_.begin());
    newcomers_.push_back({std::move(fd), *pid});
  }

  int workers_;
  int to_come_;
  Delivery delivery_;
  Identify identify_;
  Token token_ = fresh_token();
  std::vector<Newcomer> newcomers_;  // in the order in which they came
  std::vector<Guest> guests_;
};

}  // namespace ipcsort::transports
