#include "tests/kill_loop/world.hpp"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "sys/error.hpp"
#include "sys/random.hpp"
#include "tests/whole_runs.hpp"

namespace ipcsort::kill_loop {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t files_made = 4;
constexpr std::size_t numbers_per_file = 40'000;  // more than most transports hold in their buffers

// True when every orphan has ended and been collected.
bool no_children() {
  while (::waitpid(-1, nullptr, WNOHANG) > 0) {
  }
  return errno == ECHILD;
}

// Those of a run that had to be killed may still be dying; they have a second.
void add_processes(std::vector<std::string>& lines) {
  for (int look = 0; look < 1000 && !no_children(); ++look) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1));
  }
  for (const pid_t pid : test::children_of(::getpid())) {
    ::kill(pid, SIGKILL);  // our child, and not collected: nobody else can have this number
    lines.push_back("left over: process " + std::to_string(pid));
  }
  while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
}

}  // namespace

World::World() : directory_((fs::temp_directory_path() / ("ipcsort-kill-" + sys::random_suffix())).string()) {
  conformance::enter_private_ipc_namespace();
  (void)test::take_own_dev_shm();  // without, names of other programs in /dev/shm come and go
  sys::check(::prctl(PR_SET_CHILD_SUBREAPER, 1), "prctl", "PR_SET_CHILD_SUBREAPER");
  fs::create_directory(directory_);
  fs::permissions(directory_, fs::perms::owner_all);
  ::setenv("XDG_RUNTIME_DIR", directory_.c_str(), 1);
  files_ = test::write_input_files(directory_, files_made, numbers_per_file);
  before_ = conformance::Traces::take();
}

World::~World() {
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

datagen::Fingerprint World::fingerprint() const {
  datagen::Fingerprint sum;
  for (const datagen::InputFile& file : files_) sum += file.fingerprint;
  return sum;
}

std::vector<std::string> World::leftovers() {
  std::vector<std::string> lines;
  add_processes(lines);
  for (const std::string& line : conformance::differences(before_, conformance::Traces::take())) {
    lines.push_back(line);
  }
  for (const std::string& name : conformance::names_in(directory_ + "/ipcsort")) {
    lines.push_back("left over in the runtime directory: " + name);
    std::error_code ignored;
    fs::remove_all(directory_ + "/ipcsort/" + name, ignored);
  }
  if (!lines.empty()) {
    before_ = conformance::Traces::take();
  }
  return lines;
}

}  // namespace ipcsort::kill_loop
