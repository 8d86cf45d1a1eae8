#include "tests/faults/laboratory.hpp"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <thread>

#include "datagen/fingerprint.hpp"
#include "sys/error.hpp"
#include "sys/process.hpp"
#include "sys/random.hpp"

namespace ipcsort::faults {
namespace {

namespace fs = std::filesystem;

// What is in them is then ours alone.
bool own_ipc = false;
bool own_dev_shm = false;
// Where POSIX queues can be seen; nowhere when empty.
std::string queue_directory;

void withdraw() {
  static bool done = false;
  if (done) return;
  done = true;
  own_ipc = ::unshare(CLONE_NEWIPC) == 0;
  own_dev_shm = test::take_own_dev_shm();
  // On a directory inside that /dev/shm; the namespace goes with the process and takes both along.
  if (own_ipc && own_dev_shm && ::mkdir("/dev/shm/queues", 0700) == 0 &&
      ::mount("ipcsort-test", "/dev/shm/queues", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, nullptr) == 0) {
    queue_directory = "/dev/shm/queues";
  }
}

template <typename List>
void add_names(const std::string& directory, const std::string& kind, List& names) {
  std::error_code missing;
  for (const auto& entry : fs::directory_iterator(directory, missing)) {
    names.insert(kind + entry.path().filename().string());
  }
}

std::size_t xsi_objects() {
  shm_info segments{};
  seminfo semaphores{};
  msginfo queues{};
  ::shmctl(0, SHM_INFO, reinterpret_cast<shmid_ds*>(&segments));
  ::semctl(0, 0, SEM_INFO, &semaphores);
  ::msgctl(0, MSG_INFO, reinterpret_cast<msqid_ds*>(&queues));
  return static_cast<std::size_t>(segments.used_ids + semaphores.semusz + queues.msgpool);
}

}  // namespace

void Laboratory::SetUp() {
  ::alarm(600);  // also ends a test that hangs when nobody is left to do so
  withdraw();
  ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  directory_ = (fs::temp_directory_path() / ("ipcsort-faults-" + sys::random_suffix())).string();
  fs::create_directory(directory_);
  fs::permissions(directory_, fs::perms::owner_all);
  ::setenv("XDG_RUNTIME_DIR", directory_.c_str(), 1);
  write_files(numbers_per_file);
  before_ = traces();
}

void Laboratory::TearDown() {
  errno = 0;
  EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a process was left behind";
  EXPECT_EQ(errno, ECHILD);
  std::multiset<std::string> after = traces();
  // In a /dev/shm that is not ours alone, names of other tests come and go within microseconds.
  for (int look = 0; look < 100 && after != before_ && !own_dev_shm; ++look) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
    after = traces();
  }
  EXPECT_EQ(before_, after);
  std::set<std::string> runtime;
  add_names(path("ipcsort"), "", runtime);
  EXPECT_EQ(runtime, std::set<std::string>{}) << "left in the runtime directory";
  std::error_code ignored;
  fs::remove_all(directory_, ignored);
}

std::multiset<std::string> Laboratory::traces() {
  std::multiset<std::string> found;
  for (const auto& entry : fs::directory_iterator("/proc/self/fd")) {
    std::error_code gone;  // the one that lists the others
    const fs::path target = fs::read_symlink(entry.path(), gone);
    // What somebody else removes meanwhile, such as the log of the tests, is the same descriptor still.
    const std::string name = target.string();
    if (!gone) found.insert("descriptor " + name.substr(0, name.find(" (deleted)")));
  }
  add_names("/dev/shm", "/dev/shm/", found);
  if (!queue_directory.empty()) add_names(queue_directory, "message queue /", found);
  if (own_ipc) found.insert(std::to_string(xsi_objects()) + " XSI objects");
  return found;
}

pipeline::Job Laboratory::job(const pipeline::Subject& subject, const pipeline::Settings& settings) const {
  pipeline::Job job;
  job.subject = subject;
  job.settings = settings;
  job.settings.handover = handover_;
  job.workers = pipeline::share_out(files_, subject.kind == pipeline::SubjectKind::serial ? 1 : workers,
                                    settings.merge);
  job.expected = fingerprint();
  job.deadline_ns = hang_limit_ns;
  return job;
}

