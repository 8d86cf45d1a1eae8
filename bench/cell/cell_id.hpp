// What is measured, as a value: the one identity that plan, rows, summary, verdicts and names share.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "bench/pipeline/run.hpp"
#include "bench/pipeline/settings.hpp"
#include "datagen/distribution.hpp"

namespace ipcsort::cell {

// By name, so that a row of a transport which this program does not have is one, too.
struct SubjectId {
  pipeline::SubjectKind kind = pipeline::SubjectKind::transport;
  std::string name;  // "pipe", "serial"
  Options options;   // of a transport, those that differ from its defaults

  auto operator<=>(const SubjectId&) const = default;
};

SubjectId id_of(const pipeline::Subject& subject);
// Throws UsageError unless `kind` is the one that `name` has: "transport", "reference" or "calibration".
pipeline::SubjectKind subject_kind(std::string_view kind, std::string_view name);

// "capacity=1M", "" without options; several joined by blanks. read_options is the way back.
std::string options_text(const Options& options);
Options read_options(std::string_view text);
// "pipe:capacity=1M", as options of the command line have it.
std::string label(const SubjectId& subject);

// The numbers in the files.
struct DataId {
  std::optional<datagen::Distribution> distribution =
      datagen::Distribution::uniform;  // nothing: the user's own
  std::uint64_t seed = 1;              // 0 for the user's own

  auto operator<=>(const DataId&) const = default;
};

// "uniform", or "input" for the user's own files.
std::string_view distribution_text(const DataId& data) noexcept;

// By which time cells are compared.
enum class ComparedBy {
  transfer,  // where it is clean: all send at once, and bytes move
  total
};

struct CellId {
  SubjectId subject;
  std::uint64_t files = 1;
  std::uint64_t numbers = 0;  // in all files together
  int workers = 1;
  DataId data;
  pipeline::Settings settings;

  auto operator<=>(const CellId&) const = default;

  [[nodiscard]] bool is_transport() const noexcept {
    return subject.kind == pipeline::SubjectKind::transport;
  }
  [[nodiscard]] bool is_calibration() const noexcept;
  [[nodiscard]] bool is_serial() const noexcept { return subject.kind == pipeline::SubjectKind::serial; }
  // The transport that moves nothing: what every other one has to be measured against, and no rival of theirs.
  [[nodiscard]] bool is_floor() const noexcept;
  // A transport that hands over memory instead of bytes.
  [[nodiscard]] bool lends() const noexcept {
    return is_transport() && settings.handover == pipeline::Handover::lend;
  }
  // The same without what is compared: the subject, and those settings that may differ between cells which
  // are compared. Cells with equal conditions are.
  [[nodiscard]] CellId condition() const;
  // The condition without what one process that does it all has no part in: workers, transfer and drain.
  [[nodiscard]] CellId work() const;
  // Of what is sent again and again, the cell that is sent once: the first round of its runs measures that one.
  [[nodiscard]] CellId sent_once() const;
  [[nodiscard]] ComparedBy compared_by() const noexcept;
};

// "pipe:capacity=1M lend, 4 files, 10M numbers, 2 workers, barrier"
std::string describe(const CellId& id);

}  // namespace ipcsort::cell
