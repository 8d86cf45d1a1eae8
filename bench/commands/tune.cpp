#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <functional>
#include <iostream>
#include <optional>

#include <nlohmann/json.hpp>

#include "bench/cell/data.hpp"
#include "bench/cli/options.hpp"
#include "bench/cli/output.hpp"
#include "bench/cli/parse.hpp"
#include "bench/cli/presets.hpp"
#include "bench/commands/commands.hpp"
#include "bench/host/fingerprint.hpp"
#include "bench/host/machine.hpp"
#include "bench/results/directory.hpp"
#include "bench/results/measure.hpp"
#include "bench/text/json.hpp"
#include "bench/text/units.hpp"
#include "bench/tune/candidates.hpp"
#include "bench/tune/profile.hpp"
#include "bench/tune/render.hpp"
#include "bench/tune/tuner.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

struct TuneRequest {
  double budget_s = 0;
  sys::Nanoseconds deadline_ns = 0;
  bool chooses_rounds = false;
  std::uint64_t seed = 1;
  std::optional<std::string> output;  // nothing: standard output
  bool dry_run = false;
  bool is_quiet = false;
  cli::Format format{};
  datagen::CacheOptions cache;
};

double seconds(const std::string& text, std::string_view option) {
  return static_cast<double>(cli::parse_duration(text, option)) / 1e9;
}

std::optional<std::string> profile_path(const std::string& path, std::string_view option) {
  return path == tune::tuned_path ? path : cli::output_file(path, option);
}

cli::OptionTable<TuneRequest> tune_options() {
  using namespace cli;
  // clang-format off
  return {{
      {"General", {
          {help_option()},
          {{"time-budget", "TIME", "what all runs may take, 10m if not given; what one transport does not need, the others get"}, to(&TuneRequest::budget_s, seconds)},
          {{"deadline", "TIME", "after this a run with the defaults is ended and has failed", "60s"}, to(&TuneRequest::deadline_ns, parse_duration)},
          {{"seed", "NUMBER", "of the order of the runs", "1"}, to(&TuneRequest::seed, whole_number(0))},
          {{"output", "FILE", "file for the profile, - for standard output; --profile tuned reads the default one", tune::tuned_path}, to(&TuneRequest::output, profile_path)},
          {{"dry-run", "", "print what would be raced and stop"}, to(&TuneRequest::dry_run)},
          {{"quiet", "", "no progress", "", "q"}, to(&TuneRequest::is_quiet)},
          format_row(&TuneRequest::format)}},
      {"What to tune (lists are comma-separated)", {
          {{"transports", "TRANSPORTS", "all, or names; tuned are those that copy"}},
          {{"numbers", "COUNTS", "numbers in all files together: 100K,1M,5M if not given"}},
          {{"files", "COUNT", "number of files the numbers are in, one value"}},
          {{"workers", "COUNT", "worker processes, one value"}},
          {{"transfer", "WORD", "steady|barrier: what shall be fast, a steady flow through memory that is in use, or what is sent once into memory never touched"}}}},
      unread<TuneRequest>(setting_options()), data_group(&TuneRequest::cache)}};
  // clang-format on
}

// What is fixed here, or comes from the text of defaults.
std::vector<cli::Option> fixed_options() {
  std::vector<cli::Option> fixed = {{"references", "WORDS"}, {"handover", "WORDS"}};
  for (const auto& row : cli::schedule_rows()) {
    if (row.option.name != "time-budget" && row.option.name != "seed") fixed.push_back(row.option);
  }
  return fixed;
}

