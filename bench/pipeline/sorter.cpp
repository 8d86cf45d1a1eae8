#include "bench/pipeline/sorter.hpp"

#include <hwy/contrib/sort/vqsort.h>

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

}  // namespace

void sort_numbers(Sorter sorter, std::span<std::int32_t> numbers) {
  switch (sorter) {
    case Sorter::vqsort: hwy::Sorter{}(numbers.data(), numbers.size(), hwy::SortAscending()); return;
    case Sorter::std_sort: std::sort(numbers.begin(), numbers.end()); return;
    case Sorter::qsort:
      if (!numbers.empty()) std::qsort(numbers.data(), numbers.size(), sizeof(std::int32_t), compare);
      return;
  }
}

}  // namespace ipcsort::pipeline
