#include "datagen/writer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <filesystem>
#include <string>
#include <system_error>
#include <vector>

#include "sys/error.hpp"
#include "tests/datagen/support.hpp"

namespace ipcsort::datagen {
namespace {

using test::message_of;
using test::numbers_of;
using test::whole_file;

class Writer : public testing::TestWithParam<Distribution> {
 protected:
  test::ScratchDirectory scratch_;
};

INSTANTIATE_TEST_SUITE_P(Distributions, Writer, testing::ValuesIn(all_distributions),
                         test::name_of_parameter);

TEST_P(Writer, WhatIsWrittenIsReadBack) {
  const DataSpec spec{GetParam(), 21, 3, 100'000};
  const std::string path = scratch_.path("n.txt");
  const InputFile written = write_file(path, spec, 1);
  std::vector<std::int32_t> expected(numbers_in_file(spec, 1));
  ASSERT_EQ(Generator(spec, 1).fill(expected), expected.size());

  EXPECT_EQ(numbers_of(Parser::from_chars, {path, 0, written.bytes, written.bytes, written.mtime_ns}),
            expected);
  EXPECT_EQ(written.path, path);
  EXPECT_EQ(written.fingerprint, fingerprint(expected));
  EXPECT_EQ(written.bytes, std::filesystem::file_size(path));
  const InputFile scanned = scan_file(path);
  EXPECT_EQ(scanned.fingerprint, written.fingerprint);
  EXPECT_EQ(scanned.mtime_ns, written.mtime_ns);
}

TEST_P(Writer, WritesOneNumberALine) {
  const std::string path = scratch_.path("n.txt");
  const InputFile written = write_file(path, {GetParam(), 21, 1, 50}, 0);
  std::string expected;
  for (const std::int32_t number : numbers_of(Parser::fscanf, whole_file(path)))
    expected += std::to_string(number) + "\n";
  std::string text(written.bytes, '\0');
  std::ifstream(path).read(text.data(), static_cast<std::streamsize>(text.size()));
  EXPECT_EQ(text, expected);
}

TEST(WriterOf, NothingMakesAnEmptyFile) {
  const test::ScratchDirectory scratch;
  const InputFile written = write_file(scratch.path("n.txt"), {.files = 1, .numbers = 0}, 0);
  EXPECT_EQ(written.bytes, 0U);
  EXPECT_EQ(written.fingerprint, Fingerprint{});
  EXPECT_EQ(std::filesystem::file_size(written.path), 0U);
}

TEST(WriterOf, WhatExistsIsNotOverwritten) {
  const test::ScratchDirectory scratch;
  const std::string path = scratch.file("n.txt", "precious");
  EXPECT_EQ(message_of<UsageError>([&] { write_file(path, {.files = 1, .numbers = 5}, 0); }),
            path + ": exists already and is not overwritten; remove it or choose another name");
  EXPECT_EQ(std::filesystem::file_size(path), 8U);
}

TEST(WriterOf, NoWhereNamesThePath) {
  const test::ScratchDirectory scratch;
  const std::string path = scratch.path("no/n.txt");
  EXPECT_EQ(message_of<std::system_error>([&] { write_file(path, {.files = 1, .numbers = 5}, 0); }),
            "open(" + path + "): No such file or directory");
}

TEST(WriterOf, AStoppedFileIsRemoved) {
  const test::ScratchDirectory scratch;
  int asked = 0;
  EXPECT_THROW(
      write_file(scratch.path("n.txt"), {.files = 1, .numbers = 1'000'000}, 0, [&] { return ++asked == 5; }),
      Interrupted);
  EXPECT_EQ(asked, 5);
  EXPECT_TRUE(scratch.empty());
}

TEST(WriterOf, TellsHowManyBytesItWrote) {
  const test::ScratchDirectory scratch;
  std::uint64_t told = 0;
  const auto wrote = [&](std::uint64_t bytes) { told += bytes; };
  EXPECT_EQ(write_file(scratch.path("n.txt"), {.files = 1, .numbers = 100'000}, 0, {}, wrote).bytes, told);
}

// A limit on the file's size stands for the full disk: the write fails in the same place, with EFBIG.
TEST(WriterOf, AFailedWriteNamesThePathAndLeavesNothing) {
  const test::ScratchDirectory scratch;
  const std::string path = scratch.path("n.txt");
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const rlimit limit{1'000'000, 1'000'000};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    ::signal(SIGXFSZ, SIG_IGN);
    const std::string message =
        message_of<std::system_error>([&] { write_file(path, {.files = 1, .numbers = 1'000'000}, 0); });
    ::_exit(message == "write(" + path + "; ulimit -f bounds it): File too large" && scratch.empty() ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

}  // namespace
}  // namespace ipcsort::datagen
