#include <fcntl.h>
#include <fmt/core.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench/cli/catalogue.hpp"
#include "bench/cli/output.hpp"
#include "bench/cli/parse.hpp"
#include "bench/commands/commands.hpp"
#include "bench/commands/printing.hpp"
#include "bench/host/machine.hpp"
#include "bench/messages/findings.hpp"
#include "bench/messages/options.hpp"
#include "bench/messages/rows.hpp"
#include "bench/messages/summary.hpp"
#include "bench/results/directory.hpp"
#include "bench/text/json.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "sys/interrupts.hpp"
#include "sys/process.hpp"
#include "sys/program.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

namespace fs = std::filesystem;

constexpr sys::Nanoseconds min_time_ns_max = 10 * sys::second_ns;
constexpr const char* json_name = "/micro.json";
constexpr const char* csv_name = "/micro.csv";
constexpr const char* meta_name = "/meta.json";

// Beside ipcsort, as it is built, or in libexec/ipcsort, as it is installed.
std::string find_program() {
  const fs::path here = fs::read_symlink("/proc/self/exe").parent_path();
  const std::vector<fs::path> places = {here / "micro",
                                        (here / IPCSORT_LIBEXEC / "micro").lexically_normal()};
  for (const fs::path& place : places) {
    if (::access(place.c_str(), X_OK) == 0) return place.string();
  }
  throw UsageError(
      fmt::format("the benchmark program is neither {} nor {}; build it with "
                  "-DIPCSORT_BUILD_MICRO=ON (it needs libbenchmark-dev)",
                  places[0].string(), places[1].string()));
}

// Google Benchmark takes an option that is not given from a variable BENCHMARK_OPTION, such as a filter by which nothing is
// measured.
void forget_benchmark_variables() {
  std::vector<std::string> names;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text = *entry;
    if (text.starts_with("BENCHMARK_")) names.emplace_back(text.substr(0, text.find('=')));
  }
  for (const std::string& name : names) ::unsetenv(name.c_str());
}

// The program and what it is to select: the user's words, which have been checked.
std::vector<std::string> program_words(const cli::Values& values) {
  std::vector<std::string> words = {find_program()};
  for (const cli::Option& option : messages::selection_options().options)
    words.push_back("--" + option.name + "=" + values.text(option.name));
  return words;
}

struct Place {
  std::string path;
  bool is_new;
};

Place make_directory(const std::optional<std::string>& wanted) {
  std::string path = wanted ? *wanted : results::new_result_path("results", "-micro");
  if (path.empty()) throw UsageError("--output is empty; name a directory");
  for (const char* name : {json_name, csv_name}) {
    if (fs::exists(path + name)) throw UsageError(path + name + " is there already; give another --output");
  }
  const bool is_new = cli::make_output_directory(path);
  return {std::move(path), is_new};
}

// Waits for the program; a signal to us is one to it, and it then comes to an end soon.
int wait_for(sys::Child& child, sys::Interrupts& interrupts) {
  int passed_on = 0;
  for (;;) {
    if (const auto ended = child.try_wait()) return *ended;
    std::array<pollfd, 2> fds = {{{child.pidfd(), POLLIN, 0}, {interrupts.fd(), POLLIN, 0}}};
    ::poll(fds.data(), passed_on == 0 ? 2 : 1, -1);
    if (passed_on == 0 && interrupts.signal() != 0) {
      passed_on = interrupts.signal();
      child.kill(passed_on);
    }
  }
}

// What the program has written, also when it ended badly: then it may be nothing.
std::vector<messages::MicroRow> read_result(const std::string& directory, int wait_status) {
  try {
    return messages::micro_rows(text::parse_json(sys::read_file(directory + json_name)));
  } catch (const std::exception& error) {
    throw std::runtime_error(fmt::format("the benchmark program {}, and {}{} cannot be used: {}",
                                         sys::describe_wait_status(wait_status), directory, json_name,
                                         error.what()));
  }
}

void write_csv(const std::string& directory, const std::vector<messages::MicroRow>& rows,
               const results::Families& families) {
  sys::write_file_atomically(directory + csv_name, text::csv_text(messages::micro_columns(), rows));
  const auto summary = messages::summarize_micro(rows);
  messages::write_micro_summary(directory, summary);
  write_texts(directory, decisions_of(messages::micro_findings_of(summary, families)));
}

// What the figures are of, for the report. Beside a sweep, whose meta.json says so already, there is nothing
// to add.
void write_meta(const std::string& directory, const Arguments& arguments, const std::string& started_utc) {
  if (fs::exists(directory + meta_name)) return;
  nlohmann::ordered_json meta;
  meta["schema"] = results::meta_schema;
  meta.update(host::build_facts());
  meta["started_utc"] = started_utc;
  meta["finished_utc"] = host::utc_now();
  meta["argv"] = nlohmann::ordered_json::array({"ipcsort", "micro"});
  for (const std::string& word : arguments.words) meta["argv"].push_back(sys::printable(word));
  meta["machine"] = host::machine_facts();
  sys::write_file_atomically(directory + meta_name, text::json_text(meta));
}

