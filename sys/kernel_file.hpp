// What the kernel says in small text files: /proc, /sys, cgroups. A file that is not there, or may not be
// read, says nothing; that is never an error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace ipcsort::sys {

std::optional<std::string> first_line(const std::string& path);

// The first line as a whole number; nothing if it is not one ("max").
std::optional<std::uint64_t> first_number(const std::string& path);

// What stands behind `separator` in the first line that begins with `key`, without blanks and quotes around
// it: "model name : X", "NAME=\"X\"".
std::optional<std::string> value_of(const std::string& path, std::string_view key, char separator);

}  // namespace ipcsort::sys
