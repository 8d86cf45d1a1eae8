// The references: what processes compete with. One process; its workers are threads, or there is just the
// one.
#include <sys/resource.h>

#include <exception>
#include <thread>

#include "bench/pipeline/execute.hpp"
#include "bench/pipeline/prepare.hpp"
#include "sys/affinity.hpp"
#include "sys/thread.hpp"

namespace ipcsort::pipeline {
namespace {

void work(const Job& job, std::size_t index, const Scoreboard& board, const CpuAssignment& cpus,
          std::vector<SortedRun>& result) {
  WorkerBoard& own = board.workers()[index];
  const sys::CpuUse before = sys::cpu_use(RUSAGE_THREAD);
  own.attached_at = sys::now_ns();
  own.cpus[0] = current_cpu();
  own.stage.store(Stage::attached, std::memory_order_release);
  try {
    if (job.subject.kind == SubjectKind::threads) cpus.pin_worker(static_cast<int>(index));
    result = prepare(job.workers[index], job.settings, own);
    own.cpus[1] = current_cpu();
    own.stage.store(Stage::sent, std::memory_order_release);
  } catch (const std::exception& error) {
    own.failure.write(error.what());
  }
  own.use = sys::cpu_use(RUSAGE_THREAD);
  own.use -= before;
  own.migrations = sys::migrations_so_far().value_or(-1);
}

}  // namespace

void run_in_threads(const Job& job, const Scoreboard& board, const CpuAssignment& cpus) {
  RunBoard& run = board.run();
  const bool serial = job.subject.kind == SubjectKind::serial;
  std::vector<std::vector<SortedRun>> results(job.workers.size());
  SortedRun merged = merge_target(job);
  run.opening_at = run.started_at = sys::now_ns();
  {
    std::vector<std::jthread> threads;
    for (std::size_t i = 0; i < job.workers.size(); ++i) {
      if (serial) {
        work(job, i, board, cpus, results[i]);
      } else {
        threads.push_back(sys::start_thread("worker", [&, i] { work(job, i, board, cpus, results[i]); }));
      }
    }
    // The hand-over: the thread has ended, its span is the parent's.
    for (std::size_t i = 0; i < threads.size(); ++i) {
      threads[i].join();
      board.workers()[i].received_at = sys::now_ns();
    }
  }
  if (serial) board.workers().front().received_at = board.workers().front().ready_at;
  run.go_at = run.started_at;  // nobody waits at a barrier
  run.received_at = sys::now_ns();
  for (std::size_t i = 0; i < job.workers.size(); ++i) {
    const WorkerBoard& worker = board.workers()[i];
    if (!worker.failure.empty()) {
      throw std::runtime_error("worker " + std::to_string(i) + ": " + worker.failure.read());
    }
  }

  std::vector<Run> runs;
  for (const auto& result : results) {
    for (const SortedRun& sorted : result) runs.emplace_back(sorted.numbers);
  }
  const Merged result = merge(job, runs, serial ? 1 : cpus.parent_threads(), std::move(merged));
  if (const auto fault = verify(job, result, board)) throw std::runtime_error(*fault);
}

}  // namespace ipcsort::pipeline
