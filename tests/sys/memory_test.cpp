// Descriptors, mappings, and the futex between processes.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <filesystem>
#include <fstream>
#include <functional>
#include <limits>
#include <sstream>
#include <string>
#include <thread>
#include <tuple>
#include <utility>
#include <vector>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/futex.hpp"
#include "sys/kernel_file.hpp"
#include "sys/mapping.hpp"
#include "sys/random.hpp"

namespace ipcsort::sys {
namespace {

using ::testing::HasSubstr;

bool is_open(int fd) { return ::fcntl(fd, F_GETFD) >= 0; }

std::pair<Fd, Fd> make_pipe() {
  int fds[2];
  check(::pipe2(fds, O_CLOEXEC), "pipe2");
  return {Fd{fds[0]}, Fd{fds[1]}};
}

// The exit code of a child that does `work`; 99 when it throws.
int in_a_child(const std::function<int()>& work) {
  const pid_t pid = ::fork();
  if (pid == 0) {
    int code = 99;
    try {
      code = work();
    } catch (...) {
    }
    ::_exit(code);
  }
  int status = 0;
  ::waitpid(pid, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

// ---------------------------------------------------------------- Fd

TEST(FdOwner, ClosesOnceAndMoves) {
  Fd none;
  EXPECT_FALSE(none);
  EXPECT_EQ(none.get(), -1);
  auto [a, b] = make_pipe();
  const int number = a.get();
  Fd moved = std::move(a);
  EXPECT_FALSE(a);  // NOLINT(bugprone-use-after-move): that is what is tested
  EXPECT_EQ(moved.get(), number);
  const int other = b.get();
  b = std::move(moved);
  EXPECT_FALSE(is_open(other)) << "what was owned before is closed";
  EXPECT_TRUE(is_open(number));
  Fd& same = b;
  b = std::move(same);
  EXPECT_TRUE(is_open(number));
  const int released = b.release();
  EXPECT_TRUE(is_open(released));
  { const Fd scope{released}; }
  EXPECT_FALSE(is_open(released));
}

TEST(OpenFile, IsClosedOnExecAndFailsWithThePath) {
  const Fd fd = open_file("/dev/null", O_RDONLY);
  EXPECT_EQ(::fcntl(fd.get(), F_GETFD), FD_CLOEXEC);
  try {
    open_file("/no/such/file", O_RDONLY);
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ENOENT);
    EXPECT_THAT(error.what(), HasSubstr("open(/no/such/file)"));
  }
}

TEST(WriteAll, GoesOnAfterShortWrites) {
  auto ends = make_pipe();
  // Non-blocking would be refused; a small pipe and a slow reader make the writes short or blocking.
  ::fcntl(ends.second.get(), F_SETPIPE_SZ, 4096);
  std::string text(1'000'000, '\0');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i * 31 + i / 4096);
  std::string got;
  std::jthread reader([&, in = ends.first.get()] {
    std::vector<char> buffer(1777);
    for (ssize_t size = 0; (size = ::read(in, buffer.data(), buffer.size())) > 0;) {
      got.append(buffer.data(), static_cast<std::size_t>(size));
    }
  });
  write_all(ends.second.get(), std::as_bytes(std::span{text}), "pipe");
  ends.second.reset();
  reader.join();
  EXPECT_TRUE(got == text);
}

TEST(WriteAll, FailsWithTheName) {
  const Fd full = open_file("/dev/full", O_WRONLY);
  const std::string text = "x";
  try {
    write_all(full.get(), std::as_bytes(std::span{text}), "the disk");
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), ENOSPC);
    EXPECT_THAT(error.what(), HasSubstr("write(the disk)"));
  }
  write_all(full.get(), {}, "nothing is no failure");
}

