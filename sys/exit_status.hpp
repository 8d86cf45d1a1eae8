// What the program's exit status says, for every command.
#pragma once

namespace ipcsort {

inline constexpr int exit_done = 0;            // also: nothing regressed
inline constexpr int exit_regressed = 1;       // the verdict is no
inline constexpr int exit_usage = 2;           // wrong usage, configuration or input
inline constexpr int exit_failed = 3;          // a run failed, or nothing was measured or compared
inline constexpr int exit_inconclusive = 4;    // only where the user is strict about it
inline constexpr int exit_not_comparable = 5;  // made on another machine, by another plan or program

// 128 + the signal, as shells have it: 130 for SIGINT.
constexpr int exit_interrupted(int signal) { return 128 + signal; }

}  // namespace ipcsort
