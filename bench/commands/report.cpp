#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench/cli/catalogue.hpp"
#include "bench/cli/options.hpp"
#include "bench/commands/commands.hpp"
#include "bench/commands/printing.hpp"
#include "bench/gate/recordings.hpp"
#include "bench/gate/verdict.hpp"
#include "bench/host/kernel_costs.hpp"
#include "bench/messages/findings.hpp"
#include "bench/messages/rows.hpp"
#include "bench/messages/summary.hpp"
#include "bench/results/directory.hpp"
#include "bench/results/ownership.hpp"
#include "bench/results/page.hpp"
#include "bench/results/side_by_side.hpp"
#include "bench/results/wording.hpp"
#include "bench/text/json.hpp"
#include "bench/text/table.hpp"
#include "bench/text/units.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/interrupts.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t sweeps_max = 6;  // more cannot be told apart in one chart

struct ReportRequest {
  std::vector<std::string> paths;
  std::optional<std::string> output;
  cli::Format format{};
};

cli::OptionTable<ReportRequest> report_options() {
  using namespace cli;
  // clang-format off
  return {{{"Options", {
      {help_option()},
      {{.name = "path", .value_name = "PATH", .description = "result directories, or a file of verdicts; may be given without the option's name", .takes = Takes::repeated}, to(&ReportRequest::paths)},
      {{"output", "DIR", "directory for report.html and charts/; otherwise that of the one sweep (or, without sweeps, of the figures of messages), for several a new one below results/"}, to(&ReportRequest::output)},
      format_row(&ReportRequest::format)}}}};
  // clang-format on
}

// What the command line names, each in its place.
struct Inputs {
  std::vector<std::string> sweeps;
  std::vector<std::string> micros;  // directories that hold nothing else
  std::string verdicts;             // "" for none
};

// What was asked for when the sweep was recorded; `fallback` where meta.json does not say.
template <typename Value>
Value of_plan(const nlohmann::ordered_json& meta, const char* name, Value fallback) {
  const auto plan = meta.find("plan");
  return plan != meta.end() ? plan->value(name, fallback) : fallback;
}

bool holds(const std::string& directory, const char* file) {
  std::error_code unreadable;
  return fs::exists(fs::path{directory} / file, unreadable);
}

void require_new(const std::vector<std::string>& directories, const std::string& path) {
  for (const std::string& other : directories) {
    std::error_code unreadable;
    if (fs::equivalent(other, path, unreadable))
      throw UsageError(other + " and " + path + " are the same directory; name each once");
  }
}

Inputs inputs_of(const std::vector<std::string>& paths) {
  Inputs inputs;
  for (const std::string& path : paths) {
    std::error_code unreadable;
    if (fs::is_regular_file(path, unreadable) && fs::path{path}.extension() == ".json") {
      if (!inputs.verdicts.empty()) throw UsageError("report takes one file of verdicts");
      inputs.verdicts = path;
    } else if (holds(path, "micro.csv") && !holds(path, "runs.csv")) {
      require_new(inputs.micros, path);
      inputs.micros.push_back(path);
    } else {
      require_new(inputs.sweeps, path);
      inputs.sweeps.push_back(path);
    }
  }
  if (inputs.sweeps.size() > sweeps_max)
    throw UsageError(
        fmt::format("report sets at most {} sweeps side by side, not {}", sweeps_max, inputs.sweeps.size()));
  return inputs;
}

// Figures of messages are read beside those of a sweep, or of other messages, as if they were of the same program and
// machine; where they are not, it is said.
void warn_of_other_surroundings(const Inputs& inputs) {
  const auto meta_of = [](const std::string& directory) {
    try {
      return text::parse_json(sys::read_file(directory + "/meta.json"));
    } catch (const std::runtime_error&) {
      return nlohmann::ordered_json();  // not there, or not readable: nothing is known
    }
  };
  std::string first = inputs.sweeps.empty() ? "" : inputs.sweeps.front();
  for (const std::string& directory : inputs.micros) {
    if (first.empty()) first = directory;
    const nlohmann::ordered_json before = meta_of(first);
    if (!before.is_object()) return;
    const std::vector<std::string> differences = results::differing_surroundings(before, meta_of(directory));
    if (!differences.empty())
      std::cerr << fmt::format(
          "ipcsort: {} was recorded otherwise than {} ({}); do not compare their figures\n", directory, first,
          sys::join(differences, "; "));
  }
}

