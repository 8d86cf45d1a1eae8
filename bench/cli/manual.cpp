#include <cctype>
#include <filesystem>
#include <iostream>

#include "bench/cli/command.hpp"
#include "bench/cli/help.hpp"
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

std::string option_item(const Option& option) {
  std::string label = option.letter.empty() ? "" : bold("-" + option.letter) + ", ";
  label += bold("--" + option.name);
  if (!option.value_name.empty()) label += " " + italic(option.value_name);
  if (option.takes == Takes::several) label += "...";
  return item(label, option_text(option));
}

std::string options(const Usage& usage) {
  std::string written = heading("OPTIONS");
  for (const OptionGroup& group : usage.groups) {
    if (usage.groups.size() > 1) written += ".SS \"" + roff(group.title) + "\"\n";
    for (const Option& option : group.options) written += option_item(option);
  }
  return written;
}

std::string exits(const Usage& usage) {
  std::string written = heading("EXIT STATUS");
  for (const ExitStatus& exit : usage.exits)
    written += item(bold(std::to_string(exit.status)), exit.meaning + ".");
  return written;
}

// Of the program as a whole when `command` is empty.
std::string outside(const char* title, const std::vector<Outside>& all, std::string_view command,
                    std::string (*label)(std::string_view)) {
  std::string items;
  for (const Outside& one : all) {
    if (command.empty() || concerns(one, command)) items += item(label(one.name), one.meaning);
  }
  return items.empty() ? "" : heading(title) + items;
}

std::string reference(std::string_view command) { return "\\fB" + roff(page_name(command)) + "\\fR(1)"; }

std::string page_end(std::string_view command, const Usage& usage) {
  std::string text = exits(usage) + outside("ENVIRONMENT", environment_variables(), command, bold) +
                     outside("FILES", files(), command, italic) + heading("SEE ALSO");
  std::vector<std::string> others;
  if (!command.empty()) others.push_back(reference(""));
  for (const Command& other : all_commands()) {
    if (command.empty()) others.push_back(reference(other.name));
  }
  return text + sys::join(others, ",\n") + "\n";
}

std::string command_page(const Command& command) {
  const Usage usage = command.usage();
  return head(command.name, command.summary) + synopsis(command.name, usage) +
         description(usage.description.empty() ? std::string{command.summary} + "." : usage.description) +
         examples(usage) + options(usage) + page_end(command.name, usage);
}

std::string program_page() {
  const Usage usage = program_usage();
  std::string text = head("", "which transport should move data between processes on this machine") +
                     synopsis("", usage) + description(usage.description) + examples(usage) +
                     heading("COMMANDS");
  for (const Command& command : all_commands())
    text += item(reference(command.name), std::string{command.summary} + ".");
  return text + options(usage) + page_end("", usage);
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
      .silent = {},
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
