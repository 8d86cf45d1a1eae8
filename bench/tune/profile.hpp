// What tuning found, and the file that keeps it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "bench/stats/paired.hpp"
#include "transports/transport.hpp"

namespace ipcsort::tune {

// Of profile files; another one is another form.
inline constexpr int profile_schema = 1;

// Where `tune` writes and `--profile tuned` reads.
inline constexpr const char* tuned_path = "results/profile-tuned.json";

// An option of a tuned set: how many times as long a run takes when it alone is put back to its default.
struct Worth {
  std::string option;
  std::string value;
  stats::Ratio without;
};

// A candidate of a race and what became of it.
struct Raced {
  int stage = 1;  // 1: options alone, or all combinations; 2: the best of each together
  Options options;
  std::size_t blocks = 0;
  std::optional<double> to_default;  // its time over the default's
  std::string dropped;               // why; "" for one that was left
};

enum class Decision {
  tuned,      // faster than the defaults beyond doubt
  defaults,   // nothing was
  undecided,  // the budget was over before it could be told; the defaults stay
  failed,     // a run with the defaults failed
};
inline constexpr Decision all_decisions[] = {Decision::tuned, Decision::defaults, Decision::undecided,
                                             Decision::failed};
std::string_view to_string(Decision decision) noexcept;

// One transport at one size.
struct ProfileEntry {
  std::string transport;
  std::uint64_t numbers = 0;
  std::optional<double> payload_bytes;  // of a run with the defaults
  Decision decision = Decision::undecided;
  std::string reason;                        // of any other decision than tuned
  Options options;                           // what to use; empty for the defaults
  std::optional<double> default_s, tuned_s;  // transfer, medians of the confirmation
  std::optional<stats::Ratio> gain;          // the default's time over that of `options`
  std::vector<Worth> worth;
  std::vector<Raced> raced;    // the default first
  bool race_complete = false;  // no stage was ended by the budget
  std::size_t runs = 0;        // rows, each of `repeats` runs
  std::size_t disturbed = 0;   // of these
  int repeats = 1;
};

struct Profile {
  nlohmann::ordered_json about;  // version, git, compiler ..., argv, when, how: as meta.json has it
  nlohmann::ordered_json machine;
  std::string transfer;  // that the options are for, steady or barrier
  int workers = 0;
  std::uint32_t files = 0;
  std::vector<ProfileEntry> entries;
};

nlohmann::ordered_json to_json(const Profile& profile);

// Throws UsageError that begins with `name` and says what is wrong.
Profile profile_from(const std::string& text, const std::string& name);

// Reads a file. Throws UsageError when it cannot be read, or is no profile.
Profile load_profile(const std::string& path);

// The transport's entry whose size is nearest to `numbers`, by ratio; nothing if it has none.
const ProfileEntry* nearest_entry(const Profile& profile, std::string_view transport,
                                  std::uint64_t numbers) noexcept;

}  // namespace ipcsort::tune
