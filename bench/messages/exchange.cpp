#include "bench/messages/exchange.hpp"

#include <fmt/core.h>
#include <poll.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <functional>
#include <memory>
#include <stdexcept>
#include <vector>

#include "bench/messages/interruption.hpp"
#include "bench/messages/message.hpp"
#include "bench/pipeline/scoreboard.hpp"
#include "bench/stats/sample.hpp"
#include "sys/affinity.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/futex.hpp"
#include "sys/mapping.hpp"
#include "sys/process.hpp"
#include "transports/duplex.hpp"

namespace ipcsort::messages {
namespace {

constexpr int exit_other_side_ended = 3;
constexpr std::uint64_t trips_warm_up = 20;

// What the processes share beside the transport.
struct Board {
  std::atomic<std::uint32_t> turn;           // futex word: the batch or trip that may begin
  std::atomic<sys::Nanoseconds> started_at;  // of a batch, by its sender
  std::atomic<std::uint64_t> exchanged;      // batches or trips; grows as long as nothing hangs
  double seconds;
  Latency latency;
  pipeline::SharedText failure;
};

void announce(std::atomic<std::uint32_t>& turn, std::uint32_t value) noexcept {
  turn.store(value, std::memory_order_release);
  sys::futex_wake_all(turn);
}

void await(const std::atomic<std::uint32_t>& turn, std::uint32_t value) noexcept {
  for (;;) {
    const std::uint32_t seen = turn.load(std::memory_order_acquire);
    if (seen == value) return;
    sys::futex_wait(turn, seen);
  }
}

constexpr const char* other_side_ended = "the other side ended too early";

void require_ok(Io io, const char* what) {
  if (io == Io::closed) throw std::runtime_error(other_side_ended);
  if (io != Io::ok) throw std::runtime_error(fmt::format("{}: {}", what, to_string(io)));
}

// Does `work` while a transport is open. What it throws is on the board before the transport is closed: the
// other side, which then sees the end, must not get in first with that.
template <typename Work>
void noting_failure(Board& board, Work work) {
  try {
    work();
  } catch (const std::exception& error) {
    board.failure.write(error.what());
    throw;
  }
}

// ---------------------------------------------------------------- processes

// Forks a process that runs `work` and ends; what it throws is on the board, and it ends with status 1.
sys::Child fork_process(Board& board, const std::function<void()>& work) {
  const pid_t parent = ::getpid();
  const pid_t pid = sys::check(::fork(), "fork");
  if (pid > 0) return sys::Child(pid);
  sys::die_with_parent(parent);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD}) ::signal(signal, SIG_DFL);
  ::signal(SIGPIPE, SIG_IGN);
  try {
    work();
  } catch (const std::exception& error) {
    board.failure.write(error.what());
    ::_exit(1);
  }
  ::_exit(0);
}

// Forks the other side, which never ends by itself: when it does, so does this process.
sys::Child fork_other_side(Board& board, const std::vector<int>& descriptors,
                           const std::function<void()>& work) {
  struct sigaction action {};
  action.sa_handler = [](int) { ::_exit(exit_other_side_ended); };
  action.sa_flags = SA_NOCLDSTOP;
  sys::check(::sigaction(SIGCHLD, &action, nullptr), "sigaction");
  return fork_process(board, [&] {
    sys::close_all_except(descriptors);
    work();
    for (;;) ::pause();
  });
}

void end_other_side(sys::Child& other) {
  ::signal(SIGCHLD, SIG_DFL);
  other.kill(SIGKILL);
  other.wait();
}

// Whether `child` has ended by itself; false: nothing was exchanged for too long, or the user wants no more.
bool outlast(const sys::Child& child, const Board& board, sys::Nanoseconds stall_limit_ns) {
  constexpr int looks = 40;
  const auto pause_ms = static_cast<int>(stall_limit_ns / looks / 1'000'000);
  std::uint64_t seen = 0;
  sys::Nanoseconds moved_at = sys::now_ns();
  for (;;) {
    pollfd ended{child.pidfd(), POLLIN, 0};
    if (::poll(&ended, 1, pause_ms) > 0) return true;
    if (interrupting_signal() != 0) return false;
    const std::uint64_t now = board.exchanged;
    if (now != seen) {
      seen = now;
      moved_at = sys::now_ns();
    } else if (sys::now_ns() - moved_at > stall_limit_ns) {
      return false;
    }
  }
}

Exchanged in_own_process(const Condition& condition, sys::ObjectLog& objects,
                         const std::function<void(Board&)>& work) {
  const sys::Mapping memory = sys::Mapping::shared_memory(sizeof(Board));
  Board& board = *std::construct_at(reinterpret_cast<Board*>(memory.data()));
  sys::Child child = fork_process(board, [&] { work(board); });
  const bool ended = outlast(child, board, condition.stall_limit_ns);
  if (!ended) child.kill(SIGKILL);
  const int wait_status = child.wait();
  objects.remove_leftovers();
  if (!ended) return {"nothing was exchanged for too long; both processes were ended"};
  if (!board.failure.empty()) return {board.failure.read()};
  if (wait_status == exit_other_side_ended << 8) return {other_side_ended};
  if (wait_status != 0) return {"the process " + sys::describe_wait_status(wait_status)};
  return {"", board.seconds, board.latency};
}

