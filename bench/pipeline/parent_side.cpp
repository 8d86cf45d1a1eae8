// The measured program's parent: forks the workers, receives from them through a transport, and merges.
#include <signal.h>

#include <algorithm>
#include <cassert>
#include <exception>
#include <thread>

#include "bench/pipeline/execute.hpp"
#include "bench/pipeline/merge_tree.hpp"
#include "bench/pipeline/prepare.hpp"
#include "bench/pipeline/supervisor.hpp"
#include "sys/futex.hpp"
#include "sys/process.hpp"
#include "sys/thread.hpp"

namespace ipcsort::pipeline {
namespace {

constexpr sys::Nanoseconds end_patience_ns = sys::second_ns;

// Thrown where a receiver cannot go on because the supervisor knows of a failure; carries nothing.
struct RunLost {};

class Parent {
 public:
  // `ready`: the arrays of each worker's runs, or none of them.
  Parent(const Job& job, const Scoreboard& board, const CpuAssignment& cpus, Session& session,
         Supervisor& supervisor, std::vector<std::vector<SortedRun>> ready)
      : job_(job),
        board_(board),
        cpus_(cpus),
        session_(session),
        supervisor_(supervisor),
        ready_(std::move(ready)),
        received_(job.workers.size()) {}

  void attach() {
    const sys::Nanoseconds begin = sys::now_ns();
    for (int worker = 0; worker < workers(); ++worker) {
      const Supervisor::WatchScope scope(supervisor_, worker);
      Attached attached = session_.attach_receiver(worker, supervisor_.watch(worker));
      if (attached.status != Io::ok) lose(worker, attached.status, "before it was attached");
      receivers_.push_back(std::move(attached.receiver));
    }
    board_.run().attach_ns = sys::now_ns() - begin;
  }

  void open_barrier() {
    RunBoard& run = board_.run();
    while (run.workers_ready.load(std::memory_order_acquire) < job_.workers.size()) {
      const std::uint32_t ready = run.workers_ready.load(std::memory_order_acquire);
      const Supervisor::WatchScope scope(supervisor_, 0);
      if (supervisor_.failure()) throw RunLost{};
      if (ready < job_.workers.size()) sys::futex_wait(run.workers_ready, ready);
    }
    run.go_at = sys::now_ns();
    run.go.store(1, std::memory_order_release);
    sys::futex_wake_all(run.go);
  }

  void drain() {
    if (job_.settings.drain == Drain::sequential) {
      for (int worker = 0; worker < workers() && !supervisor_.failure(); ++worker) receive_or_fail(worker);
    } else {
      std::vector<std::jthread> threads;
      for (int worker = 0; worker < workers(); ++worker) {
        threads.push_back(sys::start_thread("receiver", [this, worker] { receive_or_fail(worker); }));
      }
    }
    if (supervisor_.failure()) throw RunLost{};
    stamp_received();
  }

  // Instead of draining: takes from each worker what the merge needs next. All numbers go through memory
  // once.
  Merged drain_and_merge(SortedRun target) {
    std::vector<std::unique_ptr<RunSource>> sources;
    std::size_t count = 0;
    for (int worker = 0; worker < workers(); ++worker) {
      sources.push_back(std::make_unique<Arriving>(*this, worker));
      // The first number of the result may be any worker's: nothing can be merged before all have sorted.
      count += static_cast<Arriving&>(*sources.back()).await();
    }
    Merged merged = merge_arriving(job_, sources, count, std::move(target));
    stamp_received();
    return merged;
  }

  [[nodiscard]] std::vector<Run> runs() const {
    std::vector<Run> all;
    for (const auto& of_worker : received_) {
      for (const Received& run : of_worker) all.push_back(run.numbers);
    }
    return all;
  }

 private:
  struct Received {
    sys::Mapping memory;  // nothing when the numbers lie in memory of the transport's
    Run numbers;
  };

  [[nodiscard]] int workers() const noexcept { return static_cast<int>(job_.workers.size()); }

  [[noreturn]] void lose(int worker, Io status, const std::string& where) {
    // A transport may see its worker end before the supervisor does.
    if (status == Io::closed || !supervisor_.failure()) {
      supervisor_.explain_early_end(worker,
                                    "worker " + std::to_string(worker) + " closed the transport " + where);
    }
    throw RunLost{};
  }

