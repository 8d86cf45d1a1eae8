#include "bench/pipeline/sorter.hpp"

#include <hwy/contrib/sort/vqsort.h>
#include <hwy/targets.h>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

#include <algorithm>
#include <cstdlib>

namespace ipcsort::pipeline {
namespace {

// The lecture returns *a - *b, which overflows; the comparison costs the same and is right.
int compare(const void* a, const void* b) {
  const std::int32_t left = *static_cast<const std::int32_t*>(a);
  const std::int32_t right = *static_cast<const std::int32_t*>(b);
  return (left > right) - (left < right);
}

#if defined(__x86_64__)
// AMD's family 19h with AVX-512.
bool is_zen_4() {
  unsigned a = 0, b = 0, c = 0, d = 0;
  if (__get_cpuid(0, &a, &b, &c, &d) == 0 || b != signature_AMD_ebx || c != signature_AMD_ecx) return false;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0) return false;
  const unsigned family = (a >> 8U & 0xfU) + (a >> 20U & 0xffU);
  return family == 0x19 && (hwy::SupportedTargets() & HWY_AVX3) != 0;
}
#endif

}  // namespace

// vqsort with AVX-512 compresses vectors straight to memory, which Zen 4 does in microcode: with AVX2 it
// sorted seven times as fast there. Newer versions of Highway know that by themselves (their target
// AVX3_ZEN4).
void choose_instruction_set() {
  [[maybe_unused]] static const bool done = [] {
#if defined(__x86_64__)
    constexpr auto avx_512 = static_cast<std::int64_t>(HWY_AVX2) - 1;  // better targets are lower bits
    if (is_zen_4()) hwy::DisableTargets(avx_512);
#endif
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    return true;
  }();
}

void sort_numbers(Sorter sorter, std::span<std::int32_t> numbers) {
  switch (sorter) {
    case Sorter::vqsort:
      choose_instruction_set();
      hwy::Sorter{}(numbers.data(), numbers.size(), hwy::SortAscending());
      return;
    case Sorter::std_sort: std::sort(numbers.begin(), numbers.end()); return;
    case Sorter::qsort:
      if (!numbers.empty()) std::qsort(numbers.data(), numbers.size(), sizeof(std::int32_t), compare);
      return;
  }
}

}  // namespace ipcsort::pipeline