TEST(CloseAllExcept, LeavesWhatIsToBeKeptAndTheFirstThree) {
  EXPECT_EQ(in_a_child([] {
              std::vector<int> fds;
              for (int i = 0; i < 20; ++i) fds.push_back(::dup(STDERR_FILENO));
              const std::vector<int> keep = {fds[17], fds[3], fds[4], fds[3], STDIN_FILENO, fds[11]};
              close_all_except(keep);
              for (std::size_t i = 0; i < fds.size(); ++i) {
                const bool kept = i == 3 || i == 4 || i == 11 || i == 17;
                if (is_open(fds[i]) != kept) return static_cast<int>(i) + 1;
              }
              for (int fd = 3; fd < 1000; ++fd) {
                if (is_open(fd) && std::count(keep.begin(), keep.end(), fd) == 0) return 50;
              }
              return is_open(0) && is_open(1) && is_open(2) ? 0 : 51;
            }),
            0);
  EXPECT_EQ(in_a_child([] {
              const int fd = ::dup(STDERR_FILENO);
              close_all_except({});
              return is_open(fd) ? 1 : 0;
            }),
            0);
}

// ---------------------------------------------------------------- Mapping

TEST(MappingOwner, NothingIsLegal) {
  const Mapping none = Mapping::private_memory(0);
  EXPECT_FALSE(none);
  EXPECT_EQ(none.size(), 0U);
  EXPECT_TRUE(none.bytes().empty());
  EXPECT_FALSE(Mapping::shared_memory(0));
}

TEST(MappingOwner, ZeroOnFirstTouchAndMoves) {
  for (const Pages pages : {Pages::base, Pages::huge}) {
    Mapping mapping = Mapping::private_memory(5'000'001, pages);
    for (const std::byte byte : mapping.bytes()) ASSERT_EQ(byte, std::byte{0});
    mapping.data()[5'000'000] = std::byte{7};
    Mapping moved = std::move(mapping);
    EXPECT_FALSE(mapping);  // NOLINT(bugprone-use-after-move)
    EXPECT_EQ(moved.data()[5'000'000], std::byte{7});
    Mapping other = Mapping::private_memory(10);
    other = std::move(moved);
    EXPECT_EQ(other.size(), 5'000'001U);
    EXPECT_EQ(other.data()[5'000'000], std::byte{7});
    other.reset();
    other.reset();
    EXPECT_FALSE(other);
  }
}

TEST(MappingOwner, IsUnmappedAtTheEnd) {
  constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;
  for (const auto& [size, pages, mapped_bytes] :
       {std::tuple{std::size_t{4096}, Pages::base, std::size_t{4096}},
        {std::size_t{4096}, Pages::huge, std::size_t{4096}},
        {3 * huge_page_bytes - 4096, Pages::huge, 3 * huge_page_bytes},
        {3 * huge_page_bytes + 8192, Pages::huge, 3 * huge_page_bytes + 8192}}) {
    SCOPED_TRACE(size);
    const auto is_mapped = [&, mapped_bytes = mapped_bytes](void* address) {
      return ::msync(address, mapped_bytes, MS_ASYNC) == 0;
    };
    void* address = nullptr;
    {
      const Mapping mapping = Mapping::private_memory(size, pages);
      address = mapping.data();
      EXPECT_TRUE(is_mapped(address));
    }
    for (std::size_t at = 0; at < mapped_bytes; at += 4096) {
      EXPECT_EQ(::msync(static_cast<std::byte*>(address) + at, 4096, MS_ASYNC), -1);
      EXPECT_EQ(errno, ENOMEM);
    }
  }
}

// How many page faults it takes to write all of `memory` for the first time.
long faults_of_first_touch(const Mapping& memory) {
  rusage before{};
  rusage after{};
  ::getrusage(RUSAGE_THREAD, &before);
  for (std::size_t at = 0; at < memory.size(); at += 4096)
    static_cast<volatile std::byte*>(memory.data())[at] = std::byte{1};
  ::getrusage(RUSAGE_THREAD, &after);
  return after.ru_minflt - before.ru_minflt;
}

