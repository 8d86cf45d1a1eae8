#include "bench/gate/program_pair.hpp"

#include <sys/wait.h>

#include <algorithm>
#include <limits>

#include "bench/sweep/schedule.hpp"
#include "sys/error.hpp"
#include "sys/exit_status.hpp"
#include "sys/process.hpp"

namespace ipcsort::gate {
namespace {

// How many bytes a program's environment grows by at random: the stack begins below it, so its alignment
// changes from run to run instead of being the same accident in all runs of a side (Mytkowicz et al., see
// EqualNames).
constexpr std::size_t padding_bytes_max = 4095;

// Why a program that prints nothing usable has failed.
std::string failure_of(const sys::ProgramResult& result) {
  const std::string words = last_line(result.errors);
  return (result.ending == sys::Ending::timed_out ? "no answer within its deadline"
                                                  : sys::describe_wait_status(result.wait_status)) +
         (words.empty() ? "" : ": " + words);
}

}  // namespace

ProgramPair::ProgramPair(const std::vector<PairedCell>& cells, const Program& baseline,
                         const Program& candidate, double run_time_s, std::uint64_t seed,
                         std::string candidate_slowdown)
    : cells_(cells),
      baseline_(baseline),
      candidate_(candidate),
      run_time_s_(run_time_s),
      random_(seed),
      candidate_slowdown_(std::move(candidate_slowdown)),
      warm_ups_(cells.size()) {}

ReportedRun ProgramPair::ask(std::size_t cell, Side side, int repeats) {
  const Program& program = side == Side::baseline ? baseline_ : candidate_;
  std::vector<std::string> words = cells_[cell].words;
  words.insert(words.end(), {"--repeat", std::to_string(repeats)});
  const std::size_t padding = random_() % (padding_bytes_max + 1);
  std::vector<std::string> environment = {"IPCSORT_PADDING=" + std::string(padding, 'x')};
  if (side == Side::candidate && !candidate_slowdown_.empty())
    environment.push_back("IPCSORT_SLOWDOWN=" + std::string{to_string(cells_[cell].metric)} + ":" +
                          candidate_slowdown_);
  const sys::ProgramResult result = program.run(words, environment);
  if (result.ending == sys::Ending::stopped) return {.status = ReportedRun::Status::interrupted};
  const bool ended_early = result.ending != sys::Ending::by_itself || WIFSIGNALED(result.wait_status);
  if (ended_early || result.output.empty()) {
    if (!ended_early && WEXITSTATUS(result.wait_status) == exit_usage)
      throw NotComparable(program.description() + " cannot run " + cells_[cell].name + ": " +
                          last_line(result.errors));
    return {.status = ReportedRun::Status::failed, .reason = failure_of(result)};
  }
  try {
    return read_reported_run(result.output, cells_[cell].metric);
  } catch (const NotComparable& error) {
    throw NotComparable(program.description() + ": " + error.what());
  }
}

ProgramPair::WarmUp ProgramPair::warm_up(std::size_t cell) {
  WarmUp warm;
  double shortest_s = std::numeric_limits<double>::infinity();
  for (const Side side : {Side::baseline, Side::candidate}) {
    const ReportedRun run = ask(cell, side, 1);
    if (run.status == ReportedRun::Status::ok) shortest_s = std::min(shortest_s, run.total_s);
    warm.runs.at(static_cast<std::size_t>(side)) = run;
    if (run.status == ReportedRun::Status::interrupted) break;
  }
  if (!cells_[cell].sends_in_rounds) warm.repeats = sweep::repeats_for(run_time_s_, shortest_s);
  return warm;
}

ReportedRun ProgramPair::run(std::size_t cell, Side side) {
  std::optional<WarmUp>& warm = warm_ups_[cell];
  if (!warm) warm = warm_up(cell);
  for (const ReportedRun& run : warm->runs) {
    if (run.status == ReportedRun::Status::interrupted) return run;
  }
  const ReportedRun& own = warm->runs.at(static_cast<std::size_t>(side));
  return own.status == ReportedRun::Status::ok ? ask(cell, side, warm->repeats) : own;
}

std::pair<int, int> ProgramPair::repeats() const {
  std::pair<int, int> range{0, 0};
  for (const auto& warm : warm_ups_) {
    if (!warm) continue;
    range.first = range.first == 0 ? warm->repeats : std::min(range.first, warm->repeats);
    range.second = std::max(range.second, warm->repeats);
  }
  return range;
}

}  // namespace ipcsort::gate
