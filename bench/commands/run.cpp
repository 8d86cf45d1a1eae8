#include <iostream>

#include <nlohmann/json.hpp>

#include "bench/commands/command.hpp"
#include "bench/commands/options.hpp"
#include "bench/commands/presets.hpp"
#include "bench/commands/profiles.hpp"
#include "bench/driver/machine.hpp"
#include "bench/driver/memory.hpp"
#include "bench/driver/record.hpp"
#include "bench/driver/sweep.hpp"
#include "bench/driver/wording.hpp"
#include "bench/gate/program.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

constexpr int repeats_max = 100'000;

void print_table(const driver::RunRow& row) {
  using driver::seconds_text;
  const auto time = [](const std::optional<double>& seconds) {
    return seconds ? seconds_text(*seconds) : "-";
  };
  std::cout << row.status << (row.error.empty() ? "" : ": " + row.error) << "\n";
  if (row.status != "ok") return;
  std::cout << "total " << time(row.total_s) << ", of which merge " << time(row.merge_s) << "; verified in "
            << time(row.verify_s) << ", set up in " << time(row.setup_s) << "\n";
  std::cout << driver::aligned(
      {{"phase of the workers", "slowest", "mean", "last to finish"},
       {"  spawn", time(row.spawn_s_max), time(row.spawn_s_mean), time(row.path_spawn_s)},
       {"  read", time(row.read_s_max), time(row.read_s_mean), time(row.path_read_s)},
       {"  parse", time(row.parse_s_max), time(row.parse_s_mean), time(row.path_parse_s)},
       {"  sort", time(row.sort_s_max), time(row.sort_s_mean), time(row.path_sort_s)},
       {"  wait", time(row.wait_s_max), time(row.wait_s_mean), time(row.path_wait_s)},
       {"  transfer", time(row.transfer_s_max), time(row.transfer_s_mean), time(row.path_transfer_s)}});
  if (row.transfer_bytes_per_s) {
    std::cout << driver::bytes_text(row.payload_bytes.value_or(0)) << " moved at "
              << driver::rate_text(*row.transfer_bytes_per_s);
    if (row.steps) std::cout << " in " << static_cast<std::uint64_t>(*row.steps) << " steps";
    std::cout << "\n";
  } else if (row.handover == "lend") {
    std::cout << driver::bytes_text(row.payload_bytes.value_or(0)) << " lent and handed over in "
              << time(row.transfer_window_s) << "; nothing was moved\n";
  }
  std::cout << "CPU time: parent " << time(row.parent_user_s) << " user " << time(row.parent_system_s)
            << " system, workers " << time(row.workers_user_s) << " user " << time(row.workers_system_s)
            << " system\n";
}

void print_json(const driver::RunRow& row) {
  nlohmann::ordered_json json;
  for (const auto& column : driver::run_columns()) {
    const std::string text = column.get(row);
    // Numbers stay numbers; an absent value is null. A list of CPUs is text, even if it is one CPU.
    const auto parsed = nlohmann::ordered_json::parse(text, nullptr, false);
    auto& value = json[std::string{column.name}];  // null
    if (parsed.is_number() && column.name != "cpus") {
      value = parsed;
    } else if (!text.empty()) {
      value = text;
    }
  }
  std::cout << json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << "\n";
}

void print_row(const driver::RunRow& row, const std::string& format) {
  if (format == "table") {
    print_table(row);
  } else if (format == "json") {
    print_json(row);
  } else {
    std::cout << driver::header_line(driver::run_columns()) << driver::row_line(driver::run_columns(), row);
  }
}

const driver::Cell& only_cell(const driver::Plan& plan) {
  if (plan.cells.size() == 1) return plan.cells.front();
  std::string cells;
  for (std::size_t i = 0; i < std::min<std::size_t>(plan.cells.size(), 3); ++i) {
    cells += "\n  " + driver::describe(plan.cells[i]);
  }
  throw UsageError("run measures one cell, these options describe " + std::to_string(plan.cells.size()) +
                   "; give one value each, or use sweep:" + cells + (plan.cells.size() > 3 ? "\n  ..." : ""));
}

}  // namespace

