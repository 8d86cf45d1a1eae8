// What is decided about rows and written beside them, for those who read results without this program: the
// page and its charts, first of all.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "bench/messages/findings.hpp"
#include "bench/results/findings.hpp"

namespace ipcsort::commands {

using Texts = std::vector<std::pair<std::string_view, std::string>>;  // by the names of their files

// Of every CSV file of the program.
std::string schema_json();

Texts decisions_of(const results::Findings& findings);
Texts decisions_of(const messages::MicroFindings& findings);

// A file that says the same already stays as it is. Throws std::system_error.
void write_texts(const std::string& directory, const Texts& texts);

}  // namespace ipcsort::commands
