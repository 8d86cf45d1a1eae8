// The measured program's parent: forks the workers, receives from them through a transport, and merges.
#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <atomic>
#include <cassert>
#include <exception>
#include <thread>

#include "bench/pipeline/execute.hpp"
#include "bench/pipeline/merge_tree.hpp"
#include "bench/pipeline/prepare.hpp"
#include "bench/pipeline/supervisor.hpp"
#include "sys/affinity.hpp"
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
  // `arrays`: that of each run of each worker, or none of them.
  Parent(const Job& job, const Scoreboard& board, const CpuAssignment& cpus, Session& session,
         Supervisor& supervisor, std::vector<std::vector<SortedRun>> arrays)
      : job_(job),
        board_(board),
        cpus_(cpus),
        session_(session),
        supervisor_(supervisor),
        received_(job.workers.size()),
        received_at_(job.workers.size()) {
    for (std::size_t worker = 0; worker < received_.size(); ++worker) {
      received_[worker].resize(job.workers[worker].runs.size());
      for (std::size_t run = 0; run < received_[worker].size() && !arrays.empty(); ++run)
        received_[worker][run].memory = std::move(arrays[worker][run].memory);
    }
  }
  // Who waits for a round waits no longer.
  ~Parent() {
    for (std::atomic<std::uint32_t>* const word : {&board_.run().go, &called_})
      publish(*word, no_more_rounds);
  }
  Parent(const Parent&) = delete;
  Parent& operator=(const Parent&) = delete;

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

  void await_workers(std::uint32_t round) {
    RunBoard& run = board_.run();
    const auto all = static_cast<std::uint32_t>(job_.workers.size()) * round;
    while (run.workers_ready.load(std::memory_order_acquire) < all) {
      const std::uint32_t ready = run.workers_ready.load(std::memory_order_acquire);
      const Supervisor::WatchScope scope(supervisor_, 0);
      if (supervisor_.failure()) throw RunLost{};
      if (ready < all) sys::futex_wait(run.workers_ready, ready);
    }
  }

  // Returns when that was.
  sys::Nanoseconds open_barrier(std::uint32_t round) {
    const sys::Nanoseconds go_at = sys::now_ns();
    publish(board_.run().go, round);
    return go_at;
  }

  void drain() {
    if (job_.settings.has_barrier()) {
      begin_at_barrier();
      board_.run().go_at = pass_barrier(1);
    } else if (job_.settings.drain == Drain::sequential) {
      receive_in_turn();
    } else {
      for (int worker = 0; worker < workers(); ++worker)
        receiving_.push_back(sys::start_thread("receiver", [this, worker] {
          pin_or_fail(worker);
          receive_or_fail(worker);
        }));
      receiving_.clear();  // waits for them
    }
    if (supervisor_.failure()) throw RunLost{};
    for (int worker = 0; worker < workers(); ++worker)
      board_.worker(worker).received_at = received_at_[static_cast<std::size_t>(worker)];
    stamp_received();
  }

  // After what the first round brought has been merged and verified: all is sent again, as often as the settings
  // say, into the memory that is there. Returns what is wrong with what arrived.
  std::optional<std::string> drain_again() {
    RunBoard& run = board_.run();
    if (job_.settings.times_sent() < 2) return std::nullopt;
    const std::vector<std::uint64_t> verified = content_hashes();
    publish(run.rounds_done, 1);
    for (std::uint32_t round = 2; round <= job_.settings.times_sent(); ++round) {
      give_back_or_spoil(round);
      const sys::Nanoseconds go_at = pass_barrier(round);
      const sys::Nanoseconds end = *std::ranges::max_element(received_at_);
      run.window_ns[round - 2] = slow_round_down(job_.slowdown, go_at, end) - go_at;
      if (content_hashes() != verified) {
        const auto fault = find_fault(runs(), job_.expected, sys::usable_cpus());
        return fault.value_or("wrong result: other numbers than in the first round arrived") +
               in_round(round);
      }
      publish(run.rounds_done, round);
    }
    return std::nullopt;
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

  [[nodiscard]] std::vector<std::uint64_t> content_hashes() const {
    std::vector<std::uint64_t> hashes;
    for (const Run& numbers : runs()) hashes.push_back(content_hash(numbers));
    return hashes;
  }

  [[nodiscard]] int workers() const noexcept { return static_cast<int>(job_.workers.size()); }

  [[noreturn]] void lose(int worker, Io status, const std::string& where) {
    // A transport may see its worker end before the supervisor does.
    if (status == Io::closed || !supervisor_.failure()) {
      supervisor_.explain_early_end(worker,
                                    "worker " + std::to_string(worker) + " closed the transport " + where);
    }
    throw RunLost{};
  }

  // From now on nothing has to be made before the first byte can be received: the threads wait, and each array is
  // there, though never touched.
  void begin_at_barrier() {
    if (job_.settings.handover == Handover::copy) {
      for (std::size_t worker = 0; worker < received_.size(); ++worker) {
        for (std::size_t run = 0; run < received_[worker].size(); ++run) {
          Received& place = received_[worker][run];
          if (!place.memory)
            place.memory =
                allocate_run(job_.workers[worker].runs[run].numbers_max, job_.settings.pages).memory;
        }
      }
    }
    if (job_.settings.drain == Drain::sequential) return;
    for (int worker = 0; worker < workers(); ++worker)
      receiving_.push_back(sys::start_thread("receiver", [this, worker] { receive_rounds(worker); }));
  }

  // To all that wait for it in await_round().
  static void publish(std::atomic<std::uint32_t>& word, std::uint32_t round) noexcept {
    word.store(round, std::memory_order_release);
    sys::futex_wake_all(word);
  }

  // The life of a thread that receives from `worker`. It is in the mechanism's own wait before the barrier opens, so that
  // opening it wakes the workers alone.
  void receive_rounds(int worker) {
    pin_or_fail(worker);
    for (std::uint32_t round = 1; round <= job_.settings.times_sent(); ++round) {
      if (!await_round(called_, round)) return;
      note_standing();
      receive_or_fail(worker);
      note_standing();
    }
  }

  void note_standing() noexcept {
    standing_.fetch_add(1, std::memory_order_acq_rel);
    sys::futex_wake_all(standing_);
  }

  // Until each receiver has begun and ended so many rounds, together `half_rounds`.
  void await_standing(std::uint32_t half_rounds) noexcept {
    const auto count = static_cast<std::uint32_t>(job_.workers.size()) * half_rounds;
    for (std::uint32_t standing = 0; (standing = standing_.load(std::memory_order_acquire)) < count;)
      sys::futex_wait(standing_, standing);
  }

  // When all workers and all receivers stand there opens the barrier, and waits until everything has been received.
  sys::Nanoseconds pass_barrier(std::uint32_t round) {
    const bool by_threads = job_.settings.drain == Drain::threads;
    await_workers(round);
    if (by_threads) {
      publish(called_, round);
      await_standing(2 * round - 1);
    }
    const std::int64_t faults_before = sys::cpu_use(RUSAGE_SELF).faults_minor;
    const sys::Nanoseconds go_at = open_barrier(round);
    if (by_threads) {
      await_standing(2 * round);
    } else {
      receive_in_turn();
    }
    if (supervisor_.failure()) throw RunLost{};
    board_.run().faults[round == 1 ? 0 : 1] += sys::cpu_use(RUSAGE_SELF).faults_minor - faults_before;
    return go_at;
  }

  void receive_in_turn() {
    for (int worker = 0; worker < workers() && !supervisor_.failure(); ++worker) receive_or_fail(worker);
  }

  // Before all is sent again. What was borrowed goes back. In what was received one number of each page is made
  // wrong, so that bytes which do not come again are missed, and hardly anything comes into the cache by it.
  void give_back_or_spoil(std::uint32_t round) {
    constexpr std::size_t page_numbers = 4096 / sizeof(std::int32_t);
    for (std::size_t worker = 0; worker < received_.size(); ++worker) {
      Borrower* const borrower =
          job_.settings.handover == Handover::lend ? receivers_[worker]->borrower() : nullptr;
      for (Received& place : received_[worker]) {
        if (borrower != nullptr) {
          borrower->give_back(std::as_bytes(place.numbers));
          place.numbers = {};
          continue;
        }
        for (std::size_t at = round * 61 % page_numbers; at < place.numbers.size(); at += page_numbers)
          reinterpret_cast<std::int32_t*>(place.memory.data())[at] ^= 1;
      }
    }
  }

  void receive_exactly(int worker, std::span<std::byte> bytes) {
    const auto index = static_cast<std::size_t>(worker);
    const Io status = receivers_[index]->receive(bytes, supervisor_.watch(worker));
    WorkerBoard& own = board_.worker(worker);
    if (status != Io::ok) {
      lose(worker, status,
           "after " + std::to_string(own.received_bytes) + " bytes" + in_round(own.round) +
               " and within the next " + std::to_string(bytes.size()));
    }
    own.received_bytes += bytes.size();
  }

  void stamp_received() {
    slow_transfer_down(job_.slowdown, board_);
    board_.run().received_at = sys::now_ns();
  }

  // Whatever goes wrong in these two, the supervisor knows of it afterwards.
  void pin_or_fail(int worker) {
    try {
      cpus_.pin_receiver(worker);
    } catch (const std::exception& error) {
      supervisor_.fail(Status::error,
                       "placing the receiver of worker " + std::to_string(worker) + ": " + error.what());
    }
  }
  void receive_or_fail(int worker) {
    try {
      supervised(worker, [&] { receive_from(worker); });
    } catch (const RunLost&) {
      // It knows why.
    }
  }

  void receive_from(int worker) {
    const auto index = static_cast<std::size_t>(worker);
    board_.worker(worker).received_bytes = 0;
    for (std::size_t run = 0; run < received_[index].size(); ++run) {
      const RunPlan& plan = job_.workers[index].runs[run];
      if (job_.settings.handover == Handover::lend) {
        received_[index][run].numbers = borrow_run(worker, plan);
      } else {
        receive_run(worker, plan, received_[index][run]);
      }
    }
    received_at_[index] = sys::now_ns();
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

  // Into the memory of `place` or, where there is none yet, into an array that comes into being now: memory touched
  // before the fork would be copied on write.
  void receive_run(int worker, const RunPlan& plan, Received& place) {
    const std::size_t count = receive_header(worker, plan);
    if (!place.memory) place.memory = allocate_run(count, job_.settings.pages).memory;
    const std::span numbers(reinterpret_cast<std::int32_t*>(place.memory.data()), count);
    receive_exactly(worker, std::as_writable_bytes(numbers));
    place.numbers = numbers;
  }

  Run borrow_run(int worker, const RunPlan& plan) {
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
    return {reinterpret_cast<const std::int32_t*>(bytes.data()), bytes.size() / sizeof(std::int32_t)};
  }

  const Job& job_;
  const Scoreboard& board_;
  const CpuAssignment& cpus_;
  Session& session_;
  Supervisor& supervisor_;
  std::vector<std::unique_ptr<Receiver>> receivers_;
  std::vector<std::vector<Received>> received_;  // per worker
  std::vector<sys::Nanoseconds> received_at_;    // per worker, in the last round
  std::atomic<std::uint32_t> called_{0};         // a futex word: the round that receivers shall begin
  std::atomic<std::uint32_t> standing_{0};       // a futex word: how often a receiver has begun or ended one
  std::vector<std::jthread> receiving_;          // last: they use all of the above
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
    spec.send_bytes_max = job.settings.times_sent() * (bytes_max + runs_max * sizeof(RunHeader));
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
      Merged result;
      if (job.settings.is_streaming()) {
        if (job.settings.has_barrier()) {
          parent.await_workers(1);
          run.go_at = parent.open_barrier(1);
        }
        result = parent.drain_and_merge(std::move(merged));
      } else {
        parent.drain();
        result = merge(job, parent.runs(), cpus.parent_threads(), std::move(merged));
      }
      auto fault = verify(job, result, board);
      if (!fault) fault = parent.drain_again();
      if (fault) {
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
