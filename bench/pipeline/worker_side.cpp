// The measured program's workers: each prepares its runs and sends them, or hands them over.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <exception>
#include <stdexcept>

#include "bench/pipeline/execute.hpp"
#include "bench/pipeline/merge_tree.hpp"
#include "bench/pipeline/prepare.hpp"
#include "sys/affinity.hpp"
#include "sys/error.hpp"
#include "sys/futex.hpp"
#include "sys/process.hpp"

namespace ipcsort::pipeline {
namespace {

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

// What was lent is the parent's once it is handed over: to send it again it is read and sorted again, for the worker
// alone.
std::vector<SortedRun> prepared_again(const Job& job, std::size_t index) {
  const Scoreboard not_counted(1);
  return prepare(job.workers[index], job.settings, not_counted.worker(0));
}

// The same in lent memory; waits until the parent has given back what it had.
std::vector<SortedRun> lent_again(const std::vector<SortedRun>& copies, Lender& lender, sys::Pages pages) {
  std::vector<SortedRun> runs;
  for (const SortedRun& copy : copies) {
    runs.push_back(lend_run(copy.numbers.size(), copy.numbers.size(), lender, pages));
    std::ranges::copy(copy.numbers, runs.back().numbers.begin());
  }
  return runs;
}

std::int64_t faults_so_far() { return sys::cpu_use(RUSAGE_SELF).faults_minor; }

void work(const Job& job, int index, Session& session, const Scoreboard& board) {
  WorkerBoard& own = board.worker(index);
  FaultPoints faults(job.fault, index, own);
  faults.at("after_fork");
  const std::unique_ptr<Sender> sender =
      attach_sender(session, index, job.subject.transport->traits(), job.subject.options);
  own.attached_at = sys::now_ns();
  own.cpus[0] = current_cpu();
  own.stage.store(Stage::attached, std::memory_order_release);
  faults.at("attached");

  Lender* const lender = lender_of(*sender, job);
  std::vector<SortedRun> runs =
      prepare(job.workers[static_cast<std::size_t>(index)], job.settings, own, lender);
  own.cpus[1] = current_cpu();
  const std::uint32_t rounds = job.settings.times_sent();
  std::vector<SortedRun> kept;
  own.stage.store(Stage::ready, std::memory_order_release);
  for (std::uint32_t round = 1; round <= rounds; ++round) {
    if (round > 1 && lender != nullptr) {
      // Whoever prepares a round earlier takes the CPUs from those that still send the one before, or merge it.
      await_round(board.run().rounds_done, round - 1);
      if (round == 2) kept = prepared_again(job, static_cast<std::size_t>(index));
      runs = lent_again(kept, *lender, job.settings.pages);
    }
    own.round.store(round, std::memory_order_release);
    faults.begin_round(round);
    faults.at("ready");
    const std::int64_t faults_before = faults_so_far();
    if (job.settings.has_barrier()) {
      board.run().workers_ready.fetch_add(1, std::memory_order_acq_rel);
      sys::futex_wake_all(board.run().workers_ready);
      if (!await_round(board.run().go, round)) throw std::runtime_error("the run was given up");
    }

    own.stage.store(Stage::sending, std::memory_order_release);
    for (const SortedRun& run : runs) {
      const bool is_sent = lender != nullptr
                               ? hand_over_run(*lender, run.numbers, faults)
                               : send_run(*sender, run.numbers, job.settings.is_streaming(), faults);
      if (!is_sent) throw std::runtime_error("the parent closed the transport");
    }
    own.faults[round == 1 ? 0 : 1] += faults_so_far() - faults_before;
    if (round > 1) continue;
    own.sent_at = sys::now_ns();
    own.cpus[2] = current_cpu();
    own.steps = lender != nullptr ? runs.size() : sender->steps();
    own.use = sys::cpu_use(RUSAGE_SELF);
  }
  own.stage.store(Stage::sent, std::memory_order_release);
  faults.at("sent");
  own.migrations = sys::migrations_so_far().value_or(-1);
}

[[noreturn]] void worker_process(const Job& job, int index, Session& session, const Scoreboard& board,
                                 const CpuAssignment& cpus, pid_t parent) noexcept {
  sys::die_with_parent(parent);
  WorkerBoard& own = board.worker(index);
  own.stage.store(Stage::started, std::memory_order_release);
  try {
    cpus.pin_worker(index);
    sys::close_all_except(session.sender_descriptors(index));
    work(job, index, session, board);
  } catch (const std::exception& error) {
    own.failure.write(error.what());
    ::_exit(1);
  }
  ::_exit(0);
}

}  // namespace

std::vector<sys::Child> fork_workers(const Job& job, Session& session, const Scoreboard& board,
                                     const CpuAssignment& cpus) {
  std::vector<sys::Child> children;
  const pid_t parent = ::getpid();
  for (std::size_t i = 0; i < job.workers.size(); ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) worker_process(job, static_cast<int>(i), session, board, cpus, parent);
    // Workers made so far die with this process when fork fails.
    children.emplace_back(sys::check(pid, "fork", "worker " + std::to_string(i)));
  }
  return children;
}

}  // namespace ipcsort::pipeline
