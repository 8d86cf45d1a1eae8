#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <optional>

#include "bench/cli/catalogue.hpp"
#include "bench/commands/transports_page.hpp"
#include "bench/text/csv.hpp"
#include "bench/text/units.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

constexpr std::string_view head = R"(# The transports

Every way to move bytes from a worker to its parent that ipcsort knows. This page is what `ipcsort list --format markdown`
prints (`scripts/docs` writes it); whether a transport can be used on a machine, and why not, says `ipcsort list NAME`
there.

**copies** counts how often each byte of the payload is copied on its way from the worker's array to the parent's, the
kernel's own copies included; with 0 there is nothing to send with, the transport can only lend. **lends**: the worker
can build its payload in memory where the parent reads it (`--handover lend`). **framing**: a *stream* is bytes without
boundaries, a *message* arrives as it was sent, a *region* is memory that both sides see, filled and emptied in turns.
**naming** is how the two find each other; *anonymous* objects are inherited over `fork` and cannot be left behind, an
*address* is a port of the loopback interface.
**limit** bounds one step of a transfer; larger payloads take several. **a killed worker** is what the receiver itself
would notice of it; where that is nothing, the run still ends, because the parent supervises its children.
)";

constexpr std::string_view about_deaths =
    R"(**a death was noticed after** is measured, on the machine of results/reference: `kill_loop --csv` killed workers by SIGKILL
at all points of a run, and this is how long it took until the parent knew.
)";

using Row = std::vector<std::string>;

// A bar would end the cell, also within a code span.
std::string cell(std::string_view text) {
  std::string safe;
  for (const char character : text) safe += character == '|' ? "\\|" : std::string(1, character);
  return safe;
}

std::string line(const Row& fields) {
  std::string text = "|";
  for (const std::string& field : fields) text += (field.empty() ? " " : " " + cell(field) + " ") + "|";
  return text + "\n";
}

std::string table(const std::vector<Row>& rows) {
  std::string text = line(rows.front()) + "|";
  for (std::size_t i = 0; i < rows.front().size(); ++i) text += "---|";
  text += "\n";
  for (std::size_t i = 1; i < rows.size(); ++i) text += line(rows[i]);
  return text;
}

std::string code(std::string_view text) { return "`" + std::string{text} + "`"; }

// "twice `sndbuf=` less 32 bytes": the names of options stand out.
std::string limit_of(const Traits& traits) {
  Row parts = sys::split(traits.limit, ' ');
  for (std::string& part : parts) {
    if (part.ends_with('=')) part = code(part);
  }
  return sys::join(parts, " ");
}

// ---- what the kill loop has measured ----

using Deaths = std::map<std::string, std::string, std::less<>>;  // transport -> text of its cell

std::string milliseconds(const std::string& digits) {
  char* end = nullptr;
  const double value = std::strtod(digits.c_str(), &end);
  if (digits.empty() || *end != '\0' || !(value >= 0)) {
    throw UsageError("--deaths: '" + sys::printable(digits) + "' is not a time in milliseconds");
  }
  return text::fixed(value, value < 9.95 ? 1 : 0);
}

std::uint64_t count(const std::string& digits) {
  const auto value = sys::parse_count(digits);
  if (!value) throw UsageError("--deaths: '" + sys::printable(digits) + "' is not a count");
  return *value;
}

Deaths parse_deaths(std::string_view csv) {
  Deaths deaths;
  const std::vector<text::CsvRecord> records = text::parse_csv(csv);
  if (records.empty()) return deaths;
  const auto column = [&](std::string_view name) {
    const auto found = std::find(records[0].begin(), records[0].end(), name);
    if (found == records[0].end()) {
      throw UsageError(
          fmt::format("--deaths: there is no column {}; the file must be one of kill_loop --csv", name));
    }
    return static_cast<std::size_t>(found - records[0].begin());
  };
  const std::size_t transport = column("transport");
  const std::size_t kills = column("kills");
  const std::size_t survived = column("ok_after_sent");
  const std::size_t median = column("noticed_ms_p50");
  const std::size_t worst = column("noticed_ms_max");
  for (std::size_t i = 1; i < records.size(); ++i) {
    const text::CsvRecord& record = records[i];
    if (record.size() != records[0].size())
      throw UsageError(fmt::format("--deaths: row {} has another number of fields than the header", i));
    if (record[median].empty()) continue;  // nobody was killed
    deaths[record[transport]] =
        fmt::format("{} ms; worst {} ms of {}", milliseconds(record[median]), milliseconds(record[worst]),
                    count(record[kills]) - count(record[survived]));
  }
  return deaths;
}

// ---- the page ----

std::string overview(const std::vector<cli::Section>& all, const std::optional<Deaths>& deaths) {
  Row header = {"transport", "copies", "lends", "framing", "naming", "limit", "a killed worker"};
  if (deaths) header.emplace_back("a death was noticed after (median; worst of N)");
  std::vector<Row> rows = {header};
  for (const cli::Section& family : all) {
    for (const cli::CatalogueEntry* entry : family.members) {
      const Traits& traits = *entry->traits;
      Row row = {"[" + code(entry->name) + "](#" + entry->name + ")",
                 std::to_string(traits.payload_copies),
                 traits.lends ? "yes" : "no",
                 std::string{to_string(traits.framing)},
                 cli::with_blanks(to_string(traits.naming)),
                 limit_of(traits),
                 std::string{traits.peer_death}};
      if (deaths) {
        const auto death = deaths->find(entry->name);
        row.push_back(death == deaths->end() ? "" : death->second);
      }
      rows.push_back(std::move(row));
    }
  }
  return table(rows);
}

std::string section(const cli::CatalogueEntry& entry) {
  const Traits& traits = *entry.traits;
  std::string text = "\n### " + entry.name + "\n\n" + entry.summary + "\n\n";
  text += fmt::format("* best for: {}\n* needs: {}\n* limit of one step: {}\n* a killed worker: {}\n",
                      traits.best_for, traits.needs, traits.limit.empty() ? "none" : limit_of(traits),
                      traits.peer_death);
  const std::vector<OptionTraits> options = all_options(traits);
  if (options.empty()) return text;
  std::vector<Row> rows = {{"option", "values", "default", "meaning"}};
  for (const OptionTraits& option : options) {
    rows.push_back({code(option.name), code(option.values.text()), code(option.default_value),
                    std::string{option.meaning}});
  }
  return text + "\n" + table(rows);
}

}  // namespace

std::string transports_page(const std::vector<cli::CatalogueEntry>& entries, std::string_view deaths_csv) {
  std::vector<cli::Section> all = cli::sections(entries);
  std::erase_if(all, [](const cli::Section& family) { return family.members.front()->traits == nullptr; });
  std::optional<Deaths> deaths;
  if (!deaths_csv.empty()) deaths = parse_deaths(deaths_csv);
  std::string text{head};
  if (deaths) text += about_deaths;
  text += "\n" + overview(all, deaths);
  for (const cli::Section& family : all) {
    text += "\n## " + family.title + "\n";
    for (const cli::CatalogueEntry* entry : family.members) text += section(*entry);
  }
  return text;
}

}  // namespace ipcsort::commands
