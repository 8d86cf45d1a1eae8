#include "datagen/strict_reader.hpp"

#include <algorithm>
#include <cassert>
#include <charconv>
#include <cstring>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

#include "datagen/fast_parser.hpp"
#include "datagen/text.hpp"

namespace ipcsort::datagen {
namespace {

constexpr std::string_view utf8_byte_order_mark = "\xEF\xBB\xBF";
constexpr std::size_t quoted_max = 20;

bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool looks_like_number(std::string_view token) {
  if (token.starts_with('-')) token.remove_prefix(1);
  return !token.empty() && std::all_of(token.begin(), token.end(), is_digit);
}

// `text` begins with the bad token, which starts at `offset_bytes` of the file.
[[noreturn]] void reject(std::string_view text, std::uint64_t offset_bytes, const std::string& path) {
  if (offset_bytes == 0 && text.starts_with(utf8_byte_order_mark)) {
    throw ParseError(path, 0, "starts with a UTF-8 byte order mark; save the file without one");
  }
  // A token may go on for gigabytes; the first characters tell what it is.
  const auto token_end =
      std::find_if(text.begin(), text.begin() + std::min(text.size(), token_max + 1), is_space);
  const std::string_view token = text.substr(0, static_cast<std::size_t>(token_end - text.begin()));
  const std::string quoted = quote_token(token, quoted_max);
  if (!looks_like_number(token)) {
    throw ParseError(
        path, offset_bytes,
        quoted + " is not a decimal integer; 32-bit integers separated by white space are expected");
  }
  if (token.size() > token_max) {
    throw ParseError(path, offset_bytes, quoted + " is a number longer than 64 characters");
  }
  throw ParseError(path, offset_bytes, quoted + " is out of the 32-bit range -2147483648 to 2147483647");
}

// The strict grammar itself. `text` holds whole numbers only and starts at `offset_bytes` of the file.
std::size_t parse_one_by_one(std::string_view text, std::uint64_t offset_bytes, const std::string& path,
                             std::span<std::int32_t> out) {
  const char* at = text.data();
  const char* const end = at + text.size();
  std::size_t count = 0;
  for (;;) {
    while (at != end && is_space(*at)) ++at;
    if (at == end) return count;
    if (count == out.size()) {
      throw std::length_error(escape_path(path) + ": more numbers than there is room for");
    }
    const auto [after, error] = std::from_chars(at, end, out[count]);
    const bool good = error == std::errc{} && (after == end || is_space(*after)) &&
                      after - at <= static_cast<std::ptrdiff_t>(token_max);
    if (!good) [[unlikely]] {
      const auto before = static_cast<std::size_t>(at - text.data());
      reject(text.substr(before), offset_bytes + before, path);
    }
    ++count;
    at = after;
  }
}

// How many bytes at the end of `text` may belong to a number that goes on behind it.
std::size_t unfinished_bytes(std::string_view text) {
  const auto last_space = std::find_if(text.rbegin(), text.rend(), is_space);
  return static_cast<std::size_t>(last_space - text.rbegin());
}

}  // namespace

StrictReader::StrictReader(const SourceFile& file, ByteRange range, Parser parser)
    : file_(file),
      unread_(range),
      parser_(parser),
      buffer_bytes_(static_cast<std::size_t>(
          std::min<std::uint64_t>(read_buffer_bytes, range.end_bytes - range.begin_bytes))),
      buffer_(std::make_unique_for_overwrite<char[]>(parse_slack_bytes + token_max + buffer_bytes_ +
                                                     parse_slack_bytes)) {
  assert(range.begin_bytes <= range.end_bytes);
  assert(parser != Parser::fscanf);
}

std::size_t StrictReader::parse(std::string_view text, std::uint64_t offset_bytes,
                                std::span<std::int32_t> out) const {
  Parsed done;
  if (parser_ == Parser::simd) done = parse_fast(text, out);
  return done.numbers + parse_one_by_one(text.substr(done.bytes), offset_bytes + done.bytes, file_.path(),
                                         out.subspan(done.numbers));
}

std::size_t StrictReader::next(std::span<std::int32_t> out, ReadTimes& times) {
  const sys::Nanoseconds started_ns = sys::now_ns();
  char* const read_area = buffer_.get() + parse_slack_bytes + token_max;
  const std::uint64_t wanted =
      std::min<std::uint64_t>(buffer_bytes_, unread_.end_bytes - unread_.begin_bytes);
  const std::size_t got =
      wanted == 0 ? 0 : file_.read_some({read_area, static_cast<std::size_t>(wanted)}, unread_.begin_bytes);
  const sys::Nanoseconds read_ns = sys::now_ns();

  const std::string_view text(read_area - carried_, carried_ + got);
  const std::uint64_t text_offset_bytes = unread_.begin_bytes - carried_;
  unread_.begin_bytes += got;
  carried_ = unread_.begin_bytes == unread_.end_bytes ? 0 : unfinished_bytes(text);
  const std::size_t whole_bytes = text.size() - carried_;
  const std::size_t count = parse(text.substr(0, whole_bytes), text_offset_bytes, out);
  if (carried_ > token_max) reject(text.substr(whole_bytes), text_offset_bytes + whole_bytes, file_.path());
  std::memmove(read_area - carried_, text.data() + whole_bytes, carried_);

  times.read_ns += read_ns - started_ns;
  times.parse_ns += sys::now_ns() - read_ns;
  return count;
}

std::size_t read_strictly(const SourceFile& file, ByteRange range, Parser parser, std::span<std::int32_t> out,
                          ReadTimes& times) {
  StrictReader reader(file, range, parser);
  std::size_t count = 0;
  while (!reader.done()) count += reader.next(out.subspan(count), times);
  return count;
}

}  // namespace ipcsort::datagen
