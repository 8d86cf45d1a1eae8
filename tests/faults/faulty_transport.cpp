#include "tests/faults/faulty_transport.hpp"

#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <random>
#include <utility>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "transports/support/wait.hpp"

namespace ipcsort::faults {
namespace {

constexpr std::size_t chunk_bytes = 4096;
constexpr int victim = 1;
constexpr int strike_at = 5;  // the chunk that suffers; 0 is the header of the first run

constexpr std::array<std::string_view, 17> names = {
    "clean",           "drop_chunk",   "duplicate_chunk", "swap_chunks", "corrupt_byte",
    "flip_bit",        "truncate",     "stall",           "die",         "exit",
    "huge_header",     "short_header", "bad_magic",       "open_fails",  "sender_throws",
    "receiver_throws", "attach_fails"};

using Bytes = std::vector<std::byte>;

class FaultySender final : public Sender {
 public:
  FaultySender(sys::Fd fd, Kind kind, std::uint64_t seed, int chunks_before)
      : fd_(std::move(fd)), kind_(kind), chunk_(-chunks_before), random_(seed) {
    // One of the first forty chunks, each with the same chance; the header of the run is the very first.
    flip_at_ = static_cast<int>(random_() % 40);
  }
  [[nodiscard]] std::size_t step_bytes_max() const noexcept override { return chunk_bytes; }

 protected:
  Moved write_some(std::span<const std::byte> bytes) override {
    const int chunk = chunk_++;
    Bytes copy(bytes.begin(), bytes.end());
    if (chunk == 0) change_header(copy);
    if (kind_ == Kind::flip_bit && chunk == flip_at_) {
      copy[random_() % copy.size()] ^= std::byte{1} << static_cast<int>(random_() % 8);
    }
    const bool struck = chunk == strike_at;
    if (chunk == strike_at + 1 && kind_ == Kind::swap_chunks) {
      if (!put(copy) || !put(held_)) return {Io::closed, 0};
      return {Io::ok, bytes.size()};
    }
    if (truncated_ || (struck && strike(copy))) return {Io::ok, bytes.size()};  // so it claims
    if (!put(copy)) return {Io::closed, 0};
    return {Io::ok, bytes.size()};
  }

 private:
  void change_header(Bytes& header) const {
    std::array<std::uint64_t, 2> words{};  // magic, numbers
    std::memcpy(words.data(), header.data(), sizeof words);
    if (kind_ == Kind::bad_magic) ++words[0];
    if (kind_ == Kind::huge_header) words[1] = std::uint64_t{1} << 63;
    if (kind_ == Kind::short_header) --words[1];
    std::memcpy(header.data(), words.data(), sizeof words);
  }

  // True when the chunk must not be sent any more.
  bool strike(Bytes& chunk) {
    switch (kind_) {
      case Kind::drop_chunk: return true;
      case Kind::duplicate_chunk: put(chunk); return false;
      case Kind::swap_chunks: held_ = chunk; return true;
      case Kind::corrupt_byte: chunk[chunk_bytes / 2] ^= std::byte{1}; return false;
      case Kind::truncate:
        chunk.resize(chunk.size() / 2);
        put(chunk);
        ::shutdown(fd_.get(), SHUT_WR);
        truncated_ = true;
        return true;
      case Kind::stall:
        for (;;) ::pause();
      case Kind::die: ::raise(SIGKILL); return true;
      case Kind::exit: ::_exit(3);
      case Kind::sender_throws: sys::throw_errno("write", "faulty", EIO);
      default: return false;
    }
  }

  bool put(std::span<const std::byte> bytes) const {
    try {
      sys::write_all(fd_.get(), bytes, "faulty");
      return true;
    } catch (const std::system_error& error) {
      if (error.code().value() == EPIPE || error.code().value() == ECONNRESET) return false;
      throw;
    }
  }

  sys::Fd fd_;
  Kind kind_;
  int chunk_;
  Bytes held_;
  bool truncated_ = false;
  std::mt19937_64 random_;
  int flip_at_ = -1;
};

class FaultyReceiver final : public Receiver {
 public:
  FaultyReceiver(sys::Fd fd, Kind kind) : fd_(std::move(fd)), kind_(kind) {}

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    if (kind_ == Kind::receiver_throws && reads_++ == 1) sys::throw_errno("read", "faulty", EIO);
    const auto receive = [&](int flags) { return ::recv(fd_.get(), bytes.data(), bytes.size(), flags); };
    const auto result = transports::call_under_watch(
        watch, [&] { return receive(0); }, [&] { return receive(MSG_DONTWAIT); });
    if (result.status != Io::ok) return {result.status, 0};
    if (result.value == 0 || result.error == ECONNRESET) return {Io::closed, 0};
    if (result.value < 0) sys::throw_errno("recv", "faulty", result.error);
    return {Io::ok, static_cast<std::size_t>(result.value)};
  }

 private:
  sys::Fd fd_;
  Kind kind_;
  int reads_ = 0;
};

class FaultySession final : public Session {
 public:
  FaultySession(int workers, Kind kind, std::uint64_t seed, int chunks_before)
      : kind_(kind), seed_(seed), chunks_before_(chunks_before) {
    for (int worker = 0; worker < workers; ++worker) {
      int fds[2];
      sys::check(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), "socketpair");
      pairs_.emplace_back(sys::Fd{fds[0]}, sys::Fd{fds[1]});
    }
  }
  [[nodiscard]] std::vector<int> sender_descriptors(int worker) const override {
    return {pairs_.at(static_cast<std::size_t>(worker)).second.get()};
  }
  [[nodiscard]] std::vector<int> receiver_descriptors(int worker) const override {
    return {pairs_.at(static_cast<std::size_t>(worker)).first.get()};
  }
  std::unique_ptr<Sender> make_sender(int worker) override {
    if (of(worker) == Kind::attach_fails) sys::throw_errno("connect", "faulty", ECONNREFUSED);
    return std::make_unique<FaultySender>(std::move(pairs_.at(static_cast<std::size_t>(worker)).second),
                                          of(worker), seed_, chunks_before_);
  }
  Attached attach_receiver(int worker, Watch&) override {
    auto& [parent, child] = pairs_.at(static_cast<std::size_t>(worker));
    child.reset();
    return {Io::ok, std::make_unique<FaultyReceiver>(std::move(parent), of(worker))};
  }

 private:
  [[nodiscard]] Kind of(int worker) const noexcept { return worker == victim ? kind_ : Kind::clean; }

  std::vector<std::pair<sys::Fd, sys::Fd>> pairs_;
  Kind kind_;
  std::uint64_t seed_;
  int chunks_before_;
};

}  // namespace

std::string_view to_string(Kind kind) noexcept { return names.at(static_cast<std::size_t>(kind)); }

FaultyTransport::FaultyTransport(Kind kind, std::uint64_t seed, int chunks_before)
    : kind_(kind), seed_(seed), chunks_before_(chunks_before) {
  traits_.name = "faulty";
}

std::unique_ptr<Session> FaultyTransport::open(const SessionSpec& spec) const {
  if (kind_ == Kind::open_fails) sys::throw_errno("socketpair", "faulty", EMFILE);
  return std::make_unique<FaultySession>(spec.workers, kind_, seed_, chunks_before_);
}

}  // namespace ipcsort::faults
