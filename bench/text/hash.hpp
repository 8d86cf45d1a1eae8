// A short name for a text.
#pragma once

#include <string>

namespace ipcsort::text {

// Sixteen hexadecimal digits (FNV-1a of 64 bits): for file names and looks, no protection against malice.
std::string hash_text(const std::string& text);

}  // namespace ipcsort::text
