#include <algorithm>
#include <iostream>

#include <nlohmann/json.hpp>
#include <optional>

#include "bench/cli/catalogue.hpp"
#include "bench/cli/options.hpp"
#include "bench/cli/output.hpp"
#include "bench/commands/commands.hpp"
#include "bench/commands/decisions.hpp"
#include "bench/commands/transports_page.hpp"
#include "bench/gate/verdict.hpp"
#include "bench/messages/rows.hpp"
#include "bench/messages/summary.hpp"
#include "bench/results/directory.hpp"
#include "bench/results/overall.hpp"
#include "bench/results/run_row.hpp"
#include "bench/results/summary.hpp"
#include "bench/text/csv.hpp"
#include "bench/text/json.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

constexpr std::size_t line_width = 80;

// ---- for programs ----

// A field of the listing. References have no traits; what those would tell stays empty for them.
struct Field {
  std::string_view name;
  std::string (*text)(const cli::Entry&);
};

std::string options_of(const Traits& traits) {
  std::string text;
  for (const OptionTraits& option : all_options(traits)) {
    text += (text.empty() ? "" : " ") + std::string{option.name} + "=" + option.values.text() + "(" +
            std::string{option.default_value} + ")";
  }
  return text;
}

std::string yes_or_no(bool is) { return is ? "yes" : "no"; }

template <typename Get>
std::string of_traits(const cli::Entry& entry, Get get) {
  return entry.traits == nullptr ? std::string{} : std::string{get(*entry.traits)};
}

constexpr Field listed_fields[] = {
    {"name", [](const cli::Entry& e) { return e.name; }},
    {"kind", [](const cli::Entry& e) { return e.kind; }},
    {"usable", [](const cli::Entry& e) { return yes_or_no(e.here.usable); }},
    {"family",
     [](const cli::Entry& e) { return of_traits(e, [](const Traits& t) { return to_string(t.family); }); }},
    {"naming",
     [](const cli::Entry& e) { return of_traits(e, [](const Traits& t) { return to_string(t.naming); }); }},
    {"framing",
     [](const cli::Entry& e) { return of_traits(e, [](const Traits& t) { return to_string(t.framing); }); }},
    {"payload_copies",
     [](const cli::Entry& e) {
       return of_traits(e, [](const Traits& t) { return std::to_string(t.payload_copies); });
     }},
    {"lends",
     [](const cli::Entry& e) { return of_traits(e, [](const Traits& t) { return yes_or_no(t.lends); }); }},
    {"limit", [](const cli::Entry& e) { return of_traits(e, [](const Traits& t) { return t.limit; }); }},
    {"options", [](const cli::Entry& e) { return of_traits(e, options_of); }},
    {"needs", [](const cli::Entry& e) { return of_traits(e, [](const Traits& t) { return t.needs; }); }},
    {"peer_death",
     [](const cli::Entry& e) { return of_traits(e, [](const Traits& t) { return t.peer_death; }); }},
    {"best_for",
     [](const cli::Entry& e) { return of_traits(e, [](const Traits& t) { return t.best_for; }); }},
    {"summary", [](const cli::Entry& e) { return e.summary; }},
    {"reason", [](const cli::Entry& e) { return e.here.reason; }},
};

void print_csv(const std::vector<cli::Entry>& entries) {
  text::CsvRecord header;
  for (const Field& field : listed_fields) header.emplace_back(field.name);
  std::cout << text::csv_line(header);
  for (const cli::Entry& entry : entries) {
    text::CsvRecord record;
    for (const Field& field : listed_fields) record.push_back(field.text(entry));
    std::cout << text::csv_line(record);
  }
}

nlohmann::ordered_json json_value(const Field& field, const cli::Entry& entry) {
  if (field.name == "usable") return entry.here.usable;
  if (field.name == "payload_copies" || field.name == "lends") {
    if (entry.traits == nullptr) return nullptr;
    if (field.name == "lends") return entry.traits->lends;
    return entry.traits->payload_copies;
  }
  return field.text(entry);
}

void print_json(const std::vector<cli::Entry>& entries) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const cli::Entry& entry : entries) {
    nlohmann::ordered_json object;
    for (const Field& field : listed_fields) object[std::string{field.name}] = json_value(field, entry);
    list.push_back(std::move(object));
  }
  std::cout << text::json_text(list);
}

// ---- for people ----

// `text` behind `label`, which takes `indent` columns; further lines begin under the text.
void print_wrapped(const std::string& label, std::size_t indent, const std::string& text) {
  const std::string first = label + std::string(indent - std::min(indent, label.size()), ' ');
  std::cout << text::wrapped(text, line_width, first, indent);
}

void print_all(const std::vector<cli::Entry>& entries) {
  std::size_t width = 0;
  for (const cli::Entry& entry : entries) width = std::max(width, entry.name.size());
  for (const cli::Section& section : cli::sections(entries)) {
    std::cout << section.title << "\n";
    for (const cli::Entry* entry : section.members) {
      print_wrapped("  " + entry->name, width + 4,
                    entry->summary + (entry->here.usable ? "" : " (cannot be used here)"));
    }
  }
  std::cout << "\nAll about one: ipcsort list NAME\n";
}

void print_fact(const std::string& label, const std::string& text) {
  if (!text.empty()) print_wrapped("  " + label, 16, text);
}

std::string copies_text(int copies) {
  if (copies == 0) return "none, it only lends";
  return std::to_string(copies) + (copies == 1 ? " copy of each byte" : " copies of each byte");
}