cell::Grid tuning_grid(const Registry& registry, const cli::Values& values) {
  cell::Grid grid = cli::grid_from(registry, values);
  for (const pipeline::Subject& subject : grid.subjects) {
    if (!subject.options.empty()) {
      throw UsageError("'" + sys::printable(label(cell::id_of(subject))) +
                       "': tune looks for the options itself; give the name alone");
    }
    if (subject.kind != pipeline::SubjectKind::transport)
      throw UsageError(std::string{name_of(subject)} + " is no transport; it has nothing to tune");
  }
  if (const auto& transfer = grid.axes.at("transfer"); transfer.size() != 1 || transfer.front() == "overlap")
    throw UsageError("--transfer: tune takes steady or barrier; options are chosen for one of them");
  if (grid.workers.size() != 1) throw UsageError("--workers: tune takes one value");
  if (grid.files.size() > 1) throw UsageError("--files: tune takes one value");
  return grid;
}

// The cells that can be tuned; says on standard error which cannot, and why. What copies has options: chunk=.
cell::Plan tunable(const cell::Plan& plan) {
  cell::Plan kept = plan;
  std::erase_if(kept.cells, [](const cell::Cell& cell) { return !cell.skip_reason.empty(); });
  for (const cell::Cell& cell : plan.cells) {
    if (cell.numbers == plan.cells.front().numbers && !cell.skip_reason.empty())
      std::cerr << "ipcsort: left out: " << cell.subject.name << ": " << cell.skip_reason << "\n";
  }
  return kept;
}

void print_dry_run(const cell::Plan& plan, const std::string& budget) {
  std::cout << text::count_text(plan.cells.size(), "cell") << " (transport and size) within " << budget
            << "; what is tried of each transport:\n";
  for (const cell::Cell& cell : plan.cells) {
    if (cell.numbers != plan.cells.front().numbers) continue;
    const std::vector<tune::Alternatives> all = tune::alternatives_for(cell.transport->traits());
    std::cout << "  " << cell.subject.name << ", " << tune::count_together(all) << " sets of options:";
    for (const tune::Alternatives& of_option : all)
      std::cout << " " << of_option.option << "=" << sys::join(of_option.values, "|");
    std::cout << "\n";
  }
}

// What a run of that size costs, beside one of another: so much for any, so much for each number.
double weight(const cell::Cell& cell) { return 3e5 + static_cast<double>(cell.numbers); }

struct Tuned {
  std::vector<tune::ProfileEntry> entries;  // of all cells, or of those before an interruption
  bool interrupted = false;
};

Tuned tune_all(const cell::Plan& plan, const TuneRequest& wanted, results::ForkingRunner& runner,
               text::Progress& progress) {
  const tune::RunCell run = [&](const cell::Cell& cell, sys::Nanoseconds deadline_ns) {
    runner.set_deadline(deadline_ns);
    return measure(cell, {}, runner, {});
  };
  Tuned tuned;
  // The dearest first: they seldom need all of their share, and what they leave is much to those that follow.
  std::vector<const cell::Cell*> cells;
  for (const cell::Cell& cell : plan.cells) cells.push_back(&cell);
  std::ranges::stable_sort(cells, std::greater{}, [](const cell::Cell* cell) { return cell->numbers; });
  double weights = 0, spent_s = 0;
  for (const cell::Cell* cell : cells) weights += weight(*cell);
  for (const cell::Cell* const next : cells) {
    const cell::Cell& cell = *next;
    tune::TuneRequest request;
    // What the cells before have left over is for all that follow.
    request.budget_s = std::max(0.0, wanted.budget_s - spent_s) * weight(cell) / weights;
    request.seed = wanted.seed;
    request.deadline_ns = wanted.deadline_ns;
    request.chooses_rounds = wanted.chooses_rounds && cell.settings.is_steady();
    request.on_run = [&](const std::string& what, double share_spent) {
      progress.state(std::min(1.0, (spent_s + share_spent * request.budget_s) / wanted.budget_s),
                     cell::describe(cell) + ": " + what);
    };
    tune::TuneResult result = tune_cell(cell, request, run);
    spent_s += result.cost_s;
    weights -= weight(cell);
    tuned.interrupted = result.interrupted;
    if (tuned.interrupted) break;
    progress.note(line_text(result.entry));
    tuned.entries.push_back(std::move(result.entry));
  }
  std::ranges::stable_sort(tuned.entries, {}, &tune::ProfileEntry::numbers);
  return tuned;
}

