// pipe(2), one per worker: the kernel copies into its own pages and out of them again.
#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <limits>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/text.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {
    {"capacity", "64K", "BYTES",
     "size of the kernel's buffer (F_SETPIPE_SZ); at most fs.pipe-max-size unprivileged"},
};

constexpr Traits pipe_traits{
    .name = "pipe",
    .summary = "one anonymous pipe per worker",
    .naming = Naming::anonymous,
    .framing = Framing::stream,
    .payload_copies = 2,
    .limit = "",
    .lends = false,
    .needs = "any Linux; capacity= 2.6.35",
    .peer_death = "EOF, once nobody holds the write end any more",
    .best_for =
        "the default: no set-up, no limits, works everywhere; slow when one write is larger than its buffer",
    .options = options,
};

struct Ends {
  sys::Fd read;
  sys::Fd write;
};

Ends make_pipe(std::size_t capacity_bytes) {
  int fds[2];
  sys::check(::pipe2(fds, O_CLOEXEC), "pipe2");
  Ends ends{sys::Fd{fds[0]}, sys::Fd{fds[1]}};
  if (capacity_bytes > std::numeric_limits<int>::max()) {
    throw UsageError("pipe: capacity=" + std::to_string(capacity_bytes) + " is more than a pipe can have");
  }
  const int given = ::fcntl(ends.write.get(), F_SETPIPE_SZ, static_cast<int>(capacity_bytes));
  if (given < 0) {
    sys::throw_errno("fcntl", "F_SETPIPE_SZ, " + std::to_string(capacity_bytes) +
                                  " bytes; raise fs.pipe-max-size or lower capacity=");
  }
  // The kernel rounds up to a power of two of pages; an option is honoured to the byte or refused.
  if (static_cast<std::size_t>(given) != capacity_bytes) {
    throw UsageError("pipe: capacity=" + std::to_string(capacity_bytes) +
                     " is not to be had, the kernel would give " + std::to_string(given) + "; use that");
  }
  return ends;
}

class PipeSender final : public Sender {
 public:
  explicit PipeSender(sys::Fd fd) : fd_(std::move(fd)) {}

 protected:
  Moved write_some(std::span<const std::byte> bytes) override {
    const ssize_t count = retry_interrupted([&] { return ::write(fd_.get(), bytes.data(), bytes.size()); });
    if (count >= 0) return {Io::ok, static_cast<std::size_t>(count)};
    if (errno == EPIPE) return {Io::closed, 0};
    sys::throw_errno("write", "pipe");
  }

 private:
  sys::Fd fd_;
};

class PipeReceiver final : public Receiver {
 public:
  explicit PipeReceiver(sys::Fd fd) : fd_(std::move(fd)) {}

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    const auto read_now = [&] { return ::read(fd_.get(), bytes.data(), bytes.size()); };
    const auto attempt = [&]() -> ssize_t {
      pollfd readable{fd_.get(), POLLIN, 0};
      const int ready = ::poll(&readable, 1, 0);
      if (ready == 0) errno = EAGAIN;
      return ready > 0 ? read_now() : -1;
    };
    const CallResult result = call_under_watch(watch, read_now, attempt);
    if (result.status != Io::ok) return {result.status, 0};
    if (result.value < 0) sys::throw_errno("read", "pipe", result.error);
    if (result.value == 0) return {Io::closed, 0};
    return {Io::ok, static_cast<std::size_t>(result.value)};
  }

 private:
  sys::Fd fd_;
};

class PipeSession final : public Session {
 public:
  explicit PipeSession(const SessionSpec& spec) {
    const std::size_t capacity_bytes = option_bytes(pipe_traits, spec.options, "capacity");
    for (int worker = 0; worker < spec.workers; ++worker) pipes_.push_back(make_pipe(capacity_bytes));
  }
  [[nodiscard]] std::vector<int> sender_descriptors(int worker) const override {
    return {of(worker).write.get()};
  }
  [[nodiscard]] std::vector<int> receiver_descriptors(int worker) const override {
    return {of(worker).read.get()};
  }
  std::unique_ptr<Sender> attach_sender(int worker) override {
    return std::make_unique<PipeSender>(std::move(of(worker).write));
  }
  Attached attach_receiver(int worker, Watch&) override {
    of(worker).write.reset();
    return {Io::ok, std::make_unique<PipeReceiver>(std::move(of(worker).read))};
  }

 private:
  [[nodiscard]] const Ends& of(int worker) const { return pipes_.at(static_cast<std::size_t>(worker)); }
  Ends& of(int worker) { return pipes_.at(static_cast<std::size_t>(worker)); }

  std::vector<Ends> pipes_;
};

class PipeTransport final : public Transport {
 public:
  [[nodiscard]] const Traits& traits() const noexcept override { return pipe_traits; }
  [[nodiscard]] Availability probe() const override { return {}; }
  [[nodiscard]] std::unique_ptr<Session> open(const SessionSpec& spec) const override {
    return std::make_unique<PipeSession>(spec);
  }
};

}  // namespace

const Transport& pipe() {
  static const PipeTransport transport;
  return transport;
}

}  // namespace ipcsort::transports