  void receive_exactly(int worker, std::span<std::byte> bytes) {
    const auto index = static_cast<std::size_t>(worker);
    const Io status = receivers_[index]->receive(bytes, supervisor_.watch(worker));
    WorkerBoard& own = board_.worker(worker);
    if (status != Io::ok) {
      lose(worker, status,
           "after " + std::to_string(own.received_bytes) + " bytes and within the next " +
               std::to_string(bytes.size()));
    }
    own.received_bytes += bytes.size();
  }

  void stamp_received() {
    slow_transfer_down(job_.slowdown, board_);
    board_.run().received_at = sys::now_ns();
  }

  // Whatever goes wrong, the supervisor knows of it afterwards.
  void receive_or_fail(int worker) {
    try {
      supervised(worker, [&] {
        if (job_.settings.drain == Drain::threads) cpus_.pin_receiver(worker);
        receive_from(worker);
      });
    } catch (const RunLost&) {
      // It knows why.
    }
  }

  void receive_from(int worker) {
    const auto index = static_cast<std::size_t>(worker);
    for (const RunPlan& plan : job_.workers[index].runs) {
      received_[index].push_back(job_.settings.handover == Handover::lend ? borrow_run(worker, plan)
                                                                          : receive_run(worker, plan));
    }
    board_.worker(worker).received_at = sys::now_ns();
  }

  // A worker's only run, piece by piece.
  class Arriving final : public RunSource {
   public:
    Arriving(Parent& parent, int worker) : parent_(parent), worker_(worker) {}

    // How many numbers there will be. Blocks until the worker begins to send.
    std::size_t await() {
      parent_.supervised(worker_, [&] {
        const auto& runs = parent_.job_.workers[static_cast<std::size_t>(worker_)].runs;
        left_ = runs.empty() ? 0 : parent_.receive_header(worker_, runs.front());
      });
      note_end();
      return left_;
    }
    std::size_t read(std::span<std::int32_t> room) override {
      const std::span<std::int32_t> next = room.first(std::min({room.size(), left_, source_piece_numbers}));
      if (next.empty()) return 0;
      parent_.supervised(worker_, [&] { parent_.receive_exactly(worker_, std::as_writable_bytes(next)); });
      left_ -= next.size();
      note_end();
      return next.size();
    }

   private:
    void note_end() {
      if (left_ == 0) parent_.board_.worker(worker_).received_at = sys::now_ns();
    }

    Parent& parent_;
    int worker_;
    std::size_t left_ = 0;
  };

  // `receive`, which waits for `worker` in this thread. Whatever goes wrong, the supervisor knows of it
  // afterwards.
  template <typename Receive>
  void supervised(int worker, Receive receive) {
    const Supervisor::WatchScope scope(supervisor_, worker);
    try {
      receive();
    } catch (const RunLost&) {
      throw;
    } catch (const std::exception& error) {
      supervisor_.fail(Status::error,
                       "receiving from worker " + std::to_string(worker) + ": " + error.what());
      throw RunLost{};
    }
  }

  std::uint64_t receive_header(int worker, const RunPlan& plan) {
    RunHeader header;
    receive_exactly(worker, std::as_writable_bytes(std::span{&header, 1}));
    if (header.magic != RunHeader::expected_magic || header.numbers > plan.numbers_max) {
      throw std::runtime_error("the header is not one: magic " + std::to_string(header.magic) + ", " +
                               std::to_string(header.numbers) + " numbers of at most " +
                               std::to_string(plan.numbers_max));
    }
    return header.numbers;
  }

  Received receive_run(int worker, const RunPlan& plan) {
    SortedRun run = destination(worker, receive_header(worker, plan));
    receive_exactly(worker, std::as_writable_bytes(run.numbers));
    return {std::move(run.memory), run.numbers};
  }

  // Unless it is to be ready, it comes into being only now: memory touched before the fork would be copied on
  // write.
  SortedRun destination(int worker, std::size_t numbers) {
    const auto index = static_cast<std::size_t>(worker);
    if (ready_.empty()) return allocate_run(numbers, job_.settings.pages);
    SortedRun run = std::move(ready_[index][received_[index].size()]);
    run.numbers = run.numbers.first(numbers);
    return run;
  }

