#include "sys/affinity.hpp"

#include <fcntl.h>
#include <sched.h>
#include <unistd.h>

#include <array>
#include <charconv>
#include <exception>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace ipcsort::sys {

std::vector<int> allowed_cpus() {
  std::vector<int> cpus;
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0) {
    for (int cpu = 0; cpu < CPU_SETSIZE; ++cpu) {
      if (CPU_ISSET(cpu, &set)) cpus.push_back(cpu);
    }
  }
  // A machine with more CPUs than cpu_set_t holds: the first is as good as any.
  return cpus.empty() ? std::vector<int>{0} : cpus;
}

unsigned usable_cpus() { return static_cast<unsigned>(allowed_cpus().size()); }

void pin_to_cpu(int cpu) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(cpu, &set);
  check(::sched_setaffinity(0, sizeof set, &set), "sched_setaffinity", "CPU " + std::to_string(cpu));
}

void unpin(pid_t process) noexcept try {
  cpu_set_t allowed;
  CPU_ZERO(&allowed);
  if (::sched_getaffinity(0, sizeof allowed, &allowed) != 0) return;
  const std::filesystem::path tasks = "/proc/" + std::to_string(process) + "/task";
  for (const auto& task : std::filesystem::directory_iterator(tasks)) {
    ::sched_setaffinity(std::stoi(task.path().filename()), sizeof allowed, &allowed);
    std::ifstream children(task.path() / "children");
    for (pid_t child = 0; children >> child;) unpin(child);
  }
} catch (const std::exception&) {
  // Said above: what has gone needs no CPU.
}

// Some are asked within what is measured: one read, no stream.
std::optional<std::int64_t> migrations_so_far() noexcept {
  const Fd file(::open("/proc/thread-self/sched", O_RDONLY | O_CLOEXEC));
  if (!file) return std::nullopt;
  std::array<char, 1024> buffer{};  // the line is the fourth or fifth
  const ssize_t size = ::read(file.get(), buffer.data(), buffer.size());
  if (size <= 0) return std::nullopt;
  const std::string_view text(buffer.data(), static_cast<std::size_t>(size));
  std::size_t at = text.find("nr_migrations");
  if (at == std::string_view::npos) return std::nullopt;
  at = text.find_first_of("0123456789", at);
  if (at == std::string_view::npos) return std::nullopt;
  std::int64_t count = 0;
  std::from_chars(text.data() + at, text.data() + text.size(), count);
  return count;
}

}  // namespace ipcsort::sys
