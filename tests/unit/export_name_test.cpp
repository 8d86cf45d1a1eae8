// Names by which other tools tell cells apart.
#include <gtest/gtest.h>

#include "bench/export/benchmark_name.hpp"
#include "bench/results/run_row.hpp"
#include "bench/results/summary.hpp"

namespace ipcsort::exports {
namespace {

using results::RunRow;

TEST(BenchmarkName, SaysWhatIdentifiesACell) {
  RunRow row;
  row.transport = "pipe";
  row.options = "capacity=1M wait=spin";
  row.cell.files = 4;
  row.cell.numbers = 1'000'000;
  row.cell.workers = 2;
  row.transfer = "barrier";
  EXPECT_EQ(benchmark_name("total", row),
            "total/transport:pipe/options:capacity=1M,wait=spin/files:4/numbers:1000000/workers:2/"
            "transfer:barrier/data_seed:0");
}

// A column that is added to what identifies a cell must be added to the name, too.
TEST(BenchmarkName, DiffersWhereCellsDo) {
  for (const text::Column<RunRow>& column : results::run_columns()) {
    if (column.name == "kind") continue;  // a transport and a reference have different names
    RunRow row;
    column.set(row, "1");
    const bool other_cell = results::cell_key(row) != results::cell_key(RunRow{});
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
  row.cell.files = 4;
  row.cell.workers = 2;
  row.pages = "huge";
  const auto summary = results::summarize({row});
  EXPECT_EQ(benchmark_name("total", summary.at(0)), benchmark_name("total", row));
}

}  // namespace
}  // namespace ipcsort::exports