// Where the page goes unless somebody says: to what it is about.
std::string output_of(const std::optional<std::string>& wanted, const Inputs& inputs) {
  if (wanted) {
    if (wanted->empty()) throw UsageError("--output is empty; name a directory");
    return *wanted;
  }
  if (inputs.sweeps.size() == 1) return inputs.sweeps.front();
  if (inputs.sweeps.empty() && inputs.micros.size() == 1) return inputs.micros.front();
  return results::new_result_path("results", "-report");
}

// Whether it was not there.
bool make_directory(const std::string& path) {
  std::error_code error;
  const bool is_new = fs::create_directories(path, error);
  if (error)
    throw UsageError(fmt::format("{} cannot be made a directory: {}; choose another place with --output",
                                 path, error.message()));
  return is_new;
}

bool is_forbidden(const std::system_error& error) {
  const int code = error.code().value();
  return code == EACCES || code == EPERM || code == EROFS;
}

// A path that cannot be written is the user's to change; a disk that is full is not.
template <typename Write>
void writing_into(const std::string& directory, Write write) {
  try {
    write();
  } catch (const std::system_error& error) {
    if (!is_forbidden(error)) throw;
    throw UsageError(fmt::format("{} cannot be written ({}); choose another place with --output", directory,
                                 error.what()));
  }
}

// Writes what is made from the rows into their directory or, where that may not be written, all of it into `elsewhere`: what
// has become read-only may have been recorded by a version that made less of it, or otherwise. Where it is now.
template <typename Write>
std::string write_derived(const std::string& directory, const std::string& elsewhere, Write write_into) {
  try {
    write_into(directory);
    return directory;
  } catch (const std::system_error& error) {
    if (!is_forbidden(error)) throw;
    make_directory(elsewhere);
    write_into(elsewhere);
    return elsewhere;
  }
}

std::string refresh_micro(const std::string& directory, const std::string& elsewhere,
                          const results::Families& families) {
  const auto summary = messages::summarize_micro(messages::load_micro(directory));
  const Texts texts = decisions_of(messages::micro_findings_of(summary, families));
  return write_derived(directory, elsewhere, [&](const std::string& target) {
    messages::write_micro_summary(target, summary);
    write_texts(target, texts);
  });
}

struct ReportedSweep {
  std::string name;  // among several: "A"
  std::string directory;
  nlohmann::ordered_json meta;
  std::vector<results::RunRow> runs;
  std::vector<results::SummaryRow> summary;
  results::Findings findings;
  std::string decisions;  // the directory with what the page reads of them
};

ReportedSweep refresh_sweep(const std::string& name, const std::string& directory, const std::string& output,
                            const results::Families& families) {
  std::vector<results::RunRow> runs = results::load_runs(directory);
  ReportedSweep sweep{name, directory, results::load_meta(directory), std::move(runs), {}, {}, {}};
  const nlohmann::ordered_json& meta = sweep.meta;
  if (sweep.runs.empty())
    throw UsageError(
        fmt::format("{0}/runs.csv has no rows: nothing was measured yet; ipcsort sweep --output {0} "
                    "with the same options takes it up",
                    directory));
  sweep.summary = results::summarize(sweep.runs, of_plan(meta, "precision", results::default_precision));
  const results::Overall overall = results::overall_of(sweep.runs);
  sweep.findings =
      results::findings_of(sweep.summary, overall, sweep.runs, families,
                           host::kernel_costs_from(meta.value("kernel_costs", nlohmann::ordered_json())));
  Texts texts = decisions_of(sweep.findings);
  std::vector<messages::MicroSummaryRow> micro;
  if (holds(directory, "micro.csv")) {
    micro = messages::summarize_micro(messages::load_micro(directory));
    texts.push_back(decisions_of(messages::micro_findings_of(micro, families)).front());
  }
  sweep.decisions = write_derived(directory, output + "/findings-" + name, [&](const std::string& target) {
    results::write_summary(target, sweep.summary, overall);
    if (!micro.empty()) messages::write_micro_summary(target, micro);
    write_texts(target, texts);
  });
  const std::string text = sys::read_file(directory + "/runs.csv");
  if (text::complete_bytes(text) < text.size())
    cli::print_note("the last row of " + directory + "/runs.csv was cut off and is left out");
  if (const std::string changes = results::changes_text(sweep.runs, meta); !changes.empty())
    cli::print_note("in " + directory + "/runs.csv " + changes);
  const std::size_t recorded = results::finished_runs(sweep.runs);
  const auto planned = of_plan(meta, "rows", std::uint64_t{0});
  const bool is_cut_by_budget = meta.contains("finished_utc") && of_plan(meta, "time_budget_s", 0.0) > 0;
  if (!meta.contains("finished_utc") || (recorded < planned && !is_cut_by_budget)) {
    cli::print_note(fmt::format("the sweep in {} is not finished; what follows is from the {} it has{}",
                                directory, text::count_text(recorded, "row"),
                                planned > 0 ? fmt::format(" of {} or more", planned) : ""));
  }
  return sweep;
}

