// What the tests of datagen share: a directory of their own, files in it, numbers out of them.
#pragma once

#include <sys/stat.h>

#include <algorithm>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <ostream>
#include <string>
#include <string_view>
#include <vector>

#include "datagen/distribution.hpp"
#include "datagen/format.hpp"
#include "sys/random.hpp"

namespace ipcsort::datagen {

// How GoogleTest shows a parameter.
inline void PrintTo(Parser parser, std::ostream* out) { *out << to_string(parser); }
inline void PrintTo(Distribution distribution, std::ostream* out) { *out << to_string(distribution); }

}  // namespace ipcsort::datagen

namespace ipcsort::datagen::test {

// A fresh directory, removed with all its content at the end of the scope.
class ScratchDirectory {
 public:
  ScratchDirectory()
      : path_(std::filesystem::temp_directory_path() / ("ipcsort-datagen-" + sys::random_suffix())) {
    std::filesystem::create_directory(path_);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  [[nodiscard]] std::string path(std::string_view name = {}) const {
    return name.empty() ? path_.string() : (path_ / name).string();
  }
  [[nodiscard]] std::string file(std::string_view name, std::string_view content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }
  [[nodiscard]] bool empty() const { return std::filesystem::is_empty(path_); }

 private:
  std::filesystem::path path_;
};

// The bytes [begin, end) of the file as it is now.
inline Segment segment_of(const std::string& path, std::uint64_t begin, std::uint64_t end) {
  struct stat status {};
  ::stat(path.c_str(), &status);
  return {path, begin, end, static_cast<std::uint64_t>(status.st_size),
          status.st_mtim.tv_sec * sys::second_ns + status.st_mtim.tv_nsec};
}

inline Segment whole_file(const std::string& path) {
  return segment_of(path, 0, std::filesystem::file_size(path));
}

inline std::vector<std::int32_t> numbers_of(Parser parser, const Segment& segment) {
  std::vector<std::int32_t> numbers(numbers_max(segment.end_bytes - segment.begin_bytes));
  ReadTimes times;
  numbers.resize(read_segment(parser, segment, numbers, times));
  return numbers;
}

// what() of the Exception that `action` throws; a sentence that no test expects otherwise.
template <typename Exception, typename Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const Exception& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string{"another exception: "} + error.what();
  }
  return "no exception";
}

// As a suffix of a test's name: without hyphens, which GoogleTest does not take.
inline constexpr auto name_of_parameter = [](const auto& info) {
  std::string name{to_string(info.param)};
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
};

inline constexpr Parser parsers[] = {Parser::simd, Parser::from_chars, Parser::fscanf};

}  // namespace ipcsort::datagen::test
