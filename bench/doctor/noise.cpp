#include "bench/doctor/noise.hpp"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <functional>
#include <nlohmann/json.hpp>
#include <system_error>

#include "bench/host/interference.hpp"
#include "bench/host/machine.hpp"
#include "bench/stats/sample.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/mapping.hpp"
#include "sys/process.hpp"

namespace ipcsort::doctor {
namespace {

constexpr std::size_t times_min = 10;       // below, a p99 is nothing but the maximum
constexpr std::size_t times_max = 100'000;  // so that a fast thing does not fill the memory

double seconds(sys::Nanoseconds ns) { return static_cast<double>(ns) / static_cast<double>(sys::second_ns); }

// Does `step` again and again until the time is over, at least times_min times; `per_step` is how many things
// one step does.
std::vector<double> times_of(const std::function<void()>& step, sys::Nanoseconds budget_ns,
                             const datagen::Stop& stop, double per_step = 1) {
  step();  // the first pays for pages and caches
  std::vector<double> times_s;
  const sys::Nanoseconds end = sys::now_ns() + budget_ns;
  for (sys::Nanoseconds before = sys::now_ns();
       times_s.size() < times_max && (before < end || times_s.size() < times_min);) {
    step();
    const sys::Nanoseconds after = sys::now_ns();
    times_s.push_back(seconds(after - before) / per_step);
    datagen::check_stop(stop);
    before = sys::now_ns();
  }
  return times_s;
}

using Times = std::vector<double>;

// Depends on nothing but the processor: each step needs the one before.
Times compute_times(sys::Nanoseconds budget_ns, const datagen::Stop& stop) {
  std::uint64_t state = 88172645463325252ULL;
  const auto work = [&state] {
    for (int i = 0; i < 300'000; ++i) {  // xorshift64
      state ^= state << 13;
      state ^= state >> 7;
      state ^= state << 17;
    }
    asm volatile("" : : "r"(state));
  };
  return times_of(work, budget_ns, stop);
}

// Larger than the last cache, and no more than a small machine has.
std::size_t copy_bytes() {
  std::size_t largest = 16 << 20;
  const nlohmann::ordered_json facts = host::machine_facts();
  for (const auto& cache : facts["caches"]) largest = std::max(largest, cache["bytes"].get<std::size_t>());
  return std::min<std::size_t>(2 * largest, 128 << 20);
}

Times memory_times(std::size_t bytes, sys::Nanoseconds budget_ns, const datagen::Stop& stop) {
  const sys::Mapping from = sys::Mapping::private_memory(bytes, sys::Pages::huge);
  const sys::Mapping to = sys::Mapping::private_memory(bytes, sys::Pages::huge);
  std::memset(from.data(), 1, bytes);
  const auto copy = [&] {
    std::memcpy(to.data(), from.data(), bytes);
    asm volatile("" : : "r"(to.data()) : "memory");
  };
  return times_of(copy, budget_ns, stop);
}

constexpr std::size_t lent_bytes = std::size_t{8} << 20;

// What a worker pays that fills memory which its parent reads.
Times lent_times(sys::Pages pages, sys::Nanoseconds budget_ns, const datagen::Stop& stop) {
  const auto fill = [pages] {
    const sys::Mapping memory = sys::Mapping::shared_memory(lent_bytes, pages);
    if (pages == sys::Pages::huge && !sys::collapse_into_huge_pages(memory.bytes()))
      throw std::runtime_error(
          "there are none: Linux gives them from 6.1 on unless "
          "/sys/kernel/mm/transparent_hugepage/shmem_enabled is deny; before, echo advise | sudo tee it");
    std::memset(memory.data(), 1, lent_bytes);
    asm volatile("" : : "r"(memory.data()) : "memory");
  };
  return times_of(fill, budget_ns, stop);
}

struct Pipe {
  sys::Fd read_end, write_end;
};

Pipe open_pipe() {
  std::array<int, 2> fds{};
  sys::check(::pipe2(fds.data(), O_CLOEXEC), "pipe2");
  return {sys::Fd{fds[0]}, sys::Fd{fds[1]}};
}

// Returns false at the end of the pipe.
bool take_byte(int from) {
  char byte = 0;
  ssize_t got = 0;
  while ((got = ::read(from, &byte, 1)) < 0 && errno == EINTR) {
  }
  return got == 1;
}

Times pipe_times(sys::Nanoseconds budget_ns, const datagen::Stop& stop) {
  Pipe there = open_pipe();
  Pipe back = open_pipe();
  const pid_t parent = ::getpid();
  const pid_t pid = sys::check(::fork(), "fork");
  if (pid == 0) {
    sys::die_with_parent(parent);
    there.write_end.reset();
    while (take_byte(there.read_end.get()) && ::write(back.write_end.get(), "", 1) == 1) {
    }
    ::_exit(0);
  }
  struct OtherProcess {
    sys::Child child;
    ~OtherProcess() {
      child.kill(SIGKILL);
      child.wait();
    }
  } other{sys::Child(pid)};
  back.write_end.reset();  // so that the end of the child is the end of the pipe
  const auto round_trip = [&] {
    sys::check(::write(there.write_end.get(), "", 1), "write");
    if (!take_byte(back.read_end.get())) throw std::runtime_error("the other process has ended");
  };
  return times_of(round_trip, budget_ns, stop);
}

Times fork_times(sys::Nanoseconds budget_ns, const datagen::Stop& stop) {
  const auto fork_and_wait = [] {
    const pid_t pid = sys::check(::fork(), "fork");
    if (pid == 0) ::_exit(0);
    while (::waitpid(pid, nullptr, 0) < 0) {
      if (errno != EINTR) sys::throw_errno("waitpid");
    }
  };
  return times_of(fork_and_wait, budget_ns, stop);
}

constexpr int clock_reads = 1000;

Times clock_times(sys::Nanoseconds budget_ns, const datagen::Stop& stop) {
  const auto read_clock = [] {
    for (int i = 0; i < clock_reads; ++i) static_cast<void>(sys::now_ns());
  };
  return times_of(read_clock, budget_ns, stop, clock_reads);
}

Times timer_times(sys::Nanoseconds budget_ns, const datagen::Stop& stop) {
  const auto sleep = [] {
    const timespec nap{0, 100'000};
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, nullptr);
  };
  return times_of(sleep, budget_ns, stop);
}

Probe probe(const std::string& name, const std::string& what, const std::function<Times()>& times) {
  try {
    return {name, what, spread_of(times())};
  } catch (const datagen::Interrupted&) {
    throw;
  } catch (const std::exception& error) {
    return {name, what, std::nullopt, error.what()};
  }
}

// Ticks are coarse: rounding may say a little more than there is.
std::optional<double> share(const std::optional<double>& used_s, double available_s) {
  if (!used_s || available_s <= 0) return std::nullopt;
  return std::min(*used_s / available_s, 1.0);
}

}  // namespace

Spread spread_of(std::span<const double> times_s) {
  return {stats::quantile(times_s, 0.5), stats::quantile(times_s, 0.99), stats::quantile(times_s, 1),
          times_s.size()};
}

Noise probe_noise(sys::Nanoseconds budget_ns, const datagen::Stop& stop) {
  Noise noise;
  const host::SurroundingsMeter meter;
  const std::size_t bytes = copy_bytes();
  const sys::Nanoseconds share_ns = budget_ns / 7;
  const std::string filling = "filling " + std::to_string(lent_bytes >> 20) + " MiB of new shared memory in ";
  noise.probes = {
      probe("compute", "a fixed chain of integer operations", [&] { return compute_times(share_ns, stop); }),
      probe("memory", "memcpy of " + std::to_string(bytes >> 20) + " MiB, more than the caches hold",
            [&] { return memory_times(bytes, share_ns, stop); }),
      probe("lent", filling + "pages of 4 KiB, as they are lent without huge ones",
            [&] { return lent_times(sys::Pages::base, share_ns / 2, stop); }),
      probe("lent huge", filling + "huge pages, as --handover lend does it where it can",
            [&] { return lent_times(sys::Pages::huge, share_ns / 2, stop); }),
      probe("pipe", "one byte to another process and back", [&] { return pipe_times(share_ns, stop); }),
      probe("fork", "fork, exit and wait", [&] { return fork_times(share_ns, stop); }),
      probe("clock", "one reading of the clock, mean of " + std::to_string(clock_reads),
            [&] { return clock_times(share_ns / 2, stop); }),
      probe("timer", "a sleep of 100 us", [&] { return timer_times(share_ns / 2, stop); })};
  const host::Surroundings surroundings = meter.end();
  const double cpus_s =
      surroundings.cost_s.value_or(0) * static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN));
  noise.steal_share = share(surroundings.steal_s, cpus_s);
  noise.foreign_share = share(surroundings.foreign_cpu_s, cpus_s);
  return noise;
}

nlohmann::ordered_json to_json(const Noise& noise) {
  nlohmann::ordered_json json;
  json["probes"] = nlohmann::ordered_json::array();
  for (const Probe& probe : noise.probes) {
    nlohmann::ordered_json entry = {{"name", probe.name}, {"what", probe.what}};
    if (probe.spread) {
      entry.update({{"p50_s", probe.spread->p50_s},
                    {"p99_s", probe.spread->p99_s},
                    {"max_s", probe.spread->max_s},
                    {"times", probe.spread->times}});
    } else {
      entry["reason"] = probe.reason;
    }
    json["probes"].push_back(std::move(entry));
  }
  if (noise.steal_share) json["steal_share"] = *noise.steal_share;
  if (noise.foreign_share) json["foreign_share"] = *noise.foreign_share;
  return json;
}

}  // namespace ipcsort::doctor
