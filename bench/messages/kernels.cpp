// Parse, sort, merge and copy by themselves: the lower bounds that a whole run is held against.
#include "bench/messages/benchmarks.hpp"

#include <benchmark/benchmark.h>
#include <omp.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <parallel/algorithm>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "bench/messages/repetitions.hpp"
#include "bench/pipeline/merge.hpp"
#include "bench/pipeline/run.hpp"
#include "bench/pipeline/sorter.hpp"
#include "datagen/writer.hpp"
#include "sys/affinity.hpp"
#include "sys/mapping.hpp"

namespace ipcsort::messages {
namespace {

std::vector<std::int32_t> random_numbers(std::size_t count) {
  std::mt19937 random(1);
  std::vector<std::int32_t> numbers(count);
  for (std::int32_t& number : numbers) number = static_cast<std::int32_t>(random());
  return numbers;
}

void set_numbers_processed(benchmark::State& state, std::size_t numbers) {
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(numbers));
}

// A file of numbers that goes with the object.
class NumberFile {
 public:
  explicit NumberFile(std::uint64_t numbers) {
    std::string directory = (std::filesystem::temp_directory_path() / "ipcsort-kernels-XXXXXX").string();
    if (::mkdtemp(directory.data()) == nullptr) throw std::runtime_error("mkdtemp " + directory);
    directory_ = directory;
    file_ = datagen::write_file(directory + "/numbers.txt", {datagen::Distribution::uniform, 1, 1, numbers},
                                0, {});
  }
  ~NumberFile() {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }
  NumberFile(const NumberFile&) = delete;
  NumberFile& operator=(const NumberFile&) = delete;
  [[nodiscard]] const datagen::InputFile& file() const noexcept { return file_; }

 private:
  std::filesystem::path directory_;
  datagen::InputFile file_;
};

std::string parse(benchmark::State& state, datagen::Parser parser) {
  const auto numbers = static_cast<std::size_t>(state.range(0));
  const NumberFile data(numbers);
  const datagen::InputFile& file = data.file();
  std::vector<std::int32_t> out(datagen::numbers_max(file.bytes) + 1);
  bool is_complete = true;
  for ([[maybe_unused]] auto _ : state) {
    datagen::ReadTimes times;
    const datagen::Segment whole{file.path, 0, file.bytes, file.bytes, file.mtime_ns};
    is_complete = datagen::read_segment(parser, whole, out, times) == numbers && is_complete;
  }
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(file.bytes));
  set_numbers_processed(state, numbers);
  return is_complete ? "" : "numbers are missing";
}

std::string unless_sorted(std::span<const std::int32_t> numbers) {
  return std::is_sorted(numbers.begin(), numbers.end()) ? "" : "not sorted";
}

std::string sort(benchmark::State& state, pipeline::Sorter sorter) {
  const std::vector<std::int32_t> unsorted = random_numbers(static_cast<std::size_t>(state.range(0)));
  std::vector<std::int32_t> numbers(unsorted.size());
  for ([[maybe_unused]] auto _ : state) {
    state.PauseTiming();
    numbers = unsorted;
    state.ResumeTiming();
    pipeline::sort_numbers(sorter, numbers);
  }
  set_numbers_processed(state, numbers.size());
  return unless_sorted(numbers);
}

// Sorted runs to be merged, and room for the result.
struct MergeInput {
  explicit MergeInput(const benchmark::State& state) {
    const auto count = static_cast<std::size_t>(state.range(1));
    const std::size_t numbers = static_cast<std::size_t>(state.range(0)) / count * count;
    source = random_numbers(numbers);
    for (std::size_t i = 0; i < count; ++i) {
      const std::span<std::int32_t> run(source.data() + numbers / count * i, numbers / count);
      pipeline::sort_numbers(pipeline::Sorter::vqsort, run);
      runs.push_back(run);
    }
    out.resize(numbers);
  }
  std::vector<std::int32_t> source, out;
  std::vector<std::span<std::int32_t>> runs;
};

