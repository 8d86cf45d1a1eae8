#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench/cli/catalogue.hpp"
#include "bench/cli/options.hpp"
#include "bench/cli/output.hpp"
#include "bench/commands/commands.hpp"
#include "bench/commands/printing.hpp"
#include "bench/commands/transports_page.hpp"
#include "bench/gate/verdict.hpp"
#include "bench/host/build_info.hpp"
#include "bench/text/csv.hpp"
#include "bench/text/json.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

using cli::CatalogueEntry;

constexpr std::size_t line_width = 80;

// ---- for programs ----

std::string options_of(const Traits& traits) {
  std::vector<std::string> options;
  for (const OptionTraits& option : all_options(traits))
    options.push_back(fmt::format("{}={}({})", option.name, option.values.text(), option.default_value));
  return sys::join(options, " ");
}

std::string yes_or_no(bool is) { return is ? "yes" : "no"; }

// References have no traits; what those would tell stays empty for them.
template <typename Get>
text::Column<CatalogueEntry> of_traits(std::string_view name, Get get) {
  return text::text_column<CatalogueEntry>(name, "", [get](const CatalogueEntry& entry) {
    return entry.traits == nullptr ? std::string{} : std::string{get(*entry.traits)};
  });
}

const text::Columns<CatalogueEntry>& listed_columns() {
  using text::column;
  using E = CatalogueEntry;
  using T = Traits;
  static const text::Columns<E> columns = [] {
    text::Columns<E> all = {
        column("name", "", "", &E::name),
        column("kind", "", "", &E::kind),
        text::text_column<E>("usable", "", [](const E& entry) { return yes_or_no(entry.here.usable); }),
        of_traits("family", [](const T& traits) { return to_string(traits.family); }),
        of_traits("naming", [](const T& traits) { return to_string(traits.naming); }),
        of_traits("framing", [](const T& traits) { return to_string(traits.framing); }),
        of_traits("payload_copies", [](const T& traits) { return std::to_string(traits.payload_copies); }),
        of_traits("lends", [](const T& traits) { return yes_or_no(traits.lends); }),
        of_traits("limit", std::mem_fn(&T::limit)),
        of_traits("options", options_of),
        of_traits("needs", std::mem_fn(&T::needs)),
        of_traits("peer_death", std::mem_fn(&T::peer_death)),
        of_traits("best_for", std::mem_fn(&T::best_for)),
        column("summary", "", "", &E::summary),
        column<E>("reason", "", "", &E::here, &Availability::reason)};
    for (text::Column<E>& each : all) {
      if (each.name == "usable" || each.name == "lends") each.type = "boolean";
      if (each.name == "payload_copies") each.type = "integer";
    }
    return all;
  }();
  return columns;
}

// What is no text is absent where it is empty; booleans are words in the CSV.
nlohmann::ordered_json json_value(const text::Column<CatalogueEntry>& column, const CatalogueEntry& entry) {
  const std::string text = column.get(entry);
  if (column.is_text()) return text;
  if (text.empty()) return nullptr;
  return column.type == "boolean" ? nlohmann::ordered_json(text == "yes") : text::parse_json(text);
}

void print_json(const std::vector<CatalogueEntry>& entries) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const CatalogueEntry& entry : entries) {
    nlohmann::ordered_json& object = list.emplace_back();
    for (const auto& column : listed_columns()) object[column.name] = json_value(column, entry);
  }
  std::cout << text::json_text(list);
}

// ---- for people ----

// `text` behind `label`, which takes `indent` columns; further lines begin under the text.
void print_wrapped(const std::string& label, std::size_t indent, const std::string& text) {
  const std::string first = label + std::string(indent - std::min(indent, label.size()), ' ');
  std::cout << text::wrapped(text, line_width, first, indent);
}

