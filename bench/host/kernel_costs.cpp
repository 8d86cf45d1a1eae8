#include "bench/host/kernel_costs.hpp"

#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <csignal>
#include <ctime>
#include <iterator>
#include <memory>
#include <new>
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "sys/clock.hpp"
#include "sys/error.hpp"
#include "sys/futex.hpp"
#include "sys/kernel_file.hpp"
#include "sys/mapping.hpp"
#include "sys/process.hpp"

namespace ipcsort::host {
namespace {

using nlohmann::ordered_json;

constexpr double mib_bytes = 1 << 20;

double median(std::vector<double> values) {
  const auto middle = values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2);
  std::ranges::nth_element(values, middle);
  return *middle;
}

double seconds_since(sys::Nanoseconds begin_ns) {
  return static_cast<double>(sys::now_ns() - begin_ns) / static_cast<double>(sys::second_ns);
}

// ---- first touch ----

// So often, unless one takes so long that the first must do.
constexpr std::size_t touches_max = 9;
constexpr double touches_budget_s = 0.025;

long minor_faults() {
  rusage use{};
  ::getrusage(RUSAGE_SELF, &use);
  return use.ru_minflt;
}

struct Touched {
  double mib_s;
  double faults_per_page;
};

Touched touch_once(bool is_shared, std::size_t page_bytes) {
  const std::size_t bytes = page_bytes == base_page_bytes ? 2 << 20 : 4 * huge_page_bytes;
  // With room to begin at a multiple of the page, which a huge one must.
  const sys::Mapping room = is_shared ? sys::Mapping::shared_memory(bytes + page_bytes)
                                      : sys::Mapping::private_memory(bytes + page_bytes);
  void* start = room.data();
  std::size_t left = room.size();
  auto* memory = static_cast<volatile char*>(std::align(page_bytes, bytes, start, left));
  const int advice = page_bytes == base_page_bytes ? MADV_NOHUGEPAGE : MADV_HUGEPAGE;
  // A kernel without huge pages knows neither; the faults are counted all the same.
  static_cast<void>(::madvise(start, bytes, advice));
  const long before = minor_faults();
  const sys::Nanoseconds begin = sys::now_ns();
  for (std::size_t at = 0; at < bytes; at += base_page_bytes) memory[at] = 1;
  const double elapsed_s = seconds_since(begin);
  return {elapsed_s / (static_cast<double>(bytes) / mib_bytes),
          static_cast<double>(minor_faults() - before) / static_cast<double>(bytes / page_bytes)};
}

std::string why_other_pages(bool is_shared, std::size_t page_bytes) {
  if (page_bytes == base_page_bytes)
    return "pages are not of 4 KiB here but of " + std::to_string(::sysconf(_SC_PAGESIZE) / 1024) + " KiB";
  const std::string file = is_shared ? "/sys/kernel/mm/transparent_hugepage/shmem_enabled"
                                     : "/sys/kernel/mm/transparent_hugepage/enabled";
  const auto line = sys::first_line(file);
  return line ? "the system gives no huge pages here (" + file + ": " + *line + ")"
              : "the kernel has no transparent huge pages";
}

TouchCost touch_cost_or_throw(bool is_shared, std::size_t page_bytes) {
  TouchCost cost{is_shared ? "shared" : "private", page_bytes, {}, {}};
  std::vector<double> mib_s;
  const sys::Nanoseconds begin = sys::now_ns();
  while (mib_s.size() < touches_max && (mib_s.empty() || seconds_since(begin) < touches_budget_s)) {
    const Touched touched = touch_once(is_shared, page_bytes);
    // A few come from elsewhere; far more mean that the pages were smaller, far fewer that they were larger.
    if (touched.faults_per_page < 0.5 || touched.faults_per_page > 2) {
      cost.reason = why_other_pages(is_shared, page_bytes);
      return cost;
    }
    mib_s.push_back(touched.mib_s);
  }
  cost.mib_s = median(std::move(mib_s));
  cost.fault_s = *cost.mib_s * static_cast<double>(page_bytes) / mib_bytes;
  return cost;
}

TouchCost touch_cost(bool is_shared, std::size_t page_bytes) {
  try {
    return touch_cost_or_throw(is_shared, page_bytes);
  } catch (const std::exception& error) {  // no memory
    return {is_shared ? "shared" : "private", page_bytes, {}, {}, error.what()};
  }
}

// ---- waking ----

constexpr std::uint32_t wakes_wanted = 101;
constexpr double wakes_budget_s = 0.04;
constexpr long nap_ns = 50'000;  // long enough for whoever is on his way to sleep to be asleep
constexpr sys::Nanoseconds patience_ns = sys::second_ns;
constexpr std::size_t sleepers_max = 4;

struct WakePage {
  std::atomic<std::uint32_t> go{0};
  std::atomic<std::uint32_t> ready{0};
  std::array<std::atomic<sys::Nanoseconds>, sleepers_max> woken_ns{};
};

[[noreturn]] void sleep_again_and_again(WakePage& page, std::size_t me, std::size_t all) {
  for (std::uint32_t round = 0;; ++round) {
    if ((page.ready.fetch_add(1) + 1) % all == 0) sys::futex_wake_all(page.ready);
    while (page.go.load() == round) sys::futex_wait(page.go, round);
    page.woken_ns[me].store(sys::now_ns());
  }
}

struct Sleepers {
  std::vector<sys::Child> children;

