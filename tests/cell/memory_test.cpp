// What a run takes of memory, with numbers; and what becomes of cells that do not fit.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "bench/cell/memory.hpp"
#include "bench/host/cgroup.hpp"
#include "tests/support.hpp"

namespace ipcsort::cell {
namespace {

using pipeline::Handover;
using pipeline::Memory;
using pipeline::Merge;
using pipeline::SubjectKind;
using test::message_of;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Optional;

constexpr std::array<OptionTraits, 3> options = {
    {{"slots", "1", OptionValues::one_of("1", "16"), ""},
     {"buffer", "64K", any_size, ""},
     {"wait", "spin", OptionValues::one_of("spin", "yield"), ""}}};

// It is never opened.
class SomeTransport final : public Transport {
 public:
  SomeTransport(std::string_view name, bool lends, bool lends_reserved, bool buffers_reserved = false) {
    traits_.name = name;
    traits_.payload_copies = 2;
    traits_.lends = lends;
    traits_.lends_reserved = lends_reserved;
    traits_.buffers_reserved = buffers_reserved;
    traits_.options = options;
  }
  [[nodiscard]] const Traits& traits() const noexcept override { return traits_; }
  [[nodiscard]] Availability probe() const override { return {}; }
  [[nodiscard]] std::unique_ptr<Session> open(const SessionSpec&) const override { return nullptr; }

 private:
  Traits traits_;
};

class MemoryOfARun : public ::testing::Test {
 protected:
  [[nodiscard]] static Cell cell(const Transport& transport, std::uint64_t numbers, int workers = 4) {
    Cell cell;
    cell.subject = id_of({SubjectKind::transport, &transport, {}});
    cell.transport = &transport;
    cell.files = 4;
    cell.numbers = numbers;
    cell.workers = workers;
    return cell;
  }
  [[nodiscard]] static MemoryNeed need(const Cell& cell) {
    return memory_need(cell, files_to_expect(spec_of(cell)));
  }
  // Programs and the like alone.
  [[nodiscard]] static double base(const Cell& cell) {
    Cell empty = cell;
    empty.numbers = 0;
    return need(empty).total_bytes();
  }

