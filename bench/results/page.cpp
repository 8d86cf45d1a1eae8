#include "bench/results/page.hpp"

#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <vector>

#include "sys/process.hpp"
#include "sys/program.hpp"
#include "sys/text.hpp"

namespace ipcsort::results {
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

// Nothing is imported but what belongs to the interpreter and to us: not from the current directory, nor from where
// variables of Python's say. And no variable of Matplotlib's, nor a matplotlibrc that lies about, chooses how it draws.
std::vector<std::string> isolated(const std::string& python, const std::string& program) {
  return {
      python, "-I", "-B", "-c",
      "import os\n"
      "os.chdir('/')\n"
      "if not os.environ.get('HOME', '').startswith('/'):\n"  // it would be below /
      "    os.environ.pop('HOME', None)\n"
      "if os.path.expanduser('~') == '~':\n"  // Matplotlib then ends with an error instead of doing without
      "    os.environ['HOME'] = '/nonexistent'\n"
      "for name in ('MATPLOTLIBRC', 'MATPLOTLIBDATA'):\n"
      "    os.environ.pop(name, None)\n"
      "os.environ['MPLBACKEND'] = 'agg'\n" +
          program};
}

// What of a program's last words names the error: the last line, but the first where Python itself could not start and
// lists where it was.
std::string reason_in(const std::vector<std::string>& lines) {
  const auto fatal =
      std::ranges::find_if(lines, [](const std::string& line) { return line.starts_with("Fatal Python"); });
  return sys::printable(fatal != lines.end() ? *fatal : lines.back());
}

bool memory_is_limited() {
  return std::ranges::any_of(std::array{RLIMIT_AS, RLIMIT_DATA}, [](auto kind) {
    rlimit limit{};
    return ::getrlimit(kind, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY;
  });
}

// The first that has what is needed; otherwise `why` says of each what it lacks, or is empty after an interrupt.
std::optional<Python> find_python(std::string& why, int stop_fd) {
  for (const std::string& path : candidates()) {
    const auto result = sys::run_program(
        isolated(path, "import jinja2, matplotlib.backends.backend_agg; print(matplotlib.__version__)"),
        sys::Stderr::take, {}, {.stop_fd = stop_fd});
    if (result.ending == sys::Ending::stopped) {
      why.clear();
      return std::nullopt;
    }
    if (result.succeeded()) return Python{path, sys::split(result.output, '\n').front()};
    std::vector<std::string> lines = sys::split(result.errors, '\n');
    std::erase(lines, "");
    why += fmt::format("{}  {}: {}", why.empty() ? "" : "\n", path,
                       result.wait_status == 127 << 8 ? "there is no such program"
                       : lines.empty()                ? sys::describe_wait_status(result.wait_status)
                                                      : reason_in(lines));
  }
  return std::nullopt;
}

// Where plots/ may be: in share/ipcsort, as it is installed, or in the checkout around build/KIND/ipcsort or
// build/ipcsort. The former goes first: what lies around an installed program is somebody else's.
std::vector<std::string> package_places() {
  std::error_code error;
  const fs::path here = fs::read_symlink("/proc/self/exe", error).parent_path();
  std::vector<std::string> places;
  if (error) return places;  // not relative to the current directory, which is anybody's
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

// What the program says of each file, "NAME<tab>TITLE": the page first, then the charts, then those not
// drawn.
std::string what_was_made(const std::string& lines, const std::string& output, const Python& python) {
  constexpr std::string_view not_drawn = "not drawn: ";
  std::string page, charts, missing;
  for (const std::string& line : sys::split(lines, '\n')) {
    const std::size_t tab = line.find('\t');
    if (tab == std::string::npos) continue;
    const std::string name = line.substr(0, tab);  // below `output`
    const std::string title = line.substr(tab + 1);
    if (name == "report.html") {
      page = "Report: " + output + "/" + name + "\n    " + title + "\n";
    } else if (title.starts_with(not_drawn)) {
      missing += "  " + fs::path{name}.stem().string() + ": " + title.substr(not_drawn.size()) + "\n";
    } else {
      charts += "  " + output + "/" + name + "\n      " + title + "\n";
    }
  }
  if (!charts.empty())
    charts = fmt::format("Charts, also as .png, drawn with {} (matplotlib {}):\n{}", python.path,
                         python.matplotlib_version, charts);
  if (!missing.empty()) missing = "Charts that these results have no figures for:\n" + missing;
  return page + charts + missing;
}

}  // namespace

PageResult make_page(const PageRequest& request) {
  const auto package = find_package();
  if (!package)
    return {
        .text =
            package_places().empty()
                ? "no report: /proc/self/exe, which says where the Python package plots is, cannot be read; "
                  "mount /proc\n"
                : fmt::format("no report: the Python package plots is in none of {}\n",
                              sys::join(package_places(), ", "))};
  std::string why;
  const PageResult interrupted{
      .text = "ipcsort: interrupted while the page was made; ipcsort report makes it anew\n"};
  const auto python = find_python(why, request.stop_fd);
  if (!python && why.empty()) return interrupted;
  if (!python)
    return {.text = fmt::format(
                "no report: no Python can import matplotlib and jinja2; {}install python3-matplotlib and "
                "python3-jinja2 if they are missing, or name another Python in IPCSORT_PYTHON. What each "
                "said:\n{}\n",
                why.find("start new thread") != why.npos ? "raise ulimit -u, "
                : memory_is_limited()                    ? "raise ulimit -v and -d, which bound its memory, "
                                                         : "",
                why)};
  // The package is found by a path of its own, the first; its name, runpy makes __main__.
  std::vector<std::string> words = isolated(python->path,
                                            "import runpy, sys\nsys.path.insert(0, sys.argv.pop(1))\n"
                                            "runpy.run_module('plots', run_name='__main__', alter_sys=True)");
  words.push_back(*package);
  for (const std::string& directory : request.directories) words.push_back(fs::absolute(directory).string());
  const auto add = [&](const char* option, const std::string& path) {
    if (!path.empty()) words.insert(words.end(), {option, fs::absolute(path).string()});
  };
  for (const std::string& path : request.decisions) add("--decisions", path);
  add("--side-by-side", request.side_by_side);
  add("--verdicts", request.verdicts);
  add("--output", request.output);
  const auto result = sys::run_program(words, sys::Stderr::inherit, {}, {.stop_fd = request.stop_fd});
  if (result.ending == sys::Ending::stopped) return interrupted;
  const std::string text = what_was_made(result.output, request.output, *python);
  if (result.succeeded()) return {.complete = true, .text = text};
  return {.broken = true,
          .text = fmt::format("{}the report is not complete: {} -m plots {}; its message stands above\n",
                              text, python->path, sys::describe_wait_status(result.wait_status))};
}

}  // namespace ipcsort::results
