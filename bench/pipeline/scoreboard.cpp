#include "bench/pipeline/scoreboard.hpp"

#include <sched.h>

#include <algorithm>
#include <cstring>

#include "sys/futex.hpp"

namespace ipcsort::pipeline {
namespace {

constexpr std::array<std::string_view, 6> doings = {"before it started",
                                                    "while attaching to the transport",
                                                    "while reading and sorting",
                                                    "while waiting to send",
                                                    "while sending",
                                                    "after sending everything"};
constexpr std::array<std::string_view, 5> status_names = {"ok", "error", "timeout", "peer_died",
                                                          "interrupted"};

}  // namespace

std::string_view doing(Stage stage) noexcept { return doings.at(static_cast<std::size_t>(stage)); }

std::string_view to_string(Status status) noexcept {
  return status_names.at(static_cast<std::size_t>(status));
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
                                          static_cast<std::size_t>(workers) * sizeof(WorkerBoard))) {
  run().status = Status::none;
}

std::span<WorkerBoard> Scoreboard::workers() const noexcept {
  auto* first = reinterpret_cast<WorkerBoard*>(memory_.data() + sizeof(RunBoard));
  return {first, static_cast<std::size_t>(workers_)};
}

bool await_round(const std::atomic<std::uint32_t>& word, std::uint32_t round) noexcept {
  std::uint32_t begun = 0;
  while ((begun = word.load(std::memory_order_acquire)) < round) sys::futex_wait(word, begun);
  return begun != no_more_rounds;
}

std::string in_round(std::uint32_t round) { return round < 2 ? "" : " in round " + std::to_string(round); }

std::int32_t current_cpu() noexcept { return ::sched_getcpu() + 1; }

}  // namespace ipcsort::pipeline
