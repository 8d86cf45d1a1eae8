#include "datagen/distribution.hpp"

#include <algorithm>
#include <cassert>
#include <string>

#include "datagen/fingerprint.hpp"
#include "datagen/text.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::datagen {
namespace {

constexpr std::array<std::string_view, all_distributions.size()> names = {
    "uniform", "sorted", "reversed", "nearly-sorted", "few-distinct", "zipf"};

constexpr std::uint64_t range_size = std::uint64_t{1} << 32;

// 0 -> INT32_MIN ... 2^32 - 1 -> INT32_MAX, in order.
std::int32_t at_height(std::uint64_t height) noexcept {
  return static_cast<std::int32_t>(static_cast<std::uint32_t>(height) ^ 0x8000'0000U);
}

std::uint64_t first_number(const DataSpec& spec, std::uint32_t file_index) noexcept {
  return file_index * (spec.numbers / spec.files) +
         std::min<std::uint64_t>(file_index, spec.numbers % spec.files);
}

std::uint64_t stream_key(const DataSpec& spec, std::uint32_t file_index) noexcept {
  return scramble(scramble(spec.seed + golden_gamma) + golden_gamma * (std::uint64_t{file_index} + 1));
}

// One value out of each sixteenth of the range: distinct by construction.
std::array<std::int32_t, 16> few_values(std::uint64_t seed) noexcept {
  std::array<std::int32_t, 16> values{};
  for (std::uint64_t i = 0; i < values.size(); ++i) {
    values[i] = at_height((i << 28) | (scramble(seed + golden_gamma * (i + 1)) >> 36));
  }
  return values;
}

}  // namespace

std::string_view to_string(Distribution distribution) noexcept {
  return names[static_cast<std::size_t>(distribution)];
}

Distribution from_string(std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return all_distributions[static_cast<std::size_t>(found - names.begin())];
  std::string message = "unknown distribution " + quote_token(name, 40) + "; choose one of";
  for (const std::string_view legal : names) message += ' ' + std::string{legal};
  throw UsageError(message + sys::hint(name, {names.begin(), names.end()}));
}

std::uint64_t numbers_in_file(const DataSpec& spec, std::uint32_t file_index) noexcept {
  return spec.numbers / spec.files + (file_index < spec.numbers % spec.files ? 1 : 0);
}

std::uint64_t Generator::Random::next() noexcept { return scramble(state += golden_gamma); }

Generator::Ladder::Ladder(std::uint64_t steps_total, std::uint64_t steps_climbed) noexcept
    : steps(std::max<std::uint64_t>(steps_total, 1)) {
  __extension__ using Wide = unsigned __int128;  // the product needs up to 96 bits
  const Wide climbed = static_cast<Wide>(steps_climbed) << 32;
  height = static_cast<std::uint64_t>(climbed / steps);
  remainder = static_cast<std::uint64_t>(climbed % steps);
}

std::int32_t Generator::Ladder::climb(std::uint32_t random) noexcept {
  const std::uint64_t foot = height;
  height += range_size / steps;
  remainder += range_size % steps;
  if (remainder >= steps) {
    remainder -= steps;
    ++height;
  }
  return at_height(foot + ((height - foot) * random >> 32));
}

Generator::Generator(const DataSpec& spec, std::uint32_t file_index)
    : distribution_(spec.distribution),
      remaining_(numbers_in_file(spec, file_index)),
      random_{stream_key(spec, file_index)},
      ladder_(spec.numbers, first_number(spec, file_index)),
      few_(few_values(spec.seed)) {
  assert(file_index < spec.files);
}

std::size_t Generator::fill(std::span<std::int32_t> out) {
  out = out.first(static_cast<std::size_t>(std::min<std::uint64_t>(out.size(), remaining_)));
  remaining_ -= out.size();
  const auto fill_with = [&](auto draw) { std::generate(out.begin(), out.end(), draw); };
  switch (distribution_) {
    case Distribution::uniform: fill_with([this] { return at_height(random_.next() >> 32); }); break;
    case Distribution::sorted:
      fill_with([this] { return ladder_.climb(static_cast<std::uint32_t>(random_.next() >> 32)); });
      break;
    case Distribution::reversed:  // ~x turns the order of two's complement round
      fill_with([this] { return ~ladder_.climb(static_cast<std::uint32_t>(random_.next() >> 32)); });
      break;
    case Distribution::nearly_sorted: fill_with([this] { return nearly_sorted(); }); break;
    case Distribution::few_distinct: fill_with([this] { return few_[random_.next() >> 60]; }); break;
    case Distribution::zipf: fill_with([this] { return zipf(); }); break;
  }
  return out.size();
}

std::int32_t Generator::nearly_sorted() noexcept {
  const std::uint64_t random = random_.next();
  const std::int32_t in_place = ladder_.climb(static_cast<std::uint32_t>(random));
  return (random >> 32) < range_size / 100 ? at_height(random_.next() >> 32) : in_place;
}

// By rejection, in integers only. The ranks from 2^k to 2^(k+1) - 1 form octave k. Under an envelope of 2^-k
// per rank every octave weighs 1, so an octave is drawn uniformly, then a rank in it, which is kept with
// probability (1 / rank) / 2^-k = 2^k / rank, at least one half: ln 2 on average. Exact but for the 28 bits
// of the last decision.
std::int32_t Generator::zipf() noexcept {
  for (;;) {
    const std::uint64_t random = random_.next();
    const auto octave = static_cast<unsigned>(random >> 59);                        // 5 bits
    const std::uint64_t in_octave = (random >> 28 & 0x7FFF'FFFF) >> (31 - octave);  // of 31 bits
    const std::uint64_t rank = (std::uint64_t{1} << octave) + in_octave;
    const std::uint64_t decision = random & 0x0FFF'FFFF;  // 28 bits
    if (decision * rank < std::uint64_t{1} << (28 + octave)) {
      // Multiplying by an odd number is a bijection of 32 bits: frequent numbers lie anywhere in the range.
      return static_cast<std::int32_t>(static_cast<std::uint32_t>(rank) * 0x9E37'79B1U);
    }
  }
}

}  // namespace ipcsort::datagen