TEST(MappingOwner, SharedMemoryCollapsesIntoHugePagesAndKeepsWhatIsInIt) {
  constexpr std::size_t size = 5'000'000;
  Mapping memory = Mapping::shared_memory(size, Pages::huge);
  memory.data()[7] = std::byte{7};
  const bool is_collapsed = collapse_into_huge_pages(memory.bytes().subspan(100));
  EXPECT_EQ(memory.data()[7], std::byte{7});
  EXPECT_EQ(memory.data()[size - 1], std::byte{0});
  EXPECT_FALSE(collapse_into_huge_pages(memory.bytes().first(1'000'000)));
  EXPECT_FALSE(collapse_into_huge_pages({}));
  if (!is_collapsed) GTEST_SKIP() << "the kernel collapses no shared memory here";
  EXPECT_LE(faults_of_first_touch(memory), 2 + static_cast<long>(size % (2 << 20)) / 4096 + 8);
}

// Whatever their length is: arrays of numbers are seldom a multiple of 2 MiB long.
TEST(MappingOwner, HugePagesSpareNearlyAllFaults) {
  const std::string settings = "/sys/kernel/mm/transparent_hugepage/";
  for (const char* setting : {"enabled", "hugepages-2048kB/enabled"}) {
    if (first_line(settings + setting).value_or("").find("[never]") != std::string::npos)
      GTEST_SKIP() << "the kernel gives no huge pages: " << settings << setting << " is never";
  }
  if (!first_line(settings + "enabled")) GTEST_SKIP() << "the kernel knows no transparent huge pages";
  // The kernel takes small pages when it has no huge one at hand, so the best of some attempts counts.
  const auto least_faults = [](std::size_t size) {
    constexpr int attempts = 8;
    long least = std::numeric_limits<long>::max();
    for (int attempt = 0; attempt < attempts; ++attempt)
      least = std::min(least, faults_of_first_touch(Mapping::private_memory(size, Pages::huge)));
    return least;
  };
  constexpr std::size_t huge_page_bytes = std::size_t{2} << 20;
  for (const std::size_t size : {1'000'000U, 4'000'016U, 8'000'016U, 20'000'016U}) {
    // What is a quarter of a huge page and less keeps its 128 faults.
    const long most = static_cast<long>(size / huge_page_bytes) + 128 + 8;
    const long faults = least_faults(size);
    if (faults > most && least_faults((size / huge_page_bytes + 1) * huge_page_bytes) > most)
      GTEST_SKIP() << "the kernel has no huge pages left, not even for a multiple of 2 MiB";
    EXPECT_LE(faults, most) << size;
  }
}

TEST(MappingOwner, WhatIsSmallTakesNoHugePage) {
  constexpr std::size_t pages = 100;
  const Mapping memory = Mapping::private_memory(pages * 4096, Pages::huge);
  memory.data()[0] = std::byte{1};
  std::vector<unsigned char> is_resident(pages);
  ASSERT_EQ(::mincore(memory.data(), memory.size(), is_resident.data()), 0);
  EXPECT_LT(std::count(is_resident.begin(), is_resident.end(), 1), static_cast<long>(pages));
}

TEST(MappingOwner, ChildrenShareSharedMemoryOnly) {
  const Mapping shared = Mapping::shared_memory(100);
  const Mapping own = Mapping::private_memory(100);
  EXPECT_EQ(in_a_child([&] {
              shared.data()[99] = own.data()[99] = std::byte{5};
              return 0;
            }),
            0);
  EXPECT_EQ(shared.data()[99], std::byte{5});
  EXPECT_EQ(own.data()[99], std::byte{0});
}

TEST(MappingOwner, ManyTimesTheMemoryCostsNothingUntilTouched) {
  const Mapping huge = Mapping::private_memory(std::size_t{1} << 42);
  EXPECT_TRUE(huge);
}

TEST(MappingOwner, WhatCannotBeMappedSaysWhatAndHowMuch) {
  try {
    Mapping::private_memory(std::size_t{1} << 62);
    FAIL();
  } catch (const std::system_error& error) {
    EXPECT_THAT(error.what(), HasSubstr("mmap(private memory, 4611686018427387904 bytes"));
  }
  EXPECT_THROW(Mapping::shared_file(-1, 4096, "nothing"), std::system_error);
}

