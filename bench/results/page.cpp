#include "bench/results/page.hpp"

#include <fmt/core.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <optional>
#include <vector>

#include "sys/process.hpp"
#include "sys/program.hpp"
#include "sys/text.hpp"

namespace ipcsort::results {
namespace {

namespace fs = std::filesystem;

// What a Python that has what is needed made of it.
struct Drawn {
  std::string python;
  std::string matplotlib_version;
  sys::ProgramResult result;  // without the line that says that version
};

bool is_chosen() {
  const char* chosen = std::getenv("IPCSORT_PYTHON");
  return chosen != nullptr && *chosen != '\0';
}

std::vector<std::string> candidates() {
  if (is_chosen()) return {std::getenv("IPCSORT_PYTHON")};
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

// Runs plots with `arguments` by the first that has what is needed: it says so in its first line, since importing takes
// longer than many a chart. Otherwise `why` says of each what it lacks, or is empty after an interrupt.
std::optional<Drawn> draw(const std::vector<std::string>& arguments, std::string& why, int stop_fd) {
  const std::string version_is = "matplotlib\t";
  for (const std::string& path : candidates()) {
    // The package is found by a path of its own, the first; its name, runpy makes __main__.
    std::vector<std::string> words =
        isolated(path,
                 "import jinja2, matplotlib.backends.backend_agg, runpy, sys\n"
                 "print('matplotlib', matplotlib.__version__, sep='\\t', flush=True)\n"
                 "sys.path.insert(0, sys.argv.pop(1))\n"
                 "runpy.run_module('plots', run_name='__main__', alter_sys=True)");
    words.insert(words.end(), arguments.begin(), arguments.end());
    auto result = sys::run_program(words, sys::Stderr::take, {}, {.stop_fd = stop_fd});
    if (result.ending == sys::Ending::stopped) {
      why.clear();
      return std::nullopt;
    }
    if (result.output.starts_with(version_is)) {
      std::cerr << result.errors << std::flush;
      const std::size_t end = std::min(result.output.find('\n'), result.output.size() - 1);
      const std::string version = result.output.substr(version_is.size(), end - version_is.size());
      result.output.erase(0, end + 1);
      return Drawn{path, version, std::move(result)};
    }
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
std::string what_was_made(const Drawn& drawn, const std::string& output) {
  constexpr std::string_view not_drawn = "not drawn: ";
  std::string page, charts, missing;
  for (const std::string& line : sys::split(drawn.result.output, '\n')) {
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
    charts = fmt::format("Charts, also as .png, drawn with {} (matplotlib {}):\n{}", drawn.python,
                         drawn.matplotlib_version, charts);
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
  std::vector<std::string> words = {*package};
  for (const std::string& directory : request.directories) words.push_back(fs::absolute(directory).string());
  const auto add = [&](const char* option, const std::string& path) {
    if (!path.empty()) words.insert(words.end(), {option, fs::absolute(path).string()});
  };
  for (const std::string& path : request.decisions) add("--decisions", path);
  add("--side-by-side", request.side_by_side);
  add("--verdicts", request.verdicts);
  add("--output", request.output);
  std::string why;
  const auto drawn = draw(words, why, request.stop_fd);
  if (!drawn && why.empty())
    return {.text = "ipcsort: interrupted while the page was made; ipcsort report makes it anew\n"};
  if (!drawn)
    return {.text = fmt::format(
                "no report: {} import matplotlib and jinja2; {}install python3-matplotlib and "
                "python3-jinja2 if they are missing, or name another Python in IPCSORT_PYTHON. What was "
                "said:\n{}\n",
                is_chosen() ? "the Python that IPCSORT_PYTHON names cannot" : "no Python can",
                why.find("start new thread") != why.npos ? "raise ulimit -u, "
                : memory_is_limited()                    ? "raise ulimit -v and -d, which bound its memory, "
                                                         : "",
                why)};
  const std::string text = what_was_made(*drawn, request.output);
  if (drawn->result.succeeded()) return {.complete = true, .text = text};
  return {.broken = true,
          .text = fmt::format("{}the report is not complete: {} -m plots {}; its message stands above\n",
                              text, drawn->python, sys::describe_wait_status(drawn->result.wait_status))};
}

}  // namespace ipcsort::results
