#include "datagen/cache.hpp"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "datagen/manifest.hpp"
#include "datagen/writer.hpp"
#include "sys/error.hpp"
#include "tests/datagen/support.hpp"

namespace ipcsort::datagen {
namespace {

namespace fs = std::filesystem;
using test::message_of;
using test::numbers_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr DataSpec small_spec{Distribution::uniform, 1, 3, 1000};
constexpr std::uint64_t no_limit = UINT64_MAX;

class CacheTest : public testing::Test {
 protected:
  [[nodiscard]] CacheOptions options(std::uint64_t bytes_max = no_limit) const {
    return {directory(), bytes_max};
  }
  [[nodiscard]] std::string directory() const { return scratch_.path("cache"); }
  [[nodiscard]] std::string set_path(const DataSpec& spec = small_spec) const {
    return directory() + "/" + key_of(spec);
  }

  [[nodiscard]] std::vector<std::string> entries() const {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory()))
      names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
  }

  static Fingerprint content_of(const Dataset& set) {
    Fingerprint total;
    for (const InputFile& file : set.files) {
      total +=
          fingerprint(numbers_of(Parser::from_chars, {file.path, 0, file.bytes, file.bytes, file.mtime_ns}));
    }
    return total;
  }

  void spoil(std::uint32_t file, std::streamoff offset, char byte) {
    std::fstream(set_path() + "/" + file_name(file)).seekp(offset).put(byte);
  }

  static ino_t inode(const std::string& path) {
    struct stat status {};
    return ::stat(path.c_str(), &status) == 0 ? status.st_ino : 0;
  }

  test::ScratchDirectory scratch_;
};