// The profile that stood where the new one goes, if it can be compared with it.
std::optional<tune::Profile> comparable_profile(const std::string& path, const tune::Profile& now) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  try {
    tune::Profile before = tune::load_profile(path);
    const bool alike = before.workers == now.workers && before.files == now.files &&
                       before.transfer == now.transfer &&
                       host::differing_facts(before.machine, now.machine).empty();
    return alike ? std::optional(std::move(before)) : std::nullopt;
  } catch (const UsageError&) {
    return std::nullopt;  // whatever it is, it is replaced
  }
}

void print(const tune::Profile& profile, cli::Format format) {
  switch (format) {
    case cli::Format::table: std::cout << table_text(profile, text::look_of(STDOUT_FILENO)); return;
    case cli::Format::csv: std::cout << csv_text(profile); return;
    case cli::Format::json: std::cout << text::json_text(to_json(profile)); return;
    case cli::Format::markdown: std::cout << markdown_text(profile); return;
    case cli::Format::junit: return;
  }
}

// "3 tuned, 1 undecided"
std::string counts_text(const std::vector<tune::ProfileEntry>& entries) {
  std::vector<std::string> parts;
  for (const tune::Decision decision : tune::all_decisions) {
    const auto count = std::ranges::count(entries, decision, &tune::ProfileEntry::decision);
    if (count > 0) parts.push_back(std::to_string(count) + " " + std::string{to_string(decision)});
  }
  return sys::join(parts, ", ");
}

