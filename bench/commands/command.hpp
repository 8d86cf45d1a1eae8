// A verb of the command line: one file each, dispatched by main.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "sys/exit_status.hpp"
#include "transports/registry.hpp"

namespace ipcsort::commands {

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
int ab(const Arguments& arguments);
int clean(const Arguments& arguments);
int compare(const Arguments& arguments);
int doctor(const Arguments& arguments);
int export_results(const Arguments& arguments);
int gen(const Arguments& arguments);
int list(const Arguments& arguments);
int micro(const Arguments& arguments);
int report(const Arguments& arguments);
int run(const Arguments& arguments);
int selftest(const Arguments& arguments);
int sweep(const Arguments& arguments);
int tune(const Arguments& arguments);

}  // namespace ipcsort::commands
