#include <algorithm>
#include <iostream>

#include "bench/cli/catalogue.hpp"
#include "bench/cli/command.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

// The shells ask the program: what can follow is known here alone, and what they run is short.
namespace ipcsort::cli {
namespace {

// ---- what can follow ----

struct Candidate {
  std::string word;  // in the place of the word that is being written
  std::string meaning{};
};

using Candidates = std::vector<Candidate>;

// Words that stand for those of the file system, which a shell knows better.
constexpr const char* files_word = ":files";
constexpr const char* directories_word = ":directories";

// The last item of a list with commas is being written; those before it are not offered again.
Candidates list_items(const std::string& written, const Candidates& choices) {
  const std::string before = written.substr(0, written.rfind(',') + 1);
  const std::vector<std::string> given = sys::split(before, ',');
  Candidates items;
  for (const Candidate& choice : choices) {
    if (std::ranges::find(given, choice.word) == given.end())
      items.push_back({before + choice.word, choice.meaning});
  }
  return items;
}

Candidates words_of(const std::vector<std::string>& words) {
  Candidates all;
  for (const std::string& word : words) all.push_back({word});
  return all;
}

// TRANSPORT[:OPTION=VALUE]..., and lists of them.
Candidates transports(const Registry& registry, const std::string& written) {
  const std::string last = written.substr(written.rfind(',') + 1);
  Candidates choices;
  if (last.find(':') == std::string::npos) {
    choices.push_back({"all"});
    for (const Transport* transport : registry.all())
      choices.push_back({std::string{transport->traits().name}, std::string{transport->traits().summary}});
    return list_items(written, choices);
  }
  const Transport* transport = registry.find(last.substr(0, last.find(':')));
  if (transport == nullptr) return {};
  const std::string part = last.substr(last.rfind(':') + 1);
  const std::size_t equals = part.find('=');
  std::string before = written.substr(0, written.size() - part.size());
  for (const OptionTraits& option : all_options(transport->traits())) {
    const std::string name{option.name};
    if (equals == std::string::npos) {
      choices.push_back({name + "=", std::string{option.meaning}});
    } else if (name == part.substr(0, equals)) {
      const auto words = option.values.words();  // none where it is a size
      choices = words_of({words.begin(), words.end()});
      before += name + "=";
    }
  }
  for (Candidate& choice : choices) choice.word.insert(0, before);
  return choices;
}

Candidates command_names() {
  Candidates names;
  for (const Command& command : all_commands())
    names.push_back({std::string{command.name}, std::string{command.summary}});
  return names;
}

Candidates values(const Registry& registry, const Option& option, const std::string& written) {
  const std::string& name = option.value_name;
  if (name == "FILE" || name == "PATH" || name == "PROGRAM") return {{files_word}};
  if (name == "DIR") return {{directories_word}};
  if (name == "TRANSPORTS") return transports(registry, written);
  if (name == "COMMAND") return command_names();
  Candidates all;
  if (name == "NAME") {
    for (const CatalogueEntry& entry : catalogue(registry)) all.push_back({entry.name, entry.summary});
    return all;
  }
  all = words_of(known_words(option));
  const bool also_files = std::erase_if(all, [](const Candidate& it) { return it.word == "FILE"; }) > 0;
  if (is_list(option)) all = list_items(written, all);
  if (also_files) all.push_back({files_word});
  return all;
}

Candidates option_names(const std::vector<Option>& options) {
  Candidates names;
  for (const Option& option : options) names.push_back({"--" + option.name, option_text(option)});
  return names;
}

// The option that `word` is; null for none.
const Option* option_named(const std::vector<Option>& options, const std::string& word) {
  const auto found = std::ranges::find_if(options, [&](const Option& option) {
    return word == "--" + option.name || (!option.letter.empty() && word == "-" + option.letter);
  });
  return found == options.end() ? nullptr : &*found;
}

// The option whose value the last of `words` is: right before it, or further back if it takes several, or
// that of bare words.
const Option* option_of_value(const std::vector<Option>& options, const Usage& usage,
                              const std::vector<std::string>& words) {
  std::size_t back = words.size() - 2;
  while (back > 1 && !words[back].starts_with('-')) --back;
  const Option* before = option_named(options, words[back]);
  const bool is_next = back == words.size() - 2;
  if (before != nullptr && !before->value_name.empty() && (is_next || before->takes == Takes::several))
    return before;
  return usage.operands.option.empty() ? nullptr : option_named(options, "--" + usage.operands.option);
}

// `words` are those behind the program's name; the last one is being written.
Candidates candidates(const Registry& registry, const std::vector<std::string>& words) {
  const std::string& written = words.back();
  if (words.size() == 1) {
    Candidates all = command_names();
    for (const OptionGroup& group : program_usage().groups) {
      for (Candidate& name : option_names(group.options)) all.push_back(std::move(name));
    }
    return all;
  }
  const auto command = std::ranges::find(all_commands(), words.front(), &Command::name);
  if (command == all_commands().end()) return {};
  Usage usage = command->usage();
  usage.silent.clear();
  const std::vector<Option> options = taken_options(usage);
  if (const std::size_t equals = written.find('=');
      written.starts_with("--") && equals != std::string::npos) {
    const Option* option = option_named(options, written.substr(0, equals));
    if (option == nullptr || option->value_name.empty()) return {};
    Candidates all = values(registry, *option, written.substr(equals + 1));
    for (Candidate& candidate : all) {
      if (!candidate.word.starts_with(':')) candidate.word.insert(0, written, 0, equals + 1);
    }
    return all;
  }
  if (written.starts_with('-')) return option_names(options);
  const Option* option = option_of_value(options, usage, words);
  return option == nullptr ? Candidates{} : values(registry, *option, written);
}

// The script of each shell.
constexpr std::pair<std::string_view, std::string_view> scripts[] = {
#include "bench/cli/completion.inc"
};

}  // namespace

int complete(const Registry& registry, std::vector<std::string> words) {
  if (words.empty()) words.emplace_back();
  for (const Candidate& candidate : candidates(registry, words)) {
    if (candidate.word.starts_with(':') || candidate.word.starts_with(words.back()))
      std::cout << candidate.word << (candidate.meaning.empty() ? "" : "\t" + candidate.meaning) << "\n";
  }
  return exit_done;
}

Usage completion_usage() {
  // clang-format off
  OptionGroup options{"Options", {
      help_option(),
      {"shell", "WORD", "bash|zsh|fish: may also be given as a bare word"}}};
  // clang-format on
  return {
      .examples = {{"source <(ipcsort completion bash)", "in ~/.bashrc, where it is not installed already"},
                   {"ipcsort completion zsh > ~/.zsh/_ipcsort", "a directory of $fpath"},
                   {"ipcsort completion fish > ~/.config/fish/completions/ipcsort.fish",
                    "likewise for fish"}},
      .description =
          "Prints the script by which a shell completes commands, options, transports and their options, "
          "and other words that are known.",
      .groups = {options},
      .operands = {"shell", "bash|zsh|fish"},
      .exits = plain_exits()};
}

int completion(const Arguments& arguments) {
  const std::string shell = arguments.values.has("shell") ? arguments.values.text("shell") : "";
  if (shell.empty()) throw UsageError("completion needs the name of a shell: bash, zsh or fish");
  const auto script = std::ranges::find(scripts, shell, [](const auto& it) { return it.first; });
  if (script == std::end(scripts))
    throw UsageError("there is no completion for '" + sys::printable(shell) +
                     "'; there are bash, zsh and fish");
  std::cout << script->second;
  return exit_done;
}

}  // namespace ipcsort::cli
