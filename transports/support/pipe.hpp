// The two sides of a pipe, with or without a name, and the size of its buffer.
#pragma once

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <limits>
#include <string>
#include <utility>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "transports/support/descriptor_pair.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {

inline constexpr OptionTraits capacity_option{
    "capacity", "64K", any_size,
    "size of the kernel's buffer (F_SETPIPE_SZ); at most fs.pipe-max-size unprivileged"};

// Gives the pipe behind `fd` the buffer that the options of `traits` ask for.
inline void set_pipe_capacity(int fd, const Traits& traits, const Options& options) {
  const std::size_t bytes = option_bytes(traits, options, capacity_option.name);
  const std::string asked = std::string{traits.name} + ": capacity=" + std::to_string(bytes);
  if (bytes > std::numeric_limits<int>::max()) throw UsageError(asked + " is more than a pipe can have");
  const int given = ::fcntl(fd, F_SETPIPE_SZ, static_cast<int>(bytes));
  if (given < 0) {
    sys::throw_errno("fcntl", "F_SETPIPE_SZ, " + std::to_string(bytes) +
                                  " bytes; raise fs.pipe-max-size or lower capacity=");
  }
  // The kernel rounds up to a power of two of pages; an option is honoured to the byte or refused.
  if (static_cast<std::size_t>(given) != bytes) {
    throw UsageError(asked + " is not to be had, the kernel would give " + std::to_string(given) +
                     "; use that");
  }
}

inline DescriptorPair make_pipe() {
  int fds[2];
  sys::check(::pipe2(fds, O_CLOEXEC), "pipe2");
  return {sys::Fd{fds[0]}, sys::Fd{fds[1]}};
}

inline DescriptorPair make_pipe(const Traits& traits, const Options& options) {
  DescriptorPair pair = make_pipe();
  set_pipe_capacity(pair.worker.get(), traits, options);
  return pair;
}

// read(2) as a receiver needs it.
inline CallResult read_pipe(int fd, std::span<std::byte> bytes, Watch& watch) {
  const auto read_now = [&] { return ::read(fd, bytes.data(), bytes.size()); };
  return call_under_watch(watch, read_now, [&] { return if_readable(fd, read_now); });
}

class PipeSender final : public Sender {
 public:
  // A write of all that the buffer takes, or more, goes to sleep until the reader has emptied it, who then sleeps
  // until it is full again. In halves one is filled while the other is emptied. (usual_chunk = "half")
  explicit PipeSender(sys::Fd fd) : fd_(std::move(fd)) {
    const int capacity = sys::check(::fcntl(fd_.get(), F_GETPIPE_SZ), "fcntl", "F_GETPIPE_SZ");
    cut_at(static_cast<std::size_t>(capacity) / 2);
  }

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
    return moved_by(read_pipe(fd_.get(), bytes, watch), "read", "pipe");
  }

 private:
  sys::Fd fd_;
};

}  // namespace ipcsort::transports
