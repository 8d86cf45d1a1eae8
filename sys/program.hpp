// Runs another program and takes what it prints.
#pragma once

#include <cstddef>
#include <limits>
#include <string>
#include <vector>

#include "sys/clock.hpp"
#include "sys/process.hpp"

namespace ipcsort::sys {

enum class Ending { by_itself, timed_out, stopped };

struct ProgramResult {
  int wait_status = 0;  // as waitpid(2) reports it; 127 << 8 when the program could not be started
  std::string output;   // its standard output
  std::string errors;   // its standard error, with Stderr::take
  Ending ending = Ending::by_itself;

  [[nodiscard]] bool succeeded() const noexcept { return ending == Ending::by_itself && wait_status == 0; }
};

enum class Stderr { inherit, silence, take };

// With a deadline or a stop_fd the program gets a process group of its own, and an empty standard input: it
// and all it has started are then ended together, first by SIGTERM and, where that does not help, by SIGKILL;
// signals from the terminal do not reach it.
struct ProgramLimits {
  Nanoseconds deadline_ns = 0;  // from its start; 0: none
  int stop_fd = -1;             // when it becomes readable, the program is ended; it is not read
  std::size_t output_bytes_max =
      std::numeric_limits<std::size_t>::max();  // what is printed beyond is dropped
};

// `words[0]` is looked up in PATH. Blocks until the program has ended; what programs left behind by it print
// later is not waited for. Throws std::system_error when not even a process can be made.
ProgramResult run_program(const std::vector<std::string>& words, Stderr errors,
                          const std::vector<std::string>& extra_environment = {},
                          const ProgramLimits& limits = {});

// Starts `words[0]`, looked up in PATH, with its standard output going to `out_fd`; it dies with this
// process. A program that cannot be started ends with status 127. Throws std::system_error when not even a
// process can be made.
Child start_program(const std::vector<std::string>& words, int out_fd);

}  // namespace ipcsort::sys
