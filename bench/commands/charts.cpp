#include "bench/commands/charts.hpp"

#include <sys/wait.h>

#include <cstdlib>
#include <filesystem>
#include <optional>
#include <vector>

#include "sys/process.hpp"
#include "sys/program.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

namespace fs = std::filesystem;

struct Python {
  std::string path;
  std::string matplotlib_version;
};

std::vector<std::string> candidates() {
  if (const char* chosen = std::getenv("IPCSORT_PYTHON"); chosen != nullptr && *chosen != '\0')
    return {chosen};
  return {"/usr/bin/python3", "python3"};
}

std::optional<Python> find_python() {
  for (const std::string& path : candidates()) {
    const auto result = sys::run_program({path, "-c", "import matplotlib; print(matplotlib.__version__)"},
                                         sys::Stderr::silence);
    if (result.succeeded()) return Python{path, sys::split(result.output, '\n').front()};
  }
  return std::nullopt;
}

// Where plots/ may be: in share/ipcsort, as it is installed, or in the checkout around build/KIND/ipcsort or
// build/ipcsort. The former goes first: what lies around an installed program is somebody else's.
std::vector<std::string> package_places() {
  std::error_code error;
  const fs::path here = fs::read_symlink("/proc/self/exe", error).parent_path();
  std::vector<std::string> places;
  for (const fs::path& base : {here / IPCSORT_DATA, here / ".." / "..", here / ".."}) {
    places.push_back(fs::weakly_canonical(base, error).string());
  }
  return places;
}

std::optional<std::string> find_package() {
  std::error_code error;
  for (const std::string& place : package_places()) {
    if (fs::exists(fs::path{place} / "plots" / "__main__.py", error)) return place;
  }
  return std::nullopt;
}

}  // namespace

ChartsResult draw_charts(const std::string& directory, const std::vector<driver::SummaryRow>& summary) {
  if (!driver::any_transport_measured(summary))
    return {false, "no charts: no transport has a counted run that succeeded\n"};
  const auto package = find_package();
  if (!package)
    return {false,
            "no charts: the Python package plots is in none of " + sys::join(package_places(), ", ") + "\n"};
  const auto python = find_python();
  if (!python) {
    return {
        false,
        "no charts: none of " + sys::join(candidates(), ", ") +
            " can import matplotlib; install python3-matplotlib, or name another Python in IPCSORT_PYTHON\n"};
  }
  const std::string absolute = fs::absolute(directory).string();
  const auto result =
      sys::run_program({python->path, "-m", "plots", absolute}, sys::Stderr::inherit,
                       {"PYTHONPATH=" + *package, "PYTHONSAFEPATH=1", "PYTHONDONTWRITEBYTECODE=1"});
  std::string text =
      "Charts, drawn with " + python->path + " (matplotlib " + python->matplotlib_version + "):\n";
  for (const std::string& line : sys::split(result.output, '\n')) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) continue;
    text += "  " + directory + "/" + line.substr(0, tab) + "\n      " + line.substr(tab + 1) + "\n";
  }
  if (!result.succeeded()) {
    return {false, "no charts: " + python->path + " -m plots " +
                       sys::describe_wait_status(result.wait_status) + "; its message stands above\n"};
  }
  return {true, text};
}

}  // namespace ipcsort::commands
