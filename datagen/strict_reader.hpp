// Private to datagen: the strict grammar of format.hpp, buffer by buffer.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "datagen/format.hpp"
#include "datagen/source_file.hpp"

namespace ipcsort::datagen {

inline constexpr std::size_t token_max =
    64;  // characters; room for leading zeros, and a bound on what is carried over
inline constexpr std::size_t read_buffer_bytes = std::size_t{256} * 1024;  // stays in the second-level cache

constexpr bool is_space(char c) noexcept { return c == ' ' || (c >= '\t' && c <= '\r'); }

// Streams the numbers of a byte range that cuts no number.
class StrictReader {
 public:
  // `file` must outlive the reader; `parser` is one of the two strict ones.
  StrictReader(const SourceFile& file, ByteRange range, Parser parser);

  // No more numbers than this come out of one call of next().
  static constexpr std::size_t batch_max = numbers_max(token_max + read_buffer_bytes);

  [[nodiscard]] bool done() const noexcept {
    return unread_.begin_bytes == unread_.end_bytes && carried_ == 0;
  }
  // Reads once and parses what is complete; returns how many numbers. Throws as read_segment does.
  std::size_t next(std::span<std::int32_t> out, ReadTimes& times);

 private:
  std::size_t parse(std::string_view text, std::uint64_t offset_bytes, std::span<std::int32_t> out) const;

  const SourceFile& file_;
  ByteRange unread_;
  Parser parser_;
  std::size_t carried_ =
      0;  // bytes of a number cut by the buffer's end; they stand right before the read area
  std::size_t buffer_bytes_;  // of the read area; less than read_buffer_bytes for a small range
  std::unique_ptr<char[]> buffer_;
};

// All numbers of the range at once, as read_segment does it.
std::size_t read_strictly(const SourceFile& file, ByteRange range, Parser parser, std::span<std::int32_t> out,
                          ReadTimes& times);

}  // namespace ipcsort::datagen