  SomeTransport pipe_{"pipe", false, false};
  SomeTransport lender_{"lender", true, false};
  SomeTransport reserver_{"reserver", true, true};
  SomeTransport slots_{"slots", true, false, true};
};

constexpr std::uint64_t million = 1'000'000;
constexpr double mb = 1e6;
constexpr double mib = 1024.0 * 1024;

TEST_F(MemoryOfARun, ACopyIsThere3TimesAndWhatIsLentTwice) {
  Cell run = cell(pipe_, 100 * million);
  MemoryNeed copied = need(run);
  EXPECT_EQ(copied.sorted_bytes, 400 * mb);
  EXPECT_EQ(copied.received_bytes, 400 * mb);
  EXPECT_EQ(copied.merged_bytes, 400 * mb);
  EXPECT_GT(copied.other_bytes, 0);
  EXPECT_EQ(copied.total_bytes(), 1200 * mb + copied.other_bytes);

  run = cell(lender_, 100 * million);
  run.settings.handover = Handover::lend;
  const MemoryNeed lent = need(run);
  EXPECT_EQ(lent.sorted_bytes, 400 * mb);
  EXPECT_EQ(lent.received_bytes, 0);
  EXPECT_EQ(lent.merged_bytes, 400 * mb);
}

TEST_F(MemoryOfARun, ASingleRunIsTheResultUnlessAnArrayWasMadeReadyForIt) {
  Cell run = cell(pipe_, million, 1);
  EXPECT_EQ(need(run).merged_bytes, 0);
  run.settings.memory = Memory::ready;
  EXPECT_EQ(need(run).merged_bytes, 4 * mb);
  run.settings.memory = Memory::fresh;
  run.settings.merge = Merge::concat;
  EXPECT_EQ(need(run).merged_bytes, 4 * mb);
  run.subject = id_of({SubjectKind::serial, nullptr, {}});
  EXPECT_EQ(need(run).merged_bytes, 4 * mb);
  run.settings.merge = Merge::multiway;
  EXPECT_EQ(need(run).merged_bytes, 0);
}

TEST_F(MemoryOfARun, ReferencesAndCalibrationsHaveNothingTwiceThatIsNotCopied) {
  Cell run = cell(pipe_, million);
  run.subject = id_of({SubjectKind::threads, nullptr, {}});
  EXPECT_EQ(need(run).received_bytes, 0);
  EXPECT_EQ(need(run).merged_bytes, 4 * mb);
  for (const auto kind : {SubjectKind::memcpy_one_copy, SubjectKind::memcpy_two_copies}) {
    run.subject = id_of({kind, nullptr, {}});
    EXPECT_EQ(need(run).sorted_bytes, 4 * mb) << "the source";
    EXPECT_EQ(need(run).received_bytes, 4 * mb) << "the target";
    EXPECT_EQ(need(run).merged_bytes, 0);
  }
}

// Where a file is cut nobody knows how many numbers are in a part. Room for the most that can be costs
// nothing, unless all of it is touched or reserved.
TEST_F(MemoryOfARun, RoomThatIsTouchedOrReservedCountsInFull) {
  Cell run = cell(reserver_, 4 * million, 4);
  run.settings.handover = Handover::lend;
  EXPECT_EQ(need(run).sorted_bytes, 16 * mb) << "whole files have been counted";
  run.files = 1;
  EXPECT_EQ(need(run).sorted_bytes, 64 * mb) << "each of four could have all";
  run.transport = &lender_;
  EXPECT_EQ(need(run).sorted_bytes, 16 * mb);

  run = cell(pipe_, 4 * million, 4);
  run.files = 1;
  EXPECT_EQ(need(run).received_bytes, 16 * mb);
  run.settings.memory = Memory::ready;
  EXPECT_EQ(need(run).received_bytes, 64 * mb);
  run.workers = 64;
  // The least number takes two bytes, those that are generated take up to eleven.
  EXPECT_NEAR(need(run).received_bytes, 16 * mb * 11 / 2, mb);
}

TEST_F(MemoryOfARun, BuffersGrowWithTheWorkersButNotBeyondThePayload) {
  Cell run = cell(pipe_, 100 * million, 2);
  const double two = need(run).other_bytes;
  run.subject.options = {{"buffer", "1M"}};
  EXPECT_GE(need(run).other_bytes - two, 2 * 960.0 * 1024);
  run.subject.options = {{"buffer", "1024G"}};
  EXPECT_LE(need(run).other_bytes - two, 402 * mb);
  run.subject.options = {};
  run.workers = 64;
  EXPECT_GT(need(run).other_bytes, two + 62 * 1e6);
  run = cell(pipe_, 0, 1);
  EXPECT_LT(base(run), 32 * mb);
}

TEST_F(MemoryOfARun, BuffersThatAreThereFromTheStartCountWhateverThePayload) {
  Cell run = cell(slots_, 1000, 4);
  const double usual = need(run).other_bytes;
  run.subject.options = {{"buffer", "1G"}};
  EXPECT_NEAR(need(run).other_bytes - usual, 4 * 1024.0 * mib - 4 * 64.0 * 1024, 20 * mib)
      << "and page tables";
  run.settings.handover = Handover::lend;
  EXPECT_GT(need(run).other_bytes, 4 * 1024.0 * mib);
}

TEST_F(MemoryOfARun, EachSlotIsABufferUnlessWhatGoesIsLent) {
  Cell run = cell(slots_, 1000, 4);
  const double usual = need(run).other_bytes;
  run.subject.options = {{"slots", "16"}};
  EXPECT_NEAR(need(run).other_bytes - usual, 15 * 4 * 64.0 * 1024, mib) << "and page tables";
  run.settings.handover = Handover::lend;
  EXPECT_LT(need(run).other_bytes - usual, mib);
}

TEST_F(MemoryOfARun, NoNumberOfNumbersOverflows) {
  Cell run = cell(reserver_, UINT64_MAX, 1000);
  run.files = 1;
  EXPECT_GT(need(run).total_bytes(), 7e19);
  run.settings.handover = Handover::lend;
  EXPECT_GT(need(run).total_bytes(), 7e19);
}

// ---------------------------------------------------------------- what there is

class AvailableMemory : public ::testing::Test {
 protected:
  void file(const std::string& path, const std::string& text) const {
    const std::filesystem::path full = root() + path;
    std::filesystem::create_directories(full.parent_path());
    std::ofstream(full) << text;
  }
  [[nodiscard]] std::string root() const { return directory_.path(); }

