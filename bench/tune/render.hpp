// What tuning found, as people and other programs read it.
#pragma once

#include <string>

#include "bench/text/style.hpp"
#include "bench/tune/profile.hpp"

namespace ipcsort::tune {

// A table of all entries, what each option is worth, and why the defaults stay where they do.
std::string table_text(const Profile& profile, const text::Look& look = {});

// The table of all entries as GitHub has them.
std::string markdown_text(const Profile& profile);

// What was decided about one entry, as progress says it.
std::string line_text(const ProfileEntry& entry);

// "2.50 times as fast (2.41 to 2.60)"
std::string gain_text(const stats::Ratio& gain);

// A line per entry; the header says what is in it.
std::string csv_text(const Profile& profile);

// How far two profiles of one machine agree: in how many of the cells that both have they chose the same
// options and their gains' intervals overlap, and what differs. "" when they have none in common.
std::string agreement_text(const Profile& before, const Profile& now);

}  // namespace ipcsort::tune
