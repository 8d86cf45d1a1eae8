// Names by which other tools tell cells apart.
#include <gtest/gtest.h>

#include <algorithm>

#include "bench/export/benchmark_name.hpp"
#include "bench/results/run_row.hpp"

namespace ipcsort::exports {
namespace {

TEST(BenchmarkName, SaysWhatIdentifiesACell) {
  cell::CellId id;
  id.subject.name = "pipe";
  id.subject.options = cell::read_options("capacity=1M wait=spin");
  id.files = 4;
  id.numbers = 1'000'000;
  id.workers = 2;
  id.settings.transfer = pipeline::TransferMode::barrier;
  EXPECT_EQ(
      benchmark_name("total", id),
      "total/transport:pipe/options:capacity=1M,wait=spin/handover:copy/files:4/numbers:1000000/workers:2/"
      "transfer:barrier/distribution:uniform/data_seed:1/sorter:vqsort/parser:simd/drain:threads/"
      "merge:multiway/pages:huge/placement:free/memory:fresh");
}

// Every setting is in it, those to come, too.
TEST(BenchmarkName, DiffersWhereCellsDo) {
  cell::CellId id;
  id.subject.name = "pipe";
  for (const pipeline::SettingRow& setting : pipeline::settings()) {
    cell::CellId other = id;
    setting.set(other.settings, setting.get(id.settings) == 0 ? 1 : 0);
    EXPECT_NE(benchmark_name("total", other), benchmark_name("total", id)) << setting.name;
  }
  for (const char* amount : {"files", "numbers", "workers", "data_seed"}) {
    cell::CellId other = id;
    std::ranges::find(results::cell_columns(), amount, &text::Column<cell::CellId>::name)->set(other, "7");
    EXPECT_NE(benchmark_name("total", other), benchmark_name("total", id)) << amount;
  }
}

}  // namespace
}  // namespace ipcsort::exports