 private:
  test::ScratchDirectory directory_;
};

TEST_F(AvailableMemory, NobodySays) { EXPECT_FALSE(host::memory_available(root())); }

TEST_F(AvailableMemory, TheMachineSays) {
  file("/proc/meminfo", "MemTotal:       2000 kB\nMemFree:  100 kB\nMemAvailable:   1000 kB\n");
  const auto available = host::memory_available(root());
  ASSERT_TRUE(available);
  EXPECT_EQ(available->bytes, 1000 * 1024);
  EXPECT_THAT(available->source, HasSubstr("/proc/meminfo"));
  EXPECT_DOUBLE_EQ(host::memory_allowed(*available), 900 * 1024);
}

TEST_F(AvailableMemory, TheControlGroupHasLess) {
  file("/proc/meminfo", "MemAvailable:   1000 kB\n");
  file("/proc/self/cgroup", "0::/job/step\n");
  file("/sys/fs/cgroup/job/memory.max", "800000\n");
  file("/sys/fs/cgroup/job/memory.current", "500000\n");
  file("/sys/fs/cgroup/job/memory.stat", "anon 200000\ninactive_file 190000\nactive_file 10000\n");
  file("/sys/fs/cgroup/job/step/memory.max", "max\n");
  const auto available = host::memory_available(root());
  ASSERT_TRUE(available);
  EXPECT_EQ(available->bytes, 500000) << "file cache can be given up";
  EXPECT_THAT(available->source, HasSubstr("control group"));
}

TEST_F(AvailableMemory, ControlGroupsOfVersion1) {
  file("/proc/self/cgroup", "4:memory:/job\n");
  file("/sys/fs/cgroup/memory/job/memory.limit_in_bytes", "800000\n");
  file("/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "900000\n");
  file("/sys/fs/cgroup/memory/job/memory.stat", "inactive_file 1\ntotal_inactive_file 50000\n");
  EXPECT_THAT(host::cgroup_limits(root()).memory_left_bytes, Optional(std::uint64_t{0}))
      << "it is over its limit";
  file("/sys/fs/cgroup/memory/job/memory.usage_in_bytes", "350000\n");
  EXPECT_THAT(host::cgroup_limits(root()).memory_left_bytes, Optional(std::uint64_t{500000}));
}

// ---------------------------------------------------------------- what does not fit

class Fitting : public MemoryOfARun {
 protected:
  [[nodiscard]] Plan plan(const std::vector<std::uint64_t>& numbers,
                          std::vector<std::string> handovers) const {
    Grid grid;
    grid.subjects = {{SubjectKind::transport, &pipe_, {}}, {SubjectKind::transport, &lender_, {}}};
    grid.files = {4};
    grid.numbers = numbers;
    grid.workers = {2};
    grid.axes["transfer"] = {"barrier"};
    grid.axes["handover"] = std::move(handovers);
    return make_plan(grid);
  }
  // In which `bytes` may be used.
  [[nodiscard]] static host::MemoryAvailable with(double bytes) { return {bytes / 0.9 + 1, "a test"}; }
};

TEST_F(Fitting, ExactlyWhatIsNeededIsEnough) {
  const Cell run = cell(pipe_, million);
  const auto files = files_to_expect(spec_of(run));
  const double bytes = need(run).total_bytes();
  EXPECT_THAT(memory_shortage(run, files, with(bytes)), IsEmpty());
  EXPECT_THAT(memory_shortage(run, files, with(bytes - 10)),
              AllOf(HasSubstr("needs up to"), HasSubstr("a test"), HasSubstr("fewer numbers")));
}

TEST_F(Fitting, LendingIsAdvisedWhereItHelps) {
  Cell run = cell(lender_, 100 * million);
  const auto shortage = [&] { return memory_shortage(run, files_to_expect(spec_of(run)), with(1)); };
  EXPECT_THAT(shortage(), AllOf(HasSubstr("1.2"), HasSubstr("--handover lend (")));
  run.settings.handover = Handover::lend;
  EXPECT_THAT(shortage(), Not(HasSubstr("--handover")));
  run = cell(pipe_, 100 * million);
  EXPECT_THAT(shortage(), HasSubstr("--handover lend with a transport that lends"));
  run.settings.memory = Memory::ready;
  EXPECT_THAT(shortage(), HasSubstr("--memory fresh"));
}

TEST_F(Fitting, WhatDoesNotFitIsSkippedWithAReasonAndTheRestStays) {
  Plan plan = this->plan({million, 100 * million}, {"copy", "lend"});
  ASSERT_EQ(plan.cells.size(), 6U);  // pipe, lender and lender lend, of each size
  skip_what_does_not_fit(plan, {}, with(1000 * mb));
  for (const Cell& cell : plan.cells) {
    const bool fits = cell.numbers == million || cell.settings.handover == Handover::lend;
    EXPECT_EQ(cell.skip_reason.empty(), fits) << describe(cell) << ": " << cell.skip_reason;
  }
  EXPECT_EQ(data_needed(plan).size(), 2U);
  EXPECT_THAT(memory_text(plan, {}, with(1000 * mb)), HasSubstr("lender lend, 4 files, 100M numbers"));

  plan = this->plan({million, 100 * million}, {"copy"});
  skip_what_does_not_fit(plan, {}, with(1000 * mb));
  const std::vector<datagen::DataSpec> needed = data_needed(plan);
  ASSERT_EQ(needed.size(), 1U) << "for what is skipped nothing is generated";
  EXPECT_EQ(needed.front().numbers, million);
}

TEST_F(Fitting, IfNothingFitsTheCellThatNeedsLeastIsNamed) {
  Plan plan = this->plan({100 * million, million}, {"copy", "lend"});
  EXPECT_THAT(
      message_of<UsageError>([&] { skip_what_does_not_fit(plan, {}, with(mb)); }),
      AllOf(HasSubstr("lender lend, 4 files, 1M numbers, 2 workers, barrier: needs up to"), HasSubstr("MB")));
}

TEST_F(Fitting, WhereNobodyKnowsWhatThereIsNothingIsRefused) {
  Plan plan = this->plan({UINT64_MAX}, {"copy"});
  skip_what_does_not_fit(plan, {}, std::nullopt);
  for (const Cell& cell : plan.cells) EXPECT_THAT(cell.skip_reason, IsEmpty());
}

TEST_F(Fitting, TheUsersOwnFilesAreCountedAsTheyAre) {
  Plan plan = this->plan({million}, {"copy"});
  for (Cell& cell : plan.cells) {
    cell.files = 1;
    cell.settings.memory = Memory::ready;
  }
  Datasets datasets;
  datagen::Dataset& dataset = datasets[{1, million}];
  // "1\n": no part of a file has room for more numbers than it has.
  dataset.files.push_back({"ones.txt", 2 * million, 0, {million, 0}});
  const double need_bytes = memory_need(plan.cells.front(), dataset.files).total_bytes();
  skip_what_does_not_fit(plan, datasets, with(need_bytes));
  EXPECT_THAT(plan.cells.front().skip_reason, IsEmpty());
  EXPECT_THROW(skip_what_does_not_fit(plan, {}, with(need_bytes)), UsageError) << "wider numbers, more room";
}

}  // namespace
}  // namespace ipcsort::cell
