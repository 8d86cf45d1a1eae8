#include "bench/tune/profile.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>
#include <limits>
#include <system_error>

#include "bench/results/directory.hpp"
#include "bench/text/json.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::tune {
namespace {

using nlohmann::ordered_json;

constexpr std::string_view kind = "ipcsort profile";
constexpr std::array<std::string_view, 4> decision_words = {"tuned", "defaults", "undecided", "failed"};

ordered_json optional_json(const std::optional<double>& value) {
  return value ? ordered_json(*value) : ordered_json();
}

ordered_json to_json(const stats::Ratio& ratio) {
  const auto& interval = ratio.interval;
  return {{"ratio", ratio.centre},
          {"ci_low", interval ? ordered_json(interval->low) : ordered_json()},
          {"ci_high", interval ? ordered_json(interval->high) : ordered_json()},
          {"blocks", ratio.pairs}};
}

ordered_json to_json(const Options& options) {
  ordered_json json = ordered_json::object();
  for (const auto& [name, value] : options) json[name] = value;
  return json;
}

ordered_json to_json(const ProfileEntry& entry) {
  ordered_json json = {{"transport", entry.transport},
                       {"numbers", entry.numbers},
                       {"payload_bytes", optional_json(entry.payload_bytes)},
                       {"decision", to_string(entry.decision)},
                       {"reason", entry.reason},
                       {"options", to_json(entry.options)},
                       {"default_transfer_s", optional_json(entry.default_s)},
                       {"tuned_transfer_s", optional_json(entry.tuned_s)},
                       {"gain", entry.gain ? to_json(*entry.gain) : ordered_json()},
                       {"worth", ordered_json::array()},
                       {"race_complete", entry.race_complete},
                       {"runs", entry.runs},
                       {"runs_disturbed", entry.disturbed},
                       {"repeats", entry.repeats},
                       {"raced", ordered_json::array()}};
  for (const Worth& worth : entry.worth) {
    json["worth"].push_back(
        {{"option", worth.option}, {"value", worth.value}, {"without", to_json(worth.without)}});
  }
  for (const Raced& raced : entry.raced) {
    json["raced"].push_back({{"stage", raced.stage},
                             {"options", to_json(raced.options)},
                             {"blocks", raced.blocks},
                             {"time_to_default", optional_json(raced.to_default)},
                             {"dropped", raced.dropped}});
  }
  return json;
}

// ---- reading: what a member must be, and where it is when it is not ----

class Reader {
 public:
  Reader(const ordered_json& json, std::string where) : json_(json), where_(std::move(where)) {
    if (!json_.is_object()) refuse("is not an object");
  }

  [[noreturn]] void refuse(const std::string& what) const { throw UsageError(where_ + " " + what); }

  [[nodiscard]] const ordered_json& member(const char* name) const {
    const auto found = json_.find(name);
    if (found == json_.end()) refuse("has no " + std::string{name});
    return *found;
  }
  // That with what it must be, which is called `what`.
  [[nodiscard]] const ordered_json& member(const char* name, bool (ordered_json::*is)() const noexcept,
                                           const std::string& what) const {
    const ordered_json& value = member(name);
    if (!(value.*is)()) refuse(std::string{name} + " is " + what);
    return value;
  }
  [[nodiscard]] std::string text(const char* name) const {
    return member(name, &ordered_json::is_string, "not a text").get<std::string>();
  }
  [[nodiscard]] bool truth(const char* name) const {
    return member(name, &ordered_json::is_boolean, "neither true nor false").get<bool>();
  }
  [[nodiscard]] std::uint64_t count(const char* name, std::uint64_t least,
                                    std::uint64_t most = std::numeric_limits<std::uint64_t>::max()) const {
    const std::string what = "not a whole number of at least " + std::to_string(least);
    const auto value = member(name, &ordered_json::is_number_unsigned, what).get<std::uint64_t>();
    if (value < least) refuse(std::string{name} + " is " + what);
    if (value > most) refuse(std::string{name} + " is more than " + std::to_string(most));
    return value;
  }
  [[nodiscard]] std::optional<double> positive_if_any(const char* name) const {
    return member(name).is_null() ? std::nullopt : std::optional(positive(name));
  }
  [[nodiscard]] double positive(const char* name) const {
    const auto value = member(name, &ordered_json::is_number, "not above 0").get<double>();
    if (!(value > 0)) refuse(std::string{name} + " is not above 0");
    return value;
  }
  [[nodiscard]] Options options(const char* name) const {
    Options options;
    for (const auto& [option, value] : member(name, &ordered_json::is_object, "not an object").items()) {
      if (!value.is_string()) refuse(std::string{name} + ": " + sys::printable(option) + " is not a text");
      options.emplace(option, value.get<std::string>());
    }
    return options;
  }
  [[nodiscard]] Reader object(const char* name) const { return {member(name), where_ + ", " + name}; }
  [[nodiscard]] std::vector<Reader> list(const char* name) const {
    std::vector<Reader> readers;
    for (const ordered_json& item : member(name, &ordered_json::is_array, "not a list"))
      readers.emplace_back(item, where_ + ", " + name + " " + std::to_string(readers.size() + 1));
    return readers;
  }