void print_one(const cli::Entry& entry) {
  print_wrapped(entry.name + ":", entry.name.size() + 2, entry.summary);
  if (entry.traits == nullptr) {
    print_fact("kind", entry.kind + ", not a transport");
    return;
  }
  const Traits& traits = *entry.traits;
  print_fact("best for", std::string{traits.best_for});
  print_fact("family", std::string{title(traits.family)});
  print_fact("copies", copies_text(traits.payload_copies));
  print_fact("lends",
             traits.lends ? "yes: the worker can build its payload where the parent reads it" : "no");
  print_fact("framing", std::string{to_string(traits.framing)});
  print_fact("naming", cli::words(to_string(traits.naming)));
  print_fact("limit", traits.limit.empty() ? "none" : std::string{traits.limit} + " for one step");
  print_fact("killed worker", std::string{traits.peer_death});
  print_fact("needs", std::string{traits.needs});
  print_fact("here", entry.here.usable ? "it can be used" : "it cannot be used: " + entry.here.reason);
  const std::vector<OptionTraits> options = all_options(traits);
  if (options.empty()) print_fact("options", "none");
  for (const OptionTraits& option : options) {
    print_fact("option", std::string{option.name} + "=" + option.values.text() + ", default " +
                             std::string{option.default_value} + ": " + std::string{option.meaning});
  }
}

void print_some(const std::vector<cli::Entry>& entries) {
  for (const cli::Entry& entry : entries) {
    if (&entry != &entries.front()) std::cout << "\n";
    print_one(entry);
  }
}

// ---- what was asked for ----

std::vector<cli::Entry> select(const std::vector<cli::Entry>& entries,
                               const std::vector<std::string>& names) {
  std::vector<cli::Entry> chosen;
  for (const std::string& name : names) {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const cli::Entry& entry) { return entry.name == name; });
    if (found == entries.end()) {
      std::vector<std::string> known;
      for (const cli::Entry& entry : entries) known.push_back(entry.name);
      const std::string meant = sys::hint(name, known);
      throw UsageError("there is no transport '" + sys::printable(name) + "'" +
                       (meant.empty() ? "; ipcsort list shows all" : meant));
    }
    chosen.push_back(*found);
  }
  return chosen;
}

std::string content_of(const std::string& path) {
  std::string text;
  try {
    text = sys::read_file(path);
  } catch (const std::system_error& error) {
    throw UsageError("--deaths " + sys::printable(path) + " cannot be read: " + error.code().message());
  }
  if (text.empty()) throw UsageError("--deaths " + sys::printable(path) + " is empty");
  return text;
}

void print_columns(const std::string& file) {
  if (file == "runs") {
    std::cout << text::describe_columns(results::run_columns());
  } else if (file == "summary") {
    std::cout << text::describe_columns(results::summary_columns());
  } else if (file == "overall") {
    std::cout << text::describe_columns(results::overall_columns());
  } else if (file == "micro_summary") {
    std::cout << text::describe_columns(messages::micro_summary_columns());
  } else if (file == "micro") {
    std::cout << text::describe_columns(messages::micro_columns());
  } else if (file == "verdicts") {
    std::cout << gate::describe_csv_columns();
  } else if (file == "schema") {
    std::cout << schema_json();
  } else {
    throw UsageError("--columns: " + sys::is_none_of(file, {"runs", "summary", "overall", "micro",
                                                            "micro_summary", "verdicts", "schema"}));
  }
}

struct ListRequest {
  std::vector<std::string> names;
  std::optional<std::string> deaths;
  std::optional<std::string> columns;
  cli::Format format{};
};

cli::OptionTable<ListRequest> list_options() {
  using namespace cli;
  // clang-format off
  return {{{"Options", {
      {help_option()},
      {{.name = "name", .value_name = "NAME", .description = "only these; may also be given as bare words", .takes = Takes::repeated}, to(&ListRequest::names)},
      {{"deaths", "FILE", "for --format markdown: a file of kill_loop --csv to quote from"}, to(&ListRequest::deaths)},
      {{"columns", "WORD", "runs|summary|overall|micro|micro_summary|verdicts|schema: the columns of that file instead; schema: of all, as JSON"}, to(&ListRequest::columns)},
      format_row(&ListRequest::format)}}}};
  // clang-format on
}

}  // namespace

Usage list_usage() {
  return {.examples = {{"ipcsort list", "all, a line or two each"},
                       {"ipcsort list pipe memfd_ring", "all about some: options, needs, limits"},
                       {"ipcsort list --format csv", "for programs"},
                       {"ipcsort list --columns runs", "what the columns of runs.csv mean, as Markdown"}},
          .description = "The transports there are, what each is, and whether it can be used here.",
          .groups = list_options().shown(),
          .silent = {},
          .operands = {"name", "[NAME]..."},
          .exits = cli::plain_exits()};
}

int list(const Arguments& arguments) {
  const ListRequest request = list_options().read(arguments.values);
  if (request.columns) {
    print_columns(*request.columns);
    return exit_done;
  }
  if (request.deaths && request.format != cli::Format::markdown)
    throw UsageError("--deaths goes with --format markdown only");
  std::vector<cli::Entry> entries = cli::catalogue(arguments.registry);
  const bool some = !request.names.empty();
  if (some) entries = select(entries, request.names);
  switch (request.format) {
    case cli::Format::table: some ? print_some(entries) : print_all(entries); break;
    case cli::Format::csv: print_csv(entries); break;
    case cli::Format::json: print_json(entries); break;
    case cli::Format::markdown:
      if (some) throw UsageError("--format markdown is a page about all transports; leave the names out");
      std::cout << transports_page(entries, request.deaths ? content_of(*request.deaths) : "");
      break;
    case cli::Format::junit: break;
  }
  return exit_done;
}

}  // namespace ipcsort::commands
