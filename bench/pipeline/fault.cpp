#include "bench/pipeline/fault.hpp"

#include <signal.h>
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

[[noreturn]] void refuse(std::string_view text) {
  const std::string known = sys::join({points.begin(), points.end()}, " ");
  throw UsageError("IPCSORT_FAULT='" + sys::printable(text) +
                   "' is not POINT:kill|stop|exit|delay=MS[:WORKER]; points: " + known);
}

int parse_number(std::string_view digits, std::string_view whole) {
  int value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc{} || end != digits.data() + digits.size() || value < 0) refuse(whole);
  return value;
}

}  // namespace

std::optional<Fault> parse_fault(std::string_view text, int workers) {
  if (text.empty()) return std::nullopt;
  const std::vector<std::string> parts = sys::split(text, ':');
  if (parts.size() < 2 || parts.size() > 3) refuse(text);
  if (std::find(points.begin(), points.end(), parts[0]) == points.end()) refuse(text);
  Fault fault;
  fault.point = parts[0];
  constexpr std::string_view delay = "delay=";
  if (parts[1] == "kill") {
    fault.action = Fault::Action::kill;
  } else if (parts[1] == "stop") {
    fault.action = Fault::Action::stop;
  } else if (parts[1] == "exit") {
    fault.action = Fault::Action::exit;
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

void FaultPoints::at(std::string_view point) const noexcept {
  if (fault_ == nullptr || fault_->point != point) return;
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
  if (fault_ == nullptr || bytes == 0) return bytes;
  if (fault_->point == "mid_payload") return bytes / 2;
  if (fault_->point == "before_last_byte") return bytes - 1;
  return bytes;
}

}  // namespace ipcsort::pipeline