// A row of one of several directories.
template <typename Row>
struct Placed {
  std::string directory;
  Row row;
};

// Rows of several directories, for programs.
template <typename Row>
void print_placed(const text::Columns<Row>& columns,
                  const std::vector<std::pair<std::string, std::vector<Row>>>& directories,
                  cli::Format format) {
  const text::Columns<Placed<Row>> placed =
      text::joined({{text::column("directory", "", "which of the directories", &Placed<Row>::directory)},
                    text::columns_of_part(&Placed<Row>::row, columns)});
  std::vector<Placed<Row>> all;
  for (const auto& [directory, rows] : directories) {
    for (const Row& row : rows) all.push_back({directory, row});
  }
  cli::print_rows(placed, all, format);
}

// For people. What is compared by eye alone: nothing is said about what differs.
void print_side_by_side(std::span<const results::Side> sides, const results::SideBySide& found,
                        bool as_markdown) {
  const text::Look look = text::look_of(as_markdown ? STDERR_FILENO : STDOUT_FILENO);
  for (const results::Side& side : sides) {
    const std::string text = side.name + " = " + side.directory + ". " + side.findings.headline + "\n";
    std::cout << (as_markdown ? text::markdown_literal(text) + "\n" : text::fitted(text, look));
  }
  const std::string text = results::side_by_side_text(sides, found, as_markdown, look);
  std::cout << (as_markdown ? text : "\n" + text + "\n");
}

// The file for the page: what several are to each other; "" for one.
std::string print_sweeps(const std::vector<ReportedSweep>& sweeps, cli::Format format,
                         const std::string& output) {
  if (sweeps.size() == 1) {
    const ReportedSweep& sweep = sweeps.front();
    print_results(sweep.directory, sweep.summary, sweep.findings, format, {});
    return "";
  }
  std::vector<results::Side> sides;
  for (const ReportedSweep& sweep : sweeps)
    sides.push_back({sweep.name, sweep.directory, sweep.summary, sweep.findings, gate::facts_of(sweep.meta)});
  const results::SideBySide found = results::side_by_side(sides);
  if (format == cli::Format::table || format == cli::Format::markdown) {
    print_side_by_side(sides, found, format == cli::Format::markdown);
  } else {
    std::vector<std::pair<std::string, std::vector<results::SummaryRow>>> rows;
    for (const ReportedSweep& sweep : sweeps) rows.emplace_back(sweep.directory, sweep.summary);
    print_placed(results::summary_columns(), rows, format);
  }
  const std::string path = output + "/side_by_side.json";
  writing_into(output, [&] { sys::write_unless_the_same(path, results::side_by_side_json(sides, found)); });
  return path;
}

void print_micros(const std::vector<std::string>& directories, cli::Format format) {
  if (directories.size() == 1 || format == cli::Format::table || format == cli::Format::markdown) {
    for (const std::string& directory : directories) print_micro(messages::load_micro(directory), format);
    return;
  }
  std::vector<std::pair<std::string, std::vector<messages::MicroRow>>> rows;
  for (const std::string& directory : directories)
    rows.emplace_back(directory, messages::load_micro(directory));
  print_placed(messages::micro_columns(), rows, format);
}

// Rows of two kinds do not go into one table for programs.
void require_one_kind(const Inputs& inputs, cli::Format format) {
  if (format != cli::Format::csv && format != cli::Format::json) return;
  if (!inputs.sweeps.empty() && !inputs.micros.empty())
    throw UsageError("--format csv and json take sweeps or figures of messages, not both at once");
  if (inputs.sweeps.empty() && inputs.micros.empty())
    throw UsageError(
        "--format csv and json are for sweeps and figures of messages; verdicts have them from "
        "ipcsort ab and compare");
}

