// Runs another program and takes what it prints.
#pragma once

#include <string>
#include <vector>

#include "sys/process.hpp"

namespace ipcsort::sys {

struct ProgramResult {
  int wait_status = 0;  // as waitpid(2) reports it; 127 << 8 when the program could not be started
  std::string output;   // its standard output; standard error goes where ours goes unless it was silenced

  [[nodiscard]] bool succeeded() const noexcept { return wait_status == 0; }
};

enum class Stderr { inherit, silence };

// `words[0]` is looked up in PATH. Blocks until the program has ended. Throws std::system_error when not even
// a process can be made.
ProgramResult run_program(const std::vector<std::string>& words, Stderr errors,
                          const std::vector<std::string>& extra_environment = {});

// Starts `words[0]`, looked up in PATH, with its standard output going to `out_fd`; it dies with this
// process. A program that cannot be started ends with status 127. Throws std::system_error when not even a
// process can be made.
Child start_program(const std::vector<std::string>& words, int out_fd);

}  // namespace ipcsort::sys
