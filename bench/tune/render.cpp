#include "bench/tune/render.hpp"

#include <algorithm>

#include "bench/cell/plan.hpp"
#include "bench/text/csv.hpp"
#include "bench/text/table.hpp"
#include "bench/text/units.hpp"
#include "sys/text.hpp"

namespace ipcsort::tune {
namespace {

using text::fixed;

std::string cell_text(const ProfileEntry& entry) {
  return entry.transport + ", " + sys::format_count(entry.numbers) + " numbers";
}

std::string options_or_defaults(const Options& options) {
  return options.empty() ? "defaults" : cell::options_text(options);
}

std::string interval_text(const stats::Ratio& ratio) {
  return ratio.interval ? fixed(ratio.interval->low, 2) + " to " + fixed(ratio.interval->high, 2) : "-";
}

bool is_tuned(const ProfileEntry& entry) { return entry.decision == Decision::tuned; }

std::size_t dropped_of(const ProfileEntry& entry) {
  return static_cast<std::size_t>(
      std::ranges::count_if(entry.raced, [](const Raced& raced) { return !raced.dropped.empty(); }));
}

std::string race_text(const ProfileEntry& entry) {
  if (entry.raced.empty()) return {};
  return " (" + std::to_string(entry.raced.size()) + " sets raced, " + std::to_string(dropped_of(entry)) +
         " dropped, " + std::to_string(entry.runs) + " rows of " +
         text::count_text(static_cast<std::size_t>(entry.repeats), "run") +
         (entry.disturbed > 0 ? ", " + std::to_string(entry.disturbed) + " disturbed by others" : "") +
         (entry.race_complete ? ")" : "; its share of the budget ended the race)");
}

std::string worth_text(const Worth& worth) {
  const stats::Ratio& without = worth.without;
  return worth.option + "=" + worth.value + ": without it " + fixed(without.centre, 2) + " times as long (" +
         interval_text(without) + (without.slower() ? ")" : "; no gain beyond doubt)");
}

std::string optional_text(const std::optional<double>& value) { return text::field::write(value); }

text::Table table_of(const Profile& profile) {
  text::Table table{"",
                    {{"transport", true},
                     {"numbers"},
                     {"options", true},
                     {"default", false, 2},
                     {"tuned", false, 1},
                     {"times as fast"},
                     {"95 % interval", false, 3},
                     {"blocks", false, 4}},
                    {}};
  for (const ProfileEntry& entry : profile.entries) {
    const bool tuned = is_tuned(entry) && entry.gain;
    const auto time = [&](const std::optional<double>& seconds) {
      return tuned && seconds ? text::seconds_text(*seconds) : "-";
    };
    table.rows.push_back(
        {{entry.transport},
         {sys::format_count(entry.numbers)},
         {options_or_defaults(entry.options)},
         {time(entry.default_s)},
         {time(entry.tuned_s)},
         {tuned ? fixed(entry.gain->centre, 2) : "-", tuned ? text::Tint::good : text::Tint::none},
         {tuned ? interval_text(*entry.gain) : "-"},
         {tuned ? std::to_string(entry.gain->pairs) : "-"}});
  }
  return table;
}

// Behind the table: what each option is worth, and where the defaults stay.
std::string reasons_text(const Profile& profile) {
  std::string text = "\nWhat each option is worth: the time of the transfer (" + profile.transfer +
                     ") with it alone put back to its default.\n";
  for (const ProfileEntry& entry : profile.entries) {
    if (!is_tuned(entry)) continue;
    std::vector<std::string> parts;
    for (const Worth& worth : entry.worth) parts.push_back(worth_text(worth));
    if (parts.empty()) parts.emplace_back("the budget did not pay for measuring its options one by one");
    text += "  " + cell_text(entry) + ": " + sys::join(parts, "; ") + race_text(entry) + "\n";
  }
  if (std::ranges::none_of(profile.entries, is_tuned)) text += "  nothing is off its default\n";
  if (std::ranges::all_of(profile.entries, is_tuned)) return text;
  text += "\nWhere the defaults stay:\n";
  for (const ProfileEntry& entry : profile.entries) {
    if (!is_tuned(entry)) {
      text += "  " + cell_text(entry) + ", " + std::string{to_string(entry.decision)} + ": " + entry.reason +
              race_text(entry) + "\n";
    }
  }
  return text;
}

}  // namespace

std::string table_text(const Profile& profile, const text::Look& look) {
  return text::table_text(table_of(profile), look) + text::fitted(reasons_text(profile), look);
}

std::string markdown_text(const Profile& profile) { return text::markdown_text(table_of(profile)); }

std::string line_text(const ProfileEntry& entry) {
  if (!is_tuned(entry) || !entry.gain)
    return cell_text(entry) + ": " + std::string{to_string(entry.decision)} + ": " + entry.reason;
  return cell_text(entry) + ": " + cell::options_text(entry.options) + ", " + gain_text(*entry.gain);
}

std::string gain_text(const stats::Ratio& gain) {
  return fixed(gain.centre, 2) + " times as fast (" + interval_text(gain) + ")";
}

std::string csv_text(const Profile& profile) {
  std::string text = text::csv_line({"transport", "numbers", "payload_bytes", "decision", "options",
                                     "default_transfer_s", "tuned_transfer_s", "gain", "gain_ci_low",
                                     "gain_ci_high", "blocks", "worth", "candidates", "dropped",
                                     "race_complete", "runs", "runs_disturbed", "repeats", "reason"});
  for (const ProfileEntry& entry : profile.entries) {
    std::string worths;
    for (const Worth& worth : entry.worth) {
      worths += (worths.empty() ? "" : " ") + worth.option + "=" + worth.value + ":" +
                fixed(worth.without.centre, 3);
    }
    const stats::Ratio gain = entry.gain.value_or(stats::Ratio{});
    const auto& interval = gain.interval;
    text += text::csv_line({entry.transport, std::to_string(entry.numbers),
                            optional_text(entry.payload_bytes), std::string{to_string(entry.decision)},
                            cell::options_text(entry.options), optional_text(entry.default_s),
                            optional_text(entry.tuned_s), entry.gain ? optional_text(gain.centre) : "",
                            interval ? optional_text(interval->low) : "",
                            interval ? optional_text(interval->high) : "", std::to_string(gain.pairs), worths,
                            std::to_string(entry.raced.size()), std::to_string(dropped_of(entry)),
                            entry.race_complete ? "1" : "0", std::to_string(entry.runs),
                            std::to_string(entry.disturbed), std::to_string(entry.repeats), entry.reason});
  }
  return text;
}

std::string agreement_text(const Profile& before, const Profile& now) {
  std::size_t common = 0, same = 0, both_tuned = 0, overlapping = 0;
  std::vector<std::string> differences;
  for (const ProfileEntry& entry : now.entries) {
    const auto old = std::ranges::find_if(before.entries, [&](const ProfileEntry& each) {
      return each.transport == entry.transport && each.numbers == entry.numbers;
    });
    if (old == before.entries.end()) continue;
    ++common;
    if (old->options == entry.options) {
      ++same;
    } else {
      differences.push_back(cell_text(entry) + ": " + options_or_defaults(old->options) + " then, " +
                            options_or_defaults(entry.options) + " now");
    }
    if (!is_tuned(*old) || !is_tuned(entry) || !old->gain || !entry.gain) continue;
    ++both_tuned;
    const auto &a = old->gain->interval, &b = entry.gain->interval;
    overlapping += a && b && a->low <= b->high && b->low <= a->high ? 1U : 0U;
  }
  if (common == 0) return {};
  std::string text = "The profile that was there before chose the same options in " + std::to_string(same) +
                     " of " + std::to_string(common) + " cells";
  if (both_tuned > 0) {
    text += "; where both tuned, the intervals of the gains overlap in " + std::to_string(overlapping) +
            " of " + std::to_string(both_tuned);
  }
  text += ".\n";
  for (const std::string& difference : differences) text += "  " + difference + "\n";
  return text;
}

}  // namespace ipcsort::tune
