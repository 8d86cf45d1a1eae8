// The integer file: decimal signed 32-bit integers in ASCII, separated by white space.
//
//   file   = *space [ number *( 1*space number ) ] *space
//   number = [ "-" ] 1*digit          -2147483648 to 2147483647, leading zeros allowed, 64 characters at the most
//   space  = " " / \t / \n / \v / \f / \r
//
// Normally one number a line. An empty file, blank lines, CRLF and a missing final newline are fine.
// Everything else is a ParseError: byte order mark, NUL, letters, "+5", "--5", "0x10", "1.5", "1,2", a number
// out of range.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "datagen/fingerprint.hpp"
#include "datagen/stop.hpp"
#include "sys/clock.hpp"

namespace ipcsort::datagen {

// what(): "numbers.txt: byte 17: 'abc' is not a decimal integer; one 32-bit integer a line is expected".
class ParseError : public std::runtime_error {
 public:
  ParseError(const std::string& path, std::uint64_t offset_bytes, std::string_view fault);

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  [[nodiscard]] std::uint64_t offset_bytes() const noexcept {
    return offset_bytes_;
  }  // of the bad token's start

 private:
  std::string path_;
  std::uint64_t offset_bytes_;
};

// A file as it was found: what a later reader holds it against.
struct InputFile {
  std::string path;
  std::uint64_t bytes = 0;
  std::int64_t mtime_ns = 0;  // since the epoch
  Fingerprint fingerprint;
};

// One reader's share of a file: the numbers whose first byte lies in [begin_bytes, end_bytes). A number that
// starts before begin_bytes is skipped; the last one is read to its end, beyond end_bytes. Segments that
// cover a file without overlap therefore yield each number once, wherever they are cut.
struct Segment {
  std::string path;
  std::uint64_t begin_bytes = 0;
  std::uint64_t end_bytes = 0;   // begin_bytes <= end_bytes <= file_bytes
  std::uint64_t file_bytes = 0;  // size and modification time when the run was planned
  std::int64_t mtime_ns = 0;
};

// simd:       streams through a 256 KiB buffer, 64 characters at a time; what is unusual goes to from_chars.
// from_chars: the same, std::from_chars per number. Same results, same errors.
// fscanf:     as an old-fashioned program would, fscanf("%d") on a stream with a 4096-byte buffer.
enum class Parser { simd, from_chars, fscanf };

std::string_view to_string(Parser parser) noexcept;

struct ReadTimes {
  sys::Nanoseconds read_ns = 0;   // in read calls; 0 for fscanf, which does both at once
  sys::Nanoseconds parse_ns = 0;  // in everything else
};

// No more numbers than this start in so many bytes.
constexpr std::size_t numbers_max(std::uint64_t bytes) noexcept {
  return static_cast<std::size_t>(bytes / 2 + bytes % 2);
}

// Parses the segment into `out`, adds to `times` and returns how many numbers there were. Opens the file
// itself, blocks only on the disk. numbers_max(end_bytes - begin_bytes) is always room enough; less will do
// if the count is known. Throws ParseError; std::runtime_error when the file is not the one that was planned
// or shrinks while being read; std::system_error when it cannot be opened or read; std::length_error when
// `out` is too small (out is then full, nothing is written outside it).
std::size_t read_segment(Parser parser, const Segment& segment, std::span<std::int32_t> out,
                         ReadTimes& times);

// Looks at a user's own files and parses all of them, on all CPUs. Throws UsageError when one is not a readable
// regular file (never hangs on a FIFO or device), ParseError for the first fault of the first file that has one,
// Interrupted, std::runtime_error when a file changes meanwhile. `stop` is asked about ten times a second; with a
// single small file, which is parsed on the caller's thread, once per 256 KiB.
std::vector<InputFile> scan_files(std::span<const std::string> paths, const Stop& stop = {});
inline InputFile scan_file(const std::string& path, const Stop& stop = {}) {
  return scan_files({&path, 1}, stop).front();
}

}  // namespace ipcsort::datagen
