#include "datagen/fast_parser.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

// Highway compiles this file once for each instruction set and takes the best one at run time.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "datagen/fast_parser.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ipcsort::datagen::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

constexpr std::size_t block_bytes = 64;
// What is looked through before its numbers are converted: as much as leaves the bounds and digits in the
// first level cache.
constexpr std::size_t piece_bytes = 32 * block_bytes;
// That can begin in a piece, and one that began before it.
constexpr std::size_t numbers_max = piece_bytes / 2 + 1;
constexpr std::size_t vector_bytes_max = 64;
// No 32-bit integer has more than ten, but leading zeros are allowed.
using Digits = std::array<std::uint8_t, 16>;

// Bit i stands for character i of a block.
struct Masks {
  std::uint64_t digits = 0;
  std::uint64_t minuses = 0;
  std::uint64_t spaces = 0;
};

HWY_INLINE Masks classify(const char* block) {
  constexpr hn::CappedTag<std::uint8_t, block_bytes> d;
  const std::size_t lanes = hn::Lanes(d);
  const auto bits_of = [&](auto mask) HWY_ATTR {
    std::uint64_t bits = 0;
    hn::StoreMaskBits(d, mask, reinterpret_cast<std::uint8_t*>(&bits));
    return bits;
  };
  Masks masks;
  for (std::size_t at = 0; at < block_bytes; at += lanes) {
    const auto text = hn::LoadU(d, reinterpret_cast<const std::uint8_t*>(block) + at);
    const auto digits = hn::Lt(hn::Sub(text, hn::Set(d, '0')), hn::Set(d, 10));
    const auto minuses = hn::Eq(text, hn::Set(d, '-'));
    // \t \n \v \f \r are neighbours.
    const auto spaces =
        hn::Or(hn::Eq(text, hn::Set(d, ' ')), hn::Lt(hn::Sub(text, hn::Set(d, '\t')), hn::Set(d, 5)));
    masks.digits |= bits_of(digits) << at;
    masks.minuses |= bits_of(minuses) << at;
    masks.spaces |= bits_of(spaces) << at;
  }
  return masks;
}

// Where numbers begin and end, as positions in the text. A sign belongs to its number.
struct Bounds {
  std::array<std::uint32_t, numbers_max> begins;
  std::array<std::uint32_t, numbers_max> ends;
  std::size_t begin_count = 0;
  std::size_t end_count = 0;  // or one less, when the last number goes on behind the block
};

HWY_INLINE void append(std::uint64_t bits, std::size_t at, std::uint32_t* positions, std::size_t& count) {
  for (; bits != 0; bits &= bits - 1)
    positions[count++] = static_cast<std::uint32_t>(at) + static_cast<std::uint32_t>(std::countr_zero(bits));
}

// The numbers of `text` from `at` to `end`; false when anything is not as it usually is.
HWY_INLINE bool find_numbers(std::string_view text, std::size_t at, std::size_t end, Masks& previous,
                             Bounds& bounds) {
  for (; at < end; at += block_bytes) {
    Masks masks = classify(text.data() + at);
    if (text.size() - at < block_bytes) {
      // What lies behind the text is white space.
      const std::uint64_t inside = (std::uint64_t{1} << (text.size() - at)) - 1;
      masks = {masks.digits & inside, masks.minuses & inside, masks.spaces | ~inside};
    }
    // Nothing but these three; a sign behind white space only, and before a digit.
    const std::uint64_t after_space = masks.spaces << 1U | previous.spaces >> 63U;
    const std::uint64_t after_minus = masks.minuses << 1U | previous.minuses >> 63U;
    if ((masks.digits | masks.minuses | masks.spaces) != ~std::uint64_t{0} ||
        (masks.minuses & ~after_space) != 0 || (after_minus & ~masks.digits) != 0)
      return false;
    append(after_space & ~masks.spaces, at, bounds.begins.data(), bounds.begin_count);
    append(masks.spaces & ~after_space, at, bounds.ends.data(), bounds.end_count);
    previous = masks;
  }
  return true;
}

// The numbers as sixteen digits each, with leading zeros, first one first. False when one has more.
HWY_INLINE bool gather_digits(const char* text, const Bounds& bounds, Digits* digits, std::uint8_t* signs) {
  // From byte n on: sixteen bytes that keep the last n digits and make zeros of what stands before them.
  alignas(32) static constexpr std::array<std::uint8_t, 32> keep = {
      0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0,
      15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15, 15};
  constexpr hn::CappedTag<std::uint8_t, sizeof(Digits)> d;
  std::size_t longest = 0;
  for (std::size_t i = 0; i < bounds.end_count; ++i) {
    const std::size_t begin = bounds.begins[i];
    const std::size_t end = bounds.ends[i];
    const std::size_t sign = text[begin] == '-' ? 1 : 0;
    const std::size_t count = end - begin - sign;
    longest = std::max(longest, count);
    signs[i] = static_cast<std::uint8_t>(sign);
    for (std::size_t at = 0; at < sizeof(Digits); at += hn::Lanes(d)) {
      const auto characters =
          hn::LoadU(d, reinterpret_cast<const std::uint8_t*>(text) + end - sizeof(Digits) + at);
      const auto kept = hn::LoadU(d, keep.data() + std::min(count, sizeof(Digits)) + at);
      hn::StoreU(hn::And(characters, kept), d, digits[i].data() + at);
    }
  }
  return longest <= sizeof(Digits);
}

