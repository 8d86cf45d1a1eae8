#include <algorithm>
#include <iostream>

#include "bench/cli/command.hpp"
#include "bench/cli/help.hpp"
#include "bench/commands/catalogue.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

// Scripts that know all words themselves: what a shell does at each press of a key must not start a program.
namespace ipcsort::cli {
namespace {

// What may stand in a place of the command line.
enum class Kind { nothing_known, words, files, directories, transports };

struct Place {
  Kind kind = Kind::nothing_known;
  bool list = false;                   // with commas
  bool also_files = false;             // besides the words
  std::vector<std::string> choices{};  // of Kind::words
};

struct Vocabulary {
  std::vector<std::string> commands;
  std::vector<std::string> names;  // of all that ipcsort list shows
  std::vector<const Transport*> transports;
};

Vocabulary vocabulary(const Registry& registry) {
  Vocabulary known;
  for (const Command& command : all_commands()) known.commands.emplace_back(command.name);
  for (const commands::Entry& entry : commands::catalogue(registry)) known.names.push_back(entry.name);
  known.transports = registry.all();
  return known;
}

Place place_of(const ShownOption& option, const Vocabulary& known) {
  const std::string& name = option.value_name;
  if (name == "FILE" || name == "PATH" || name == "PROGRAM") return {Kind::files};
  if (name == "DIR") return {Kind::directories};
  if (name == "TRANSPORTS") return {Kind::transports, true};
  if (name == "NAME") return {Kind::words, false, false, known.names};
  if (name == "COMMAND") return {Kind::words, false, false, known.commands};
  Place place{Kind::words, is_list(option), false, known_words(option)};
  place.also_files = std::erase(place.choices, "FILE") > 0;
  return place.choices.empty() ? Place{} : place;
}

std::vector<ShownOption> options_of(const Usage& usage) {
  std::vector<ShownOption> all;
  for (const OptionGroup& group : usage.groups) {
    for (const auto& option : group.options()) all.push_back(shown(*option));
  }
  return all;
}

Place operand_of(const Usage& usage, const Vocabulary& known) {
  for (const ShownOption& option : options_of(usage)) {
    if (option.name == usage.operands.option) return place_of(option, known);
  }
  return {};
}

std::vector<std::string> names_of(const std::vector<const Transport*>& transports) {
  std::vector<std::string> names = {"all"};
  for (const Transport* transport : transports) names.emplace_back(transport->traits().name);
  return names;
}

// Lines of `case` for each transport: what it takes behind its name, and for each option with known values
// these. `line` makes a line of a pattern and the words for it.
template <typename Line>
std::string transport_cases(const std::vector<const Transport*>& transports, Line line) {
  std::string text;
  for (const Transport* transport : transports) {
    const std::string name{transport->traits().name};
    std::vector<std::string> options;
    for (const OptionTraits& option : all_options(transport->traits())) {
      options.push_back(std::string{option.name} + "=");
      const auto words = option.values.words();
      if (words.empty()) continue;
      text += line(name + ":" + std::string{option.name}, {words.begin(), words.end()});
    }
    if (!options.empty()) text += line(name, options);
  }
  return text;
}

std::string begin_of(std::string_view shell) {
  return "# Completion of ipcsort for " + std::string{shell} + ", printed by: ipcsort completion " +
         std::string{shell} + "\n";
}

// ---- bash ----

// "word smoke quick", "list copy lend", "file", "": what the script below goes by.
std::string bash_place(const Place& place) {
  switch (place.kind) {
    case Kind::nothing_known: return "";
    case Kind::files: return "files";
    case Kind::directories: return "directories";
    case Kind::transports: return "transports";
    case Kind::words: break;
  }
  return std::string{place.list ? "list" : "word"} + (place.also_files ? "+files " : " ") +
         sys::join(place.choices, " ");
}

std::string bash_tables(const Vocabulary& known) {
  std::string options = "_ipcsort_options()\n{\n  case $1 in\n";
  std::string values = "_ipcsort_values()\n{\n  case $1:$2 in\n";
  std::string several = "_ipcsort_takes_several()\n{\n  case $1:$2 in\n";
  for (const Command& command : all_commands()) {
    const Usage usage = command.usage();
    const std::string name{command.name};
    std::vector<std::string> words;
    for (const ShownOption& option : options_of(usage)) {
      words.push_back("--" + option.name);
      const std::string pattern =
          name + ":--" + option.name + (option.letter.empty() ? "" : "|" + name + ":-" + option.letter);
      if (!option.value_name.empty())
        values += "    " + pattern + ") echo '" + bash_place(place_of(option, known)) + "' ;;\n";
      if (option.takes_several) several += "    " + pattern + ") return 0 ;;\n";
    }
    options += "    " + name + ") echo '" + sys::join(words, " ") + "' ;;\n";
    const std::string operand = bash_place(operand_of(usage, known));
    if (!operand.empty()) values += "    " + name + ":) echo '" + operand + "' ;;\n";
  }
  // An option that is not in the table takes no value.
  return options + "  esac\n}\n\n" + values + "    *) return 1 ;;\n  esac\n}\n\n" + several +
         "    *) return 1 ;;\n  esac\n}\n\n";
}

constexpr std::string_view bash_functions =
    R"sh(# The candidates of `choices` for the word $1, which may be a list.
_ipcsort_list()
{
  local done=
  [[ $1 != *,* ]] || done=${1%,*},
  local choice
  for choice in $2; do
    [[ ,$done == *,$choice,* || $done$choice != "$1"* ]] || COMPREPLY+=("$done$choice")
  done
}

# TRANSPORT[:OPTION=VALUE]..., and lists of them.
_ipcsort_transports()
{
  local done= last=$1
  if [[ $last == *,* ]]; then
    done=${last%,*},
    last=${last##*,}
  fi
  if [[ $last != *:* ]]; then
    _ipcsort_list "$1" "$(_ipcsort_transport_names)"
    return
  fi
  local name=${last%%:*} part=${last##*:}
  done+=${last%:*}:
  if [[ $part == *=* ]]; then
    done+=${part%%=*}=
    name+=:${part%%=*}
  fi
  local choice
  for choice in $(_ipcsort_transport_words "$name"); do
    [[ $done$choice != "$1"* ]] || COMPREPLY+=("$done$choice")
    [[ $choice != *= ]] || compopt -o nospace 2>/dev/null
  done
}

_ipcsort()
{
  local line=${COMP_LINE:0:COMP_POINT}
  local -a words
  read -ra words <<<"$line"
  [[ $line != *[[:space:]] ]] || words+=("")
  COMPREPLY=()
  local whole=${words[-1]} command=${words[1]-}
  local current=$whole place= found
  if ((${#words[@]} == 2)); then
    _ipcsort_list "$current" "$(_ipcsort_commands) --help --version"
    return
  fi
  if [[ $whole == --*=* ]]; then
    current=${whole#*=}
    place=$(_ipcsort_values "$command" "${whole%%=*}")
  else
    # The option that the current word may belong to: right before it, or further back if it takes several.
    local back=$((${#words[@]} - 2))
    while ((back > 2)) && [[ ${words[back]} != -* ]]; do
      back=$((back - 1))
    done
    local option=${words[back]}
    if [[ $option == -* ]] && found=$(_ipcsort_values "$command" "$option") &&
       { ((back == ${#words[@]} - 2)) || _ipcsort_takes_several "$command" "$option"; }; then
      place=$found
    else
      place=$(_ipcsort_values "$command" "")
    fi
    if [[ $current == -* ]]; then
      _ipcsort_list "$current" "$(_ipcsort_options "$command")"
      return
    fi
  fi
  case $place in
    word*) _ipcsort_list "$current" "${place#* }" ;;
    list*) _ipcsort_list "$current" "${place#* }" ;;
    transports) _ipcsort_transports "$current" ;;
    directories)
      compopt -o filenames 2>/dev/null
      mapfile -t COMPREPLY < <(compgen -d -- "$current")
      ;;
  esac
  if [[ $place == *files* ]]; then
    compopt -o filenames 2>/dev/null
    mapfile -t -O "${#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$current")
  fi
  # readline replaces only what stands behind the last : or = of the word, if they break words.
  local breaks=${COMP_WORDBREAKS//[^:=]/}
  if [[ -n $breaks && $whole == *[$breaks]* ]]; then
    local standing=${whole%"${whole##*[$breaks]}"}
    [[ $whole != --*=* ]] || COMPREPLY=("${COMPREPLY[@]/#/${whole%%=*}=}")
    COMPREPLY=("${COMPREPLY[@]#"$standing"}")
  elif [[ $whole == --*=* ]]; then
    COMPREPLY=("${COMPREPLY[@]/#/${whole%%=*}=}")
  fi
}

complete -F _ipcsort ipcsort
)sh";

std::string bash_script(const Vocabulary& known) {
  const auto line = [](const std::string& pattern, const std::vector<std::string>& words) {
    return "    " + pattern + ") echo '" + sys::join(words, " ") + "' ;;\n";
  };
  return begin_of("bash") + "\n_ipcsort_commands() { echo '" + sys::join(known.commands, " ") + "'; }\n\n" +
         "_ipcsort_transport_names() { echo '" + sys::join(names_of(known.transports), " ") + "'; }\n\n" +
         "_ipcsort_transport_words()\n{\n  case $1 in\n" + transport_cases(known.transports, line) +
         "  esac\n}\n\n" + bash_tables(known) + std::string{bash_functions};
}

// ---- zsh ----

// In single quotes; what _arguments would take for its own is escaped.
std::string zsh_quoted(std::string_view text, std::string_view own) {
  std::string quoted;
  for (const char c : text) {
    if (c == '\'') {
      quoted += "'\\''";
    } else {
      if (own.find(c) != std::string_view::npos) quoted += '\\';
      quoted += c;
    }
  }
  return quoted;
}

// A command with a blank before it gets no words that _arguments adds.
std::string zsh_action(const Place& place) {
  switch (place.kind) {
    case Kind::nothing_known: return " ";
    case Kind::files: return "_files";
    case Kind::directories: return "_files -/";
    case Kind::transports: return "_ipcsort_transports";
    case Kind::words: break;
  }
  const std::string words = sys::join(place.choices, " ");
  if (place.also_files) return " _ipcsort_words_or_files " + words;
  return place.list ? " _ipcsort_list " + words : "(" + words + ")";
}

std::string zsh_option(const ShownOption& option, const Vocabulary& known) {
  const std::string text = "[" + zsh_quoted(option_text(option), "[]\\") + "]";
  std::string value;
  if (!option.value_name.empty()) {
    // Several: up to the next option.
    value = std::string{option.takes_several ? ":*-*" : ""} + ":" + option.value_name + ":" +
            zsh_action(place_of(option, known));
    value = zsh_quoted(value, "");
  }
  const std::string equals = option.value_name.empty() ? "" : "=";
  if (option.letter.empty()) return "'--" + option.name + equals + text + value + "'";
  return "'(-" + option.letter + " --" + option.name + ")'{-" + option.letter + ",--" + option.name + "}'" +
         text + value + "'";
}

constexpr std::string_view zsh_functions = R"sh(
_ipcsort_list() {
  local -a given
  [[ $PREFIX != *,* ]] || given=(${(s:,:)${PREFIX%,*}})
  compset -P '*,'
  compadd -S '' -- ${@:|given}
}

_ipcsort_words_or_files() {
  _ipcsort_list "$@"
  _files
}

# TRANSPORT[:OPTION=VALUE]..., and lists of them.
_ipcsort_transports() {
  compset -P '*,'
  if [[ $PREFIX != *:* ]]; then
    compadd -S '' -- $(_ipcsort_transport_names)
    return
  fi
  local name=${PREFIX%%:*}
  compset -P '*:'
  if [[ $PREFIX == *=* ]]; then
    name+=:${PREFIX%%=*}
    compset -P '*='
  fi
  compadd -S '' -- $(_ipcsort_transport_words $name)
}

_ipcsort() {
  local context state state_descr line
  typeset -A opt_args
  _arguments -C '(- *)'{-h,--help}'[the commands]' '(- *)--version[version, commit, compiler and kind of build]' \
    '1:command:_ipcsort_commands' '*::word:->word'
  [[ $state == word ]] && (( $+functions[_ipcsort-$line[1]] )) && _ipcsort-$line[1]
}

if [[ $funcstack[1] == _ipcsort ]]; then
  _ipcsort "$@"
else
  compdef _ipcsort ipcsort
fi
)sh";

std::string zsh_script(const Vocabulary& known) {
  const auto line = [](const std::string& pattern, const std::vector<std::string>& words) {
    return "    " + pattern + ") print -l " + sys::join(words, " ") + " ;;\n";
  };
  std::string text =
      "#compdef ipcsort\n" + begin_of("zsh") + "\n_ipcsort_commands() {\n  local -a commands=(\n";
  for (const Command& command : all_commands()) {
    text += "    '" + std::string{command.name} + ":" + zsh_quoted(command.summary, "\\") + "'\n";
  }
  text += "  )\n  _describe command commands\n}\n\n_ipcsort_transport_names() { print -l " +
          sys::join(names_of(known.transports), " ") + " }\n\n_ipcsort_transport_words() {\n  case $1 in\n" +
          transport_cases(known.transports, line) + "  esac\n}\n";
  for (const Command& command : all_commands()) {
    const Usage usage = command.usage();
    text += "\n_ipcsort-" + std::string{command.name} + "() {\n  _arguments -s";
    for (const ShownOption& option : options_of(usage)) text += " \\\n    " + zsh_option(option, known);
    if (!usage.operands.option.empty())
      text += " \\\n    '*:" + zsh_quoted(usage.operands.shown, ":") + ":" +
              zsh_action(operand_of(usage, known)) + "'";
    text += "\n}\n";
  }
  return text + std::string{zsh_functions};
}

// ---- fish ----

std::string fish_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'' || c == '\\') quoted += '\\';
    quoted += c;
  }
  return quoted + "'";
}

// The end of a line of `complete`.
std::string fish_place(const Place& place) {
  switch (place.kind) {
    case Kind::nothing_known: return " -x";
    case Kind::files: return " -r -F";
    case Kind::directories: return " -x -a '(__fish_complete_directories (commandline -ct))'";
    case Kind::transports: return " -x -a '(__ipcsort_transports)'";
    case Kind::words: break;
  }
  const std::string words = sys::join(place.choices, " ");
  if (place.also_files) return " -r -F -a '(__ipcsort_list " + words + ")'";
  return place.list ? " -x -a '(__ipcsort_list " + words + ")'" : " -x -a " + fish_quoted(words);
}

constexpr std::string_view fish_functions = R"sh(
# The value that is being written, without the option before it.
function __ipcsort_value
  string replace -r -- '^--[^=]*=' '' (commandline -ct)
end

function __ipcsort_list
  set -l done (string match -r -- '^.*,' (__ipcsort_value))
  for choice in $argv
    string match -q -- "*,$choice,*" ",$done"; or echo "$done$choice"
  end
end

# TRANSPORT[:OPTION=VALUE]..., and lists of them.
function __ipcsort_transports
  set -l value (__ipcsort_value)
  set -l last (string replace -r -- '^.*,' '' $value)
  if not string match -q -- '*:*' $last
    __ipcsort_list (__ipcsort_transport_names)
    return
  end
  set -l name (string replace -r -- ':.*$' '' $last)
  set -l done (string match -r -- '^.*:' $value)
  set -l option (string match -r -- '([^:=]*)=[^:]*$' $last)[2]
  if test -n "$option"
    set name $name:$option
    set done $done$option=
  end
  printf "$done%s\n" (__ipcsort_transport_words $name)
end

# Whether $argv[1] is the command of the line, or, without it, there is none yet.
function __ipcsort_command
  set -l words (commandline -opc)
  if test (count $argv) -eq 0
    test (count $words) -eq 1
  else
    test (count $words) -gt 1; and test "$words[2]" = $argv[1]
  end
end

# Whether the words right before the cursor belong to the option $argv[1], which takes several.
function __ipcsort_after
  set -l words (commandline -opc)
  while test (count $words) -gt 0; and not string match -q -- '-*' $words[-1]
    set -e words[-1]
  end
  test (count $words) -gt 0; and test "$words[-1]" = $argv[1]
end

complete -c ipcsort -f
complete -c ipcsort -n __ipcsort_command -s h -l help -d 'the commands'
complete -c ipcsort -n __ipcsort_command -l version -d 'version, commit, compiler and kind of build'
)sh";

std::string fish_script(const Vocabulary& known) {
  const auto line = [](const std::string& pattern, const std::vector<std::string>& words) {
    return "    case " + pattern + "\n      printf '%s\\n' " + sys::join(words, " ") + "\n";
  };
  std::string text = begin_of("fish") + "\nfunction __ipcsort_transport_names\n  printf '%s\\n' " +
                     sys::join(names_of(known.transports), " ") +
                     "\nend\n\nfunction __ipcsort_transport_words\n  switch $argv[1]\n" +
                     transport_cases(known.transports, line) + "  end\nend\n" + std::string{fish_functions};
  for (const Command& command : all_commands()) {
    const std::string name{command.name};
    const std::string begin = "complete -c ipcsort -n '__ipcsort_command " + name + "'";
    text += "\ncomplete -c ipcsort -n __ipcsort_command -a " + name + " -d " + fish_quoted(command.summary) +
            "\n";
    const Usage usage = command.usage();
    const Place operand = operand_of(usage, known);
    if (operand.kind != Kind::nothing_known) text += begin + fish_place(operand) + "\n";
    for (const ShownOption& option : options_of(usage)) {
      text += begin + (option.letter.empty() ? "" : " -s " + option.letter) + " -l " + option.name;
      if (!option.value_name.empty()) text += fish_place(place_of(option, known));
      text += " -d " + fish_quoted(option.description) + "\n";
      if (option.takes_several) {
        text += "complete -c ipcsort -n '__ipcsort_command " + name + "; and __ipcsort_after --" +
                option.name + "'" + fish_place(place_of(option, known)) + "\n";
      }
    }
  }
  return text;
}

}  // namespace

Usage completion_usage() {
  OptionGroup options("Options");
  // clang-format off
  options.add_options()
      ("help,h", "this text")
      ("shell", one_value("WORD"), "bash|zsh|fish: may also be given as a bare word");
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
      .silent = {},
      .operands = {"shell", "bash|zsh|fish"},
      .exits = plain_exits()};
}

int completion(const Arguments& arguments) {
  const std::string shell =
      arguments.values.count("shell") != 0 ? arguments.values["shell"].as<std::string>() : "";
  const Vocabulary known = vocabulary(arguments.registry);
  if (shell == "bash") {
    std::cout << bash_script(known);
  } else if (shell == "zsh") {
    std::cout << zsh_script(known);
  } else if (shell == "fish") {
    std::cout << fish_script(known);
  } else {
    throw UsageError(shell.empty() ? "completion needs the name of a shell: bash, zsh or fish"
                                   : "there is no completion for '" + sys::printable(shell) +
                                         "'; there are bash, zsh and fish");
  }
  return exit_done;
}

}  // namespace ipcsort::cli
