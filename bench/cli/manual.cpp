#include <algorithm>
#include <cctype>
#include <filesystem>
#include <iostream>

#include "bench/cli/command.hpp"
#include "bench/host/build_info.hpp"
#include "bench/results/directory.hpp"
#include "bench/text/style.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

// man-pages(7) says which sections a page has, groff_man(7) what its lines mean.
namespace ipcsort::cli {
namespace {

// Text that comes out as it is: a hyphen that can be searched for and copied, no escape, no request.
std::string roff(std::string_view text) {
  std::string written;
  for (const char c : text) {
    const bool begins_line = written.empty() || written.back() == '\n';
    if (begins_line && (c == '.' || c == '\'')) written += "\\&";
    switch (c) {
      case '\\': written += "\\e"; break;
      case '-': written += "\\-"; break;
      case '\'': written += "\\(aq"; break;
      case '`': written += "\\(ga"; break;
      case '^': written += "\\(ha"; break;
      case '~': written += "\\(ti"; break;
      default: written += c;
    }
  }
  return written;
}

// Lines of the source, not of the page: room for what roff() adds to them.
constexpr std::size_t source_columns = 66;

std::string paragraph(const std::string& text) { return roff(text::wrapped(text, source_columns)); }

std::string bold(std::string_view text) { return "\\fB" + roff(text) + "\\fR"; }
std::string italic(std::string_view text) { return "\\fI" + roff(text) + "\\fR"; }

std::string heading(std::string_view name) { return ".SH " + std::string{name} + "\n"; }

// `label` is roff, `text` is not.
std::string item(const std::string& label, const std::string& text) {
  return ".TP\n" + label + "\n" + paragraph(text);
}

std::string page_name(std::string_view command) {
  return command.empty() ? "ipcsort" : "ipcsort-" + std::string{command};
}

std::string upper(std::string text) {
  for (char& c : text) c = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
  return text;
}

std::string head(std::string_view command, std::string_view summary) {
  using namespace host::build_info;
  return ".TH " + roff(upper(page_name(command))) + " 1 " + commit_date + " \"ipcsort " + roff(version) +
         "\" \"User Commands\"\n.nh\n.ad l\n" + heading("NAME") +
         paragraph(page_name(command) + " - " + std::string{summary});
}

std::string synopsis(std::string_view command, const Usage& usage) {
  const std::string called = command.empty() ? "ipcsort" : "ipcsort " + std::string{command};
  const std::string words = calling_line(command, usage).substr(called.size());
  return heading("SYNOPSIS") + bold(called) + roff(words) + "\n";
}

std::string description(const std::string& text) {
  std::string written;
  for (const std::string& one : sys::split(text, '\n')) {
    written += one.empty() ? ".PP\n" : paragraph(one);
  }
  return heading("DESCRIPTION") + written;
}

std::string examples(const Usage& usage) {
  std::string written = heading("EXAMPLES");
  for (const Example& example : usage.examples) written += item(bold(example.command), example.what);
  return written;
}

std::string options(const Usage& usage) {
  std::string written = heading("OPTIONS");
  for (const OptionGroup& group : usage.groups) {
    if (usage.groups.size() > 1) written += ".SS \"" + roff(group.title) + "\"\n";
    for (const Option& option : group.options)
      written += item(option_label(option, bold, italic), option_text(option));
  }
  return written;
}

std::string exits(const Usage& usage) {
  std::string written = heading("EXIT STATUS");
  for (const ExitStatus& exit : usage.exits)
    written += item(bold(std::to_string(exit.status)), exit.meaning + ".");
  return written;
}

// What the program reads from the environment, or where it keeps files.
struct UsedByProgram {
  std::string name;
  std::string meaning;
  std::vector<std::string_view> commands;  // that it is of use for; empty: all
};

std::vector<UsedByProgram> environment_variables() {
  return {
      {"IPCSORT_PYTHON",
       "The Python interpreter that makes the page and its charts, instead of /usr/bin/python3 or the "
       "python3 of PATH. It needs matplotlib and jinja2.",
       {"sweep", "report"}},
      {"NO_COLOR", "If it is set and not empty, nothing is coloured.", {}},
      {"CLICOLOR_FORCE",
       "If it is set, not empty and not 0, what is coloured on a terminal is so everywhere.",
       {}},
      {"TERM",
       "If it is dumb, nothing is coloured unless CLICOLOR_FORCE says so, and progress is lines.",
       {}},
      {"COLUMNS", "How wide lines may be where there is no terminal that tells.", {}},
      {"LC_ALL, LC_CTYPE, LANG", "Whether characters beyond ASCII may be printed.", {}},
      {"IPCSORT_FAULT",
       "POINT[@ROUND]:ACTION[:WORKER], such as mid_payload:kill: a worker does this at that point of each "
       "run, "
       "with --transfer steady in the first round or the one that is named. It shows what a failure looks "
       "like, and tests the program itself.",
       {"sweep", "run", "tune"}},
      {"IPCSORT_SLOWDOWN",
       "METRIC:PERCENT%, such as total:5%: makes each run that much slower, to see whether a comparison "
       "notices.",
       {"sweep", "run", "tune"}},
      {"XDG_CACHE_HOME",
       "Generated numbers are kept in $XDG_CACHE_HOME/ipcsort if it is an absolute path, otherwise in "
       "~/.cache/ipcsort.",
       {"sweep", "run", "tune", "ab", "selftest", "doctor", "clean"}},
      {"HOME",
       "See XDG_CACHE_HOME. Without either, or where nothing can be kept in that directory, generated "
       "numbers are "
       "kept in /tmp/ipcsort-cache-UID.",
       {"sweep", "run", "tune", "ab", "selftest", "doctor", "clean"}},
      {"XDG_RUNTIME_DIR",
       "Socket paths, and the logs by which leftovers of killed runs are found, are in "
       "$XDG_RUNTIME_DIR/ipcsort if that can be used, otherwise in a directory of the user's below "
       "/tmp. A long one leaves no room for the names of sockets.",
       {"sweep", "run", "tune", "ab", "selftest", "doctor", "micro", "clean", "list"}},
  };
}

std::vector<UsedByProgram> files() {
  return {
      {"results/",
       "Sweeps and micro benchmarks without --output are recorded here, each in a directory of its own: "
       "runs.csv, summary.csv, meta.json, report.html and charts, or micro.csv and micro.json. Pages about "
       "several are here, too.",
       {"sweep", "report", "micro"}},
      {"results/profile-tuned.json",
       "What ipcsort tune found; --profile tuned reads it.",
       {"tune", "sweep", "run"}},
      {"~/.cache/ipcsort/",
       "Generated numbers, removed by age when they take more than --cache-limit, and in the file inputs "
       "what is remembered of the files of --input; ipcsort clean removes them.",
       {"sweep", "run", "tune", "ab", "selftest", "doctor", "clean"}},
      {"$XDG_RUNTIME_DIR/ipcsort/",
       "What running processes have created in the kernel; ipcsort clean removes what dead ones left behind.",
       {"sweep", "run", "tune", "ab", "selftest", "doctor", "micro", "clean"}},
  };
}

// Of the program as a whole when `command` is empty.
std::string used_by(std::string_view command, const char* title, const std::vector<UsedByProgram>& all,
                    Style style) {
  std::string items;
  for (const UsedByProgram& one : all) {
    if (command.empty() || one.commands.empty() ||
        std::ranges::find(one.commands, command) != one.commands.end())
      items += item(style(one.name), one.meaning);
  }
  return items.empty() ? "" : heading(title) + items;
}

std::string reference(std::string_view command) { return "\\fB" + roff(page_name(command)) + "\\fR(1)"; }

// Of the program as a whole when `command` is empty.
std::string page(std::string_view command, std::string_view summary, const Usage& usage) {
  std::string text = head(command, summary) + synopsis(command, usage) +
                     description(usage.description.empty() ? std::string{summary} + "." : usage.description) +
                     examples(usage);
  std::vector<std::string> others = {reference("")};
  if (command.empty()) {
    others.clear();
    text += heading("COMMANDS");
    for (const Command& one : all_commands()) {
      text += item(reference(one.name), std::string{one.summary} + ".");
      others.push_back(reference(one.name));
    }
  }
  return text + options(usage) + exits(usage) +
         used_by(command, "ENVIRONMENT", environment_variables(), bold) +
         used_by(command, "FILES", files(), italic) + heading("SEE ALSO") + sys::join(others, ",\n") + "\n";
}

std::string command_page(const Command& command) {
  return page(command.name, command.summary, command.usage());
}

std::string program_page() {
  return page("", "which transport should move data between processes on this machine", program_usage());
}

// DIRECTORY is made if need be.
void write_all(const std::filesystem::path& directory) {
  std::filesystem::create_directories(directory);
  const auto write = [&](std::string_view command, const std::string& page) {
    sys::write_file_atomically((directory / (page_name(command) + ".1")).string(), page);
  };
  write("", program_page());
  for (const Command& command : all_commands()) write(command.name, command_page(command));
}

}  // namespace

Usage manual_usage() {
  // clang-format off
  OptionGroup options{"Options", {
      help_option(),
      {"command", "COMMAND", "whose page; may be given without the option's name; otherwise that of ipcsort itself"},
      {"output", "DIR", "write all pages into this directory instead"}}};
  // clang-format on
  return {
      .examples = {{"ipcsort manual sweep | man -l -", "read a page that is not installed"},
                   {"ipcsort manual --output man1", "all pages, ipcsort.1 and ipcsort-COMMAND.1"}},
      .description = "Prints a page of the manual, as man reads it.",
      .groups = {options},
      .operands = {"command", "[COMMAND]"},
      .exits = {
          {exit_done, "done"}, {exit_usage, "wrong usage"}, {exit_failed, "the pages could not be written"}}};
}

int manual(const Arguments& arguments) {
  const Values& values = arguments.values;
  const bool named = values.has("command");
  if (values.has("output")) {
    const std::string directory = values.text("output");
    if (directory.empty()) throw UsageError("--output is empty; name a directory for the pages");
    if (named) throw UsageError("--output takes all pages; leave the command out");
    write_all(directory);
    return exit_done;
  }
  std::cout << (named ? command_page(command_named(values.text("command"))) : program_page());
  return exit_done;
}

}  // namespace ipcsort::cli
