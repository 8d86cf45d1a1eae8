// Names by which other tools tell cells apart.
#include <gtest/gtest.h>

#include "bench/driver/record.hpp"
#include "bench/driver/summary.hpp"
#include "bench/export/benchmark_name.hpp"

namespace ipcsort::exports {
namespace {

using driver::RunRow;

TEST(BenchmarkName, SaysWhatIdentifiesACell) {
  RunRow row;
  row.transport = "pipe";
  row.options = "capacity=1M wait=spin";
  row.files = 4;
  row.numbers = 1'000'000;
  row.workers = 2;
  row.transfer = "barrier";
  EXPECT_EQ(benchmark_name("total", row),
            "total/transport:pipe/options:capacity=1M,wait=spin/files:4/numbers:1000000/workers:2/"
            "transfer:barrier/data_seed:0");
}

// A column that is added to what identifies a cell must be added to the name, too.
TEST(BenchmarkName, DiffersWhereCellsDo) {
  for (const driver::Column<RunRow>& column : driver::run_columns()) {
    if (column.name == "kind") continue;  // a transport and a reference have different names
    RunRow row;
    column.set(row, "1");
    const bool other_cell = driver::cell_key(row) != driver::cell_key(RunRow{});
    const bool other_name = benchmark_name("total", row) != benchmark_name("total", RunRow{});
    EXPECT_EQ(other_name, other_cell) << column.name;
  }
}

TEST(BenchmarkName, IsTheSameForARunAndItsCell) {
  RunRow row;
  row.status = "ok";
  row.kind = "transport";
  row.transport = "pipe";
  row.options = "capacity=1M";
  row.handover = "copy";
  row.files = 4;
  row.workers = 2;
  row.pages = "huge";
  const auto summary = driver::summarize({row});
  EXPECT_EQ(benchmark_name("total", summary.at(0)), benchmark_name("total", row));
}

}  // namespace
}  // namespace ipcsort::exports
