#include "datagen/inputs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "sys/error.hpp"
#include "tests/datagen/support.hpp"

namespace ipcsort::datagen {
namespace {

namespace fs = std::filesystem;
using test::message_of;
using testing::StartsWith;

constexpr std::string_view line = "-1234567\n";

std::string lines(std::size_t count) {
  std::string text;
  for (std::size_t i = 0; i < count; ++i) text += line;
  return text;
}

class InputsTest : public testing::Test {
 protected:
  [[nodiscard]] std::uint64_t count_of(const std::string& path) const {
    return scan_inputs({&path, 1}, cache()).fingerprint.count;
  }
  // One number becomes two, at the same size and modification time, where no sample is taken.
  static void change(const std::string& path) {
    const auto time = fs::last_write_time(path);
    std::fstream(path).seekp(5000 / line.size() * line.size() + 2).put(' ');
    fs::last_write_time(path, time);
  }
  [[nodiscard]] std::string cache() const { return scratch_.path("cache"); }

  test::ScratchDirectory scratch_;
};

// Cut at 16 MiB, which is in the middle of a number.
TEST_F(InputsTest, PartsOfALargeFileAreReadAtOnce) {
  const std::size_t count = (std::size_t{34} << 20) / line.size();
  std::string text = lines(count);
  const std::string path = scratch_.file("n.txt", text);
  const std::string small = scratch_.file("small.txt", "1\n");
  const std::vector<InputFile> found = scan_files(std::vector{small, path, small});
  ASSERT_EQ(found.size(), 3U);
  EXPECT_EQ(found[0].fingerprint, found[2].fingerprint);
  EXPECT_EQ(found[1].fingerprint.count, count);
  EXPECT_EQ(found[1].fingerprint.checksum, count * mix(-1234567));

  text[text.size() - 3] = text[text.size() / 2] = text[text.size() * 3 / 4] = 'x';
  const std::string faulty = scratch_.file("faulty.txt", text);
  const std::string first =
      faulty + ": byte " + std::to_string(text.size() / 2 / line.size() * line.size()) + ":";
  EXPECT_THAT(message_of<ParseError>([&] { scan_file(faulty); }), StartsWith(first));
  EXPECT_THROW(scan_file(path, [] { return true; }), Interrupted);
}

TEST_F(InputsTest, AFileThatIsRememberedIsNotReadAgain) {
  const std::string path = scratch_.file("n.txt", lines(200'000));
  EXPECT_EQ(count_of(path), 200'000U);
  change(path);
  EXPECT_EQ(count_of(path), 200'000U);
  EXPECT_EQ(find_spoilt_file(scan_inputs({&path, 1}, cache())), path);
  EXPECT_EQ(forget_inputs(cache()), cache() + "/inputs");
  EXPECT_EQ(forget_inputs(cache()), std::nullopt);
  EXPECT_EQ(count_of(path), 200'001U);
  EXPECT_EQ(find_spoilt_file(scan_inputs({&path, 1}, cache())), std::nullopt);

  EXPECT_EQ(count_of(scratch_.file("n.txt", lines(200'000))), 200'000U) << "written at another time";
}

// Whatever comes of their lines, every one of them reads what is there.
TEST_F(InputsTest, ManyRememberAtOnce) {
  std::vector<std::string> paths;
  for (int i = 0; i < 4; ++i)
    paths.push_back(scratch_.file("n" + std::to_string(i), lines(120'000 + static_cast<std::size_t>(i))));
  {
    std::vector<std::jthread> others;
    for (const std::string& path : paths) others.emplace_back([&] { EXPECT_GE(count_of(path), 120'000U); });
  }
  for (std::size_t i = 0; i < paths.size(); ++i) EXPECT_EQ(count_of(paths[i]), 120'000 + i);
  for (const std::string& path : paths) change(path);
  for (std::size_t i = 0; i < paths.size(); ++i)
    EXPECT_EQ(count_of(paths[i]), 120'000 + i) << "all are remembered now";
}

}  // namespace
}  // namespace ipcsort::datagen
