#include "bench/gate/program.hpp"

#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "bench/text/csv.hpp"
#include "bench/text/units.hpp"
#include "datagen/stop.hpp"
#include "sys/error.hpp"
#include "sys/process.hpp"
#include "sys/random.hpp"
#include "sys/text.hpp"

namespace ipcsort::gate {
namespace {

constexpr sys::Nanoseconds question_deadline_ns = 10 * sys::second_ns;
constexpr std::size_t output_bytes_max = std::size_t{1} << 20;
constexpr std::size_t quoted_bytes_max = 200;
constexpr std::string_view greeting = "ipcsort ";

// "ipcsort 0.1.0 (abc1234)\n" -> "ipcsort 0.1.0, abc1234"; "" for anything else.
std::string version_of(const std::string& output) {
  if (!output.starts_with(greeting) || output.find('\n') + 1 != output.size()) return {};
  std::string version = last_line(output);
  const std::size_t open = version.rfind(" (");
  if (open == std::string::npos || !version.ends_with(')')) return {};
  return version.substr(0, open) + ", " + version.substr(open + 2, version.size() - open - 3);
}

std::set<std::string> transports_of(const std::string& csv) {
  const std::vector<text::CsvRecord> records = text::parse_csv(csv);
  if (records.empty()) throw std::runtime_error("it is empty");
  const auto places = text::locate_columns(records.front(), {{"name"}, {"kind"}});
  std::set<std::string> names;
  for (const text::CsvRecord& record : records) {
    if (record.size() != records.front().size()) throw std::runtime_error("its rows are of different length");
    if (record[*places[1]] == "transport") names.insert(record[*places[0]]);
  }
  return names;
}

}  // namespace

std::string last_line(const std::string& text) {
  const std::vector<std::string> lines = sys::split(text, '\n');
  const auto last =
      std::find_if(lines.rbegin(), lines.rend(), [](const std::string& line) { return !line.empty(); });
  return last == lines.rend() ? "" : sys::printable(std::string_view{*last}.substr(0, quoted_bytes_max));
}

EqualNames::EqualNames(const std::string& baseline, const std::string& candidate) {
  const std::string base = sys::runtime_directory() + "/ab-" + sys::random_suffix();
  make(sys::ObjectKind::directory, base, {});
  for (const auto& [side, program] : {std::pair("/a", &baseline), std::pair("/b", &candidate)}) {
    make(sys::ObjectKind::directory, base + side, {});
    links_.push_back(base + side + "/ipcsort");
    make(sys::ObjectKind::path, links_.back(), std::filesystem::absolute(*program).string());
  }
}

EqualNames::~EqualNames() { objects_.remove_leftovers(); }

void EqualNames::make(sys::ObjectKind kind, const std::string& path, const std::string& target) {
  objects_.created(kind, path);
  if (kind == sys::ObjectKind::directory) {
    sys::check(::mkdir(path.c_str(), 0700), "mkdir", path);
  } else {
    sys::check(::symlink(target.c_str(), path.c_str()), "symlink", path);
  }
}

Program::Program(Request request) : request_(std::move(request)) {
  if (::access(request_.path.c_str(), X_OK) != 0) {
    const std::string reason = std::generic_category().message(errno);
    throw UsageError(program_text() + " cannot be run: " + reason + "; name an ipcsort program");
  }
  const std::string output = output_of({"--version"});
  const std::string version = version_of(output);
  if (version.empty()) {
    throw UsageError(program_text() + " is no ipcsort: its --version prints '" + last_line(output) +
                     "'; name an ipcsort program");
  }
  description_ = sys::printable(request_.path) + " (" + version + ")";
  const std::string list = output_of({"list", "--format", "csv"});
  try {
    transports_ = transports_of(list);
  } catch (const std::runtime_error& error) {
    throw NotComparable(request_.option + " " + description_ +
                        ": its list of transports is not understood: " + error.what());
  }
}

std::string Program::program_text() const { return request_.option + " " + sys::printable(request_.path); }

std::string Program::output_of(const std::vector<std::string>& question) const {
  const sys::Nanoseconds deadline_ns = std::min(question_deadline_ns, request_.deadline_ns);
  std::vector<std::string> words = question;
  words.insert(words.begin(), request_.name);
  const sys::ProgramResult result =
      sys::run_program(words, sys::Stderr::take, {}, {deadline_ns, request_.stop_fd, output_bytes_max});
  const std::string what = program_text() + ": 'ipcsort " + sys::join(question, " ") + "' ";
  if (result.ending == sys::Ending::stopped) throw datagen::Interrupted();
  if (result.ending == sys::Ending::timed_out) {
    throw std::runtime_error(what + "did not end within " +
                             text::seconds_text(static_cast<double>(deadline_ns) / 1e9));
  }
  const std::string ended = sys::describe_wait_status(result.wait_status);
  if (WIFSIGNALED(result.wait_status)) throw std::runtime_error(what + "was " + ended);
  if (!result.succeeded()) throw UsageError(what + ended + "; name an ipcsort program");
  return result.output;
}

sys::ProgramResult Program::run(std::vector<std::string> words,
                                const std::vector<std::string>& environment) const {
  words.insert(words.begin(), request_.name);
  return sys::run_program(words, sys::Stderr::take, environment,
                          {request_.deadline_ns, request_.stop_fd, output_bytes_max});
}

}  // namespace ipcsort::gate
