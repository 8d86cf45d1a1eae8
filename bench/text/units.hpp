// Figures as people read them: three digits and a unit.
//
// Bytes, in every table, message and chart: what is counted (payloads, files, memory in use, rates) has
// decimal units, kB MB GB = 10^3 10^6 10^9; what is set in powers of two (message sizes, buffers, caches,
// limits of the kernel) has binary ones, KiB MiB = 2^10 2^20, as it is written in options: 64K, 1M.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace ipcsort::text {

std::string fixed(double value, int decimals);   // "1.02"
std::string seconds_text(double seconds);        // "213 ms"
std::string bytes_text(double bytes);            // "40.0 MB", decimal
std::string size_text(std::uint64_t bytes);      // "64 KiB", binary where it is a whole number of these
std::string rate_text(double bytes_per_second);  // "3.21 GB/s"
std::string percent_text(double share, int decimals = 0);             // "34 %" for 0.34
std::string share_text(double share);                                 // "3.4 %", "34 %"
std::string change_text(double change, int decimals = 0);             // "+5.3 %" for 0.053 with one decimal
std::string count_text(std::size_t count, const std::string& thing);  // "1 cell", "3 cells"
std::string duration_text(double seconds);                            // "1 min 20 s"

// A table with its columns aligned: the first to the left, the others to the right.
std::string aligned(const std::vector<std::vector<std::string>>& rows);

}  // namespace ipcsort::text
