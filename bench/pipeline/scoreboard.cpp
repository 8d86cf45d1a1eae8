#include "bench/pipeline/scoreboard.hpp"

#include <sched.h>

#include <algorithm>
#include <cstring>

namespace ipcsort::pipeline {
std::string_view doing(Stage stage) noexcept {
  switch (stage) {
    case Stage::not_started: return "before it started";
    case Stage::started: return "while attaching to the transport";
    case Stage::attached: return "while reading and sorting";
    case Stage::ready: return "while waiting to send";
    case Stage::sending: return "while sending";
    case Stage::sent: return "after sending everything";
  }
  return "?";
}

void SharedText::write(std::string_view text) noexcept {
  std::uint32_t nothing = 0;
  if (!set_.compare_exchange_strong(nothing, 1, std::memory_order_acquire)) return;
  const std::size_t size = std::min(text.size(), text_.size() - 1);
  std::memcpy(text_.data(), text.data(), size);
  text_[size] = '\0';
  set_.store(2, std::memory_order_release);
}

std::string SharedText::read() const { return empty() ? std::string{} : std::string{text_.data()}; }

Scoreboard::Scoreboard(int workers)
    : workers_(workers),
      memory_(sys::Mapping::shared_memory(sizeof(RunBoard) +
                                          static_cast<std::size_t>(workers) * sizeof(WorkerBoard))) {}

std::span<WorkerBoard> Scoreboard::workers() const noexcept {
  auto* first = reinterpret_cast<WorkerBoard*>(memory_.data() + sizeof(RunBoard));
  return {first, static_cast<std::size_t>(workers_)};
}

std::int32_t current_cpu() noexcept { return ::sched_getcpu() + 1; }

}  // namespace ipcsort::pipeline