TEST(MappingOwner, SharedFile) {
  const std::string path =
      (std::filesystem::temp_directory_path() / ("ipcsort-sys-" + random_suffix())).string();
  const Fd fd = open_file(path, O_RDWR | O_CREAT | O_EXCL, 0600);
  ::unlink(path.c_str());
  ASSERT_EQ(::ftruncate(fd.get(), 10), 0);
  const Mapping mapping = Mapping::shared_file(fd.get(), 10, path);
  mapping.data()[9] = std::byte{'x'};
  char last = 0;
  ASSERT_EQ(::pread(fd.get(), &last, 1, 9), 1);
  EXPECT_EQ(last, 'x');
}

TEST(RandomSuffix, IsThirtyTwoHexDigitsAndNeverTheSame) {
  const std::string a = random_suffix();
  EXPECT_EQ(a.size(), 32U);
  EXPECT_EQ(a.find_first_not_of("0123456789abcdef"), std::string::npos);
  EXPECT_NE(a, random_suffix());
  EXPECT_NE(random_seed(), random_seed());
}

// ---------------------------------------------------------------- futex

// Two words in memory that parent and child share.
struct Words {
  std::atomic<std::uint32_t> ping;
  std::atomic<std::uint32_t> pong;
};

class Futex : public ::testing::Test {
 protected:
  Mapping memory_ = Mapping::shared_memory(sizeof(Words));
  Words& words_ = *reinterpret_cast<Words*>(memory_.data());

  // Sleeps until the word is `value`; false at the limit, far beyond what anybody waits for here.
  static bool await(const std::atomic<std::uint32_t>& word, std::uint32_t value) {
    const Nanoseconds limit = now_ns() + 30 * second_ns;
    for (;;) {
      const std::uint32_t seen = word.load();
      if (seen == value) return true;
      if (now_ns() >= limit) return false;
      futex_wait(word, seen, limit);
    }
  }
};

TEST_F(Futex, WakesAcrossAForkEveryTime) {
  constexpr std::uint32_t rounds = 2000;
  const pid_t pid = ::fork();
  if (pid == 0) {
    for (std::uint32_t round = 1; round <= rounds; ++round) {
      if (!await(words_.ping, round)) ::_exit(1);
      words_.pong.store(round);
      futex_wake_all(words_.pong);
    }
    ::_exit(0);
  }
  for (std::uint32_t round = 1; round <= rounds; ++round) {
    words_.ping.store(round);
    futex_wake_all(words_.ping);
    if (!await(words_.pong, round)) {
      ADD_FAILURE() << "no answer in round " << round;
      break;
    }
  }
  ::kill(pid, HasFailure() ? SIGKILL : 0);
  int status = 0;
  ::waitpid(pid, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST_F(Futex, WakesEveryWaiter) {
  std::vector<pid_t> children;
  for (int i = 0; i < 5; ++i) {
    const pid_t pid = ::fork();
    if (pid == 0) {
      words_.pong.fetch_add(1);
      futex_wake_all(words_.pong);
      ::_exit(await(words_.ping, 1) ? 0 : 1);
    }
    children.push_back(pid);
  }
  ASSERT_TRUE(await(words_.pong, 5));
  words_.ping.store(1);
  futex_wake_all(words_.ping);
  for (const pid_t pid : children) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }
}

TEST_F(Futex, ReturnsAtTheDeadline) {
  const Nanoseconds deadline = now_ns() + second_ns / 20;
  while (now_ns() < deadline) futex_wait(words_.ping, 0, deadline);  // comes back, or the test hangs
  futex_wait(words_.ping, 0, now_ns() - 1);                          // at once when it has passed
}

TEST_F(Futex, DoesNotSleepOnAnotherValue) {
  words_.ping.store(7);
  futex_wait(words_.ping, 6);
  futex_wait(words_.ping, 8, now_ns() + 600 * second_ns);
}

}  // namespace
}  // namespace ipcsort::sys
