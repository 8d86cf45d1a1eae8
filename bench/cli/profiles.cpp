#include "bench/cli/profiles.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <iostream>
#include <nlohmann/json.hpp>

#include "bench/host/fingerprint.hpp"
#include "bench/host/machine.hpp"
#include "bench/results/directory.hpp"
#include "bench/text/units.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::cli {
namespace {

constexpr std::string_view defaults_name = "default";
constexpr std::string_view tuned_name = "tuned";

tune::Source load(const std::string& name) {
  const bool own = name == tuned_name;
  tune::Source source{name, tune::load_profile(own ? tune::tuned_path : name)};
  const nlohmann::ordered_json here = host::machine_facts();
  const std::vector<std::string> differences =
      results::differing_surroundings({{"machine", source.profile->machine}}, {{"machine", here}});
  if (differences.empty()) return source;
  const bool same_class = host::differing_facts(source.profile->machine, here).empty();
  const std::string sentence =
      fmt::format("profile {} was tuned {} ({})", sys::printable(own ? tune::tuned_path : name),
                  same_class ? "otherwise than this program runs now" : "on a machine of another class",
                  sys::join(differences, "; "));
  if (own && !same_class)
    throw NotComparable(sentence + "; make it anew with ipcsort tune, or give the file's name");
  std::cerr << "ipcsort: " << sentence << "; its options may not be the best here\n";
  return source;
}

void warn_of_other_workers(const tune::Source& source, const cell::Plan& plan) {
  const auto differs = [&](const cell::Cell& cell) {
    return cell.subject.kind == pipeline::SubjectKind::transport && cell.workers != source.profile->workers;
  };
  if (std::ranges::any_of(plan.cells, differs)) {
    std::cerr << fmt::format(
        "ipcsort: profile {} was tuned with {}; with another number its options may not be the best\n",
        sys::printable(source.name),
        text::count_text(static_cast<std::size_t>(source.profile->workers), "worker"));
  }
}

}  // namespace

Option profile_option() {
  // clang-format off
  return {"profile", "WORDS", "default|tuned|FILE: options of the transports for which none are given; tuned is what ipcsort tune found, FILE is one of its; or several side by side: default,tuned"};
  // clang-format on
}

std::vector<tune::Source> profiles_named(const std::optional<std::string>& names) {
  std::vector<tune::Source> sources;
  if (!names) return sources;
  for (const std::string& name : sys::split(*names, ',')) {
    if (name.empty()) throw UsageError("--profile has an empty name; it takes default, tuned or a file");
    if (std::ranges::find(sources, name, &tune::Source::name) != sources.end()) continue;
    sources.push_back(name == defaults_name ? tune::Source{name, {}} : load(name));
  }
  return sources;
}

tune::Applied with_profiles(const std::vector<tune::Source>& sources, const cell::Plan& plan) {
  if (sources.empty()) return {plan, {}};
  tune::Applied applied = tune::apply_profiles(plan, sources);
  for (const tune::Source& source : sources) {
    if (source.profile) warn_of_other_workers(source, plan);
  }
  for (const std::string& sentence : remarks(applied)) std::cerr << "ipcsort: " << sentence << "\n";
  return applied;
}

}  // namespace ipcsort::cli