  ~Sleepers() {
    for (sys::Child& child : children) {
      child.kill(SIGKILL);
      child.wait();
    }
  }
};

void start(Sleepers& sleepers, WakePage& page, std::size_t count) {
  const pid_t parent = ::getpid();
  for (std::size_t me = 0; me < count; ++me) {
    const pid_t pid = sys::check(::fork(), "fork");
    if (pid == 0) {
      sys::die_with_parent(parent);
      sleep_again_and_again(page, me, count);
    }
    sleepers.children.emplace_back(pid);
  }
}

void await_ready(const WakePage& page, std::uint32_t count) {
  const sys::Nanoseconds deadline = sys::now_ns() + patience_ns;
  for (std::uint32_t ready = page.ready.load(); ready < count; ready = page.ready.load()) {
    if (sys::now_ns() > deadline) throw std::runtime_error("the processes that were to sleep did not answer");
    sys::futex_wait(page.ready, ready, deadline);
  }
}

double wake_time_s(std::size_t processes) {
  const sys::Mapping memory = sys::Mapping::shared_memory(sizeof(WakePage));
  WakePage& page = *new (memory.data()) WakePage;
  Sleepers sleepers;  // which ends those that were started, whatever comes
  start(sleepers, page, processes);
  const auto all = static_cast<std::uint32_t>(processes);
  std::vector<double> times_s;
  const sys::Nanoseconds start = sys::now_ns();
  await_ready(page, all);
  for (std::uint32_t round = 1;
       round <= wakes_wanted && (round == 1 || seconds_since(start) < wakes_budget_s); ++round) {
    const timespec nap{0, nap_ns};
    ::clock_nanosleep(CLOCK_MONOTONIC, 0, &nap, nullptr);
    const sys::Nanoseconds begin = sys::now_ns();
    page.go.store(round);
    sys::futex_wake_all(page.go);
    await_ready(page, all * (round + 1));
    sys::Nanoseconds last = begin;
    for (std::size_t i = 0; i < processes; ++i) last = std::max(last, page.woken_ns[i].load());
    times_s.push_back(static_cast<double>(last - begin) / static_cast<double>(sys::second_ns));
  }
  return median(std::move(times_s));
}

WakeCost wake_cost(std::size_t processes) {
  try {
    return {processes, wake_time_s(processes)};
  } catch (const std::exception& error) {  // no process, no memory
    return {processes, std::nullopt, error.what()};
  }
}

std::optional<double> figure(const ordered_json& entry, const char* name) {
  const auto found = entry.find(name);
  return found != entry.end() && found->is_number() ? std::optional(found->get<double>()) : std::nullopt;
}

std::vector<ordered_json> entries(const ordered_json& json, const char* name) {
  const ordered_json list = json.is_object() ? json.value(name, ordered_json()) : ordered_json();
  std::vector<ordered_json> objects;
  if (list.is_array())
    std::ranges::copy_if(list, std::back_inserter(objects),
                         [](const auto& each) { return each.is_object(); });
  return objects;
}

}  // namespace

const TouchCost* KernelCosts::touch(const std::string& memory, std::size_t page_bytes) const {
  const auto found = std::ranges::find_if(touches, [&](const TouchCost& cost) {
    return cost.memory == memory && cost.page_bytes == page_bytes && cost.fault_s;
  });
  return found == touches.end() ? nullptr : &*found;
}

const WakeCost* KernelCosts::wake(std::size_t processes) const {
  const auto found = std::ranges::find_if(
      wakes, [&](const WakeCost& cost) { return cost.processes == processes && cost.wake_s; });
  return found == wakes.end() ? nullptr : &*found;
}

KernelCosts measure_kernel_costs() {
  KernelCosts costs;
  for (const bool is_shared : {false, true}) {
    for (const std::size_t page_bytes : {base_page_bytes, huge_page_bytes})
      costs.touches.push_back(touch_cost(is_shared, page_bytes));
  }
  for (const std::size_t processes : {std::size_t{1}, sleepers_max})
    costs.wakes.push_back(wake_cost(processes));
  return costs;
}

ordered_json to_json(const KernelCosts& costs) {
  ordered_json json = {{"touches", ordered_json::array()}, {"wakes", ordered_json::array()}};
  for (const TouchCost& cost : costs.touches) {
    ordered_json entry = {{"memory", cost.memory}, {"page_bytes", cost.page_bytes}};
    if (cost.fault_s) {
      entry.update({{"fault_s", *cost.fault_s}, {"mib_s", *cost.mib_s}});
    } else {
      entry["reason"] = cost.reason;
    }
    json["touches"].push_back(std::move(entry));
  }
  for (const WakeCost& cost : costs.wakes) {
    ordered_json entry = {{"processes", cost.processes}};
    if (cost.wake_s) {
      entry["wake_s"] = *cost.wake_s;
    } else {
      entry["reason"] = cost.reason;
    }
    json["wakes"].push_back(std::move(entry));
  }
  return json;
}

KernelCosts kernel_costs_from(const ordered_json& json) {
  KernelCosts costs;
  for (const ordered_json& entry : entries(json, "touches")) {
    const auto page_bytes = figure(entry, "page_bytes"), fault_s = figure(entry, "fault_s"),
               mib_s = figure(entry, "mib_s");
    const ordered_json memory = entry.value("memory", ordered_json());
    if (page_bytes && fault_s && mib_s && memory.is_string())
      costs.touches.push_back(
          {memory.get<std::string>(), static_cast<std::size_t>(*page_bytes), fault_s, mib_s});
  }
  for (const ordered_json& entry : entries(json, "wakes")) {
    const auto processes = figure(entry, "processes"), wake_s = figure(entry, "wake_s");
    if (processes && wake_s) costs.wakes.push_back({static_cast<std::size_t>(*processes), wake_s});
  }
  return costs;
}

}  // namespace ipcsort::host