// The verdicts of two sweeps, as a file beside the page; "" when they have no cell in common.
std::string write_verdicts(const std::string& baseline, const std::string& candidate,
                           const std::string& output, std::ostream& notes) {
  gate::Report report =
      gate::compare_recordings(gate::load_recording(baseline), gate::load_recording(candidate), {});
  report.title = "ipcsort report";
  const bool any_in_common = std::ranges::any_of(report.cells, [](const gate::CellVerdict& cell) {
    return cell.verdict != gate::Verdict::new_cell && cell.verdict != gate::Verdict::missing;
  });
  if (!any_in_common) return "";  // a list of what is in one of them alone would tell nothing
  std::string path = output + "/verdicts.json";
  writing_into(output, [&] { sys::write_file_atomically(path, gate::render(report, text::Format::json)); });
  notes << gate::headline(report) << "\n";
  return path;
}

}  // namespace

Usage report_usage() {
  return {.examples = {{"ipcsort report", "the newest sweep below results/"},
                       {"ipcsort report results/reference", "this one"},
                       {"ipcsort report results/mine results/mine-micro",
                        "a sweep, with what ipcsort micro says of messages"},
                       {"ipcsort report results/old results/new", "machines or versions side by side"},
                       {"ipcsort report ab.json", "what ipcsort ab --format json has written"}},
          .description =
              "One HTML page, charts, table and finding of what was recorded. Summaries are made anew from "
              "the rows.",
          .groups = report_options().shown(),
          .operands = {"path", "[PATH]..."},
          .exits = {{exit_done, "done"},
                    {exit_usage, "wrong usage or input"},
                    {exit_failed, "the page or a chart could not be made"}}};
}

int report(const Arguments& arguments) {
  const ReportRequest request = report_options().read(arguments.values);
  const cli::Format format = request.format;
  std::vector<std::string> paths = request.paths;
  if (paths.empty()) {
    const auto newest = results::newest_result("results");
    if (!newest) throw UsageError("there is no sweep below results/; name a directory, or run ipcsort sweep");
    paths = {*newest};
  }
  const Inputs inputs = inputs_of(paths);
  require_one_kind(inputs, format);
  const std::string output = output_of(request.output, inputs);
  if (request.output) results::require_own(output);
  const results::Families families = cli::transport_families(arguments.registry);
  std::vector<ReportedSweep> sweeps;
  results::PageRequest page;
  for (const std::string& directory : inputs.sweeps) {
    const std::string name(1, static_cast<char>('A' + sweeps.size()));
    sweeps.push_back(refresh_sweep(name, directory, output, families));
    page.directories.push_back(directory);
    page.decisions.push_back(sweeps.back().decisions);
  }
  warn_of_other_surroundings(inputs);
  for (const std::string& directory : inputs.micros) {
    page.directories.push_back(directory);
    page.decisions.push_back(refresh_micro(directory, output + "/findings-micro", families));
  }
  const bool is_new = make_directory(output), was_empty = fs::is_empty(output);
  page.verdicts = inputs.verdicts;
  page.output = output;
  if (!sweeps.empty()) page.side_by_side = print_sweeps(sweeps, format, output);
  if (sweeps.size() == 2 && page.verdicts.empty())
    page.verdicts = write_verdicts(inputs.sweeps[0], inputs.sweeps[1], output, cli::notes_to(format, {}));
  if (!inputs.micros.empty()) print_micros(inputs.micros, format);
  sys::Interrupts& interrupts = arguments.interrupts();
  page.stop_fd = interrupts.fd();
  const bool complete = print_page(page, format, {}).complete;
  if (interrupts.signal() != 0) {
    if (was_empty) {  // half a page would be in the way of the next one
      std::error_code ignored;
      results::remove_own_page(output);
      fs::remove(page.side_by_side, ignored);
      if (inputs.verdicts.empty()) fs::remove(page.verdicts, ignored);
      if (is_new) fs::remove(output, ignored);
    }
    return exit_interrupted(interrupts.signal());
  }
  return complete ? exit_done : exit_failed;
}

}  // namespace ipcsort::commands
