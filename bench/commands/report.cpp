#include <unistd.h>

#include <iostream>
#include <nlohmann/json.hpp>

#include "bench/commands/charts.hpp"
#include "bench/commands/command.hpp"
#include "bench/commands/options.hpp"
#include "bench/commands/report.hpp"
#include "bench/driver/columns_json.hpp"
#include "bench/driver/results.hpp"
#include "bench/driver/wording.hpp"
#include "sys/error.hpp"

namespace ipcsort::commands {
namespace {

constexpr std::string_view usage =
    "Table, finding and charts of a sweep that was recorded. Summary and charts are made anew from "
    "runs.csv.\n\n"
    "  ipcsort report                       the newest sweep below results/\n"
    "  ipcsort report results/reference     this one\n";

// What was asked for when the sweep was recorded.
double precision_of(const nlohmann::ordered_json& meta) {
  return meta["plan"].value("precision", driver::default_precision);
}

}  // namespace

void print_results(const std::string& directory, const std::vector<driver::SummaryRow>& summary,
                   const std::vector<driver::RunRow>& runs, Format format, const Talk& talk) {
  const driver::Look look = look_of_notes(format);
  switch (format) {
    case Format::table: std::cout << driver::results_text(summary, look) << "\n"; break;
    case Format::csv: std::cout << driver::csv_text(driver::summary_columns(), summary); break;
    case Format::json:
      std::cout << driver::json_text(driver::to_json(driver::summary_columns(), summary));
      break;
    case Format::markdown: std::cout << driver::results_markdown(summary); break;
  }
  notes_to(format, talk) << driver::fitted(driver::finding(summary) + "\n", look, driver::Tint::strong)
                         << driver::fitted(driver::overall_text(driver::overall_of(runs)), look)
                         << driver::fitted(driver::reservations_text(summary, runs), look) << "\n"
                         << driver::fitted("Rows: " + directory + "/runs.csv   by cell: " + directory +
                                               "/summary.csv   machine and plan: " + directory +
                                               "/meta.json\n",
                                           look);
}

bool print_charts(const std::string& directory, const std::vector<driver::SummaryRow>& summary, Format format,
                  const Talk& talk) {
  const ChartsResult charts = draw_charts(directory, summary);
  if (charts.drawn) {
    notes_to(format, talk) << driver::fitted(charts.text, look_of_notes(format));
  } else {
    std::cerr << driver::fitted(charts.text, driver::look_of(STDERR_FILENO));
  }
  return charts.drawn;
}

int report(const Arguments& arguments) {
  po::options_description options("Options");
  // clang-format off
  options.add_options()
      ("help,h", "this text")
      ("directory", po::value<std::vector<std::string>>(), "the result directory; may be given without the option's name");
  // clang-format on
  add_format_option(options);
  const po::variables_map values = parse_words(arguments.words, options, "directory");
  if (help_wanted(values, usage, options)) return exit_done;
  const Format format = format_from(values);
  std::string directory;
  if (values.count("directory") != 0) {
    const auto given = values["directory"].as<std::vector<std::string>>();
    if (given.size() != 1) throw UsageError("report takes one result directory");
    directory = given.front();
  } else {
    const auto newest = driver::newest_result("results");
    if (!newest) throw UsageError("there is no sweep below results/; name a directory, or run ipcsort sweep");
    directory = *newest;
  }
  const std::vector<driver::RunRow> runs = driver::load_runs(directory);
  const nlohmann::ordered_json meta = driver::load_meta(directory);
  const std::vector<driver::SummaryRow> summary = driver::summarize(runs, precision_of(meta));
  driver::write_summary(directory, summary, driver::overall_of(runs));
  if (!meta.contains("finished_utc")) {
    std::cerr << "ipcsort: this sweep is not finished; what follows is from the " << runs.size()
              << " rows it has\n";
  }
  print_results(directory, summary, runs, format, {});
  return print_charts(directory, summary, format, {}) ? exit_done : exit_failed;
}

}  // namespace ipcsort::commands
