// What this machine could do at best: the payload moved by nothing but memcpy, to memory as fresh as the
// receiver's.
#include <sys/resource.h>

#include <algorithm>
#include <barrier>
#include <cstring>
#include <thread>

#include "bench/pipeline/execute.hpp"
#include "bench/pipeline/prepare.hpp"
#include "sys/thread.hpp"

namespace ipcsort::pipeline {
namespace {

// Half of a usual L2, so that the second copy reads from cache.
constexpr std::size_t bounce_numbers = 64 * 1024 / sizeof(std::int32_t);

void copy_twice(std::span<const std::int32_t> from, std::span<std::int32_t> to) {
  std::vector<std::int32_t> bounce(bounce_numbers);
  for (std::size_t at = 0; at < from.size(); at += bounce_numbers) {
    const std::size_t count = std::min(bounce_numbers, from.size() - at);
    std::memcpy(bounce.data(), from.data() + at, count * sizeof(std::int32_t));
    // Keeps the compiler from seeing through the bounce buffer.
    asm volatile("" : : "r"(bounce.data()) : "memory");
    std::memcpy(to.data() + at, bounce.data(), count * sizeof(std::int32_t));
  }
}

// A hypervisor takes back what its guest has left alone and gives it again, slowly, at the next touch. A
// calibration is the first run of its condition; without this it alone would pay for that, and seem slower
// than the transports that it is the measure of.
void warm_up(std::size_t numbers, sys::Pages pages) {
  const SortedRun scratch = allocate_run(numbers, pages);
  std::fill(scratch.numbers.begin(), scratch.numbers.end(), 1);
  asm volatile("" : : "r"(scratch.numbers.data()) : "memory");
}

}  // namespace

void run_calibration(const Job& job, const Scoreboard& board, const CpuAssignment& cpus) {
  const bool twice = job.subject.kind == SubjectKind::memcpy_two_copies;
  const std::size_t numbers = job.expected.count;
  // One copy is the receivers' work, the other the senders'; both sides together cannot use more than all
  // cores.
  const std::size_t busy = job.workers.size() * (twice ? 2 : 1);
  const std::size_t threads = std::min<std::size_t>(busy, cpus.workers_threads());

  warm_up(2 * numbers, job.settings.pages);
  SortedRun source = allocate_run(numbers, job.settings.pages);
  for (std::size_t i = 0; i < numbers; ++i) source.numbers[i] = static_cast<std::int32_t>(i * 2654435761U);
  SortedRun target = merge_target(job);
  if (!target.memory) target = allocate_run(numbers, job.settings.pages);

  RunBoard& run = board.run();
  WorkerBoard& first = board.workers().front();
  // All pass the gate before a round and after it; the last to come takes the time.
  std::uint32_t gates_passed = 0;
  sys::Nanoseconds go_at = 0;
  std::int64_t faults_before = 0;
  const auto pass = [&]() noexcept {
    const sys::Nanoseconds now = sys::now_ns();
    const std::int64_t faults = sys::cpu_use(RUSAGE_SELF).faults_minor;
    const std::uint32_t round = gates_passed / 2;  // counted from 0
    if (gates_passed++ % 2 == 0) {
      go_at = sys::now_ns();
      if (round == 0)
        run.opening_at = run.started_at = run.go_at = first.attached_at = first.ready_at = go_at;
      faults_before = faults;
      return;
    }
    run.faults[round == 0 ? 0 : 1] += faults - faults_before;
    if (round == 0) {
      run.received_at = run.merged_at = first.received_at = now;
    } else {
      run.window_ns[round - 1] = now - go_at;
    }
  };
  std::barrier gate(static_cast<std::ptrdiff_t>(threads), pass);
  {
    const auto copy_part = [&](std::size_t i) {
      const std::size_t begin = numbers / threads * i;
      const std::size_t end = i + 1 == threads ? numbers : numbers / threads * (i + 1);
      const auto from = source.numbers.subspan(begin, end - begin);
      const auto to = target.numbers.subspan(begin, end - begin);
      for (std::uint32_t round = 0; round < job.settings.times_sent(); ++round) {
        gate.arrive_and_wait();
        if (twice) {
          copy_twice(from, to);
        } else {
          std::memcpy(to.data(), from.data(), from.size_bytes());
        }
        gate.arrive_and_wait();
      }
    };
    std::vector<std::jthread> copiers;  // last, so that they end before what they use
    try {
      while (copiers.size() < threads) {
        cpus.pin_worker(static_cast<int>(copiers.size()));  // which the thread inherits
        copiers.push_back(sys::start_thread("copier", [&copy_part, i = copiers.size()] { copy_part(i); }));
      }
    } catch (...) {
      // Those that wait at the gate must not wait for who never came.
      for (std::size_t missing = copiers.size(); missing < threads; ++missing) gate.arrive_and_drop();
      throw;
    }
  }
  first.numbers = numbers;
  first.payload_bytes = source.numbers.size_bytes();
  run.use = sys::cpu_use(RUSAGE_SELF);
  run.cpu_at_end = current_cpu();
  run.migrations = first.migrations = -1;  // its threads are gone
  if (!std::equal(source.numbers.begin(), source.numbers.end(), target.numbers.begin())) {
    throw std::runtime_error("wrong result: the copy differs from its source");
  }
  run.verified_at = sys::now_ns();
}

}  // namespace ipcsort::pipeline