  Received borrow_run(int worker, const RunPlan& plan) {
    Borrower* const borrower = receivers_[static_cast<std::size_t>(worker)]->borrower();
    if (borrower == nullptr) throw std::logic_error(std::string{name_of(job_.subject)} + " does not lend");
    std::span<const std::byte> bytes;
    const Io status = borrower->borrow(bytes, supervisor_.watch(worker));
    WorkerBoard& own = board_.worker(worker);
    if (status != Io::ok)
      lose(worker, status, "after " + std::to_string(own.received_bytes) + " bytes, before its next run");
    if (bytes.size() % sizeof(std::int32_t) != 0 || bytes.size() / sizeof(std::int32_t) > plan.numbers_max) {
      throw std::runtime_error("the span is no run: " + std::to_string(bytes.size()) + " bytes for at most " +
                               std::to_string(plan.numbers_max) + " numbers");
    }
    own.received_bytes += bytes.size();
    return {{}, {reinterpret_cast<const std::int32_t*>(bytes.data()), bytes.size() / sizeof(std::int32_t)}};
  }

  const Job& job_;
  const Scoreboard& board_;
  const CpuAssignment& cpus_;
  Session& session_;
  Supervisor& supervisor_;
  std::vector<std::vector<SortedRun>> ready_;
  std::vector<std::unique_ptr<Receiver>> receivers_;
  std::vector<std::vector<Received>> received_;  // per worker
};

// With Memory::ready what the parent receives into; what is lent, or merged on the fly, needs no array of the
// parent's.
std::vector<std::vector<SortedRun>> ready_arrays(const Job& job) {
  if (job.settings.memory == Memory::fresh || job.settings.handover == Handover::lend ||
      job.settings.is_streaming())
    return {};
  std::vector<std::vector<SortedRun>> arrays;
  for (const WorkerPlan& worker : job.workers) {
    std::vector<SortedRun>& own = arrays.emplace_back();
    for (const RunPlan& run : worker.runs)
      own.push_back(allocate_ready_run(run.numbers_max, job.settings.pages));
  }
  return arrays;
}

SessionSpec session_spec(const Job& job, sys::ObjectLog& objects) {
  SessionSpec spec{static_cast<int>(job.workers.size()), job.subject.options, &objects};
  std::size_t bytes_max = lend_alignment_bytes;
  std::size_t runs_max = 0;
  for (const WorkerPlan& plan : job.workers) {
    bytes_max = std::max(bytes_max, lend_bytes(plan));
    runs_max = std::max(runs_max, plan.runs.size());
  }
  if (job.settings.handover == Handover::lend) {
    spec.lend_bytes_max = bytes_max;
    spec.lend_pages = job.settings.pages;
  } else {
    spec.send_bytes_max = bytes_max + runs_max * sizeof(RunHeader);
  }
  return spec;
}

void end_workers(std::vector<sys::Child>& children) {
  for (const sys::Child& child : children) child.kill(SIGKILL);
  for (sys::Child& child : children) child.wait();
}

}  // namespace

void run_through_transport(const Job& job, const Scoreboard& board, const CpuAssignment& cpus,
                           sys::ObjectLog& objects, sys::Nanoseconds deadline_at) {
  RunBoard& run = board.run();
  run.opening_at = sys::now_ns();
  const std::unique_ptr<Session> session = job.subject.transport->open(session_spec(job, objects));

  std::vector<std::vector<SortedRun>> arrays = ready_arrays(job);
  SortedRun merged = merge_target(job);
  run.started_at = sys::now_ns();
  std::vector<sys::Child> children = fork_workers(job, *session, board, cpus);
  std::optional<Failure> failure;
  {
    Supervisor supervisor(children, board, deadline_at, job.deadline_ns);
    Parent parent(job, board, cpus, *session, supervisor, std::move(arrays));
    try {
      parent.attach();
      if (job.settings.transfer == TransferMode::barrier) parent.open_barrier();
      Merged result;
      if (job.settings.is_streaming()) {
        result = parent.drain_and_merge(std::move(merged));
      } else {
        parent.drain();
        result = merge(job, parent.runs(), cpus.parent_threads(), std::move(merged));
      }
      if (const auto fault = verify(job, result, board)) {
        supervisor.fail(Status::error, *fault);
      } else if (!supervisor.wait_all_ended(sys::now_ns() + end_patience_ns)) {
        supervisor.fail(Status::timeout, "a worker did not end within a second of its last byte");
      }
    } catch (const RunLost&) {
      assert(supervisor.failure());
    } catch (const std::exception& error) {
      supervisor.fail(Status::error, error.what());
    }
    failure = supervisor.failure();
  }
  end_workers(children);
  if (failure) {
    run.failure.write(failure->text);
    run.status.store(failure->status, std::memory_order_release);
  }
}

}  // namespace ipcsort::pipeline
