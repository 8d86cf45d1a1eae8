#include <iostream>

#include <nlohmann/json.hpp>

#include "bench/commands/command.hpp"
#include "bench/commands/options.hpp"
#include "bench/driver/csv.hpp"
#include "bench/driver/record.hpp"
#include "bench/driver/summary.hpp"
#include "bench/driver/wording.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

constexpr std::string_view usage =
    "The transports there are, what each is, and whether it can be used here.\n\n"
    "  ipcsort list\n"
    "  ipcsort list --format csv\n"
    "  ipcsort list --columns runs       what the columns of runs.csv mean, as Markdown\n";

struct Entry {
  std::string name, kind, usable, naming, framing, copies, limit, options, needs, summary, reason;
};

std::string options_of(const Traits& traits) {
  std::string text;
  for (const OptionTraits& option : traits.options) {
    text += (text.empty() ? "" : " ") + std::string{option.name} + "=" + std::string{option.values} + "(" +
            std::string{option.default_value} + ")";
  }
  return text;
}

std::vector<Entry> entries_of(const Registry& registry) {
  std::vector<Entry> entries;
  for (const Transport* transport : registry.all()) {
    const Traits& t = transport->traits();
    const Availability availability = transport->probe();
    entries.push_back({std::string{t.name}, "transport", availability.usable ? "yes" : "no",
                       std::string{to_string(t.naming)}, std::string{to_string(t.framing)},
                       std::to_string(t.payload_copies), std::string{t.limit}, options_of(t),
                       std::string{t.needs}, std::string{t.summary}, availability.reason});
  }
  const std::vector<std::pair<std::string, std::string>> references = {
      {"serial", "one process does it all; no transport"},
      {"threads", "worker threads of one process; the span is handed over"},
      {"memcpy_one_copy", "the payload copied once to fresh memory"},
      {"memcpy_two_copies", "the payload copied twice, through a buffer in cache"}};
  for (const auto& [name, summary] : references) {
    const auto kind = pipeline::kind_name(*pipeline::reference_named(name));
    entries.push_back({name, std::string{kind}, "yes", "", "", "", "", "", "", summary, ""});
  }
  return entries;
}

void print_csv(const std::vector<Entry>& entries) {
  std::cout << driver::csv_line({"name", "kind", "usable", "naming", "framing", "payload_copies", "limit",
                                 "options", "needs", "summary", "reason"});
  for (const Entry& e : entries) {
    std::cout << driver::csv_line({e.name, e.kind, e.usable, e.naming, e.framing, e.copies, e.limit,
                                   e.options, e.needs, e.summary, e.reason});
  }
}

void print_json(const std::vector<Entry>& entries) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Entry& e : entries) {
    list.push_back({{"name", e.name},
                    {"kind", e.kind},
                    {"usable", e.usable == "yes"},
                    {"naming", e.naming},
                    {"framing", e.framing},
                    {"payload_copies", e.copies.empty() ? nlohmann::ordered_json{}
                                                        : nlohmann::ordered_json(std::stoi(e.copies))},
                    {"limit", e.limit},
                    {"options", e.options},
                    {"needs", e.needs},
                    {"summary", e.summary},
                    {"reason", e.reason}});
  }
  std::cout << list.dump(2) << "\n";
}

void print_table(const std::vector<Entry>& entries) {
  std::size_t width = 0;
  for (const Entry& e : entries) width = std::max(width, e.name.size());
  for (const Entry& e : entries) {
    const std::string indent(width + 2, ' ');
    std::cout << e.name << std::string(width + 2 - e.name.size(), ' ') << e.summary << "\n";
    if (e.kind == "transport") {
      std::cout << indent << e.framing << ", " << e.naming << ", " << e.copies
                << (e.copies == "1" ? " copy of each byte" : " copies of each byte")
                << (e.limit.empty() ? "" : ", " + e.limit) << "\n";
    } else {
      std::cout << indent << e.kind << ", not a transport\n";
    }
    for (const std::string& option : sys::split(e.options, ' ')) {
      if (!option.empty()) std::cout << indent << "option " << option << "\n";
    }
    if (!e.reason.empty()) std::cout << indent << "cannot be used here: " << e.reason << "\n";
  }
}

}  // namespace

int list(const Arguments& arguments) {
  po::options_description options("Options");
  // clang-format off
  options.add_options()
      ("help,h", "this text")
      ("format", po::value<std::string>()->default_value("table"), "table|csv|json")
      ("columns", po::value<std::string>(), "runs|summary: the columns of that file instead");
  // clang-format on
  const po::variables_map values = parse_words(arguments.words, options);
  if (help_wanted(values, usage, options)) return exit_done;
  if (values.count("columns") != 0) {
    const std::string file = values["columns"].as<std::string>();
    if (file != "runs" && file != "summary")
      throw UsageError("--columns is runs or summary, not '" + sys::printable(file) + "'");
    std::cout << (file == "runs" ? driver::describe_columns(driver::run_columns())
                                 : driver::describe_columns(driver::summary_columns()));
    return exit_done;
  }
  const std::string format = values["format"].as<std::string>();
  const std::vector<Entry> entries = entries_of(arguments.registry);
  if (format == "csv") {
    print_csv(entries);
  } else if (format == "json") {
    print_json(entries);
  } else if (format == "table") {
    print_table(entries);
  } else {
    throw UsageError("--format is table, csv or json, not '" + sys::printable(format) + "'");
  }
  return exit_done;
}

}  // namespace ipcsort::commands
