// Every transport where memory, descriptors or kernel objects are short: it takes smaller steps, says what
// is missing, or says beforehand why it cannot be used. It never crashes, hangs or stays silent.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "sys/error.hpp"
#include "sys/text.hpp"
#include "tests/faults/laboratory.hpp"

namespace ipcsort::faults {
namespace {

using ::testing::AnyOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::StartsWith;

// A file system of its own on a directory, of limited size, until it goes.
class SmallFileSystem {
 public:
  SmallFileSystem(std::string directory, const std::string& size_bytes) : directory_(std::move(directory)) {
    sys::check(::mount("ipcsort-test", directory_.c_str(), "tmpfs", MS_NOSUID | MS_NODEV,
                       ("mode=0700,size=" + size_bytes).c_str()),
               "mount", directory_);
  }
  SmallFileSystem(const SmallFileSystem&) = delete;
  SmallFileSystem& operator=(const SmallFileSystem&) = delete;
  ~SmallFileSystem() { ::umount2(directory_.c_str(), MNT_DETACH); }

  void fill() const {
    const sys::Fd fd = sys::open_file(directory_ + "/filler", O_WRONLY | O_CREAT | O_EXCL, 0600);
    const std::array<char, 4096> page{};
    while (::write(fd.get(), page.data(), page.size()) > 0) {
    }
  }

 private:
  std::string directory_;
};

// A kernel parameter with another value, until it goes.
class Parameter {
 public:
  Parameter(const std::string& name, const std::string& value) : path_("/proc/sys/" + name) {
    std::ifstream file(path_);
    std::getline(file, before_);
    is_set_ = file && (std::ofstream(path_) << value << std::flush).good();
  }
  Parameter(const Parameter&) = delete;
  Parameter& operator=(const Parameter&) = delete;
  ~Parameter() {
    if (is_set_) std::ofstream(path_) << before_;
  }
  [[nodiscard]] bool is_set() const noexcept { return is_set_; }

 private:
  std::string path_;
  std::string before_;
  bool is_set_ = false;
};

class Short : public OverTheRegistry {
 protected:
  [[nodiscard]] pipeline::Job two_workers(const Options& options = {}) const {
    pipeline::Job made = job({pipeline::SubjectKind::transport, &transport(), options});
    made.workers = pipeline::share_out(files(), 2, made.settings.merge);
    made.deadline_ns = hang_limit_ns;
    return made;
  }

  // As a sweep does it: "skipped: ..." where the transport says that it cannot be used.
  static pipeline::RunResult run_if_usable(const pipeline::Job& job) {
    pipeline::RunResult result;
    try {
      if (const Availability now = job.subject.transport->probe(); !now.usable) {
        result.error = "skipped: " + now.reason;
        return result;
      }
      sys::ObjectLog objects;
      return pipeline::run_once(job, objects);
    } catch (const std::exception& error) {
      result.error = error.what();
      return result;
    }
  }

  // The same in a process of its own, after `prepare`.
  template <typename Prepare>
  static std::string report_of(const pipeline::Job& job, Prepare prepare) {
    const Driver driver = start_driver([&] {
      prepare();
      return run_if_usable(job);
    });
    std::string report = read_report(driver);
    reap_orphans();
    sys::clean_dead_logs();
    return report;
  }
  static std::string report_of(const pipeline::Job& job) {
    return report_of(job, [] {});
  }