void print_all(const std::vector<CatalogueEntry>& entries) {
  std::size_t width = 0;
  for (const CatalogueEntry& entry : entries) width = std::max(width, entry.name.size());
  for (const cli::Section& section : cli::sections(entries)) {
    std::cout << section.title << "\n";
    for (const CatalogueEntry* entry : section.members) {
      print_wrapped("  " + entry->name, width + 4,
                    entry->summary + (entry->here.usable ? "" : " (cannot be used here)"));
    }
  }
  std::cout << "\nAll of ipcsort needs " << host::build_info::kernel_needed << ".\n"
            << "All about one, and what else it needs: ipcsort list NAME\n";
}

void print_fact(const std::string& label, const std::string& text) {
  if (!text.empty()) print_wrapped("  " + label, 16, text);
}

std::string copies_text(int copies) {
  if (copies == 0) return "none, it only lends";
  return fmt::format("{} {} of each byte", copies, copies == 1 ? "copy" : "copies");
}

void print_one(const CatalogueEntry& entry) {
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
  print_fact("naming", cli::with_blanks(to_string(traits.naming)));
  print_fact("limit", traits.limit.empty() ? "none" : std::string{traits.limit} + " for one step");
  print_fact("killed worker", std::string{traits.peer_death});
  print_fact("needs", std::string{traits.needs});
  print_fact("here", entry.here.usable ? "it can be used" : "it cannot be used: " + entry.here.reason);
  const std::vector<OptionTraits> options = all_options(traits);
  if (options.empty()) print_fact("options", "none");
  for (const OptionTraits& option : options) {
    print_fact("option", fmt::format("{}={}, default {}: {}", option.name, option.values.text(),
                                     option.default_value, option.meaning));
  }
}

void print_some(const std::vector<CatalogueEntry>& entries) {
  for (const CatalogueEntry& entry : entries) {
    if (&entry != &entries.front()) std::cout << "\n";
    print_one(entry);
  }
}

// ---- what was asked for ----

std::vector<CatalogueEntry> select(const std::vector<CatalogueEntry>& entries,
                                   const std::vector<std::string>& names) {
  std::vector<CatalogueEntry> chosen;
  for (const std::string& name : names) {
    const auto found = std::ranges::find(entries, name, &CatalogueEntry::name);
    if (found == entries.end()) {
      std::vector<std::string> known;
      for (const CatalogueEntry& entry : entries) known.push_back(entry.name);
      const std::string meant = sys::hint(name, known);
      throw UsageError(fmt::format("there is no transport '{}'{}", sys::printable(name),
                                   meant.empty() ? "; ipcsort list shows all" : meant));
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
  std::vector<std::string> known;
  for (const auto& [name, columns] : csv_files()) {
    known.emplace_back(name.substr(0, name.find('.')));
    if (known.back() == file) {
      std::cout << text::describe_columns(columns);
      return;
    }
  }
  if (file == "verdicts") {
    std::cout << gate::describe_csv_columns();
  } else if (file == "schema") {
    std::cout << text::schema_json(csv_files());
  } else {
    known.insert(known.end(), {"verdicts", "schema"});
    throw UsageError("--columns: " + sys::is_none_of(file, known));
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
          .operands = {"name", "[NAME]..."},
          .exits = cli::plain_exits()};
}

int list(const Arguments& arguments) {
  const ListRequest request = list_options().read(arguments.values);
  static_cast<void>(sys::settle_runtime_directory());  // where probing looks
  if (request.columns) {
    print_columns(*request.columns);
    return exit_done;
  }
  if (request.deaths && request.format != cli::Format::markdown)
    throw UsageError("--deaths goes with --format markdown only");
  std::vector<CatalogueEntry> entries = cli::catalogue(arguments.registry);
  const bool some = !request.names.empty();
  if (some) entries = select(entries, request.names);
  if (request.format == cli::Format::table) {
    some ? print_some(entries) : print_all(entries);
  } else if (request.format == cli::Format::csv) {
    std::cout << text::csv_text(listed_columns(), entries);
  } else if (request.format == cli::Format::json) {
    print_json(entries);
  } else {
    if (some) throw UsageError("--format markdown is a page about all transports; leave the names out");
    std::cout << transports_page(entries, request.deaths ? content_of(*request.deaths) : "");
  }
  return exit_done;
}

}  // namespace ipcsort::commands
