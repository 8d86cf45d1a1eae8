// The measured program: forked workers, a transport, one merging parent.
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <exception>
#include <thread>

#include "bench/pipeline/execute.hpp"
#include "bench/pipeline/merge_tree.hpp"
#include "bench/pipeline/prepare.hpp"
#include "bench/pipeline/supervisor.hpp"
#include "sys/affinity.hpp"
#include "sys/error.hpp"
#include "sys/futex.hpp"
#include "sys/process.hpp"
#include "sys/thread.hpp"

namespace ipcsort::pipeline {
namespace {

// Before each sorted run, so that the receiver allocates once.
struct RunHeader {
  static constexpr std::uint64_t expected_magic = 0x69706373'6f727431;  // "ipcsort1"
  std::uint64_t magic = expected_magic;
  std::uint64_t numbers = 0;
};

constexpr sys::Nanoseconds end_patience_ns = sys::second_ns;

// What is lent is there all at once.
bool is_streaming(const Settings& settings) {
  return settings.merge == Merge::streaming && settings.handover == Handover::copy;
}

// ---------------------------------------------------------------- worker

void await_go(const RunBoard& run) noexcept {
  while (run.go.load(std::memory_order_acquire) == 0) sys::futex_wait(run.go, 0);
}

// Sends bytes `begin` to `end` of a run, in pieces that end where the parent's calls of receive() do.
bool send_pieces(Sender& sender, std::span<const std::byte> run, std::size_t begin, std::size_t end,
                 std::size_t piece_bytes) {
  while (begin < end) {
    const std::size_t piece_end = std::min(end, begin - begin % piece_bytes + piece_bytes);
    if (sender.send(run.subspan(begin, piece_end - begin)) != Io::ok) return false;
    begin = piece_end;
  }
  return true;
}

// True when all of it is sent.
bool send_run(Sender& sender, std::span<const std::int32_t> numbers, bool in_pieces,
              const FaultPoints& faults) {
  RunHeader header;
  header.numbers = numbers.size();
  if (sender.send(std::as_bytes(std::span{&header, 1})) != Io::ok) return false;
  faults.at("header_sent");
  const auto payload = std::as_bytes(numbers);
  const std::size_t piece_bytes =
      in_pieces ? source_piece_numbers * sizeof(std::int32_t) : std::max<std::size_t>(payload.size(), 1);
  const std::size_t cut = faults.cut(payload.size());
  if (!send_pieces(sender, payload, 0, cut, piece_bytes)) return false;
  if (cut == payload.size()) return true;
  faults.at("mid_payload");
  faults.at("before_last_byte");
  return send_pieces(sender, payload, cut, payload.size(), piece_bytes);
}

// Likewise, without moving a byte of it. There is no header: its length is all that a span has to say.
bool hand_over_run(Lender& lender, std::span<std::int32_t> numbers, const FaultPoints& faults) {
  for (const char* point : {"header_sent", "mid_payload", "before_last_byte"}) faults.at(point);
  return lender.hand_over(std::as_writable_bytes(numbers)) == Io::ok;
}

Lender* lender_of(Sender& sender, const Job& job) {
  if (job.settings.handover == Handover::copy) return nullptr;
  Lender* lender = sender.lender();
  if (lender == nullptr) throw std::logic_error(std::string{name_of(job.subject)} + " does not lend");
  return lender;
}

void work(const Job& job, int index, Session& session, const Scoreboard& board) {
  WorkerBoard& own = board.worker(index);
  const FaultPoints faults(job.fault, index, own);
  faults.at("after_fork");
  const std::unique_ptr<Sender> sender =
      attach_sender(session, index, job.subject.transport->traits(), job.subject.options);
  own.attached_at = sys::now_ns();
  own.cpus[0] = current_cpu();
  own.stage.store(Stage::attached, std::memory_order_release);
  faults.at("attached");

  Lender* const lender = lender_of(*sender, job);
  const std::vector<SortedRun> runs =
      prepare(job.workers[static_cast<std::size_t>(index)], job.settings, own, lender);
  own.cpus[1] = current_cpu();
  own.stage.store(Stage::ready, std::memory_order_release);
  faults.at("ready");
  if (job.settings.transfer == TransferMode::barrier) {
    board.run().workers_ready.fetch_add(1, std::memory_order_acq_rel);
    sys::futex_wake_all(board.run().workers_ready);
    await_go(board.run());
  }

  own.stage.store(Stage::sending, std::memory_order_release);
  for (const SortedRun& run : runs) {
    const bool is_sent = lender != nullptr
                             ? hand_over_run(*lender, run.numbers, faults)
                             : send_run(*sender, run.numbers, is_streaming(job.settings), faults);
    if (!is_sent) throw std::runtime_error("the parent closed the transport");
  }
  own.sent_at = sys::now_ns();
  own.cpus[2] = current_cpu();
  own.steps = lender != nullptr ? runs.size() : sender->steps();
  own.use = sys::cpu_use(RUSAGE_SELF);
  own.stage.store(Stage::sent, std::memory_order_release);
  faults.at("sent");
  own.migrations = sys::migrations_so_far().value_or(-1);
}

[[noreturn]] void worker_process(const Job& job, int index, Session& session, const Scoreboard& board,
                                 const Places& places, pid_t parent) noexcept {
  sys::die_with_parent(parent);
  WorkerBoard& own = board.worker(index);
  own.stage.store(Stage::started, std::memory_order_release);
  try {
    places.take_worker_place(index);
    sys::close_all_except(session.sender_descriptors(index));
    work(job, index, session, board);
  } catch (const std::exception& error) {
    own.failure.write(error.what());
    ::_exit(1);
  }
  ::_exit(0);
}

std::vector<sys::Child> fork_workers(const Job& job, Session& session, const Scoreboard& board,
                                     const Places& places) {
  std::vector<sys::Child> children;
  const pid_t parent = ::getpid();
  for (std::size_t i = 0; i < job.workers.size(); ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) worker_process(job, static_cast<int>(i), session, board, places, parent);
    // Workers made so far die with this process when fork fails.
    children.emplace_back(sys::check(pid, "fork", "worker " + std::to_string(i)));
  }
  return children;
}

// ---------------------------------------------------------------- parent

// Thrown where a receiver cannot go on because the supervisor knows of a failure; carries nothing.
struct RunLost {};

class Parent {
 public:
  // `ready`: the arrays of each worker's runs, or none of them.
  Parent(const Job& job, const Scoreboard& board, const Places& places, Session& session,
         Supervisor& supervisor, std::vector<std::vector<SortedRun>> ready)
      : job_(job),
        board_(board),
        places_(places),
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
    Merged merged{std::move(target), {}};
    if (!merged.memory.memory) merged.memory = allocate_run(count, job_.settings.pages);
    const std::span<std::int32_t> numbers =
        merged.memory.numbers.first(std::min(count, merged.memory.numbers.size()));
    const std::size_t done = merge_sources(sources, numbers);
    stamp_received();
    merged.sorted_parts = {numbers.first(done)};
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
      if (job_.settings.drain == Drain::threads) places_.take_receiver_place(worker);
      receive_from(worker);
    } catch (const RunLost&) {
      // It knows why.
    } catch (const std::exception& error) {
      fail_receiving(worker, error);
    }
  }

  void receive_from(int worker) {
    const Supervisor::WatchScope scope(supervisor_, worker);
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
      fail_receiving(worker, error);
      throw RunLost{};
    }
  }

  void fail_receiving(int worker, const std::exception& error) {
    supervisor_.fail(Verdict::error, "receiving from worker " + std::to_string(worker) + ": " + error.what());
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
  const Places& places_;
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
      is_streaming(job.settings))
    return {};
  std::vector<std::vector<SortedRun>> arrays;
  for (const WorkerPlan& worker : job.workers) {
    std::vector<SortedRun>& own = arrays.emplace_back();
    for (const RunPlan& run : worker.runs)
      own.push_back(allocate_ready_run(run.numbers_max, job.settings.pages));
  }
  return arrays;
}

