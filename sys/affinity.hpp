// On which CPUs threads run: sched_setaffinity(2), proc_pid_sched in Documentation/scheduler.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <optional>
#include <vector>

namespace ipcsort::sys {

// The CPUs that the calling thread may use, ascending; never empty.
std::vector<int> allowed_cpus();

// How many these are.
unsigned usable_cpus();

// From now on this thread, and what it starts, runs on `cpu` only. Throws std::system_error.
void pin_to_cpu(int cpu);

// Lets every thread of `process`, and of the processes that it started, run where the calling thread may: those
// that wait for one CPU get on when somebody else keeps it, a real-time task for instance. What cannot be seen
// or changed (/proc not mounted, CONFIG_PROC_CHILDREN not set, gone in the meantime) stays as it is.
void unpin(pid_t process) noexcept;

// How often the calling thread has been moved from one CPU to another so far; nothing where the kernel does
// not say (/proc/thread-self/sched is there with CONFIG_SCHED_DEBUG, which distributions have).
std::optional<std::int64_t> migrations_so_far() noexcept;

}  // namespace ipcsort::sys
