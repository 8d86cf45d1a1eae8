// SIGINT and SIGTERM end the measuring, not the program: what is left to measure is skipped with an error,
// and the JSON is whole all the same.
#pragma once

#include <string>

namespace ipcsort::messages {

void install_interruption();

// The signal that has arrived, 0 for none.
int interrupting_signal() noexcept;

// Why nothing more is measured: "interrupted" when such a signal has arrived, otherwise "".
std::string interruption();

}  // namespace ipcsort::messages
