#include "bench/cli/usage.hpp"

#include <algorithm>

#include "sys/text.hpp"

namespace ipcsort::cli {

Option help_option(std::string description) { return {"help", "", std::move(description), "", "h"}; }

std::vector<Option> taken_options(const Usage& usage) {
  std::vector<Option> all;
  for (const OptionGroup& group : usage.groups)
    all.insert(all.end(), group.options.begin(), group.options.end());
  all.insert(all.end(), usage.silent.begin(), usage.silent.end());
  return all;
}

bool is_list(const Option& option) {
  return option.value_name == "WORDS" || option.value_name == "TRANSPORTS";
}

std::vector<std::string> known_words(const Option& option) {
  if (option.value_name != "WORD" && option.value_name != "WORDS") return {};
  return sys::split(option.description.substr(0, option.description.find_first_of(" :;")), '|');
}

const std::vector<Outside>& environment_variables() {
  static const std::vector<Outside> all = {
      {"IPCSORT_PYTHON",
       "The Python interpreter that makes the page and its charts, instead of /usr/bin/python3 or the "
       "python3 of PATH. It needs matplotlib and jinja2.",
       {"sweep", "report"}},
      {"NO_COLOR", "If it is set and not empty, nothing is coloured.", {}},
      {"CLICOLOR_FORCE",
       "If it is set, not empty and not 0, what is coloured on a terminal is so everywhere.",
       {}},
      {"TERM", "If it is dumb, nothing is coloured unless CLICOLOR_FORCE says so.", {}},
      {"COLUMNS", "How wide lines may be where there is no terminal that tells.", {}},
      {"LC_ALL, LC_CTYPE, LANG", "Whether characters beyond ASCII may be printed.", {}},
      {"IPCSORT_FAULT",
       "POINT:ACTION[:WORKER], such as mid_payload:kill: a worker does this at that point of each run. It "
       "shows what a failure looks like, and tests the program itself.",
       {"sweep", "run", "tune"}},
      {"IPCSORT_SLOWDOWN",
       "METRIC:PERCENT%, such as total:5%: makes each run that much slower, to see whether a comparison "
       "notices.",
       {"sweep", "run", "tune"}},
      {"XDG_CACHE_HOME",
       "Generated numbers are kept in $XDG_CACHE_HOME/ipcsort if it is an absolute path, otherwise in "
       "~/.cache/ipcsort.",
       {"sweep", "run", "tune", "ab", "selftest", "doctor"}},
      {"HOME",
       "See XDG_CACHE_HOME. Without either, generated numbers are kept in /tmp/ipcsort-cache-UID.",
       {"sweep", "run", "tune", "ab", "selftest", "doctor"}},
      {"XDG_RUNTIME_DIR",
       "Socket paths, and the logs by which leftovers of killed runs are found, are in "
       "$XDG_RUNTIME_DIR/ipcsort if it is an absolute path, otherwise in a directory of the user's below "
       "/tmp. A long one leaves no room for the names of sockets.",
       {"sweep", "run", "tune", "ab", "selftest", "doctor", "micro", "clean", "list"}},
  };
  return all;
}

const std::vector<Outside>& files() {
  static const std::vector<Outside> all = {
      {"results/",
       "Sweeps and micro benchmarks without --output are recorded here, each in a directory of its own: "
       "runs.csv, summary.csv, meta.json, report.html and charts, or micro.csv and micro.json. Pages about "
       "several are here, too.",
       {"sweep", "report", "micro"}},
      {"results/profile-tuned.json",
       "What ipcsort tune found; --profile tuned reads it.",
       {"tune", "sweep", "run"}},
      {"~/.cache/ipcsort/",
       "Generated numbers, removed by age when they take more than --cache-limit.",
       {"sweep", "run", "tune", "ab", "selftest", "doctor"}},
      {"$XDG_RUNTIME_DIR/ipcsort/",
       "What running processes have created in the kernel; ipcsort clean removes what dead ones left behind.",
       {"sweep", "run", "tune", "ab", "selftest", "doctor", "micro", "clean"}},
  };
  return all;
}

bool concerns(const Outside& outside, std::string_view command) {
  return outside.commands.empty() || std::ranges::find(outside.commands, command) != outside.commands.end();
}

std::vector<ExitStatus> plain_exits() { return {{exit_done, "done"}, {exit_usage, "wrong usage or input"}}; }

std::vector<ExitStatus> measuring_exits() {
  return {{exit_done, "done"},
          {exit_usage, "wrong usage or input"},
          {exit_failed, "a run failed, or nothing was measured"},
          {exit_interrupted(2), "interrupted (143 by SIGTERM)"}};
}

std::vector<ExitStatus> with_profile_exits() {
  std::vector<ExitStatus> exits = measuring_exits();
  exits.insert(exits.end() - 1, {exit_not_comparable, "--profile tuned is of another class of machine"});
  return exits;
}

}  // namespace ipcsort::cli