  // With its default options, then with each other value of each choice.
  static std::vector<Options> ways() {
    std::vector<Options> all = {{}};
    for (const OptionTraits& option : transport().traits().options) {
      for (const std::string_view value : option.values.words()) {
        if (value != option.default_value) all.push_back({{std::string{option.name}, std::string{value}}});
      }
    }
    return all;
  }
  static bool has_buffer_option() {
    for (const OptionTraits& option : transport().traits().options) {
      if (option.name == "buffer") return true;
    }
    return false;
  }
};

const auto fine_or_no_space = AnyOf("ok: ", HasSubstr("No space left on device"), HasSubstr("is full"),
                                    HasSubstr("Cannot allocate memory"), HasSubstr("bytes are free"));

TEST_P(Short, OfSharedMemory) {
  if (!has_own_namespaces()) GTEST_SKIP() << "a /dev/shm of one's own needs CAP_SYS_ADMIN";
  for (const bool is_full : {false, true}) {
    const SmallFileSystem small("/dev/shm", "1048576");
    if (is_full) small.fill();
    for (Options options : ways()) {
      if (has_buffer_option()) options["buffer"] = is_full ? "64K" : "2M";
      EXPECT_THAT(report_of(two_workers(options)), fine_or_no_space);
    }
  }
  EXPECT_EQ(left_over(), "");
  expect_next_run_ok(transport());
}

TEST_P(Short, OfRoomInTheRuntimeDirectory) {
  if (!has_own_namespaces()) GTEST_SKIP() << "a file system of one's own needs CAP_SYS_ADMIN";
  (void)sys::runtime_directory();
  {
    const SmallFileSystem small(path("ipcsort"), "65536");
    small.fill();
    for (const Options& options : ways()) {
      EXPECT_THAT(report_of(two_workers(options)), fine_or_no_space);
    }
  }
  EXPECT_EQ(left_over(), "");
  expect_next_run_ok(transport());
}

TEST_P(Short, OfDescriptors) {
  if (is_sanitized) GTEST_SKIP() << sanitizers_own_calls;
  const pipeline::Job job = two_workers();
  bool was_ok = false;
  for (rlim_t count = 4; count < 60 && !was_ok; ++count) {
    const std::string report = report_of(job, [count] {
      const rlimit limit{count, count};
      sys::check(::setrlimit(RLIMIT_NOFILE, &limit), "setrlimit");
    });
    was_ok = report == "ok: ";
    if (was_ok) continue;
    EXPECT_THAT(report, ContainsRegex("^error: .*[a-z0-9_]+(\\(.*\\))?: Too many open files")) << count;
  }
  EXPECT_TRUE(was_ok);
  EXPECT_EQ(left_over(), "");
}

TEST_P(Short, OfQueueSpaceOrLockedMemory) {
  const pipeline::Job job = two_workers();
  EXPECT_THAT(report_of(job,
                        [] {
                          const rlimit none{0, 0};
                          sys::check(::setrlimit(RLIMIT_MSGQUEUE, &none), "setrlimit");
                        }),
              AnyOf("ok: ", HasSubstr("RLIMIT_MSGQUEUE"), HasSubstr("ulimit -q")));
  EXPECT_THAT(report_of(job,
                        [] {
                          const rlimit none{0, 0};
                          sys::check(::setrlimit(RLIMIT_MEMLOCK, &none), "setrlimit");
                        }),
              AnyOf("ok: ", HasSubstr("RLIMIT_MEMLOCK"), HasSubstr("ulimit -l")));
  EXPECT_EQ(left_over(), "");
}

TEST_P(Short, OfAddressSpace) {
  if (is_sanitized) GTEST_SKIP() << "a sanitizer reserves more address space than there is";
  const pipeline::Job job = two_workers();
  for (rlim_t megabytes = 8; megabytes <= 512; megabytes *= 2) {
    const std::string report = report_of(job, [megabytes] {
      const rlimit limit{megabytes << 20, megabytes << 20};
      sys::check(::setrlimit(RLIMIT_AS, &limit), "setrlimit");
    });
    EXPECT_THAT(report, AnyOf("ok: ", HasSubstr("Cannot allocate memory"), HasSubstr("bad_alloc"),
                              HasSubstr("pthread_create")))
        << megabytes;
    EXPECT_THAT(report, AnyOf("ok: ", StartsWith("error: "))) << megabytes;
  }
  EXPECT_EQ(left_over(), "");
}

struct Limit {
  const char* name;  // below /proc/sys
  const char* value;
};

TEST_P(Short, OfKernelObjects) {
  if (!has_own_namespaces()) GTEST_SKIP() << "limits of one's own need CAP_SYS_ADMIN";
  const pipeline::Job job = two_workers();
  std::vector<std::string> not_there;
  for (const Limit limit : std::initializer_list<Limit>{{"kernel/msgmnb", "64"},
                                                        {"kernel/msgmnb", "0"},
                                                        {"kernel/msgmax", "16"},
                                                        {"kernel/msgmni", "1"},
                                                        {"kernel/msgmni", "0"},
                                                        {"kernel/sem", "2 2 500 32000"},
                                                        {"kernel/sem", "250 32000 500 0"},
                                                        {"kernel/sem", "250 3 500 32000"},
                                                        {"kernel/shmmni", "0"},
                                                        {"kernel/shmmax", "4096"},
                                                        {"kernel/shmall", "4"},
                                                        {"fs/mqueue/queues_max", "0"},
                                                        {"fs/mqueue/queues_max", "1"},
                                                        {"fs/mqueue/msg_max", "1"},
                                                        {"fs/mqueue/msgsize_max", "128"}}) {
    SCOPED_TRACE(std::string{limit.name} + " = " + limit.value);
    const Parameter lowered(limit.name, limit.value);
    if (!lowered.is_set()) {
      not_there.emplace_back(limit.name);
      continue;
    }
    // "kernel.sem" for kernel/sem
    std::string name = limit.name;
    for (char& c : name) c = c == '/' ? '.' : c;
    EXPECT_THAT(report_of(job), AnyOf("ok: ", HasSubstr(name)));
  }
  EXPECT_EQ(left_over(), "");
  expect_next_run_ok(transport());
  if (!not_there.empty()) GTEST_SKIP() << "cannot be set here: " << sys::join(not_there, " ");
}

INSTANTIATE_TEST_SUITE_P(Transports, Short, ::testing::ValuesIn(all_ways()), name_of_way);

// The instruments themselves: what is lowered is felt, and comes back.
TEST_F(Laboratory, LoweredLimitsAreFelt) {
  if (!has_own_namespaces()) GTEST_SKIP() << "limits of one's own need CAP_SYS_ADMIN";
  const auto make_segment = [] { return ::shmget(IPC_PRIVATE, 4096, IPC_CREAT | IPC_EXCL | 0600); };
  {
    const Parameter lowered("kernel/shmmni", "0");
    ASSERT_TRUE(lowered.is_set());
    EXPECT_EQ(make_segment(), -1);
    EXPECT_EQ(errno, ENOSPC);
  }
  const int segment = make_segment();
  EXPECT_GE(segment, 0) << std::strerror(errno);
  EXPECT_EQ(::shmctl(segment, IPC_RMID, nullptr), 0);
  const SmallFileSystem small("/dev/shm", "65536");
  small.fill();
  const sys::Fd fd = sys::open_file("/dev/shm/more", O_RDWR | O_CREAT | O_EXCL, 0600);
  EXPECT_EQ(::posix_fallocate(fd.get(), 0, 4096), ENOSPC);
}

}  // namespace
}  // namespace ipcsort::faults