// A transport looks at the CPUs it may use to decide if spinning is worth while. So both processes see one
// CPU from the start when they share it, and all of them when each is tied to its own only after it has
// attached.
void place_before_attaching(const Condition& condition) {
  if (condition.pinning == Pinning::same) sys::pin_to_cpu(condition.cpus.first);
}
void place_sender(const Condition& condition) {
  if (condition.pinning == Pinning::cross) sys::pin_to_cpu(condition.cpus.second.value());
}
void place_receiver(const Condition& condition) {
  if (condition.pinning == Pinning::cross) sys::pin_to_cpu(condition.cpus.first);
}

// ---------------------------------------------------------------- messages

// One side's messages, sent and received in order and numbered from 0.
class Outgoing {
 public:
  Outgoing(const Condition& condition, Sender& sender)
      : memory_(condition.message_bytes, condition.memory), sender_(sender) {}

  void prepare(std::uint64_t number) noexcept {
    message_ = memory_.next();
    set_number(message_, number);
    memory_.settle(message_);
  }
  void send() { require_ok(sender_.send(message_), "send"); }

 private:
  MessageMemory memory_;
  Sender& sender_;
  std::span<std::byte> message_;
};

class Incoming {
 public:
  Incoming(const Condition& condition, Receiver& receiver, Watch& watch)
      : memory_(condition.message_bytes, condition.memory),
        expectation_(condition.message_bytes),
        receiver_(receiver),
        watch_(watch) {}

  void prepare() noexcept {
    message_ = memory_.next();
    memory_.settle(message_);
  }
  // Receives and reads the message; throws std::runtime_error unless it is the one with that number.
  void receive(std::uint64_t number) {
    require_ok(receiver_.receive(message_, watch_), "receive");
    if (checksum(message_) != expectation_.checksum_of(number))
      throw std::runtime_error(fmt::format("message {} did not arrive as it was sent", number));
  }

 private:
  MessageMemory memory_;
  Expectation expectation_;
  Receiver& receiver_;
  Watch& watch_;
  std::span<std::byte> message_;
};

// ---------------------------------------------------------------- one way

// How many messages each batch has; both sides know. The first one is to warm up.
class Batches {
 public:
  Batches(const Condition& condition, std::uint64_t messages)
      : batch_messages_(condition.memory == MemoryState::cold
                            ? 1
                            : std::clamp<std::uint64_t>(batch_bytes / condition.message_bytes, 8, 1024)),
        messages_(messages + batch_messages_) {}

  // Calls `batch(index, first, last)` for the messages first ... last - 1.
  template <typename Batch>
  void each(Batch batch) const {
    std::uint32_t index = 0;
    for (std::uint64_t first = 0; first < messages_; first += batch_messages_)
      batch(index++, first, std::min(first + batch_messages_, messages_));
  }

 private:
  static constexpr std::uint64_t batch_bytes = 4U << 20U;

  std::uint64_t batch_messages_;
  std::uint64_t messages_;  // with those to warm up
};

void send_batches(const Condition& condition, const Batches& batches, Sender& sender, Board& board) {
  Outgoing outgoing(condition, sender);
  batches.each([&](std::uint32_t index, std::uint64_t first, std::uint64_t last) {
    outgoing.prepare(first);
    await(board.turn, index + 1);
    board.started_at = sys::now_ns();
    outgoing.send();
    for (std::uint64_t number = first + 1; number < last; ++number) {
      outgoing.prepare(number);
      outgoing.send();
    }
  });
}

void receive_batches(const Condition& condition, const Batches& batches, Receiver& receiver, Watch& watch,
                     Board& board) {
  Incoming incoming(condition, receiver, watch);
  sys::Nanoseconds taken_ns = 0;
  batches.each([&](std::uint32_t index, std::uint64_t first, std::uint64_t last) {
    incoming.prepare();
    announce(board.turn, index + 1);
    incoming.receive(first);
    for (std::uint64_t number = first + 1; number < last; ++number) {
      incoming.prepare();
      incoming.receive(number);
    }
    if (index > 0) taken_ns += sys::now_ns() - board.started_at;
    board.exchanged = index + 1;
  });
  board.seconds = static_cast<double>(taken_ns) / 1e9;
}

void one_way(const Condition& condition, std::uint64_t messages, sys::ObjectLog& objects, Board& board) {
  place_before_attaching(condition);
  const Batches batches(condition, messages);
  const auto session = condition.subject.transport->open({1, condition.subject.options, &objects});
  sys::Child other = fork_other_side(board, session->sender_descriptors(0), [&] {
    const auto sender =
        attach_sender(*session, 0, condition.subject.transport->traits(), condition.subject.options);
    place_sender(condition);
    noting_failure(board, [&] { send_batches(condition, batches, *sender, board); });
  });
  SilentWatch watch(other.pid());
  const Attached attached = session->attach_receiver(0, watch);
  require_ok(attached.status, "attach");
  place_receiver(condition);
  noting_failure(board, [&] { receive_batches(condition, batches, *attached.receiver, watch, board); });
  end_other_side(other);
}

