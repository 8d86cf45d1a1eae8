#include <fmt/core.h>

#include <algorithm>

#include "bench/cli/options.hpp"
#include "bench/commands/commands.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::cli {
namespace {

using namespace commands;

constexpr Command table[] = {
    {"sweep", "measure a grid of transports, sizes and worker counts; table, CSV and charts", commands::sweep,
     sweep_usage},
    {"recommend", "which transport to take, for a size and what it has to be able to; an answer in a minute",
     commands::recommend, recommend_usage},
    {"run", "one run of one transport, with its phases", run, run_usage},
    {"tune", "the best options of each transport on this machine, and what each is worth", commands::tune,
     tune_usage},
    {"ab", "has another ipcsort become slower? both in turn, until each cell is decided", ab, ab_usage},
    {"selftest", "how far the verdicts of ab can be trusted on this machine", selftest, selftest_usage},
    {"report", "table, finding and charts of a sweep that was recorded", report, report_usage},
    {"export", "a sweep that was recorded, in the formats of other tools", export_results, export_usage},
    {"micro", "each transport message by message, and the kernels, with Google Benchmark", micro,
     micro_usage},
    {"compare", "two recorded sweeps, cell by cell: what regressed", compare, compare_usage},
    {"list", "the transports there are, and what each is", list, list_usage},
    {"doctor", "what this machine does to figures, and how to measure on it", commands::doctor, doctor_usage},
    {"gen", "write files of integers", gen, gen_usage},
    {"clean", "remove what killed runs and old data left behind", clean, clean_usage},
    {"help", "all about a command", help, help_usage},
    {"completion", "the words of this program, for a shell to complete", completion, completion_usage},
    {"manual", "a page of the manual, for man", manual, manual_usage},
};

}  // namespace

std::span<const Command> all_commands() noexcept { return table; }

const Command& command_named(const std::string& name) {
  const auto found = std::ranges::find(table, name, &Command::name);
  if (found != std::end(table)) return *found;
  std::vector<std::string> known;
  for (const cli::Command& command : table) known.emplace_back(command.name);
  const std::string meant = sys::nearest(name, known);
  throw UsageError(fmt::format("there is no {} '{}'; {}", name.starts_with('-') ? "option" : "command",
                               sys::printable(name),
                               meant.empty() ? "ipcsort --help shows all" : "did you mean " + meant + "?"));
}

Usage program_usage() {
  // clang-format off
  cli::OptionGroup options{"Options", {
      cli::help_option("this text; with a command, all about it"),
      {"version", "", "version, commit, compiler and kind of build"}}};
  // clang-format on
  return {
      .examples = {{"ipcsort sweep",
                    "which transport is best here? the quick sweep over everything, four minutes"},
                   {"ipcsort report", "the newest sweep again: table, finding, charts"},
                   {"ipcsort run --transports pipe --workers 4", "one run, phase by phase"},
                   {"ipcsort sweep --help", "all about a command"}},
      .description =
          "Measures how sorted data gets from worker processes to their parent, transport against transport, "
          "on this machine.",
      .groups = {options},
      .operands = {"", "COMMAND [WORD]..."},
      .exits = {{exit_done, "done"},
                {exit_regressed, "the verdict is no: something regressed"},
                {exit_usage, "wrong usage or input"},
                {exit_failed, "a run failed, or nothing was measured"},
                {exit_inconclusive, "inconclusive (with --strict)"},
                {exit_not_comparable, "not comparable"},
                {exit_interrupted(2), "interrupted (129 by SIGHUP, 143 by SIGTERM)"}},
  };
}

}  // namespace ipcsort::cli
