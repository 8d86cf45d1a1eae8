// What a process that is killed leaves in the system, and who may remove it.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mqueue.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "sys/error.hpp"
#include "sys/object_log.hpp"
#include "sys/process.hpp"
#include "sys/random.hpp"

namespace ipcsort::sys {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class ObjectLogs : public ::testing::Test {
 protected:
  void SetUp() override {
    // Identifiers of tests that run at the same time are then out of reach; where it is not allowed, they
    // have others.
    static const bool own_namespace = ::unshare(CLONE_NEWIPC) == 0;
    (void)own_namespace;
    directory_ = (fs::temp_directory_path() / ("ipcsort-log-" + random_suffix())).string();
    fs::create_directory(directory_);
    ::setenv("XDG_RUNTIME_DIR", directory_.c_str(), 1);
  }
  void TearDown() override {
    EXPECT_THAT(logs(), IsEmpty());
    std::error_code ignored;
    fs::remove_all(directory_, ignored);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }
  [[nodiscard]] std::vector<std::string> logs() const {
    std::vector<std::string> names;
    std::error_code missing;
    for (const auto& entry : fs::directory_iterator(path("ipcsort"), missing))
      names.push_back(entry.path().filename());
    return names;
  }
  // A child that does `work` with a log of its own and then waits to be killed; back when it has done it.
  [[nodiscard]] static Child worker(const std::function<void(ObjectLog&)>& work) {
    int ends[2];
    check(::pipe2(ends, O_CLOEXEC), "pipe2");
    const pid_t pid = ::fork();
    if (pid == 0) {
      die_with_parent(::getppid());
      ObjectLog log;
      work(log);
      const char done = 'd';
      if (::write(ends[1], &done, 1) != 1) ::_exit(1);
      for (;;) ::pause();
    }
    ::close(ends[1]);
    char done = 0;
    EXPECT_EQ(::read(ends[0], &done, 1), 1);
    ::close(ends[0]);
    return Child(pid);
  }
  static void end(Child& child) {
    child.kill(SIGKILL);
    child.wait();
  }
  void touch(const std::string& name) const { std::ofstream(path(name)) << "x"; }

