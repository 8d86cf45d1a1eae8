// Facts about this build, filled in by CMake (build_info.cpp.in) at each build.
#pragma once

#include <string_view>

namespace ipcsort::host::build_info {

// What the program asks of the kernel, because of pidfd_open(2); a transport may need a later one.
inline constexpr std::string_view kernel_needed = "Linux 5.3 or later";

extern const char* const version;
extern const char* const git_commit;   // "unknown" outside a checkout
extern const char* const commit_date;  // 2026-01-31; "unknown" outside a checkout
extern const bool git_dirty;
extern const char* const compiler;
extern const char* const flags;
extern const char* const build_type;

}  // namespace ipcsort::host::build_info