pipeline::Job Laboratory::job(const Transport& transport, const std::string& fault,
                              const pipeline::Settings& settings) const {
  pipeline::Job made = job({pipeline::SubjectKind::transport, &transport, {}}, settings);
  made.fault = pipeline::parse_fault(fault, workers);
  return made;
}

pipeline::RunResult Laboratory::run(const pipeline::Job& job, int stop_fd) {
  sys::ObjectLog objects;
  pipeline::RunResult result = pipeline::run_once(job, objects, stop_fd);
  for (const sys::LoggedObject& object : objects.remove_leftovers()) {
    ADD_FAILURE() << "left by run_once: " << describe(object);
    result.error +=
        "; left by run_once: " + describe(object);  // a forked driver's report has nothing but this
  }
  return result;
}

void Laboratory::expect_next_run_ok(const Transport& transport) const {
  const pipeline::RunResult result = run(job(transport));
  EXPECT_EQ(to_string(result.status), "ok") << result.error;
  EXPECT_EQ(result.figures.payload_bytes, fingerprint().count * sizeof(std::int32_t));
}

datagen::Fingerprint Laboratory::fingerprint() const {
  datagen::Fingerprint sum;
  for (const datagen::InputFile& file : files_) sum += file.fingerprint;
  return sum;
}

void Laboratory::write_file(std::size_t index, const std::string& content) {
  std::ofstream(files_.at(index).path) << content;
  files_.at(index) = test::planned(files_.at(index).path, files_.at(index).fingerprint);
}

void Laboratory::write_files(std::size_t numbers_each) {
  files_ = test::write_input_files(directory_, 4, numbers_each);
}

std::string Laboratory::left_over() const {
  std::multiset<std::string> now = traces();
  add_names(path("ipcsort"), "in the runtime directory: ", now);
  std::vector<std::string> extra;
  std::set_difference(now.begin(), now.end(), before_.begin(), before_.end(), std::back_inserter(extra));
  std::string text;
  for (const std::string& name : extra) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void Laboratory::reap_orphans() {
  while (::waitpid(-1, nullptr, 0) > 0 || errno == EINTR) {
  }
}

void OverTheRegistry::SetUp() {
  Laboratory::SetUp();
  use(GetParam().handover);
  const Availability availability = transport().probe();
  if (!availability.usable) GTEST_SKIP() << availability.reason;
}

std::vector<Way> all_ways() {
  static const Registry registry = builtin_transports();
  std::vector<Way> ways;
  for (const Transport* transport : registry.all()) {
    if (transport->traits().payload_copies > 0) ways.push_back({transport, pipeline::Handover::copy});
    if (transport->traits().lends) ways.push_back({transport, pipeline::Handover::lend});
  }
  return ways;
}

void PrintTo(const Way& way, std::ostream* out) {
  *out << way.transport->traits().name << (way.handover == pipeline::Handover::lend ? "_lend" : "");
}

std::string name_of_way(const ::testing::TestParamInfo<Way>& parameter) {
  return ::testing::PrintToString(parameter.param);
}

bool has_own_namespaces() {
  withdraw();
  return own_ipc && own_dev_shm;
}

Driver start_driver(const std::function<pipeline::RunResult()>& run) {
  int ends[2];
  sys::check(::pipe2(ends, O_CLOEXEC), "pipe2");
  const pid_t test = ::getpid();
  const pid_t pid = ::fork();
  if (pid == 0) {
    sys::die_with_parent(test);
    try {
      const pipeline::RunResult result = run();
      const std::string text = std::string{to_string(result.status)} + ": " + result.error;
      sys::write_all(ends[1], std::as_bytes(std::span{text}), "report");
    } catch (const std::exception&) {
      ::_exit(1);
    }
    ::_exit(0);
  }
  ::close(ends[1]);
  return {pid, sys::Fd{ends[0]}};
}

std::string read_report(const Driver& driver) {
  std::string text;
  std::array<char, 1024> buffer{};
  for (ssize_t size = 0; (size = ::read(driver.report.get(), buffer.data(), buffer.size())) != 0;) {
    if (size > 0) text.append(buffer.data(), static_cast<std::size_t>(size));
  }
  return text;
}

}  // namespace ipcsort::faults
