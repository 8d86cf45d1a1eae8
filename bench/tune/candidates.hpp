// Which sets of options of a transport are worth trying. Pure.
//
// All combinations would be dozens for most transports, and each costs a run in every block. So where they
// are more than a few, each value is first tried alone, and then the best values of each option in all
// combinations: a value that is only good together with another is found if it is among the best of its own
// option.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "transports/transport.hpp"

namespace ipcsort::tune {

// An option and what else it could be than its default.
struct Alternatives {
  std::string option;
  std::vector<std::string> values;
};

// A choice takes all its values, a size a short ladder around its default. What this machine refuses is in
// the list all the same: only a run can tell.
std::vector<Alternatives> alternatives_for(const Traits& traits);

// Sets of options, the defaults (no option set) first, then those with the fewest options off their defaults.
std::vector<Options> each_alone(const std::vector<Alternatives>& alternatives);
std::vector<Options> all_together(const std::vector<Alternatives>& alternatives);
std::size_t count_together(const std::vector<Alternatives>& alternatives) noexcept;

// What takes more than so many times as long alone is no better in company.
inline constexpr double hopeless_alone = 1.15;

// Of each option the best values, as many (of each equally) as make at most `sets_max` sets together; at
// least one. `time_of` is the time with that value alone over that with the defaults; a value without one is
// left out, and so is one that is hopeless.
using TimeAlone = std::function<std::optional<double>(const std::string& option, const std::string& value)>;
std::vector<Alternatives> most_promising(const std::vector<Alternatives>& alternatives,
                                         const TimeAlone& time_of, std::size_t sets_max);

}  // namespace ipcsort::tune