Usage run_usage() {
  OptionGroup general("General");
  // clang-format off
  general.add_options()
      ("help,h", "this text")
      ("preset", one_value("WORD"), preset_names().c_str())
      ("config", one_value("FILE"), "file with lines OPTION = VALUE")
      ("deadline", one_value("TIME", "5m"), "after this a run is ended, e.g. 500ms, 90s, 5m")
      ("repeat", one_value("COUNT", "1"), "runs one after the other; the figures are their means")
      ("format", one_value("WORD", "table"), "table|csv|json");
  // clang-format on
  add_profile_option(general);
  return {.examples = {{"ipcsort run --transports pipe --workers 4 --numbers 10M", "where does its time go?"},
                       {"ipcsort run --transports pipe:capacity=1M --workers 4 --input a.txt b.txt",
                        "an option of the transport, your own numbers"},
                       {"ipcsort run --transports serial --preset lecture --format json",
                        "the lecture's work in one process, for programs"}},
          .description =
              "One verified run of one transport. The options are those of sweep, with one value each.",
          .groups = {general, axis_options(), setting_options(), data_options()},
          .silent = {schedule_options()},  // a preset or a sweep's file may say them
          .operands = {},
          .exits = with_profile_exits()};
}

int run(const Arguments& arguments) {
  po::variables_map values = arguments.values;
  if (values.count("transports") == 0 && values.count("config") == 0) {
    throw UsageError("run needs --transports NAME; ipcsort list shows the names");
  }
  layer(values, taken_options(run_usage()),
        {values.count("preset") != 0 ? preset_text(values["preset"].as<std::string>()) : "",
         "references = none\n", default_text()});
  const std::string format = values["format"].as<std::string>();
  if (format != "table" && format != "csv" && format != "json") {
    throw UsageError("--format is table, csv or json, not '" + sys::printable(format) + "'");
  }
  schedule_from(values);  // of no use here, but a mistake in it is one none the less
  driver::Grid grid = grid_from(arguments.registry, values);
  grid.repeats = static_cast<int>(whole_number(values, "repeat", 1, repeats_max));
  const datagen::CacheOptions cache = cache_from(values);
  const sys::Nanoseconds deadline_ns = parse_duration(values["deadline"].as<std::string>(), "deadline");
  const driver::Sabotage sabotage = sabotage_from_environment(grid.workers);

  sys::clean_dead_logs();
  sys::Interrupts interrupts;
  try {
    driver::Progress progress(driver::Progress::detect(format != "table"));
    driver::Datasets datasets;
    if (!grid.data.inputs.empty()) datasets = input_data(grid, interrupts);
    driver::Plan plan = with_profiles(profiles_from(values), make_plan(grid)).plan;
    const driver::Cell& cell = only_cell(plan);
    skip_what_does_not_fit(plan, datasets, driver::memory_available());
    driver::RunRow row = row_for(cell, {}, plan.data);
    if (!cell.skip_reason.empty()) {
      row.status = "skipped";
      row.error = cell.skip_reason;
    } else {
      if (datasets.empty()) datasets = prepare_data(plan, cache, progress, interrupts);
      driver::ForkingRunner runner(datasets, interrupts, deadline_ns, sabotage);
      row = measure(cell, {}, plan.data, runner, {});
    }
    print_row(row, format);
    if (row.status == "interrupted") return exit_interrupted(interrupts.signal());
    return row.status == "ok" ? exit_done : exit_failed;
  } catch (const gate::NotComparable& error) {
    std::cerr << "ipcsort: " << error.what() << "\n";
    return exit_not_comparable;
  } catch (const datagen::Interrupted&) {
    std::cerr << "ipcsort: interrupted before the run\n";
    return exit_interrupted(interrupts.signal());
  }
}

}  // namespace ipcsort::commands
