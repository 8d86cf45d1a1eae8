// What a transport makes is its user's alone, has a name nobody can guess, and goes to no other program.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <functional>
#include <regex>

#include "sys/error.hpp"
#include "sys/text.hpp"
#include "tests/conformance/fixture.hpp"
#include "tests/faults/interference.hpp"
#include "tests/sanitized.hpp"

namespace ipcsort::conformance {
namespace {

using faults::Disturbance;
using faults::Interference;
using faults::RecordedCall;

std::string octal(mode_t mode) {
  char text[16];
  std::snprintf(text, sizeof text, "%o", mode);
  return text;
}

// What each open descriptor from 3 upwards is, with what is wrong about it.
std::vector<std::string> complaints_about_descriptors(const std::set<std::string>& before) {
  std::vector<std::string> wrong;
  for (const std::string& name : names_in("/proc/self/fd")) {
    const int fd = std::stoi(name);
    struct stat state {};
    if (before.contains(name) || ::fstat(fd, &state) != 0) continue;  // the one that lists the others
    const std::string what = std::filesystem::read_symlink("/proc/self/fd/" + name).string();
    if ((::fcntl(fd, F_GETFD) & FD_CLOEXEC) == 0) wrong.push_back(what + " survives exec");
    const bool has_name = what.starts_with("/") && !what.starts_with("/memfd:");
    if (has_name && (S_ISREG(state.st_mode) || S_ISFIFO(state.st_mode)) && (state.st_mode & 0777) != 0600)
      wrong.push_back(what + " has mode " + octal(state.st_mode & 0777));
  }
  return wrong;
}

void add_complaint(std::vector<std::string>& wrong, const char* kind, int id, unsigned mode) {
  if (id >= 0 && (mode & 0777) != 0600)
    wrong.push_back(std::string{kind} + " " + std::to_string(id) + " has mode " + octal(mode & 0777));
}

// All of this IPC namespace, or at least ours.
std::vector<std::string> complaints_about_xsi_objects() {
  union {
    semid_ds* buf;
    seminfo* info;
  } argument{};
  std::vector<std::string> wrong;
  shm_info segments{};
  const int last_segment = ::shmctl(0, SHM_INFO, reinterpret_cast<shmid_ds*>(&segments));
  for (int index = 0; index <= last_segment; ++index) {
    shmid_ds state{};
    const int id = ::shmctl(index, SHM_STAT, &state);
    if (id >= 0 && state.shm_cpid == ::getpid()) add_complaint(wrong, "segment", id, state.shm_perm.mode);
  }
  seminfo arrays{};
  argument.info = &arrays;
  const int last_array = ::semctl(0, 0, SEM_INFO, argument);
  for (int index = 0; index <= last_array; ++index) {
    semid_ds state{};
    argument.buf = &state;
    const int id = ::semctl(index, 0, SEM_STAT, argument);
    if (id >= 0 && state.sem_perm.cuid == ::geteuid()) add_complaint(wrong, "array", id, state.sem_perm.mode);
  }
  msginfo queues{};
  const int last_queue = ::msgctl(0, MSG_INFO, reinterpret_cast<msqid_ds*>(&queues));
  for (int index = 0; index <= last_queue; ++index) {
    msqid_ds state{};
    const int id = ::msgctl(index, MSG_STAT, &state);
    if (id >= 0 && state.msg_perm.cuid == ::geteuid()) add_complaint(wrong, "queue", id, state.msg_perm.mode);
  }
  return wrong;
}

std::vector<std::string> complaints_about_files(const std::string& directory) {
  std::vector<std::string> wrong;
  std::error_code missing;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(directory, missing)) {
    struct stat state {};
    if (::lstat(entry.path().c_str(), &state) != 0) continue;
    // To connect to a socket takes the right to write, so its mode counts as a file's.
    const mode_t allowed = S_ISDIR(state.st_mode) ? 0700 : 0600;
    if ((state.st_mode & 0777 & ~allowed) != 0)
      wrong.push_back(entry.path().string() + " has mode " + octal(state.st_mode & 0777));
  }
  struct stat state {};
  if (::lstat(directory.c_str(), &state) == 0 && (state.st_mode & 0777) != 0700)
    wrong.push_back(directory + " has mode " + octal(state.st_mode & 0777));
  return wrong;
}

class Security : public Conformance {
 protected:
  // Runs `body` in a process of its own under umask 0; what it returns was wrong.
  static std::vector<std::string> in_a_process(const std::function<std::vector<std::string>()>& body) {
    int ends[2];
    sys::check(::pipe2(ends, O_CLOEXEC), "pipe2");
    const pid_t pid = sys::check(::fork(), "fork");
    if (pid == 0) {
      std::string text;
      try {
        ::umask(0);
        text = sys::join(body(), "\n");
      } catch (const std::exception& error) {
        text = std::string{"thrown: "} + error.what();
      }
      sys::write_all(ends[1], std::as_bytes(std::span{text}), "report");
      ::_exit(0);
    }
    ::close(ends[1]);
    std::string text;
    std::array<char, 4096> buffer{};
    for (ssize_t size = 0; (size = ::read(ends[0], buffer.data(), buffer.size())) > 0;) {
      text.append(buffer.data(), static_cast<std::size_t>(size));
    }
    ::close(ends[0]);
    EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
    return text.empty() ? std::vector<std::string>{} : sys::split(text, '\n');
  }

