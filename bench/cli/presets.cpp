#include "bench/cli/presets.hpp"

#include <fmt/core.h>

#include <utility>
#include <vector>

#include "bench/pipeline/settings.hpp"
#include "bench/sweep/schedule.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::cli {
namespace {

// The name and the text of each.
constexpr std::pair<std::string_view, std::string_view> presets[] = {
#include "bench/cli/presets.inc"
};

std::vector<std::string> names() {
  std::vector<std::string> all;
  for (const auto& [name, _] : presets) all.emplace_back(name);
  return all;
}

}  // namespace

std::string_view preset_text(const std::string& name) {
  for (const auto& [known, text] : presets) {
    if (known == name) return text;
  }
  throw UsageError(fmt::format("there is no preset '{}'; there are {}{}", sys::printable(name),
                               preset_names(), sys::hint(name, names())));
}

std::string preset_names() { return sys::join(names(), "|"); }

std::string_view default_text() {
  static const std::string text = [] {
    std::string lines;
    for (const pipeline::SettingRow& setting : pipeline::settings())
      lines += fmt::format("{} = {}\n", setting.name, setting.word_of({}));
    const sweep::Schedule schedule;
    return lines + fmt::format(R"(transports = all
files = 4
numbers = 1M
workers = 2
distribution = uniform
data-seed = 1
blocks = {}
blocks-max = {}
decide = {}
precision = {:.0f}%
time-budget = none
run-time = {:.0f}ms
attempts = {}
warmup = {}
)",
                               schedule.blocks, schedule.blocks_max, pipeline::to_string(schedule.decide),
                               schedule.precision * 100, schedule.run_time_s * 1000, schedule.attempts_max,
                               schedule.warmup_blocks);
  }();
  return text;
}

}  // namespace ipcsort::cli