void end_workers(std::vector<sys::Child>& children) {
  for (const sys::Child& child : children) child.kill(SIGKILL);
  for (sys::Child& child : children) child.wait();
}

}  // namespace

void run_through_transport(const Job& job, const Scoreboard& board, const Places& places,
                           sys::ObjectLog& objects, sys::Nanoseconds deadline_at) {
  RunBoard& run = board.run();
  run.opening_at = sys::now_ns();
  SessionSpec spec{static_cast<int>(job.workers.size()), job.subject.options, &objects};
  if (job.settings.handover == Handover::lend) {
    spec.lend_bytes_max = lend_alignment_bytes;
    spec.lend_pages = job.settings.pages;
    for (const WorkerPlan& plan : job.workers)
      spec.lend_bytes_max = std::max(spec.lend_bytes_max, lend_bytes(plan));
  }
  const std::unique_ptr<Session> session = job.subject.transport->open(spec);

  std::vector<std::vector<SortedRun>> arrays = ready_arrays(job);
  SortedRun merged = merge_target(job);
  run.started_at = sys::now_ns();
  std::vector<sys::Child> children = fork_workers(job, *session, board, places);
  std::optional<Failure> failure;
  {
    Supervisor supervisor(children, board, deadline_at, job.deadline_ns);
    Parent parent(job, board, places, *session, supervisor, std::move(arrays));
    try {
      parent.attach();
      if (job.settings.transfer == TransferMode::barrier) parent.open_barrier();
      Merged result;
      if (is_streaming(job.settings)) {
        result = parent.drain_and_merge(std::move(merged));
      } else {
        parent.drain();
        result = merge(job, parent.runs(), places.parent_threads(), std::move(merged));
      }
      if (const auto fault = verify(job, result, board)) {
        supervisor.fail(Verdict::error, *fault);
      } else if (!supervisor.wait_all_ended(sys::now_ns() + end_patience_ns)) {
        supervisor.fail(Verdict::timeout, "a worker did not end within a second of its last byte");
      }
    } catch (const RunLost&) {
      assert(supervisor.failure());
    } catch (const std::exception& error) {
      supervisor.fail(Verdict::error, error.what());
    }
    failure = supervisor.failure();
  }
  end_workers(children);
  if (failure) {
    run.failure.write(failure->text);
    run.verdict.store(failure->verdict, std::memory_order_release);
  }
}

}  // namespace ipcsort::pipeline
