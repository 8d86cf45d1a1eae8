#include "bench/pipeline/fault.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::pipeline {
namespace {

constexpr std::array<std::string_view, 7> points = {"after_fork",  "attached",         "ready", "header_sent",
                                                    "mid_payload", "before_last_byte", "sent"};
constexpr std::array<std::string_view, 3> actions = {"kill", "stop", "exit"};  // as Fault::Action has them

[[noreturn]] void refuse(std::string_view text) {
  const std::string known = sys::join({points.begin(), points.end()}, " ");
  throw UsageError("IPCSORT_FAULT='" + sys::printable(text) +
                   "' is not POINT[@ROUND]:kill|stop|exit|delay=MS[:WORKER]; points: " + known);
}

int parse_number(std::string_view digits, std::string_view whole) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value < 0) refuse(whole);
  return value;
}

constexpr double percent_max = 1000;

// Until the workers have said what they used, which each does right after its last byte.
constexpr sys::Nanoseconds patience_ns = sys::second_ns;

sys::Nanoseconds share_of(sys::Nanoseconds time, double share) noexcept {
  return static_cast<sys::Nanoseconds>(static_cast<double>(time) * share);
}

void burn_until(sys::Nanoseconds until) noexcept {
  while (sys::now_ns() < until) {
  }
}

sys::Nanoseconds cpu_of(const sys::CpuUse& use) noexcept { return use.user_ns + use.system_ns; }

void burn_cpu(const Scoreboard& board, double share) noexcept {
  const auto all_sent = [&] {
    return std::ranges::all_of(board.workers(), [](const WorkerBoard& worker) {
      return worker.stage.load(std::memory_order_acquire) == Stage::sent ||
             worker.round.load(std::memory_order_acquire) > 1;
    });
  };
  const sys::Nanoseconds latest = sys::now_ns() + patience_ns;
  while (!all_sent() && sys::now_ns() < latest) ::sched_yield();
  const sys::Nanoseconds own = cpu_of(sys::cpu_use(RUSAGE_SELF));
  sys::Nanoseconds used = own;
  for (const WorkerBoard& worker : board.workers()) used += cpu_of(worker.use);
  while (cpu_of(sys::cpu_use(RUSAGE_SELF)) < own + share_of(used, share)) {
  }
}

}  // namespace

std::optional<Fault> parse_fault(std::string_view text, int workers) {
  if (text.empty()) return std::nullopt;
  const std::vector<std::string> parts = sys::split(text, ':');
  if (parts.size() < 2 || parts.size() > 3) refuse(text);
  const std::size_t at = parts[0].find('@');
  Fault fault;
  fault.point = parts[0].substr(0, at);
  if (std::ranges::find(points, fault.point) == points.end()) refuse(text);
  if (at != std::string::npos)
    fault.round = static_cast<std::uint32_t>(parse_number(std::string_view{parts[0]}.substr(at + 1), text));
  const bool once = fault.point == points[0] || fault.point == points[1] || fault.point == points.back();
  if (fault.round < 1 || fault.round > rounds_max || (once && at != std::string::npos)) refuse(text);
  constexpr std::string_view delay = "delay=";
  if (const auto action = std::ranges::find(actions, parts[1]); action != actions.end()) {
    fault.action = static_cast<Fault::Action>(action - actions.begin());
  } else if (parts[1].starts_with(delay)) {
    fault.action = Fault::Action::delay;
    fault.delay_ms = parse_number(std::string_view{parts[1]}.substr(delay.size()), text);
  } else {
    refuse(text);
  }
  fault.worker = parts.size() == 3 ? parse_number(parts[2], text) : std::min(1, workers - 1);
  return fault;
}

FaultPoints::FaultPoints(const std::optional<Fault>& fault, int worker, WorkerBoard& board) noexcept
    : fault_(fault && fault->worker == worker ? &*fault : nullptr), board_(board) {}

bool FaultPoints::is_near(std::string_view point) const noexcept {
  // The last point comes once, after all rounds.
  return fault_ != nullptr && fault_->point == point && (fault_->round == round_ || point == points.back());
}

void FaultPoints::at(std::string_view point) const noexcept {
  if (!is_near(point)) return;
  board_.fault_at = sys::now_ns();
  switch (fault_->action) {
    case Fault::Action::kill: ::raise(SIGKILL); return;
    case Fault::Action::stop: ::raise(SIGSTOP); return;
    case Fault::Action::exit: ::_exit(0);
    case Fault::Action::delay: {
      timespec pause{fault_->delay_ms / 1000, fault_->delay_ms % 1000 * 1'000'000L};
      ::nanosleep(&pause, nullptr);
      return;
    }
  }
}

std::size_t FaultPoints::cut(std::size_t bytes) const noexcept {
  if (bytes == 0) return bytes;
  if (is_near("mid_payload")) return bytes / 2;
  if (is_near("before_last_byte")) return bytes - 1;
  return bytes;
}

std::optional<Slowdown> parse_slowdown(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const std::string refusal = "IPCSORT_SLOWDOWN='" + sys::printable(text) +
                              "' is not METRIC:PERCENT% such as total:5%; METRIC is " + all_words<Metric>();
  const std::vector<std::string> parts = sys::split(std::string{text}, ':');
  if (parts.size() != 2) throw UsageError(refusal);
  Slowdown slowdown;
  try {
    slowdown.metric = parse_word<Metric>("metric", parts[0]);
  } catch (const UsageError&) {
    throw UsageError(refusal);
  }
  const char* const last = parts[1].data() + parts[1].size();
  double percent = 0;
  const auto [end, error] = std::from_chars(parts[1].data(), last, percent);
  // The negated comparison also refuses NaN.
  if (error != std::errc{} || std::string_view(end, last) != "%" ||
      !(percent >= 0 && percent <= percent_max)) {
    throw UsageError(refusal);
  }
  slowdown.share = percent / 100;
  return slowdown;
}

void slow_transfer_down(const std::optional<Slowdown>& slowdown, const Scoreboard& board) noexcept {
  if (!slowdown || slowdown->metric != Metric::transfer) return;
  // As phases.cpp has it: from the first worker that could send to the last byte.
  sys::Nanoseconds begin = board.run().go_at;
  WorkerBoard* last = &board.workers().front();
  for (WorkerBoard& worker : board.workers()) {
    if (board.run().go_at == 0) begin = begin == 0 ? worker.ready_at : std::min(begin, worker.ready_at);
    if (worker.received_at > last->received_at) last = &worker;
  }
  last->received_at = slow_round_down(slowdown, begin, last->received_at);
}

sys::Nanoseconds slow_round_down(const std::optional<Slowdown>& slowdown, sys::Nanoseconds begin,
                                 sys::Nanoseconds end) noexcept {
  if (!slowdown || slowdown->metric != Metric::transfer) return end;
  burn_until(sys::now_ns() + share_of(end - begin, slowdown->share));
  return sys::now_ns();
}

void slow_total_down(const std::optional<Slowdown>& slowdown, const Scoreboard& board) noexcept {
  if (!slowdown) return;
  const sys::Nanoseconds now = sys::now_ns();
  if (slowdown->metric == Metric::total)
    burn_until(now + share_of(now - board.run().started_at, slowdown->share));
  if (slowdown->metric == Metric::cpu) burn_cpu(board, slowdown->share);
}

}  // namespace ipcsort::pipeline