// Each eight digits become their value, in place: pairs, then fours, then eights, in every word at once.
// Whole vectors, so a little behind `bytes` as well.
#if HWY_TARGET == HWY_SCALAR
HWY_INLINE void add_up(std::uint8_t* digits, std::size_t bytes) {
  for (std::size_t at = 0; at < bytes; at += sizeof(std::uint64_t)) {
    std::uint64_t word = 0;
    std::memcpy(&word, digits + at, sizeof word);
    word = (word & 0x00ff00ff00ff00ffU) * 10U + (word >> 8U & 0x00ff00ff00ff00ffU);
    word = (word & 0x0000ffff0000ffffU) * 100U + (word >> 16U & 0x0000ffff0000ffffU);
    word = (word & 0xffffffffU) * 10'000U + (word >> 32U);
    std::memcpy(digits + at, &word, sizeof word);
  }
}
#else
HWY_INLINE void add_up(std::uint8_t* digits, std::size_t bytes) {
  constexpr hn::CappedTag<std::uint64_t, vector_bytes_max / sizeof(std::uint64_t)> d64;
  constexpr hn::Repartition<std::uint32_t, decltype(d64)> d32;
  constexpr hn::Repartition<std::uint16_t, decltype(d64)> d16;
  const auto first_of_two = hn::Set(d16, 0x00ff);
  const auto tens = hn::Set(d16, 10);
  const auto first_of_four = hn::Set(d32, 0xffff);
  const auto hundreds = hn::BitCast(d16, hn::Set(d32, 1U << 16U | 100U));
  const auto ten_thousands = hn::Set(d32, 10'000);
  auto* const words = reinterpret_cast<std::uint64_t*>(digits);
  for (std::size_t at = 0; at < bytes / sizeof(std::uint64_t); at += hn::Lanes(d64)) {
    const auto ones = hn::BitCast(d16, hn::Load(d64, words + at));
    const auto twos = hn::Add(hn::Mul(hn::And(ones, first_of_two), tens), hn::ShiftRight<8>(ones));
    const auto scaled = hn::BitCast(d32, hn::Mul(twos, hundreds));
    const auto fours = hn::Add(hn::And(scaled, first_of_four), hn::ShiftRight<16>(scaled));
    const auto eights =
        hn::Add(hn::MulEven(fours, ten_thousands), hn::ShiftRight<32>(hn::BitCast(d64, fours)));
    hn::Store(eights, d64, words + at);
  }
}
#endif

// False when one is out of range.
HWY_INLINE bool combine(const Digits* digits, const std::uint8_t* signs, std::size_t count,
                        std::int32_t* out) {
  bool all_in_range = true;
  for (std::size_t i = 0; i < count; ++i) {
    std::array<std::uint64_t, 2> eights;
    std::memcpy(eights.data(), digits + i, sizeof eights);
    const std::uint64_t magnitude = eights[0] * 100'000'000U + eights[1];
    const std::uint64_t sign = signs[i];
    all_in_range &= magnitude <= 0x7fffffffU + sign;
    // Negated by complement and increment; a branch would be guessed wrongly every other time.
    out[i] = static_cast<std::int32_t>(static_cast<std::uint32_t>((magnitude ^ (0 - sign)) + sign));
  }
  return all_in_range;
}

Parsed parse(std::string_view text, std::span<std::int32_t> out) {
  Bounds bounds;
  alignas(64) std::array<Digits, numbers_max + vector_bytes_max / sizeof(Digits)> digits;
  std::array<std::uint8_t, numbers_max> signs;
  Masks previous;
  previous.spaces = ~std::uint64_t{0};
  Parsed parsed;
  // One block more when the text fills the last one, so that a number at its very end has an end.
  const std::size_t end_of_blocks = text.size() / block_bytes * block_bytes + block_bytes;
  for (std::size_t at = 0; at < end_of_blocks; at += piece_bytes) {
    if (!find_numbers(text, at, std::min(at + piece_bytes, end_of_blocks), previous, bounds)) return parsed;
    const std::size_t count = bounds.end_count;
    if (count > out.size() - parsed.numbers) return parsed;
    if (!gather_digits(text.data(), bounds, digits.data(), signs.data())) return parsed;
    add_up(digits.data()->data(), count * sizeof(Digits));
    if (!combine(digits.data(), signs.data(), count, out.data() + parsed.numbers)) return parsed;
    if (count > 0) parsed = {bounds.ends[count - 1], parsed.numbers + count};
    // A number that goes on is the first one of the next piece.
    bounds.begins[0] = bounds.begins[count];
    bounds.begin_count -= count;
    bounds.end_count = 0;
  }
  parsed.bytes = text.size();
  return parsed;
}

}  // namespace ipcsort::datagen::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ipcsort::datagen {
namespace {
HWY_EXPORT(parse);
}

Parsed parse_fast(std::string_view text, std::span<std::int32_t> out) noexcept {
  // The multiplications want the first character in the lowest byte.
  if constexpr (std::endian::native != std::endian::little) return {};
  return HWY_DYNAMIC_DISPATCH(parse)(text, out);
}

}  // namespace ipcsort::datagen
#endif