  // A session of two workers, from its opening over both ends of all transfers to its end; `look` is called
  // with it open, with it attached, and in each worker.
  static void use_a_session(const std::function<void()>& look,
                            const std::function<void(int)>& look_in_worker) {
    sys::ObjectLog objects;
    const std::unique_ptr<Session> session =
        transport().open({.workers = 2, .options = options(), .objects = &objects});
    look();
    std::vector<sys::Child> children;
    const pid_t parent = ::getpid();
    SharedNumber end;
    for (int worker = 0; worker < 2; ++worker) {
      const pid_t pid = sys::check(::fork(), "fork");
      if (pid == 0) {
        sys::die_with_parent(parent);
        try {
          const std::unique_ptr<Sender> sender = attach_sender(*session, worker, traits(), options());
          look_in_worker(worker);
          end.wait_set();
        } catch (const std::exception& error) {
          std::fprintf(stderr, "worker %d: %s\n", worker, error.what());
        }
        ::_exit(0);
      }
      children.emplace_back(pid);
    }
    Supervisor supervisor(std::move(children), {});
    std::vector<Attached> attached;
    for (int worker = 0; worker < 2; ++worker) {
      const Supervisor::Waiting waiting(supervisor, worker);
      attached.push_back(session->attach_receiver(worker, supervisor.watch(worker)));
      if (attached.back().status != Io::ok) throw std::runtime_error("a worker could not be attached");
    }
    look();
    end.set(1);
    for (int worker = 0; worker < 2; ++worker) supervisor.wait_end(worker);
  }
};

INSTANTIATE_TEST_SUITE_P(Transports, Security, ::testing::ValuesIn(variants()), label_of);

TEST_P(Security, EverythingIsItsUsersAloneAndGoesToNoOtherProgram) {
  const std::set<std::string> dev_shm = before().dev_shm;
  const std::vector<std::string> wrong = in_a_process([&] {
    const std::set<std::string> descriptors = names_in("/proc/self/fd");
    std::vector<std::string> found;
    const auto add = [&found](const std::vector<std::string>& more) {
      found.insert(found.end(), more.begin(), more.end());
    };
    const auto look = [&] {
      add(complaints_about_descriptors(descriptors));
      add(complaints_about_xsi_objects());
      add(complaints_about_files(runtime_directory()));
    };
    // A worker has nobody to tell but its standard error and the pipe that all of the process share.
    SharedNumber workers_wrong;
    use_a_session(look, [&](int) {
      for (const std::string& line : complaints_about_descriptors(descriptors)) {
        std::fprintf(stderr, "in a worker: %s\n", line.c_str());
        workers_wrong.add_one();
      }
    });
    if (workers_wrong.get() != 0) found.emplace_back("descriptors of the workers, see above");
    return found;
  });
  EXPECT_EQ(wrong, std::vector<std::string>{});
}

// The names that system calls were given, and whether each call would have noticed that the name was taken.
TEST_P(Security, NamesAreFreshAndNothingIsTakenOver) {
  if (const std::string reason = Interference::unavailable(); !reason.empty()) GTEST_SKIP() << reason;
  Interference interference({.kind = Disturbance::record});
  const std::vector<std::string> thrown = in_a_process([&]() -> std::vector<std::string> {
    interference.enter();
    for (int session = 0; session < 2; ++session) {
      interference.arm();
      use_a_session([] {}, [](int) {});
      interference.disarm();
    }
    return {};
  });
  EXPECT_EQ(thrown, std::vector<std::string>{});

  static const std::regex unguessable("[0-9a-f]{32}");
  std::set<std::string> names;
  std::set<long> keys;
  for (const RecordedCall& call : interference.recorded()) {
    const std::string name = call.name.data();
    SCOPED_TRACE(faults::name_of_call(call.number) + " " + name);
    const auto argument = [&call](std::size_t index) {
      return static_cast<unsigned long>(call.arguments.at(index));
    };
    bool has_name = false;
    switch (call.number) {
      case SYS_openat:
        // The library's own look at a file, by sem_open or a stream, leaves O_CLOEXEC out and is over at
        // once.
        if ((argument(2) & O_CREAT) == 0) break;
        EXPECT_TRUE((argument(2) & O_CLOEXEC) != 0);
        EXPECT_TRUE((argument(2) & O_EXCL) != 0);
        EXPECT_EQ(argument(3) & 0077, 0U);
        has_name = true;
        break;
      case SYS_mq_open:
        if ((argument(1) & O_CREAT) == 0) break;
        EXPECT_TRUE((argument(1) & O_EXCL) != 0);
        EXPECT_EQ(argument(2) & 0077, 0U);
        has_name = true;
        break;
      case SYS_mknodat:
        EXPECT_EQ(argument(2) & 0077, 0U);
        has_name = true;
        break;
#if defined(SYS_mknod)
      case SYS_mknod:
        EXPECT_EQ(argument(1) & 0077, 0U);
        has_name = true;
        break;
#endif
      case SYS_bind: has_name = argument(2) != 0 && name.starts_with("/"); break;
      case SYS_shmget:
      case SYS_semget:
      case SYS_msgget: {
        const unsigned long flags = argument(call.number == SYS_msgget ? 1 : 2);
        if ((flags & IPC_CREAT) == 0) break;
        EXPECT_TRUE(call.arguments[0] == IPC_PRIVATE || (flags & IPC_EXCL) != 0);
        EXPECT_EQ(flags & 0177, 0U);
        EXPECT_TRUE(call.arguments[0] == IPC_PRIVATE || keys.insert(call.arguments[0]).second)
            << "a key was used twice";
        break;
      }
      case SYS_socket:
      case SYS_socketpair: EXPECT_TRUE((argument(1) & SOCK_CLOEXEC) != 0); break;
      case SYS_accept4: EXPECT_TRUE((argument(3) & SOCK_CLOEXEC) != 0); break;
      case SYS_pipe2:
        // UBSan tries out by a pipe whether memory can be read.
        EXPECT_TRUE((argument(1) & O_CLOEXEC) != 0 || test::is_sanitized);
        break;
      default: break;
    }
    if (!has_name) continue;
    EXPECT_TRUE(std::regex_search(name, unguessable));
    EXPECT_TRUE(names.insert(name).second) << "the name was used twice";
  }
  // At the least the object log of each session was made under a name of its own.
  EXPECT_GE(names.size(), 2U);
}

}  // namespace
}  // namespace ipcsort::conformance
