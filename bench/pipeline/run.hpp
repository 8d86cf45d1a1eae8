// One run: one subject, once, with a fresh set of workers, verified. The door to this library.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "bench/pipeline/fault.hpp"
#include "bench/pipeline/partition.hpp"
#include "bench/pipeline/phases.hpp"
#include "bench/pipeline/settings.hpp"
#include "datagen/fingerprint.hpp"
#include "sys/clock.hpp"
#include "sys/object_log.hpp"
#include "transports/transport.hpp"

namespace ipcsort::pipeline {

// What carries the sorted runs, or what stands in for it.
enum class SubjectKind {
  transport,
  serial,            // reference: one process does it all
  threads,           // reference: worker threads of one process, the span is handed over
  memcpy_one_copy,   // calibration: the payload copied once to fresh memory, by as many cores as there are
                     // receivers
  memcpy_two_copies  // calibration: copied twice, through a buffer that stays in cache, by senders' and
                     // receivers' cores
};

struct Subject {
  SubjectKind kind = SubjectKind::transport;
  const Transport* transport = nullptr;  // for SubjectKind::transport; lives as long as the subject
  Options options;
};

// "pipe", "serial", ...: the CSV key.
std::string_view name_of(const Subject& subject) noexcept;
// "transport", "reference" or "calibration".
std::string_view kind_name(SubjectKind kind) noexcept;
// The subjects that are not transports, in the order of the enumeration.
std::optional<SubjectKind> reference_named(std::string_view name) noexcept;

struct Job {
  Subject subject;
  Settings settings;
  std::vector<WorkerPlan> workers;  // one for each worker; for a calibration only their number counts
  datagen::Fingerprint expected;    // of all input; for a calibration only the count
  sys::Nanoseconds deadline_ns = 60 * sys::second_ns;  // from the start of the run to its verified end
  std::optional<Fault> fault;
  std::optional<Slowdown> slowdown;  // for a subject that is a transport
  int result_fd = -1;       // where the merged numbers go, as text, once they are verified; -1: nowhere
  std::string result_name;  // what that is called in a message
};

struct RunResult {
  Status status = Status::error;
  std::string error;   // why it is not ok: which worker, which call, which errno
  RunFigures figures;  // what was reached; all of it when status is ok
  // CLOCK_MONOTONIC; 0: it did not happen.
  sys::Nanoseconds struck_at = 0;   // the job's fault
  sys::Nanoseconds noticed_at = 0;  // the supervisor learnt of what ended the run early
  sys::Nanoseconds paused_ns =
      0;  // all of us were frozen or starved meanwhile, as far as that took half a second
};

// Forks the run process, waits for it (at most a little longer than the deadline) and reads what it left.
// Must be called from a process with a single thread. `stop_fd` (or -1): when it becomes readable the run is
// killed and reported as interrupted; it is not read. `objects` notes what a killed run would leave; that is
// removed here. Throws std::system_error only when not even the run process can be made.
RunResult run_once(const Job& job, sys::ObjectLog& objects, int stop_fd = -1);

}  // namespace ipcsort::pipeline
