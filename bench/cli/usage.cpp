#include "bench/cli/usage.hpp"

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

std::vector<ExitStatus> plain_exits() { return {{exit_done, "done"}, {exit_usage, "wrong usage or input"}}; }

std::vector<ExitStatus> measuring_exits() {
  return {{exit_done, "done"},
          {exit_usage, "wrong usage or input"},
          {exit_failed, "a run failed, or nothing was measured"},
          {exit_interrupted(2), "interrupted (129 by SIGHUP, 143 by SIGTERM)"}};
}

std::vector<ExitStatus> with_profile_exits() {
  std::vector<ExitStatus> exits = measuring_exits();
  exits.insert(exits.end() - 1, {exit_not_comparable, "--profile tuned is of another class of machine"});
  return exits;
}

}  // namespace ipcsort::cli