int report(const std::string& directory, const std::vector<messages::MicroRow>& rows, cli::Format format,
           bool is_quiet, int wait_status, int signal) {
  const auto failed =
      rows.size() - static_cast<std::size_t>(std::ranges::count(rows, "", &messages::MicroRow::error));
  std::vector<messages::MicroRow> shown = rows;  // the file has those that were not made, too
  if (signal != 0) std::erase_if(shown, [](const messages::MicroRow& row) { return !row.error.empty(); });
  print_micro(shown, format);
  cli::notes_to(format, {is_quiet, false})
      << text::fitted("Rows: " + directory + csv_name + "   for compare.py: " + directory + json_name + "\n",
                      cli::look_of_notes(format));
  if (signal != 0) {
    std::cerr << fmt::format("ipcsort: interrupted; {} holds {} of {} rows with figures\n", directory,
                             rows.size() - failed, rows.size());
    return exit_interrupted(signal);
  }
  if (failed > 0) {
    std::cerr << "ipcsort: " << failed << " of " << rows.size() << " rows have no figures but an error\n";
    return exit_failed;
  }
  if (wait_status != 0)
    throw std::runtime_error("the benchmark program " + sys::describe_wait_status(wait_status));
  return exit_done;
}

sys::Nanoseconds min_time(const std::string& text, std::string_view option) {
  const sys::Nanoseconds time_ns = cli::parse_duration(text, option);
  if (time_ns > min_time_ns_max) throw UsageError(fmt::format("--{} {} is longer than 10s", option, text));
  return time_ns;
}

// Besides what is selected, which is for the benchmark program.
struct MicroRequest {
  bool list = false;
  sys::Nanoseconds min_time_ns = 0;
  std::uint64_t repetitions = 0;
  std::optional<std::string> output;
  bool is_quiet = false;
  cli::Format format{};
};

cli::OptionTable<MicroRequest> micro_options() {
  using namespace cli;
  // clang-format off
  return {{{"How, and where to", {
      {help_option()},
      {{"list", "", "print the names of the benchmarks that are selected and stop"}, to(&MicroRequest::list)},
      {{"min-time", "TIME", "least time measured of each benchmark, at most 10s", "50ms"}, to(&MicroRequest::min_time_ns, min_time)},
      {{"repetitions", "COUNT", "of each benchmark, one after the other", "3"}, to(&MicroRequest::repetitions, whole_number(1, 1000))},
      {{"output", "DIR", "result directory; otherwise a new one below results/"}, to(&MicroRequest::output)},
      {{"quiet", "", "do not show Google Benchmark's own table while it grows", "", "q"}, to(&MicroRequest::is_quiet)},
      format_row(&MicroRequest::format)}}}};
  // clang-format on
}

}  // namespace

Usage micro_usage() {
  return {
      .examples = {{"ipcsort micro", "messages of four sizes (about two minutes)"},
                   {"ipcsort micro --transports pipe,memfd_ring --sizes all",
                    "two transports, 1 byte to 1 MiB"},
                   {"ipcsort micro --measure latency --placement same,cross",
                    "round trips on one CPU and on two"}},
      .description =
          "Measures every transport message by message, and the kernels of the pipeline, with Google "
          "Benchmark. Its JSON is for Google Benchmark's compare.py, its CSV has a row for each repetition.",
      .groups = {messages::selection_options(), micro_options().shown().front()},
      .exits = cli::measuring_exits()};
}

int micro(const Arguments& arguments) {
  messages::selection_from(arguments.registry, arguments.values);  // refuses what cannot be
  const MicroRequest request = micro_options().read(arguments.values);
  std::vector<std::string> words = program_words(arguments.values);
  forget_benchmark_variables();
  if (request.list) {
    words.emplace_back("--benchmark_list_tests=true");
    const sys::ProgramResult listed = sys::run_program(words, sys::Stderr::inherit);
    std::cout << listed.output;
    return listed.succeeded() ? exit_done : exit_failed;
  }
  cli::tidy_up({request.is_quiet, false});
  const Place place = make_directory(request.output);
  const std::string& directory = place.path;
  const std::string started_utc = host::utc_now();
  const double min_time_s = static_cast<double>(request.min_time_ns) / 1e9;
  words.insert(words.end(), {"--benchmark_min_time=" + text::field::write(std::optional(min_time_s)),
                             fmt::format("--benchmark_repetitions={}", request.repetitions),
                             "--benchmark_display_aggregates_only=true",
                             "--benchmark_out=" + directory + json_name, "--benchmark_out_format=json"});

  if (request.is_quiet) words.emplace_back("--quiet");
  sys::Interrupts& interrupts = arguments.interrupts();
  const sys::Fd nowhere = sys::open_file("/dev/null", O_WRONLY);
  sys::Child child = sys::start_program(words, request.is_quiet ? nowhere.get() : STDERR_FILENO);
  const int wait_status = wait_for(child, interrupts);
  const std::vector<messages::MicroRow> rows = read_result(directory, wait_status);
  const bool has_figures = std::ranges::find(rows, "", &messages::MicroRow::error) != rows.end();
  if (interrupts.signal() != 0 && !has_figures) {
    std::error_code ignored;
    fs::remove(directory + json_name, ignored);
    if (place.is_new) fs::remove(directory, ignored);
    std::cerr << "ipcsort: interrupted before anything was measured; nothing was kept\n";
    return exit_interrupted(interrupts.signal());
  }
  write_csv(directory, rows, cli::transport_families(arguments.registry));
  write_meta(directory, arguments, started_utc);
  return report(directory, rows, request.format, request.is_quiet, wait_status, interrupts.signal());
}

}  // namespace ipcsort::commands
