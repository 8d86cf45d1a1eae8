// What is no honest regular file, or does not stay one.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <system_error>
#include <vector>

#include "datagen/format.hpp"
#include "datagen/fscanf_reader.hpp"
#include "datagen/source_file.hpp"
#include "datagen/strict_reader.hpp"
#include "sys/error.hpp"
#include "tests/datagen/support.hpp"

namespace ipcsort::datagen {
namespace {

using test::message_of;
using test::numbers_of;
using test::whole_file;
using testing::ElementsAre;
using testing::HasSubstr;

class HostileFile : public testing::Test {
 protected:
  // What the user reads when he names `path` as input.
  static std::string refusal(const std::string& path) {
    return message_of<UsageError>([&] { scan_file(path); });
  }

  test::ScratchDirectory scratch_;
};

TEST_F(HostileFile, Directory) {
  EXPECT_EQ(refusal(scratch_.path()), scratch_.path() + ": is a directory; name the files in it instead");
}

TEST_F(HostileFile, Fifo) {
  const std::string path = scratch_.path("fifo");
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(refusal(path),
            path + ": is a FIFO, which can be read only once; save its contents to a file first");
}

TEST_F(HostileFile, Device) {
  EXPECT_EQ(refusal("/dev/zero"), "/dev/zero: is a device; save its contents to a file first");
}

TEST_F(HostileFile, Socket) {
  const std::string path = scratch_.path("socket");
  const sys::Fd fd{::socket(AF_UNIX, SOCK_STREAM, 0)};
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  ASSERT_LT(path.size(), sizeof address.sun_path);
  std::memcpy(address.sun_path, path.c_str(), path.size());
  ASSERT_EQ(::bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(refusal(path), path + ": is a socket; save its contents to a file first");
}

TEST_F(HostileFile, Missing) {
  EXPECT_EQ(refusal(scratch_.path("no.txt")), scratch_.path("no.txt") + ": does not exist; check the name");
}

TEST_F(HostileFile, DanglingLink) {
  const std::string path = scratch_.path("link");
  std::filesystem::create_symlink("nowhere", path);
  EXPECT_EQ(refusal(path),
            path + ": is a symbolic link that leads nowhere; mend the link or name another file");
}

TEST_F(HostileFile, LoopOfLinks) {
  const std::string path = scratch_.path("link");
  std::filesystem::create_symlink("link", path);
  EXPECT_THAT(refusal(path), HasSubstr("cannot be opened: Too many levels of symbolic links"));
}

// Root may read everything, so a child without privileges looks. Its exit status: 0 refused as it should be.
TEST_F(HostileFile, Unreadable) {
  const std::string path = scratch_.file("secret.txt", "1\n");
  std::filesystem::permissions(path, std::filesystem::perms::none);
  std::filesystem::permissions(scratch_.path(), std::filesystem::perms::all);
  constexpr int cannot_drop_privileges = 77;
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    constexpr unsigned nobody = 65534;
    if (::geteuid() == 0 &&
        (::setgroups(0, nullptr) != 0 || ::setgid(nobody) != 0 || ::setuid(nobody) != 0)) {
      ::_exit(cannot_drop_privileges);
    }
    const std::string expected =
        path + ": may not be read by this user; change its permissions or run as its owner";
    ::_exit(refusal(path) == expected ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  ASSERT_TRUE(WIFEXITED(status));
  if (WEXITSTATUS(status) == cannot_drop_privileges) GTEST_SKIP() << "root here may not become another user";
  EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_F(HostileFile, NewlineInItsName) {
  const std::string path = scratch_.file("a\nb.txt", "1\nx\n");
  const std::string shown = scratch_.path("a\\nb.txt");
  EXPECT_THAT(message_of<ParseError>([&] { scan_file(path); }), HasSubstr(shown + ": byte 2: 'x' is not"));
  std::filesystem::resize_file(path, 2);
  EXPECT_EQ(scan_file(path).fingerprint.count, 1U);
}

TEST_F(HostileFile, TheSameTwiceIsFine) {
  const std::string path = scratch_.file("n.txt", "1\n2\n");
  const Segment segment = whole_file(path);
  for (const Parser parser : test::parsers) {
    EXPECT_THAT(numbers_of(parser, segment), ElementsAre(1, 2));
    EXPECT_THAT(numbers_of(parser, segment), ElementsAre(1, 2));
  }
}

TEST_F(HostileFile, AScanFindsSizeTimeAndContent) {
  const std::string path = scratch_.file("n.txt", "1\r\n-2\r\n");
  const InputFile found = scan_file(path);
  const std::vector<std::int32_t> numbers = {1, -2};
  EXPECT_EQ(found.path, path);
  EXPECT_EQ(found.bytes, 7U);
  EXPECT_EQ(found.mtime_ns, whole_file(path).mtime_ns);
  EXPECT_EQ(found.fingerprint, fingerprint(numbers));
}

TEST_F(HostileFile, AScanFindsTheFaultOfALaterBuffer) {
  const std::string path = scratch_.file("n.txt", std::string(1'000'000, '\n') + "12e3\n");
  EXPECT_THAT(message_of<ParseError>([&] { scan_file(path); }), HasSubstr("byte 1000000: '12e3' is not"));
}

TEST_F(HostileFile, AScanCanBeStopped) {
  const std::string path = scratch_.file("n.txt", std::string(4 * read_buffer_bytes, '\n'));
  int asked = 0;
  EXPECT_THROW(scan_file(path, [&] { return ++asked == 3; }), Interrupted);
  EXPECT_EQ(asked, 3);
}

// The callback comes between two buffers: a moment in the middle of reading, without any waiting.
TEST_F(HostileFile, TruncatedDuringAScan) {
  const std::string path = scratch_.file("n.txt", std::string(3 * read_buffer_bytes, '\n'));
  int asked = 0;
  const auto truncate_later = [&] {
    if (++asked == 2) std::filesystem::resize_file(path, 1000);
    return false;
  };
  EXPECT_EQ(message_of<std::runtime_error>([&] { scan_file(path, truncate_later); }),
            path + ": truncated while being read at byte 262144 of 786432");
}

TEST_F(HostileFile, GrowingDuringAScan) {
  const std::string path = scratch_.file("n.txt", "1\n2\n");
  const auto grow = [&] {
    std::filesystem::resize_file(path, 10);
    return false;
  };
  EXPECT_EQ(message_of<std::runtime_error>([&] { scan_file(path, grow); }),
            path + ": changed since it was planned: was 4 bytes, is 10 bytes");
}

// As if the file had shrunk right after it was looked at.
TEST_F(HostileFile, TruncatedDuringASegment) {
  const std::string path = scratch_.file("n.txt", std::string(500, '\n'));
  const SourceFile file(path, {800, 0}, sys::open_file(path, O_RDONLY));
  std::vector<std::int32_t> out(400);
  ReadTimes times;
  const std::string expected = path + ": truncated while being read at byte 500 of 800";
  EXPECT_EQ(message_of<std::runtime_error>([&] {
              read_strictly(file, {0, 800}, Parser::simd, out, times);
            }),
            expected);
  EXPECT_EQ(message_of<std::runtime_error>([&] { read_with_fscanf(file, {0, 800}, out, times); }), expected);
}

class PlannedFile : public testing::TestWithParam<Parser> {
 protected:
  std::string error() {
    return message_of<std::runtime_error>([&] { numbers_of(GetParam(), planned_); });
  }

  test::ScratchDirectory scratch_;
  std::string path_ = scratch_.file("data.txt", std::string(120, '\n'));
  Segment planned_ = whole_file(path_);
};

INSTANTIATE_TEST_SUITE_P(Parsers, PlannedFile, testing::ValuesIn(test::parsers), test::name_of_parameter);

TEST_P(PlannedFile, Shrunk) {
  std::filesystem::resize_file(path_, 96);
  EXPECT_EQ(error(), path_ + ": changed since it was planned: was 120 bytes, is 96 bytes");
}

TEST_P(PlannedFile, Grown) {
  std::filesystem::resize_file(path_, 121);
  EXPECT_EQ(error(), path_ + ": changed since it was planned: was 120 bytes, is 121 bytes");
}

TEST_P(PlannedFile, Touched) {
  planned_.mtime_ns -= 1;
  EXPECT_EQ(error(), path_ + ": changed since it was planned: same size, but another modification time");
}

TEST_P(PlannedFile, GoneFifoOrDirectoryInstead) {
  std::filesystem::remove(path_);
  EXPECT_EQ(message_of<std::system_error>([&] { numbers_of(GetParam(), planned_); }),
            "open(" + path_ + "): No such file or directory");
  ASSERT_EQ(::mkfifo(path_.c_str(), 0600), 0);
  EXPECT_EQ(error(), path_ + ": changed since it was planned: no longer a regular file");
  std::filesystem::remove(path_);
  std::filesystem::create_directory(path_);
  EXPECT_EQ(error(), path_ + ": changed since it was planned: no longer a regular file");
}

}  // namespace
}  // namespace ipcsort::datagen