TEST_F(CacheTest, AMissGeneratesTheSet) {
  const Dataset set = ensure(small_spec, options());
  ASSERT_EQ(set.files.size(), 3U);
  EXPECT_EQ(set.files[2].path, set_path() + "/0002.txt");
  EXPECT_EQ(set.fingerprint.count, 1000U);
  EXPECT_EQ(content_of(set), set.fingerprint);
  EXPECT_EQ(set.bytes, set.files[0].bytes + set.files[1].bytes + set.files[2].bytes);
  EXPECT_THAT(entries(), ElementsAre("uniform-seed1-files3-numbers1000"));
  struct stat status {};
  ASSERT_EQ(::stat(directory().c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
}

TEST_F(CacheTest, AHitReusesTheFiles) {
  const Dataset first = ensure(small_spec, options());
  const ino_t before = inode(first.files[1].path);
  const Dataset again = ensure(small_spec, options());
  EXPECT_EQ(inode(again.files[1].path), before);
  EXPECT_EQ(again.files[1].mtime_ns, first.files[1].mtime_ns);
  EXPECT_EQ(again.fingerprint, first.fingerprint);
  EXPECT_EQ(again.bytes, first.bytes);
  EXPECT_EQ(content_of(again), first.fingerprint);
}

TEST_F(CacheTest, AHitWritesNothingAndReportsNoProgress) {
  ensure(small_spec, options());
  bool reported = false;
  ensure(small_spec, options(0), [&](std::uint64_t, std::uint64_t) { reported = true; });
  EXPECT_FALSE(reported);
}

TEST_F(CacheTest, EachSpecHasASetOfItsOwn) {
  DataSpec other = small_spec;
  other.seed = UINT64_MAX;
  EXPECT_NE(ensure(small_spec, options()).fingerprint, ensure(other, options()).fingerprint);
  EXPECT_EQ(ensure(other, options()).fingerprint.count, 1000U);
  EXPECT_THAT(entries(), ElementsAre("uniform-seed1-files3-numbers1000",
                                     "uniform-seed18446744073709551615-files3-numbers1000"));
}

TEST_F(CacheTest, MoreFilesThanNumbersAreEmpty) {
  const Dataset set = ensure({Distribution::sorted, 1, 5, 0}, options());
  EXPECT_EQ(set.files.size(), 5U);
  EXPECT_EQ(set.bytes, 0U);
  EXPECT_EQ(set.fingerprint, Fingerprint{});
}

TEST_F(CacheTest, NoFilesAreAUsageError) {
  EXPECT_EQ(message_of<UsageError>([&] {
              ensure({Distribution::uniform, 1, 0, 5}, options());
            }),
            "a data set of 0 files cannot be made; ask for at least one file");
}

TEST_F(CacheTest, ProgressEndsWithAllBytes) {
  std::uint64_t done = 0;
  std::uint64_t estimate = 0;
  const Dataset set = ensure(small_spec, options(), [&](std::uint64_t bytes, std::uint64_t estimated) {
    done = bytes;
    estimate = estimated;
  });
  EXPECT_EQ(done, set.bytes);
  EXPECT_EQ(estimate, estimated_bytes(small_spec));
}

TEST_F(CacheTest, ASpoiltFileIsFoundAndTheSetMadeAnew) {
  const Fingerprint right = ensure(small_spec, options()).fingerprint;
  const std::vector<std::pair<std::streamoff, char>> damage = {{0, '7'}, {0, 'x'}, {1, '\0'}};
  for (const auto& [offset, byte] : damage) {
    spoil(1, offset, byte);
    fs::last_write_time(set_path() + "/0001.txt", fs::file_time_type::clock::now() + std::chrono::hours(1));
    const Dataset set = ensure(small_spec, options());
    EXPECT_EQ(set.fingerprint, right);
    EXPECT_EQ(content_of(set), right);
    EXPECT_EQ(entries().size(), 1U);
  }
}

TEST_F(CacheTest, ATruncatedALongerAndAMissingFileAreFound) {
  const Fingerprint right = ensure(small_spec, options()).fingerprint;
  const std::string victim = set_path() + "/0002.txt";
  fs::resize_file(victim, 100);
  EXPECT_EQ(content_of(ensure(small_spec, options())), right);
  std::ofstream(victim, std::ios::app) << "5\n";
  EXPECT_EQ(content_of(ensure(small_spec, options())), right);
  fs::remove(victim);
  EXPECT_EQ(content_of(ensure(small_spec, options())), right);
  fs::remove(victim);
  ASSERT_EQ(::mkfifo(victim.c_str(), 0600), 0);
  EXPECT_EQ(content_of(ensure(small_spec, options())), right);
}

TEST_F(CacheTest, ATouchedFileOfTheSameContentIsKept) {
  const Dataset first = ensure(small_spec, options());
  fs::last_write_time(first.files[0].path, fs::file_time_type::clock::now() - std::chrono::hours(5));
  const std::int64_t touched_ns = test::whole_file(first.files[0].path).mtime_ns;
  const Dataset again = ensure(small_spec, options());
  EXPECT_EQ(again.files[0].mtime_ns, touched_ns);  // a file made anew would be of this very moment
  EXPECT_EQ(content_of(again), first.fingerprint);
  EXPECT_EQ(load_manifest(set_path())->files[0].mtime_ns, touched_ns);
}

TEST_F(CacheTest, ABrokenManifestMeansAFreshSet) {
  const Fingerprint right = ensure(small_spec, options()).fingerprint;
  const std::string path = set_path() + "/manifest.json";
  std::stringstream good;
  good << std::ifstream(path).rdbuf();
  // A name that leads out of the set, to a file that is right in every other way.
  fs::create_hard_link(set_path() + "/0000.txt", directory() + "/0.txt");
  std::string escaping = good.str();
  escaping.replace(escaping.find("0000.txt"), 8, "../0.txt");
  std::string other_version = good.str();
  other_version.replace(other_version.find("ipcsort-data-"), 13, "ipcsort-prev-");
  for (const std::string& text : {escaping, std::string{}, std::string{"{"}, std::string{"[]"},
                                  good.str().substr(0, 200), other_version}) {
    const ino_t before = inode(set_path());
    std::ofstream(path, std::ios::trunc) << text;
    const Dataset set = ensure(small_spec, options());
    EXPECT_EQ(content_of(set), right) << text;
    EXPECT_NE(inode(set_path()), before) << text;
  }
}

TEST_F(CacheTest, AManifestOfAnotherSpecIsNotBelieved) {
  DataSpec other = small_spec;
  other.seed = 2;
  ensure(other, options());
  fs::rename(set_path(other), set_path(small_spec));
  const Dataset set = ensure(small_spec, options());
  EXPECT_EQ(content_of(set), ensure(small_spec, {scratch_.path("elsewhere"), no_limit}).fingerprint);
}

TEST_F(CacheTest, ANonDirectoryInTheSetsPlaceIsReplaced) {
  fs::create_directory(directory());
  std::ofstream(set_path()) << "what is this";
  EXPECT_EQ(ensure(small_spec, options()).fingerprint.count, 1000U);
  fs::remove_all(set_path());
  const std::string precious = scratch_.file("precious", "data");
  fs::create_symlink(precious, set_path());
  EXPECT_EQ(ensure(small_spec, options()).fingerprint.count, 1000U);
  EXPECT_EQ(fs::file_size(precious), 4U);
}

TEST_F(CacheTest, TheLeastRecentlyUsedSetIsEvicted) {
  const std::uint64_t bytes = estimated_bytes(small_spec);
  std::vector<DataSpec> specs;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) specs.push_back({Distribution::uniform, seed, 3, 1000});
  ensure(specs[0], options());
  ensure(specs[1], options());
  // As if the second had been used an hour before the first.
  fs::last_write_time(set_path(specs[0]), fs::file_time_type::clock::now() - std::chrono::hours(1));
  fs::last_write_time(set_path(specs[1]), fs::file_time_type::clock::now() - std::chrono::hours(2));
  ensure(specs[2], options(2 * bytes + bytes / 2));
  EXPECT_THAT(entries(), ElementsAre(key_of(specs[0]), key_of(specs[2])));
  // Use makes a set young again.
  fs::last_write_time(set_path(specs[2]), fs::file_time_type::clock::now() - std::chrono::minutes(1));
  ensure(specs[0], options());
  ensure(specs[1], options(2 * bytes + bytes / 2));
  EXPECT_THAT(entries(), ElementsAre(key_of(specs[0]), key_of(specs[1])));
}

TEST_F(CacheTest, ASetInUseIsNotEvicted) {
  const std::uint64_t bytes = estimated_bytes(small_spec);
  DataSpec other = small_spec;
  other.seed = 2;
  {
    const Dataset in_use = ensure(small_spec, options());
    EXPECT_THAT(message_of<UsageError>([&] { ensure(other, options(bytes + bytes / 2)); }),
                HasSubstr("--cache-limit"));
    EXPECT_EQ(content_of(in_use), in_use.fingerprint);
    EXPECT_THAT(entries(), ElementsAre(key_of(small_spec)));
  }
  ensure(other, options(bytes + bytes / 2));
  EXPECT_THAT(entries(), ElementsAre(key_of(other)));
}

TEST_F(CacheTest, ASetInUseAfterAHitIsNotEvicted) {
  DataSpec other = small_spec;
  other.seed = 2;
  ensure(small_spec, options());
  const Dataset in_use = ensure(small_spec, options());
  EXPECT_THAT(message_of<UsageError>([&] { ensure(other, options(estimated_bytes(other) + 1)); }),
              HasSubstr("data sets in use take"));
  EXPECT_EQ(content_of(in_use), in_use.fingerprint);
}

// Somebody evicts the set, and another makes it anew, while we wait for the lock of the old directory.
TEST_F(CacheTest, TheLockIsOnTheDirectoryThatIsUsed) {
  ensure(small_spec, options());
  sys::Fd evictor = sys::open_file(set_path(), O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(::flock(evictor.get(), LOCK_EX), 0);
  const auto exchange = [&] {
    if (!evictor) return false;
    fs::rename(set_path(), scratch_.path("old"));
    fs::create_directory(set_path());
    for (const auto& file : fs::directory_iterator(scratch_.path("old"))) {
      fs::rename(file.path(), fs::path(set_path()) / file.path().filename());
    }
    evictor.reset();
    return false;
  };
  const Dataset in_use = ensure(small_spec, options(), {}, exchange);
  const sys::Fd other = sys::open_file(set_path(), O_RDONLY | O_DIRECTORY);
  EXPECT_NE(::flock(other.get(), LOCK_EX | LOCK_NB), 0);
}

TEST_F(CacheTest, WhatIsNotTheCachesIsNeverRemoved) {
  fs::create_directories(directory() + "/photos");
  std::ofstream(directory() + "/uniform-notes.txt") << std::string(100'000, '1');
  std::ofstream(directory() + "/photos/1.jpg") << std::string(100'000, '1');
  ensure(small_spec, options(estimated_bytes(small_spec)));
  EXPECT_THAT(entries(), ElementsAre("photos", "uniform-notes.txt", key_of(small_spec)));
}

TEST_F(CacheTest, ASetLargerThanTheLimitIsRefused) {
  ensure(small_spec, options());
  const DataSpec large{Distribution::uniform, 1, 1, 1'000'000};
  EXPECT_EQ(message_of<UsageError>([&] { ensure(large, options(1 << 20)); }),
            "the data needs 10.5 MiB, more than the cache may hold (1.0 MiB); ask for fewer numbers or raise "
            "--cache-limit");
  EXPECT_THAT(entries(), ElementsAre(key_of(small_spec)));  // and nothing was evicted for it
}

TEST_F(CacheTest, MoreThanTheDiskHoldsIsRefused) {
  for (const std::uint64_t numbers : {std::uint64_t{1} << 45, UINT64_MAX}) {
    const std::string message = message_of<UsageError>([&] {
      ensure({Distribution::uniform, 1, 4, numbers}, options());
    });
    EXPECT_THAT(message, testing::AllOf(testing::StartsWith(directory() + ": the data needs "),
                                        HasSubstr("are free"), HasSubstr("--cache-dir")));
    EXPECT_THAT(entries(), IsEmpty());
  }
}

// Before the first of them is made.
TEST_F(CacheTest, SetsThatDoNotFitTogetherAreRefused) {
  const DataSpec other{Distribution::uniform, 2, 1, 1000};
  const std::vector<DataSpec> both = {small_spec, other};
  const std::uint64_t bytes = estimated_bytes(small_spec) + estimated_bytes(other);
  require_room(both, options(bytes));
  EXPECT_THAT(message_of<UsageError>([&] { require_room(both, options(bytes - 1)); }),
              HasSubstr("--cache-limit"));
  require_room({}, options(0));
  EXPECT_THAT(entries(), IsEmpty());

  const std::vector<DataSpec> petabytes = {small_spec, {Distribution::uniform, 1, 4, std::uint64_t{1} << 46}};
  EXPECT_THAT(message_of<UsageError>([&] { require_room(petabytes, options()); }),
              testing::AllOf(HasSubstr("are free"), HasSubstr("--cache-dir")));
  EXPECT_THAT(entries(), IsEmpty());

  // What is there already takes what it takes, not what it was estimated to.
  const Dataset set = ensure(small_spec, options());
  require_room(both, options(set.bytes + 4096 + estimated_bytes(other)));
}

TEST_F(CacheTest, AnUnusableDirectoryIsAUsageError) {
  const std::string file = scratch_.file("file", "");
  EXPECT_THAT(message_of<UsageError>([&] {
                ensure(small_spec, {file, no_limit});
              }),
              HasSubstr("is not a directory"));
  EXPECT_THAT(message_of<UsageError>([&] {
                ensure(small_spec, {file + "/below", no_limit});
              }),
              HasSubstr("--cache-dir"));
  EXPECT_THAT(message_of<UsageError>([&] { ensure(small_spec, {"", no_limit}); }), HasSubstr("--cache-dir"));
}

TEST_F(CacheTest, SomebodyElsesDirectoryIsAUsageError) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root can give a directory away";
  fs::create_directory(directory());
  if (::chown(directory().c_str(), 65534, 65534) != 0)
    GTEST_SKIP() << "root here may not give a directory away";
  EXPECT_THAT(message_of<UsageError>([&] { ensure(small_spec, options()); }),
              HasSubstr("belongs to another user"));
}

// Several seconds' work, ended by a callback as soon as there is something to leave behind.
constexpr DataSpec long_work{Distribution::zipf, 1, 4, 100'000'000};

TEST_F(CacheTest, AnInterruptedGenerationLeavesNothing) {
  bool has_begun = false;
  const auto progress = [&](std::uint64_t bytes, std::uint64_t) { has_begun = bytes > 0; };
  EXPECT_THROW(ensure(long_work, options(), progress, [&] { return has_begun; }), Interrupted);
  EXPECT_TRUE(has_begun);
  EXPECT_THAT(entries(), IsEmpty());
}

TEST_F(CacheTest, WhatAKilledGenerationLeavesIsRemoved) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ensure(long_work, options(), [](std::uint64_t bytes, std::uint64_t) {
      if (bytes > 0) ::kill(::getpid(), SIGKILL);
    });
    ::_exit(1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_THAT(entries(), ElementsAre(".ipcsort-tmp-" + key_of(long_work)));

  ensure(small_spec, options());
  EXPECT_THAT(entries(), ElementsAre(key_of(small_spec)));
}

TEST_F(CacheTest, WhatADeadProcessLeftIsRemovedByAHit) {
  ensure(small_spec, options());
  fs::create_directory(directory() + "/.ipcsort-tmp-uniform-seed9-files1-numbers1");
  std::ofstream(directory() + "/.ipcsort-tmp-uniform-seed9-files1-numbers1/0000.txt") << "1";
  ensure(small_spec, options());
  EXPECT_THAT(entries(), ElementsAre(key_of(small_spec)));
}

// As on a full disk; see the test of the writer.
TEST_F(CacheTest, AFailedGenerationNamesTheCauseAndLeavesNothing) {
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit limit{500'000, 500'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::signal(SIGXFSZ, SIG_IGN);
    const std::string message = message_of<std::system_error>([&] {
      ensure({Distribution::uniform, 1, 4, 1'000'000}, options());
    });
    const bool right = message.starts_with("write(" + directory()) &&
                       message.ends_with(".txt; ulimit -f bounds it): File too large");
    ::_exit(right && entries().empty() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

TEST_F(CacheTest, ALiveGenerationIsLeftAloneAndWaitedFor) {
  fs::create_directory(directory());
  const std::string workshop = directory() + "/.ipcsort-tmp-" + key_of(small_spec);
  fs::create_directory(workshop);
  sys::Fd maker = sys::open_file(workshop, O_RDONLY | O_DIRECTORY);
  ASSERT_EQ(::flock(maker.get(), LOCK_EX), 0);

  int asked = 0;
  EXPECT_THROW(ensure(small_spec, options(), {}, [&] { return ++asked == 5; }), Interrupted);
  EXPECT_TRUE(fs::exists(workshop));

  // The maker dies while another waits: the waiting one takes over.
  asked = 0;
  const Dataset set = ensure(small_spec, options(), {}, [&] {
    if (++asked == 5) maker.reset();
    return false;
  });
  EXPECT_EQ(content_of(set), set.fingerprint);
  EXPECT_GE(asked, 5);
  EXPECT_THAT(entries(), ElementsAre(key_of(small_spec)));
}

TEST_F(CacheTest, ProcessesThatAskAtOnceAllGetTheSet) {
  const DataSpec spec{Distribution::uniform, 3, 4, 200'000};
  std::vector<pid_t> children;
  for (int i = 0; i < 4; ++i) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      int code = 1;
      try {
        const Dataset set = ensure(spec, options(estimated_bytes(spec)));
        code = content_of(set) == set.fingerprint ? 0 : 2;
      } catch (const std::exception&) {
        code = 3;
      }
      ::_exit(code);
    }
    children.push_back(child);
  }
  for (const pid_t child : children) {
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status));
    EXPECT_EQ(WEXITSTATUS(status), 0);
  }
  EXPECT_THAT(entries(), ElementsAre(key_of(spec)));
}

// Sets spoilt, evicted and made by several threads at once: each use must find right content or a clear
// refusal.
TEST_F(CacheTest, ACrowdOfUsersAlwaysSeesRightContent) {
  std::vector<DataSpec> specs;
  std::vector<Fingerprint> right;
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    specs.push_back({Distribution::uniform, seed, 2, 500});
    right.push_back(ensure(specs.back(), {scratch_.path("reference"), no_limit}).fingerprint);
  }
  const std::uint64_t room = 2 * estimated_bytes(specs[0]);
  std::atomic<int> wrong{0};
  std::atomic<int> served{0};
  const auto use = [&](unsigned offset) {
    for (unsigned i = 0; i < 30; ++i) {
      const std::size_t which = (i + offset) % specs.size();
      try {
        const Dataset set = ensure(specs[which], options(room));
        ++(content_of(set) == right[which] ? served : wrong);
      } catch (const UsageError&) {
        // all other sets are in use just now
      }
    }
  };
  {
    std::vector<std::jthread> crowd;
    for (unsigned i = 0; i < 4; ++i) crowd.emplace_back(use, i);
  }
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(served, 0);
  for (const std::string& name : entries()) EXPECT_TRUE(is_key(name)) << name;
}

TEST(CacheEstimate, IsAnUpperBoundAndNotFarOff) {
  const test::ScratchDirectory scratch;
  int index = 0;
  for (const Distribution distribution : all_distributions) {
    for (const std::uint64_t numbers : {0U, 100U, 10'000U, 300'000U}) {
      const DataSpec spec{distribution, 6, 1, numbers};
      const std::uint64_t bytes = write_file(scratch.path(std::to_string(index++)), spec, 0).bytes;
      EXPECT_GE(estimated_bytes(spec), bytes) << key_of(spec);
      EXPECT_LE(estimated_bytes(spec), bytes * 5 / 4 + 5000) << key_of(spec);
    }
  }
}

TEST(CacheKey, IsRecognised) {
  EXPECT_EQ(key_of({Distribution::nearly_sorted, 0, 4, 80'000'000}),
            "nearly-sorted-seed0-files4-numbers80000000");
  for (const Distribution distribution : all_distributions)
    EXPECT_TRUE(is_key(key_of({distribution, 5, 6, 7})));
  for (const char* name : {"", "uniform", "uniform-seed-files1-numbers1", "uniform-seed1-files1-numbers1.bak",
                           "x-uniform-seed1-files1-numbers1", "uniform-seed1-files1"}) {
    EXPECT_FALSE(is_key(name)) << name;
  }
}

TEST(CacheDirectory, FollowsTheEnvironment) {
  ASSERT_EQ(::setenv("XDG_CACHE_HOME", "/x/cache", 1), 0);
  const test::ScratchDirectory home;
  ASSERT_EQ(::setenv("HOME", home.path().c_str(), 1), 0);
  EXPECT_EQ(default_cache_directory(), "/x/cache/ipcsort");
  ASSERT_EQ(::setenv("XDG_CACHE_HOME", "relative", 1),
            0);  // to be ignored, says the XDG base directory specification
  EXPECT_EQ(default_cache_directory(), home.path() + "/.cache/ipcsort");
  ASSERT_EQ(::setenv("HOME", home.path("none").c_str(), 1), 0);  // as of nobody: /nonexistent
  EXPECT_EQ(default_cache_directory(), "/tmp/ipcsort-cache-" + std::to_string(::geteuid()));
  ASSERT_EQ(::unsetenv("XDG_CACHE_HOME"), 0);
  ASSERT_EQ(::unsetenv("HOME"), 0);
  EXPECT_EQ(default_cache_directory(), "/tmp/ipcsort-cache-" + std::to_string(::geteuid()));
}

}  // namespace
}  // namespace ipcsort::datagen