// Held while cells are tuned: of two at once the last to end would win, without a word, and each would disturb the other.
// The directory, or the nearest one that is there, because the file itself is replaced as a whole.
sys::Fd locked(const std::string& path) {
  namespace fs = std::filesystem;
  if (fs::exists(path) && !fs::is_regular_file(path)) return {};  // a device keeps nothing
  fs::path place = fs::absolute(path).parent_path();
  while (!fs::exists(place)) place = place.parent_path();
  sys::Fd directory = sys::open_file(place.string(), O_RDONLY | O_DIRECTORY);
  if (::flock(directory.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    throw UsageError(place.string() +
                     " is being written by another ipcsort tune; wait for it, or give an --output elsewhere");
  return directory;
}

void write_profile(const std::string& path, const tune::Profile& profile) {
  if (const auto parent = std::filesystem::path(path).parent_path(); !parent.empty())
    std::filesystem::create_directories(parent);
  sys::write_file_atomically(path, text::json_text(to_json(profile)));
}

int tune_plan(const Arguments& arguments, const TuneRequest& wanted, const cell::Grid& grid,
              const cell::Plan& plan, cell::Datasets datasets) {
  sys::Interrupts& interrupts = arguments.interrupts();
  const sys::Fd lock = wanted.output ? locked(*wanted.output) : sys::Fd{};
  const sys::Nanoseconds begin = sys::now_ns();
  tune::Profile profile;
  profile.about = host::build_facts();
  profile.about["started_utc"] = host::utc_now();
  profile.about["argv"] = nlohmann::ordered_json::array({"ipcsort", "tune"});
  for (const std::string& word : arguments.words) profile.about["argv"].push_back(sys::printable(word));
  profile.machine = host::machine_facts();
  profile.transfer = grid.axes.at("transfer").front();
  profile.workers = grid.workers.front();
  profile.files = static_cast<std::uint32_t>(plan.cells.front().files);
  const std::optional<tune::Profile> before =
      wanted.output ? comparable_profile(*wanted.output, profile) : std::nullopt;

  Tuned tuned;
  {
    text::Progress progress(text::Progress::detect(wanted.is_quiet));
    if (datasets.empty()) datasets = prepare_data(plan, wanted.cache, progress, interrupts);
    results::ForkingRunner runner(datasets, interrupts, wanted.deadline_ns,
                                  cli::faults_from_environment(grid.workers));
    tuned = tune_all(plan, wanted, runner, progress);
  }
  profile.entries = std::move(tuned.entries);
  const double took_s = static_cast<double>(sys::now_ns() - begin) / 1e9;
  profile.about["took_s"] = took_s;
  profile.about["time_budget_s"] = wanted.budget_s;
  profile.about["seed"] = wanted.seed;
  profile.about["interrupted"] = tuned.interrupted;
  if (profile.entries.empty()) {
    std::cerr << "ipcsort: interrupted before anything was decided; nothing was written\n";
    return exit_interrupted(interrupts.signal());
  }
  const std::string place = wanted.output.value_or("standard output");
  if (wanted.output) write_profile(*wanted.output, profile);
  print(profile, wanted.format);
  std::ostream& words = cli::notes_to(wanted.format, {wanted.is_quiet, false});
  if (before) words << "\n" << agreement_text(*before, profile);
  words << "\n"
        << profile.entries.size() << " of " << plan.cells.size() << " cells done in "
        << text::duration_text(took_s) << " (" << counts_text(profile.entries) << "); " << place
        << " holds it"
        << (place == tune::tuned_path ? ", ipcsort sweep --profile default,tuned shows it" : "") << "\n";
  if (tuned.interrupted) {
    std::cerr << "ipcsort: interrupted; what had been decided by then is in " << place << "\n";
    return exit_interrupted(interrupts.signal());
  }
  const bool failed = std::ranges::any_of(profile.entries, [](const tune::ProfileEntry& entry) {
    return entry.decision == tune::Decision::failed;
  });
  return failed ? exit_failed : exit_done;
}

}  // namespace

Usage tune_usage() {
  return {
      .examples = {{"ipcsort tune", "all transports, ten minutes"},
                   {"ipcsort tune --transports pipe,unix_stream --numbers 1M --time-budget 1m",
                    "two of them, one size"},
                   {"ipcsort sweep --profile default,tuned", "then: both, side by side"}},
      .description =
          "Finds the best options of each transport on this machine, for each payload size, and what each is "
          "worth.\n\n"
          "Sets of options race on interleaved runs until the slower ones are known to be slower; the winner "
          "is then measured anew beside the defaults, and with each of its options put back. What is not "
          "faster beyond doubt stays at the defaults. Compared is the time of the transfer; what arrives is "
          "verified, but merged only if --merge asks for it. The file is replaced as a whole.",
      .groups = tune_options().shown(),
      .silent = {},
      .operands = {},
      .exits = cli::measuring_exits(),
      .interrupted = " before the first run; nothing was written",
  };
}

int tune(const Arguments& arguments) {
  cli::Values values = arguments.values;
  std::vector<cli::Option> known = cli::taken_options(tune_usage());
  for (cli::Option& option : fixed_options()) known.push_back(std::move(option));
  cli::layer(values, known,
             {"time-budget = 10m\ntransports = all\nnumbers = 100K,1M,5M\nreferences = none\n"
              "transfer = steady\nhandover = copy\nmerge = concat\nplacement = spread\n",
              cli::default_text()});
  TuneRequest request = tune_options().read(values);
  request.chooses_rounds = !arguments.values.has("rounds");
  if (!request.output) {
    if (request.format != cli::Format::table && request.format != cli::Format::json)
      throw UsageError("--output - puts the profile, which is JSON, on standard output; leave --format out");
    request.format = cli::Format::json;
  }
  cell::Grid grid = tuning_grid(arguments.registry, values);
  cli::tidy_up();
  sys::Interrupts& interrupts = arguments.interrupts();
  cell::Datasets datasets;
  if (!grid.data.inputs.empty()) datasets = input_data(grid, request.cache, interrupts);
  const cell::Plan plan = tunable(make_plan(grid));
  if (plan.cells.empty())
    throw UsageError("nothing to tune: none of these transports copies and can be used here");
  if (request.dry_run) {
    print_dry_run(plan, values.text("time-budget"));
    return exit_done;
  }
  return tune_plan(arguments, request, grid, plan, std::move(datasets));
}

}  // namespace ipcsort::commands