 private:
  const ordered_json& json_;
  std::string where_;
};

stats::Ratio ratio_from(const Reader& reader) {
  stats::Ratio ratio{reader.positive("ratio"), {}, reader.count("blocks", 0), {}};
  const auto low = reader.positive_if_any("ci_low"), high = reader.positive_if_any("ci_high");
  if (low && high) ratio.interval = {*low, *high};
  return ratio;
}

ProfileEntry entry_from(const Reader& reader) {
  ProfileEntry entry;
  entry.transport = reader.text("transport");
  entry.numbers = reader.count("numbers", 1);
  entry.payload_bytes = reader.positive_if_any("payload_bytes");
  const std::string decision = reader.text("decision");
  const auto known =
      std::ranges::find_if(all_decisions, [&](Decision each) { return to_string(each) == decision; });
  if (known == std::end(all_decisions)) reader.refuse("decision is '" + sys::printable(decision) + "'");
  entry.decision = *known;
  entry.reason = reader.text("reason");
  entry.options = reader.options("options");
  entry.default_s = reader.positive_if_any("default_transfer_s");
  entry.tuned_s = reader.positive_if_any("tuned_transfer_s");
  if (!reader.member("gain").is_null()) entry.gain = ratio_from(reader.object("gain"));
  for (const Reader& worth : reader.list("worth"))
    entry.worth.push_back({worth.text("option"), worth.text("value"), ratio_from(worth.object("without"))});
  entry.race_complete = reader.truth("race_complete");
  entry.runs = reader.count("runs", 0);
  entry.disturbed = reader.count("runs_disturbed", 0);
  entry.repeats = static_cast<int>(std::min<std::uint64_t>(reader.count("repeats", 1), 1'000'000));
  for (const Reader& raced : reader.list("raced")) {
    entry.raced.push_back({static_cast<int>(raced.count("stage", 1, 2)), raced.options("options"),
                           raced.count("blocks", 0), raced.positive_if_any("time_to_default"),
                           raced.text("dropped")});
  }
  return entry;
}

}  // namespace

std::string_view to_string(Decision decision) noexcept {
  return decision_words.at(static_cast<std::size_t>(decision));
}

ordered_json to_json(const Profile& profile) {
  ordered_json json = {{"kind", kind},
                       {"schema", profile_schema},
                       {"about", profile.about},
                       {"machine", profile.machine},
                       {"transfer", profile.transfer},
                       {"workers", profile.workers},
                       {"files", profile.files},
                       {"entries", ordered_json::array()}};
  for (const ProfileEntry& entry : profile.entries) json["entries"].push_back(to_json(entry));
  return json;
}

Profile profile_from(const std::string& text, const std::string& name) {
  ordered_json json;
  try {
    json = text::parse_json(text);
  } catch (const ordered_json::parse_error&) {
    throw UsageError(name + " is not JSON; make it anew with ipcsort tune");
  }
  const Reader reader(json, name);
  if (!json.contains("kind") || json["kind"] != kind)
    reader.refuse("is not a profile; ipcsort tune makes one");
  if (const std::uint64_t schema = reader.count("schema", 0); schema != profile_schema) {
    reader.refuse("is a profile of form " + std::to_string(schema) + ", this program reads form " +
                  std::to_string(profile_schema) + "; make it anew with ipcsort tune");
  }
  Profile profile;
  profile.about = reader.member("about");
  profile.machine = reader.member("machine");
  profile.transfer = json.contains("transfer") ? reader.text("transfer") : "barrier";  // as 0.1.0 had it
  constexpr std::uint64_t int_max = 1 << 30;
  profile.workers = static_cast<int>(reader.count("workers", 1, int_max));
  profile.files = static_cast<std::uint32_t>(reader.count("files", 1, int_max));
  for (const Reader& entry : reader.list("entries")) profile.entries.push_back(entry_from(entry));
  return profile;
}

Profile load_profile(const std::string& path) {
  std::string text;
  try {
    text = sys::read_file(path);
  } catch (const std::system_error& error) {
    throw UsageError("profile " + sys::printable(path) + " cannot be read: " + error.code().message() +
                     "; ipcsort tune makes one");
  }
  return profile_from(text, "profile " + sys::printable(path));
}

const ProfileEntry* nearest_entry(const Profile& profile, std::string_view transport,
                                  std::uint64_t numbers) noexcept {
  const auto distance = [&](const ProfileEntry& entry) {
    return std::abs(std::log(static_cast<double>(entry.numbers)) - std::log(static_cast<double>(numbers)));
  };
  const ProfileEntry* nearest = nullptr;
  for (const ProfileEntry& entry : profile.entries) {
    if (entry.transport == transport && (nearest == nullptr || distance(entry) < distance(*nearest)))
      nearest = &entry;
  }
  return nearest;
}

}  // namespace ipcsort::tune
