// A verb of the command line: one file each, dispatched by main.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "transports/registry.hpp"

namespace ipcsort::commands {

inline constexpr int exit_done = 0;
inline constexpr int exit_usage = 2;   // wrong usage, configuration or input
inline constexpr int exit_failed = 3;  // a run failed, or nothing was measured

// 128 + the signal, as shells have it: 130 for SIGINT.
constexpr int exit_interrupted(int signal) { return 128 + signal; }

struct Arguments {
  const Registry& registry;
  std::vector<std::string> words;  // after the command's name
};

struct Command {
  std::string_view name;
  std::string_view summary;
  int (*execute)(const Arguments&);
};

// Each returns an exit status; errors are thrown: UsageError and ParseError end in exit_usage, the rest in
// exit_failed.
int clean(const Arguments& arguments);
int export_results(const Arguments& arguments);
int gen(const Arguments& arguments);
int list(const Arguments& arguments);
int micro(const Arguments& arguments);
int report(const Arguments& arguments);
int run(const Arguments& arguments);
int sweep(const Arguments& arguments);

}  // namespace ipcsort::commands