template <typename Merge>
std::string time_merge(benchmark::State& state, Merge merge_once) {
  MergeInput input(state);
  for ([[maybe_unused]] auto _ : state) {
    merge_once(input);
    benchmark::ClobberMemory();
  }
  set_numbers_processed(state, input.out.size());
  return unless_sorted(input.out);
}

std::string merge(benchmark::State& state) {
  return time_merge(state, [&](MergeInput& input) {
    pipeline::merge_runs({input.runs.begin(), input.runs.end()}, input.out,
                         static_cast<unsigned>(state.range(2)));
  });
}

// What ours is held against: libstdc++'s loser tree, in parallel by way of OpenMP.
std::string merge_library(benchmark::State& state) {
  const auto threads = static_cast<int>(state.range(2));
  return time_merge(state, [&](MergeInput& input) {
    std::vector<std::pair<std::int32_t*, std::int32_t*>> runs;
    for (const std::span<std::int32_t> run : input.runs)
      runs.emplace_back(run.data(), run.data() + run.size());
    const auto size = static_cast<std::ptrdiff_t>(input.out.size());
    ::omp_set_num_threads(threads);
    __gnu_parallel::multiway_merge(
        runs.begin(), runs.end(), input.out.begin(), size, std::less<std::int32_t>(),
        __gnu_parallel::parallel_tag(static_cast<__gnu_parallel::_ThreadIndex>(threads)));
  });
}

// Into memory that was written before (fresh:0) or that is touched for the first time (fresh:1).
std::string copy(benchmark::State& state) {
  const auto bytes = static_cast<std::size_t>(state.range(0));
  const std::vector<char> source(bytes, 'x');
  sys::Mapping target = sys::Mapping::private_memory(bytes, sys::Pages::huge);
  std::memcpy(target.data(), source.data(), bytes);
  for ([[maybe_unused]] auto _ : state) {
    if (state.range(1) == 1) {
      state.PauseTiming();
      target = sys::Mapping::private_memory(bytes, sys::Pages::huge);
      state.ResumeTiming();
    }
    std::memcpy(target.data(), source.data(), bytes);
    benchmark::ClobberMemory();
  }
  state.SetBytesProcessed(state.iterations() * state.range(0));
  return {};
}

// Registers `kernel`, called with what stands behind it.
template <typename Kernel, typename... Arguments>
benchmark::internal::Benchmark* add(const std::string& name, Kernel kernel, Arguments... arguments) {
  const auto once = [=](benchmark::State& state) { return kernel(state, arguments...); };
  return benchmark::RegisterBenchmark(name.c_str(), until_it_fails(once))
      ->UseRealTime()
      ->Unit(benchmark::kMillisecond);
}

}  // namespace

void register_kernels(std::uint64_t numbers) {
  const auto count = static_cast<std::int64_t>(numbers);
  for (const auto parser : {datagen::Parser::simd, datagen::Parser::from_chars, datagen::Parser::fscanf}) {
    add("parse/parser:" + std::string{datagen::to_string(parser)}, parse, parser)
        ->ArgName("numbers")
        ->Arg(count);
  }
  for (const auto sorter : {pipeline::Sorter::vqsort, pipeline::Sorter::std_sort, pipeline::Sorter::qsort}) {
    add("sort/sorter:" + std::string{to_string(sorter)}, sort, sorter)->ArgName("numbers")->Arg(count);
  }
  std::vector<unsigned> threads = {1};
  if (const unsigned cpus = sys::usable_cpus(); cpus > 1) threads.push_back(cpus);
  const auto add_merge = [&](const char* name, auto kernel) {
    for (const unsigned some : threads)
      add(name, kernel)->ArgNames({"numbers", "runs", "threads"})->Args({4 * count, 4, some});
  };
  add_merge("merge", merge);
  add_merge("merge_library", merge_library);
  for (const int fresh : {0, 1}) add("copy", copy)->ArgNames({"bytes", "fresh"})->Args({64 << 20, fresh});
}

}  // namespace ipcsort::messages