// ---------------------------------------------------------------- both ways

// The answer to a message carries another number, so that nobody takes his own for it.
constexpr std::uint64_t answer_to(std::uint64_t number) noexcept { return ~number; }

void answer(const Condition& condition, std::uint64_t trips, Duplex& duplex, Duplex::Channel& channel,
            Board& board) {
  Outgoing answers(condition, *channel.sender);
  Incoming questions(condition, *channel.receiver, duplex.parent_watch());
  for (std::uint64_t trip = 0; trip < trips; ++trip) {
    answers.prepare(answer_to(trip));
    questions.prepare();
    // Flushing takes longer than the trip; the other kinds of memory need no waiting for.
    if (condition.memory == MemoryState::cold) announce(board.turn, static_cast<std::uint32_t>(trip + 1));
    questions.receive(trip);
    answers.send();
  }
}

std::vector<double> ask(const Condition& condition, std::uint64_t trips, Duplex::Channel& channel,
                        Watch& watch, Board& board) {
  Outgoing questions(condition, *channel.sender);
  Incoming answers(condition, *channel.receiver, watch);
  std::vector<double> seconds;
  seconds.reserve(trips);
  for (std::uint64_t trip = 0; trip < trips; ++trip) {
    questions.prepare(trip);
    answers.prepare();
    if (condition.memory == MemoryState::cold) await(board.turn, static_cast<std::uint32_t>(trip + 1));
    const sys::Nanoseconds begin = sys::now_ns();
    questions.send();
    answers.receive(answer_to(trip));
    seconds.push_back(static_cast<double>(sys::now_ns() - begin) / 1e9);
    board.exchanged = trip + 1;
  }
  return seconds;
}

Latency latency_of(std::span<const double> seconds) {
  Latency latency;
  latency.p50_s = stats::quantile(seconds, 0.5);
  if (seconds.size() >= 10) latency.p90_s = stats::quantile(seconds, 0.9);
  if (seconds.size() >= 100) latency.p99_s = stats::quantile(seconds, 0.99);
  if (seconds.size() >= 1000) latency.p999_s = stats::quantile(seconds, 0.999);
  if (seconds.size() >= 10'000) latency.p9999_s = stats::quantile(seconds, 0.9999);
  return latency;
}

void both_ways(const Condition& condition, std::uint64_t trips, sys::ObjectLog& objects, Board& board) {
  place_before_attaching(condition);
  const std::uint64_t all_trips = trips_warm_up + trips;
  Duplex duplex(*condition.subject.transport, condition.subject.options, objects);
  sys::Child other = fork_other_side(board, duplex.worker_descriptors(), [&] {
    Duplex::Channel channel;
    require_ok(duplex.attach_worker(channel), "attach");
    place_sender(condition);
    noting_failure(board, [&] { answer(condition, all_trips, duplex, channel, board); });
  });
  SilentWatch watch(other.pid());
  Duplex::Channel channel;
  require_ok(duplex.attach_parent(watch, channel), "attach");
  place_receiver(condition);
  std::vector<double> all;
  noting_failure(board, [&] { all = ask(condition, all_trips, channel, watch, board); });
  const auto counted = std::span{all}.subspan(trips_warm_up);
  board.seconds = stats::mean(counted) * static_cast<double>(counted.size());
  board.latency = latency_of(counted);
  end_other_side(other);
}

// The hyperthreads of the CPU's core as sysfs lists them; "" where it does not.
std::string siblings_of(int cpu) {
  std::ifstream file(fmt::format("/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list", cpu));
  std::string text;
  std::getline(file, text);
  return text;
}

}  // namespace

Cpus usable_pair() {
  const std::vector<int> cpus = sys::allowed_cpus();
  const std::string siblings = siblings_of(cpus.front());
  const auto other =
      std::find_if(cpus.begin() + 1, cpus.end(), [&](int cpu) { return siblings_of(cpu) != siblings; });
  Cpus pair{cpus.front(), std::nullopt};
  if (cpus.size() > 1) pair.second = other == cpus.end() ? cpus[1] : *other;
  return pair;
}

Exchanged exchange_one_way(const Condition& condition, std::uint64_t messages, sys::ObjectLog& objects) {
  return in_own_process(condition, objects,
                        [&](Board& board) { one_way(condition, messages, objects, board); });
}

Exchanged exchange_both_ways(const Condition& condition, std::uint64_t trips, sys::ObjectLog& objects) {
  return in_own_process(condition, objects,
                        [&](Board& board) { both_ways(condition, trips, objects, board); });
}

}  // namespace ipcsort::messages
