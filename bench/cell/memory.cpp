#include "bench/cell/memory.hpp"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "bench/pipeline/partition.hpp"
#include "bench/text/units.hpp"
#include "datagen/cache.hpp"
#include "sys/error.hpp"

namespace ipcsort::cell {
namespace {

using pipeline::Handover;
using pipeline::Memory;
using pipeline::Merge;
using pipeline::SubjectKind;

constexpr double number_bytes = sizeof(std::int32_t);
constexpr double mib = 1024.0 * 1024.0;
// Program, stacks and a read buffer, measured as the resident memory of a run without numbers.
constexpr double process_bytes = 5 * mib;
// At the end of an array, which may be longer than what fills it, a huge page is touched by its first byte.
constexpr double huge_page_bytes = 2 * mib;
// Lists of pages: 8 bytes for each of 4096, in parent and worker.
constexpr double page_table_share = 2 * 8.0 / 4096;
// Room that is made for a run before its numbers have been counted, where files are cut.
struct Room {
  double bytes = 0;
  double largest_worker_bytes = 0;
};

Room room_for(const Cell& cell, std::span<const datagen::InputFile> files) {
  Room room;
  for (const pipeline::WorkerPlan& worker : share_out(files, cell.workers, cell.settings.merge)) {
    double bytes = 0;
    for (const pipeline::RunPlan& run : worker.runs)
      bytes += static_cast<double>(run.numbers_max) * number_bytes;
    room.bytes += bytes;
    room.largest_worker_bytes = std::max(room.largest_worker_bytes, bytes);
  }
  return room;
}

double payload_bytes(const Cell& cell) { return static_cast<double>(cell.numbers) * number_bytes; }

// What the transport itself holds: no more can be on its way than there is, but what is reserved is there
// whole.
double transport_bytes(const Cell& cell) {
  const Traits& traits = cell.transport->traits();
  double bytes = 0;
  double slots = 1;
  for (const OptionTraits& option : traits.options) {
    if (option.values.is_size())
      bytes += static_cast<double>(option_bytes(traits, cell.subject.options, option.name)) * cell.workers;
    if (option.name == "slots" && cell.settings.handover == Handover::copy)
      slots = static_cast<double>(std::stoul(option_text(traits, cell.subject.options, option.name)));
  }
  bytes *= slots;
  return traits.buffers_reserved ? bytes : std::min(traits.steps_on_the_way * bytes, payload_bytes(cell));
}

double merged_bytes(const Cell& cell) {
  // A single run is the merged result as it stands, unless an array for it was made ready beforehand.
  const bool is_single = cell.workers == 1 && cell.settings.merge != Merge::concat &&
                         !(cell.is_transport() && cell.settings.is_streaming());
  return is_single && cell.settings.memory == Memory::fresh ? 0 : payload_bytes(cell);
}

void add_transport(const Cell& cell, std::span<const datagen::InputFile> files, MemoryNeed& need) {
  const pipeline::Settings& settings = cell.settings;
  if (settings.handover == Handover::lend) {
    // Memory that is lent is only used as far as it is touched, unless it is reserved: then each worker has
    // room for the most that any of them may need.
    if (cell.transport->traits().lends_reserved)
      need.sorted_bytes = room_for(cell, files).largest_worker_bytes * cell.workers;
    // What has been handed over is the parent's; to hand it over again a worker has a copy.
    if (settings.is_steady()) need.sorted_bytes += payload_bytes(cell);
  } else if (!settings.is_streaming()) {  // what is received goes to the result without an array of its own
    need.received_bytes =
        settings.memory == Memory::ready ? room_for(cell, files).bytes : payload_bytes(cell);
  }
  if (settings.handover == Handover::copy || cell.transport->traits().buffers_reserved)
    need.other_bytes += transport_bytes(cell);
}

std::string remedy(const Cell& cell, std::span<const datagen::InputFile> files, double need_bytes) {
  std::string text = "ask for fewer numbers";
  if (cell.settings.memory == Memory::ready) text += ", take --memory fresh";
  if (cell.is_transport() && cell.settings.handover == Handover::copy) {
    Cell lending = cell;
    lending.settings.handover = Handover::lend;
    if (!cell.transport->traits().lends) {
      text += ", take --handover lend with a transport that lends";
    } else if (const double bytes = memory_need(lending, files).total_bytes(); bytes < need_bytes) {
      text += ", take --handover lend (" + text::bytes_text(bytes) + ")";
    }
  }
  return text + ", or free some memory";
}

// The user's own files, or those that would be generated.
class Files {
 public:
  // It must outlive this.
  explicit Files(const Datasets& datasets) : datasets_(datasets) {}

