#include "datagen/fscanf_reader.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <exception>
#include <memory>
#include <stdexcept>
#include <string_view>
#include <vector>

#include "datagen/strict_reader.hpp"
#include "datagen/text.hpp"
#include "sys/error.hpp"

namespace ipcsort::datagen {
namespace {

constexpr std::size_t stream_buffer_bytes = 4096;

// A sign right behind a visible character, or a plus anywhere: "5-3", "+5". To fscanf these are numbers.
// (Behind other bytes that are no white space it stops by itself.)
bool has_stray_sign(std::string_view text, char before) {
  // No early exit: the loop then runs on vectors and costs next to nothing beside fscanf.
  int strays =
      static_cast<int>(text.starts_with('-') && before > ' ') + static_cast<int>(text.starts_with('+'));
  for (std::size_t i = 1; i < text.size(); ++i) {
    strays |= static_cast<int>(text[i] == '+') |
              (static_cast<int>(text[i] == '-') & static_cast<int>(text[i - 1] > ' '));
  }
  return strays != 0;
}

// What stands behind the FILE: exactly the bytes of the range.
struct Source {
  const SourceFile& file;
  ByteRange unread;
  char last = ' ';
  bool stray_sign = false;
  std::exception_ptr failure;  // exceptions must not pass through the frames of the C library
};

ssize_t read_source(void* cookie, char* buffer, std::size_t size) {
  Source& source = *static_cast<Source*>(cookie);
  const std::uint64_t left = source.unread.end_bytes - source.unread.begin_bytes;
  if (left == 0) return 0;
  try {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(size, left));
    const std::size_t got = source.file.read_some({buffer, wanted}, source.unread.begin_bytes);
    source.unread.begin_bytes += got;
    source.stray_sign |= has_stray_sign({buffer, got}, source.last);
    source.last = buffer[got - 1];
    return static_cast<ssize_t>(got);
  } catch (const std::exception&) {
    source.failure = std::current_exception();
    errno = EIO;
    return -1;
  }
}

using Stream = std::unique_ptr<std::FILE, int (*)(std::FILE*)>;

Stream open_stream(Source& source, std::span<char> buffer) {
  Stream stream(
      ::fopencookie(&source, "r", {.read = read_source, .write = nullptr, .seek = nullptr, .close = nullptr}),
      std::fclose);
  if (!stream) sys::throw_errno("fopencookie", escape_path(source.file.path()));
  std::setvbuf(stream.get(), buffer.data(), _IOFBF, buffer.size());
  return stream;
}

// fscanf only stops; the strict parser knows where and why.
[[noreturn]] void explain(const SourceFile& file, ByteRange range) {
  StrictReader reader(file, range, Parser::from_chars);
  std::vector<std::int32_t> numbers(StrictReader::batch_max);
  ReadTimes ignored;
  while (!reader.done()) reader.next(numbers, ignored);
  file.check_unchanged();
  throw std::runtime_error(escape_path(file.path()) + ": fscanf stopped at a number that is well-formed");
}

}  // namespace

// What fscanf cannot tell: a number out of range is undefined behaviour in C (glibc wraps it), and more than
// 64 characters of leading zeros pass. Such a file never gets here, since scan_file() has parsed it strictly
// and size and modification time are unchanged; if it did, the run's count and checksum would not match.
std::size_t read_with_fscanf(const SourceFile& file, ByteRange range, std::span<std::int32_t> out,
                             ReadTimes& times) {
  const sys::Nanoseconds started_ns = sys::now_ns();
  Source source{.file = file, .unread = range, .failure = nullptr};
  std::array<char, stream_buffer_bytes> buffer{};
  const Stream stream = open_stream(source, buffer);

  std::size_t count = 0;
  int number = 0;
  while (std::fscanf(stream.get(), "%d", &number) == 1) {
    if (count == out.size()) {
      throw std::length_error(escape_path(file.path()) + ": more numbers than there is room for");
    }
    out[count++] = number;
  }
  if (source.failure) std::rethrow_exception(source.failure);
  // A minus as the very last character is the end of the input to fscanf, not a mismatch.
  const bool well_formed = std::feof(stream.get()) && !source.stray_sign && source.last != '-';
  if (!well_formed) explain(file, range);
  times.parse_ns += sys::now_ns() - started_ns;
  return count;
}

}  // namespace ipcsort::datagen
