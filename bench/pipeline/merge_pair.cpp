#include "bench/pipeline/merge_pair.hpp"

#include <algorithm>

// Highway compiles this file once for each instruction set and takes the best one at run time. The network
// below wants vectors whose length is known when it is compiled.
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "bench/pipeline/merge_pair.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace ipcsort::pipeline::HWY_NAMESPACE {

#if HWY_TARGET == HWY_SCALAR

void merge_halves(std::span<const std::int32_t> a, std::span<const std::int32_t> b, std::size_t, std::size_t,
                  std::int32_t* out) {
  std::merge(a.begin(), a.end(), b.begin(), b.end(), out);
}

#else

namespace hn = hwy::HWY_NAMESPACE;

// Wider vectors need another exchange step and merge no faster.
using Lanes = hn::CappedTag<std::int32_t, 8>;
using Vector = hn::Vec<Lanes>;
constexpr std::size_t lanes = hn::MaxLanes(Lanes());

// Lane i with lane i ^ distance, the smaller one first.
HWY_INLINE Vector exchange_4(Vector v) {
  constexpr Lanes d;
  const Vector swapped = hn::ConcatLowerUpper(d, v, v);
  return hn::ConcatUpperLower(d, hn::Max(v, swapped), hn::Min(v, swapped));
}
HWY_INLINE Vector exchange_2(Vector v) {
  constexpr Lanes d;
  constexpr hn::Repartition<std::int64_t, Lanes> pairs;
  const Vector swapped = hn::Shuffle1032(v);
  return hn::BitCast(
      d, hn::OddEven(hn::BitCast(pairs, hn::Max(v, swapped)), hn::BitCast(pairs, hn::Min(v, swapped))));
}
HWY_INLINE Vector exchange_1(Vector v) {
  const Vector swapped = hn::Shuffle2301(v);
  return hn::OddEven(hn::Max(v, swapped), hn::Min(v, swapped));
}

// A bitonic vector in ascending order.
HWY_INLINE Vector ascending(Vector v) {
  static_assert(lanes == 4 || lanes == 8);
  if constexpr (lanes == 8) v = exchange_4(v);
  return exchange_1(exchange_2(v));
}

// What is left of a merge; ends are one past the last.
class Chain {
 public:
  Chain(const std::int32_t* a, const std::int32_t* a_end, const std::int32_t* b, const std::int32_t* b_end,
        std::int32_t* out)
      : a_(a), a_end_(a_end), b_(b), b_end_(b_end), out_(out) {}

  // Whether both sequences hold a vector more.
  [[nodiscard]] HWY_INLINE bool is_wide() const {
    return a_end_ - a_ >= static_cast<std::ptrdiff_t>(lanes) &&
           b_end_ - b_ >= static_cast<std::ptrdiff_t>(lanes);
  }
  // Only when wide; before the first step.
  HWY_INLINE void begin(Vector& upper) { upper = take(); }
  // Only when wide.
  HWY_INLINE void step(Vector& upper) {
    constexpr Lanes d;
    const Vector next = hn::Reverse(d, take());
    hn::StoreU(ascending(hn::Min(upper, next)), d, out_);
    upper = ascending(hn::Max(upper, next));
    out_ += lanes;
  }
  // The upper half of the last step, and what the sequences still hold, of which one is short.
  void finish(Vector upper) {
    constexpr Lanes d;
    std::int32_t carried[lanes];
    hn::StoreU(upper, d, carried);
    const bool a_is_short = a_end_ - a_ < static_cast<std::ptrdiff_t>(lanes);
    const std::int32_t* const few = a_is_short ? a_ : b_;
    const std::int32_t* const few_end = a_is_short ? a_end_ : b_end_;
    const std::int32_t* const many = a_is_short ? b_ : a_;
    const std::int32_t* const many_end = a_is_short ? b_end_ : a_end_;
    std::int32_t both[2 * lanes];
    std::int32_t* const both_end = std::merge(carried, carried + lanes, few, few_end, both);
    std::merge(both, both_end, many, many_end, out_);
  }
  void finish() { std::merge(a_, a_end_, b_, b_end_, out_); }

 private:
  // The next vector of the sequence whose next number is smaller. The choice is an address, not a branch.
  HWY_INLINE Vector take() {
    constexpr Lanes d;
    const bool is_a = *a_ <= *b_;
    const std::int32_t* const from = is_a ? a_ : b_;
    a_ += is_a ? lanes : 0;
    b_ += is_a ? 0 : lanes;
    return hn::LoadU(d, from);
  }

  const std::int32_t* a_;
  const std::int32_t* const a_end_;
  const std::int32_t* b_;
  const std::int32_t* const b_end_;
  std::int32_t* out_;
};

HWY_INLINE void run_alone(Chain chain, Vector upper) {
  while (chain.is_wide()) chain.step(upper);
  chain.finish(upper);
}

void merge_halves(std::span<const std::int32_t> a, std::span<const std::int32_t> b, std::size_t a_middle,
                  std::size_t b_middle, std::int32_t* out) {
  const std::int32_t* const a_cut = a.data() + a_middle;
  const std::int32_t* const b_cut = b.data() + b_middle;
  Chain lower(a.data(), a_cut, b.data(), b_cut, out);
  Chain upper(a_cut, a.data() + a.size(), b_cut, b.data() + b.size(), out + a_middle + b_middle);
  const bool lower_is_wide = lower.is_wide();
  const bool upper_is_wide = upper.is_wide();
  Vector lower_vector = hn::Zero(Lanes());
  Vector upper_vector = lower_vector;
  if (lower_is_wide) lower.begin(lower_vector);
  if (upper_is_wide) upper.begin(upper_vector);
  if (lower_is_wide && upper_is_wide) {
    while (lower.is_wide() && upper.is_wide()) {
      lower.step(lower_vector);
      upper.step(upper_vector);
    }
  }
  lower_is_wide ? run_alone(lower, lower_vector) : lower.finish();
  upper_is_wide ? run_alone(upper, upper_vector) : upper.finish();
}

#endif

}  // namespace ipcsort::pipeline::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace ipcsort::pipeline {
namespace {
HWY_EXPORT(merge_halves);
}

std::size_t merge_path(std::span<const std::int32_t> a, std::span<const std::int32_t> b, std::size_t rank) {
  std::size_t low = rank > b.size() ? rank - b.size() : 0;
  std::size_t high = std::min(rank, a.size());
  while (low < high) {
    const std::size_t middle = low + (high - low) / 2;
    // With `middle` of a, rank - middle are b's; too few of a when its next is not after the last of those.
    if (a[middle] <= b[rank - middle - 1]) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  return low;
}

void merge_pair(std::span<const std::int32_t> a, std::span<const std::int32_t> b,
                std::span<std::int32_t> out) {
  const std::size_t middle = out.size() / 2;
  const std::size_t a_middle = merge_path(a, b, middle);
  HWY_DYNAMIC_DISPATCH(merge_halves)(a, b, a_middle, middle - a_middle, out.data());
}

}  // namespace ipcsort::pipeline
#endif
