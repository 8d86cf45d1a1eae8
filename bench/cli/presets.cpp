#include "bench/cli/presets.hpp"

#include <cmath>

#include "bench/pipeline/settings.hpp"
#include "bench/sweep/schedule.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::cli {
namespace {

struct Preset {
  std::string_view name;
  std::string_view text;
};

constexpr Preset presets[] = {
    {"smoke", R"(# Does everything work? A few seconds, no conclusions.
files = 2
numbers = 100K
workers = 2
transfer = barrier
handover = copy,lend
blocks = 1
blocks-max = 1
run-time = 0
attempts = 1
)"},
    {"quick", R"(# Which transport is best here? A few minutes on two cores.
files = 4
numbers = 100K,1M,5M
workers = 1,4
transfer = barrier
handover = copy,lend
blocks = 6
blocks-max = 12
time-budget = 4m
run-time = 20ms
)"},
    {"ci",
     R"(# Has something become slower? For ipcsort ab: every transport, small, as many runs as a verdict takes.
files = 2
numbers = 100K
workers = 2
transfer = barrier
handover = copy,lend
run-time = 20ms
)"},
    {"full", R"(# The whole picture; hours on a small machine.
files = 1,4,16
numbers = 100K,1M,10M,80M
workers = 1,2,4,8
transfer = overlap,barrier
handover = copy,lend
blocks = 8
blocks-max = 30
)"},
    {"lecture",
     R"(# The program of the lecture: 4 files, 20 million numbers each, fscanf, qsort, worker after worker, laid end to end.
files = 4
numbers = 80M
workers = 4
transfer = overlap
sorter = qsort
parser = fscanf
drain = sequential
merge = concat
pages = base
blocks = 3
blocks-max = 3
attempts = 1
warmup = 0
)"},
};

std::string settings_text() {
  std::string text;
  for (const pipeline::SettingRow& setting : pipeline::settings())
    text += std::string{setting.name} + " = " + std::string{setting.word_of({})} + "\n";
  return text;
}

std::string schedule_text(const sweep::Schedule& schedule) {
  const auto scaled = [](double value, double by) { return std::to_string(std::lround(value * by)); };
  return "blocks = " + std::to_string(schedule.blocks) +
         "\nblocks-max = " + std::to_string(schedule.blocks_max) +
         "\nprecision = " + scaled(schedule.precision, 100) +
         "%\ntime-budget = none\nrun-time = " + scaled(schedule.run_time_s, 1000) +
         "ms\nattempts = " + std::to_string(schedule.attempts_max) +
         "\nwarmup = " + std::to_string(schedule.warmup_blocks) + "\n";
}

}  // namespace

std::string_view preset_text(const std::string& name) {
  for (const Preset& preset : presets) {
    if (preset.name == name) return preset.text;
  }
  throw UsageError("there is no preset '" + sys::printable(name) + "'; there are " + preset_names() +
                   sys::hint(name, sys::split(preset_names(), '|')));
}

std::string preset_names() {
  std::string names;
  for (const Preset& preset : presets) names += (names.empty() ? "" : "|") + std::string{preset.name};
  return names;
}

std::string_view default_text() {
  static const std::string text = settings_text() + R"(transports = all
files = 4
numbers = 1M
workers = 2
distribution = uniform
data-seed = 1
)" + schedule_text(sweep::Schedule{});
  return text;
}

}  // namespace ipcsort::cli