  std::string directory_;
};

key_t random_key() { return static_cast<key_t>(random_seed() >> 34) + 1; }

std::vector<std::string> descriptions(const std::vector<LoggedObject>& objects) {
  std::vector<std::string> texts;
  for (const LoggedObject& object : objects) texts.push_back(describe(object));
  return texts;
}

TEST_F(ObjectLogs, ObjectsOfEveryKindThatAKilledProcessLeftAreRemoved) {
  const std::string name = "/ipcsort-test-" + random_suffix();
  const key_t key = random_key();
  int report[2];
  ASSERT_EQ(::pipe2(report, O_CLOEXEC), 0);
  Child child = worker([&](ObjectLog& log) {
    log.created(ObjectKind::directory, path("socket dir"));
    fs::create_directory(path("socket dir"));
    log.created(ObjectKind::path, path("socket dir/the socket"));
    touch("socket dir/the socket");
    log.created(ObjectKind::shm_name, name);
    ::close(::shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
    log.created(ObjectKind::sem_name, name);
    ::sem_close(::sem_open(name.c_str(), O_CREAT | O_EXCL, 0600, 0));
    log.created(ObjectKind::mq_name, name);
    ::mq_close(::mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600, nullptr));
    for (const ObjectKind kind : {ObjectKind::xsi_shm, ObjectKind::xsi_sem, ObjectKind::xsi_msg})
      log.created(kind, std::to_string(key));
    constexpr int flags = IPC_CREAT | IPC_EXCL | 0600;
    const int ids[] = {::shmget(key, 4096, flags), ::semget(key, 1, flags), ::msgget(key, flags)};
    if (::write(report[1], ids, sizeof ids) != sizeof ids) ::_exit(1);
  });
  int ids[3] = {-1, -1, -1};
  ASSERT_EQ(::read(report[0], ids, sizeof ids), static_cast<ssize_t>(sizeof ids));
  for (const int fd : report) ::close(fd);
  shmid_ds segment{};
  msqid_ds queue{};
  const auto exist = [&] {
    std::string there;
    const int shm = ::shm_open(name.c_str(), O_RDONLY, 0);
    sem_t* sem = ::sem_open(name.c_str(), 0);
    there += fs::exists(path("socket dir/the socket")) ? "path " : "";
    there += fs::exists(path("socket dir")) ? "directory " : "";
    there += shm >= 0 ? "shm " : "";
    there += sem != SEM_FAILED ? "sem " : "";
    const mqd_t mq = ::mq_open(name.c_str(), O_RDONLY);
    there += mq >= 0 ? "mq " : "";
    if (mq >= 0) ::mq_close(mq);
    there += ::shmctl(ids[0], IPC_STAT, &segment) == 0 ? "xsi_shm " : "";
    there += ::semctl(ids[1], 0, GETVAL) >= 0 ? "xsi_sem " : "";
    there += ::msgctl(ids[2], IPC_STAT, &queue) == 0 ? "xsi_msg" : "";
    if (shm >= 0) ::close(shm);
    if (sem != SEM_FAILED) ::sem_close(sem);
    return there;
  };
  const std::string all = "path directory shm sem mq xsi_shm xsi_sem xsi_msg";
  ASSERT_EQ(exist(), all);
  EXPECT_THAT(clean_dead_logs(), IsEmpty()) << "it lives";
  EXPECT_EQ(exist(), all);
  end(child);
  EXPECT_THAT(
      descriptions(clean_dead_logs()),
      ElementsAre("xsi_msg " + std::to_string(key), "xsi_sem " + std::to_string(key),
                  "xsi_shm " + std::to_string(key), "mq_name " + name, "sem_name " + name, "shm_name " + name,
                  "path " + path("socket dir/the socket"), "directory " + path("socket dir")));
  EXPECT_EQ(exist(), "");
  EXPECT_THAT(clean_dead_logs(), IsEmpty());
}

TEST_F(ObjectLogs, ALogLivesAsLongAsAForkedChildOfItsOwnerDoes) {
  int ends[2];
  ASSERT_EQ(::pipe2(ends, O_CLOEXEC), 0);
  Child child = worker([&](ObjectLog& log) {
    log.created(ObjectKind::path, path("object"));
    touch("object");
    if (::fork() == 0) {  // holds the log, until the pipe is closed
      ::close(ends[1]);
      char byte = 0;
      while (::read(ends[0], &byte, 1) > 0) {
      }
      ::_exit(0);
    }
    ::close(ends[1]);
  });
  ::close(ends[0]);
  end(child);
  EXPECT_THAT(clean_dead_logs(), IsEmpty());
  EXPECT_TRUE(fs::exists(path("object")));
  ::close(ends[1]);
  std::vector<LoggedObject> gone;
  while (gone.empty()) gone = clean_dead_logs();  // until the grandchild has gone; the test's limit ends it
  EXPECT_THAT(descriptions(gone), ElementsAre("path " + path("object")));
}

TEST_F(ObjectLogs, WhatWasStruckOutIsNotTouched) {
  Child child = worker([&](ObjectLog& log) {
    for (const char* name : {"a", "b", "c"}) {
      log.created(ObjectKind::path, path(name));
      touch(name);
    }
    log.removed(ObjectKind::path, path("b"));
    log.created(ObjectKind::path, path("again"));
    log.removed(ObjectKind::path, path("again"));
    log.created(ObjectKind::path, path("again"));
    touch("again");
    log.removed(ObjectKind::directory, path("c"));  // another kind
  });
  end(child);
  EXPECT_EQ(clean_dead_logs().size(), 3U);
  EXPECT_FALSE(fs::exists(path("a")));
  EXPECT_TRUE(fs::exists(path("b")));
  EXPECT_FALSE(fs::exists(path("c")));
  EXPECT_FALSE(fs::exists(path("again")));
}

TEST_F(ObjectLogs, WhatIsGoneAlreadyIsNotReported) {
  Child child = worker([&](ObjectLog& log) {
    log.created(ObjectKind::path, path("never made"));
    log.created(ObjectKind::shm_name, "/ipcsort-never-made");
    log.created(ObjectKind::xsi_shm, "2147483647");
    log.created(ObjectKind::xsi_sem, "not a number");
  });
  end(child);
  EXPECT_THAT(clean_dead_logs(), IsEmpty());
}

// IPC_PRIVATE names no object, and an identifier is not a key.
TEST_F(ObjectLogs, WhatHasNoKeyIsNotTouched) {
  const int segment = ::shmget(IPC_PRIVATE, 4096, 0600);
  ASSERT_GE(segment, 0);
  Child child = worker([&](ObjectLog& log) {
    log.created(ObjectKind::xsi_shm, "0");
    log.created(ObjectKind::xsi_msg, "0");
    log.created(ObjectKind::xsi_sem, "0");
    if (segment > 0) log.created(ObjectKind::xsi_shm, std::to_string(segment));
  });
  end(child);
  EXPECT_THAT(clean_dead_logs(), IsEmpty());
  EXPECT_EQ(::shmctl(segment, IPC_RMID, nullptr), 0);
}

// A log as a kill or somebody's editor may leave it.
TEST_F(ObjectLogs, TornAndStrangeLinesDoNoHarm) {
  for (const char* name : {"torn", "whole", "nonsense"}) touch(name);
  runtime_directory();
  std::ofstream(path("ipcsort/dead.log"))
      << "+ path " << path("whole") << "\n\n+\n+ \n+ path\n+ nothing " << path("nonsense") << "\n? path "
      << path("nonsense") << "\n+ path " << path("torn");
  EXPECT_THAT(descriptions(clean_dead_logs()), ElementsAre("path " + path("whole")));
  EXPECT_TRUE(fs::exists(path("torn")));
  EXPECT_TRUE(fs::exists(path("nonsense")));
}

TEST_F(ObjectLogs, OtherFilesAndLinksInTheDirectoryAreLeftAlone) {
  runtime_directory();
  touch("ipcsort/notes.txt");
  std::ofstream(path("outside")) << "+ path " << path("ipcsort/notes.txt") << "\n";
  fs::create_symlink(path("outside"), path("ipcsort/link.log"));
  EXPECT_THAT(clean_dead_logs(), IsEmpty());
  EXPECT_THAT(logs(), UnorderedElementsAre("notes.txt", "link.log"));
  fs::remove(path("ipcsort/notes.txt"));
  fs::remove(path("ipcsort/link.log"));
}

TEST_F(ObjectLogs, TheOwnerRemovesLeftoversAndStartsAfresh) {
  ObjectLog log;
  log.created(ObjectKind::path, path("first"));
  touch("first");
  EXPECT_THAT(descriptions(log.remove_leftovers()), ElementsAre("path " + path("first")));
  touch("first");
  log.created(ObjectKind::path, path("second"));
  touch("second");
  EXPECT_THAT(descriptions(log.remove_leftovers()), ElementsAre("path " + path("second")));
  EXPECT_TRUE(fs::exists(path("first"))) << "no longer ours";
}

TEST_F(ObjectLogs, TheDestructorRemovesInTheOwnerAndNothingInAForkedCopy) {
  touch("object");
  {
    std::optional<ObjectLog> log(std::in_place);
    log->created(ObjectKind::path, path("object"));
    const pid_t pid = ::fork();
    if (pid == 0) {
      log.reset();
      ::_exit(0);
    }
    ::waitpid(pid, nullptr, 0);
    EXPECT_TRUE(fs::exists(path("object")));
    EXPECT_EQ(logs().size(), 1U);
    EXPECT_THAT(clean_dead_logs(), IsEmpty());
  }
  EXPECT_FALSE(fs::exists(path("object")));
}

TEST_F(ObjectLogs, AStruckOutNameThatCannotBeWrittenDoesNotThrow) {
  ObjectLog log;
  log.created(ObjectKind::path, path("object"));
  const int null = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
  ::dup2(null, log.fd());
  ::close(null);
  EXPECT_THROW(log.created(ObjectKind::path, path("other")), std::system_error);
  log.removed(ObjectKind::path, path("object"));
}

// New logs while others clean up as fast as they can: each must come into being, locked and under its name.
TEST_F(ObjectLogs, ACleanUpAtTheSameTimeTakesNoLivingLogAway) {
  runtime_directory();
  const pid_t pid = ::fork();
  if (pid == 0) {
    die_with_parent(::getppid());
    for (;;) clean_dead_logs();
  }
  for (int i = 0; i < 3000 && !HasFailure(); ++i) {
    ObjectLog log;
    log.created(ObjectKind::path, path("object"));
    touch("object");
    EXPECT_EQ(logs().size(), 1U) << i;
    EXPECT_EQ(log.remove_leftovers().size(), 1U) << i;
  }
  ::kill(pid, SIGKILL);
  ::waitpid(pid, nullptr, 0);
}

TEST_F(ObjectLogs, AnEmptyLogOfAKilledProcessGoesToo) {
  Child child = worker([](ObjectLog&) {});
  EXPECT_EQ(logs().size(), 1U);
  end(child);
  runtime_directory();
  std::ofstream(path("ipcsort/not yet locked.log")) << "";
  clean_dead_logs();  // TearDown looks
}

// ---------------------------------------------------------------- the directory

TEST_F(ObjectLogs, TheRuntimeDirectoryIsForThisUserAlone) {
  EXPECT_EQ(runtime_directory(), path("ipcsort"));
  struct stat state {};
  ASSERT_EQ(::stat(path("ipcsort").c_str(), &state), 0);
  EXPECT_EQ(state.st_mode & 07777, 0700U);
  EXPECT_EQ(runtime_directory(), path("ipcsort")) << "again";
}

TEST_F(ObjectLogs, WhatStandsInItsWayIsRefused) {
  const auto refusal = [] {
    try {
      runtime_directory();
    } catch (const std::system_error& error) {
      return std::string{error.what()};
    }
    return std::string{"accepted"};
  };
  fs::create_directory(path("ipcsort"));
  fs::permissions(path("ipcsort"), fs::perms::owner_all | fs::perms::group_read);
  EXPECT_THAT(refusal(), HasSubstr("mode 0700"));
  EXPECT_THAT(refusal(), HasSubstr(path("ipcsort")));
  fs::remove(path("ipcsort"));
  fs::create_directory(path("elsewhere"));
  fs::permissions(path("elsewhere"), fs::perms::owner_all);
  fs::create_directory_symlink(path("elsewhere"), path("ipcsort"));
  EXPECT_THAT(refusal(), HasSubstr("mode 0700")) << "a link to a good one";
  fs::remove(path("ipcsort"));
  touch("ipcsort");
  EXPECT_THAT(refusal(), HasSubstr("mode 0700")) << "a file";
  fs::remove(path("ipcsort"));
}

TEST_F(ObjectLogs, ARelativeOrMissingSettingMeansTheDirectoryInTmp) {
  const std::string fallback = "/tmp/ipcsort-" + std::to_string(::geteuid());
  ::setenv("XDG_RUNTIME_DIR", "relative", 1);
  EXPECT_EQ(runtime_directory(), fallback);
  ::unsetenv("XDG_RUNTIME_DIR");
  EXPECT_EQ(runtime_directory(), fallback);
}

}  // namespace
}  // namespace ipcsort::sys