  std::span<const datagen::InputFile> of(const Cell& cell) {
    const auto key = std::pair(cell.files, cell.numbers);
    if (const auto own = datasets_.find(key); own != datasets_.end()) return own->second.files;
    const auto [place, fresh] = expected_.try_emplace(key);
    if (fresh) place->second = files_to_expect(spec_of(cell));
    return place->second;
  }

 private:
  const Datasets& datasets_;
  std::map<Datasets::key_type, std::vector<datagen::InputFile>> expected_;
};

}  // namespace

std::vector<datagen::InputFile> files_to_expect(const datagen::DataSpec& spec) {
  std::vector<datagen::InputFile> files(spec.files);
  const std::uint64_t all_bytes = datagen::estimated_bytes(spec);
  const std::uint64_t bytes = all_bytes / spec.files + (all_bytes % spec.files == 0 ? 0 : 1);
  for (std::uint32_t i = 0; i < spec.files; ++i) {
    files[i].bytes = bytes;
    files[i].fingerprint.count = datagen::numbers_in_file(spec, i);
  }
  return files;
}

MemoryNeed memory_need(const Cell& cell, std::span<const datagen::InputFile> files) {
  MemoryNeed need;
  need.sorted_bytes = payload_bytes(cell);
  int processes = 2;  // driver and run process
  switch (cell.subject.kind) {
    case SubjectKind::memcpy_one_copy:
    case SubjectKind::memcpy_two_copies:  // from a source to a target; both are warmed up in one piece before
      need.received_bytes = payload_bytes(cell);
      break;
    case SubjectKind::serial:
    case SubjectKind::threads: need.merged_bytes = merged_bytes(cell); break;
    case SubjectKind::transport:
      processes += cell.workers;
      need.merged_bytes = merged_bytes(cell);
      add_transport(cell, files, need);
      break;
  }
  need.other_bytes += processes * process_bytes + page_table_share * need.total_bytes();
  if (cell.settings.pages == sys::Pages::huge) {
    const int arrays = cell.workers * (need.received_bytes > 0 ? 2 : 1) + (need.merged_bytes > 0 ? 1 : 0);
    need.other_bytes += arrays * huge_page_bytes;
  }
  return need;
}

std::string memory_shortage(const Cell& cell, std::span<const datagen::InputFile> files,
                            const host::MemoryAvailable& available) {
  const MemoryNeed need = memory_need(cell, files);
  const double total = need.total_bytes();
  const double allowed = host::memory_allowed(available);
  if (total <= allowed) return {};
  return "needs up to " + text::bytes_text(total) + " of memory (sorted " +
         text::bytes_text(need.sorted_bytes) + ", received " + text::bytes_text(need.received_bytes) +
         ", merged " + text::bytes_text(need.merged_bytes) + ", processes and the transport's own " +
         text::bytes_text(need.other_bytes) + "), " + text::bytes_text(allowed) +
         " can be had (nine tenths of " + available.source + "); " + remedy(cell, files, total);
}

void skip_what_does_not_fit(Plan& plan, const Datasets& datasets,
                            const std::optional<host::MemoryAvailable>& available) {
  if (!available) return;
  Files files(datasets);
  bool any_left = false;
  const Cell* smallest = nullptr;
  double smallest_bytes = 0;
  for (Cell& cell : plan.cells) {
    if (!cell.skip_reason.empty()) continue;
    cell.skip_reason = memory_shortage(cell, files.of(cell), *available);
    any_left = any_left || cell.skip_reason.empty();
    const double bytes = memory_need(cell, files.of(cell)).total_bytes();
    if (!cell.skip_reason.empty() && (smallest == nullptr || bytes < smallest_bytes)) {
      smallest = &cell;
      smallest_bytes = bytes;
    }
  }
  if (smallest != nullptr && !any_left) throw UsageError(describe(*smallest) + ": " + smallest->skip_reason);
}

std::string memory_text(const Plan& plan, const Datasets& datasets,
                        const std::optional<host::MemoryAvailable>& available) {
  Files files(datasets);
  const Cell* largest = nullptr;
  double largest_bytes = 0;
  for (const Cell& cell : plan.cells) {
    if (!cell.skip_reason.empty()) continue;
    const double bytes = memory_need(cell, files.of(cell)).total_bytes();
    if (bytes > largest_bytes) {
      largest = &cell;
      largest_bytes = bytes;
    }
  }
  if (largest == nullptr) return {};
  return "Memory: up to " + text::bytes_text(largest_bytes) + " (" + describe(*largest) + ")" +
         (available ? " of " + text::bytes_text(host::memory_allowed(*available)) + " that can be had"
                    : std::string{});
}

}  // namespace ipcsort::cell
