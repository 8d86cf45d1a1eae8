// What is to be measured; numbers as people write them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "bench/cell/plan.hpp"
#include "sys/text.hpp"
#include "tests/support.hpp"

namespace ipcsort::cell {
namespace {

using pipeline::Handover;
using pipeline::SubjectKind;
using pipeline::TransferMode;
using test::message_of;
using test::NamedTransport;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class Planning : public ::testing::Test {
 protected:
  [[nodiscard]] Grid grid() const {
    Grid grid;
    grid.subjects = {{SubjectKind::serial, nullptr, {}},
                     {SubjectKind::memcpy_one_copy, nullptr, {}},
                     {SubjectKind::memcpy_two_copies, nullptr, {}},
                     {SubjectKind::threads, nullptr, {}},
                     {SubjectKind::transport, &pipe_, {}},
                     {SubjectKind::transport, &pipe_, {{"capacity", "1M"}}},
                     {SubjectKind::transport, &absent_, {}}};
    grid.files = {4, 8};
    grid.numbers = {1000, 2000};
    grid.workers = {1, 2, 4};
    grid.axes["transfer"] = {"barrier", "overlap"};
    grid.axes["handover"] = {"copy"};
    return grid;
  }

  NamedTransport pipe_{"pipe"};
  NamedTransport absent_{"absent", "the kernel has no such thing; load the module"};
};

// ---------------------------------------------------------------- plan

// Of several hand-overs each transport has those that it can do; asked for one alone it says why it cannot.
TEST_F(Planning, HandoversAreTakenFromThoseWhoCan) {
  const NamedTransport lender{"lender", "", 2, true};
  const NamedTransport null{"null", "", 0, true};
  Grid grid = this->grid();
  grid.subjects = {{SubjectKind::serial, nullptr, {}},
                   {SubjectKind::transport, &pipe_, {}},
                   {SubjectKind::transport, &lender, {}},
                   {SubjectKind::transport, &null, {}}};
  grid.files = {4};
  grid.numbers = {1000};
  grid.workers = {2};
  grid.axes["transfer"] = {"barrier"};
  const auto cells_of = [&](const std::vector<std::string>& handovers) {
    grid.axes["handover"] = handovers;
    std::vector<std::string> cells;
    for (const Cell& cell : make_plan(grid).cells) {
      const std::string text = describe(cell);
      cells.push_back(text.substr(0, text.find(',')) +
                      (cell.skip_reason.empty() ? "" : ": " + cell.skip_reason));
    }
    return cells;
  };
  EXPECT_THAT(cells_of({"copy", "lend"}),
              ElementsAre("serial", "pipe", "lender", "lender lend", "null lend"));
  EXPECT_THAT(cells_of({"copy"}),
              ElementsAre("serial", "pipe", "lender", "null: null copies nothing; it has --handover lend"));
  EXPECT_THAT(
      cells_of({"lend"}),
      ElementsAre("serial", "pipe lend: pipe cannot lend memory to its workers; it has --handover copy",
                  "lender lend", "null lend"));
}

TEST_F(Planning, EverySubjectForEveryPointOfTheAxes) {
  const Plan plan = make_plan(grid());
  std::map<std::string, int> cells;
  for (const Cell& cell : plan.cells) ++cells[describe(cell)];
  for (const auto& [cell, count] : cells) EXPECT_EQ(count, 1) << cell;
  EXPECT_EQ(plan.cells.size(), 2U * 2U * (1U + 2U * 3U * 6U));
  EXPECT_EQ(cells.count("pipe:capacity=1M, 8 files, 2K numbers, 4 workers, overlap"), 1U);
  EXPECT_EQ(cells.count("serial, 4 files, 1K numbers, 1 worker, barrier"), 1U);
}

TEST_F(Planning, TheSerialProgramOncePerFilesAndNumbers) {
  const Plan plan = make_plan(grid());
  std::set<std::pair<std::uint32_t, std::uint64_t>> sizes;
  for (const Cell& cell : plan.cells) {
    if (cell.subject.kind != SubjectKind::serial) continue;
    EXPECT_EQ(cell.workers, 1);
    EXPECT_EQ(cell.settings.transfer, TransferMode::barrier);
    EXPECT_TRUE(sizes.emplace(cell.files, cell.numbers).second);
  }
  EXPECT_EQ(sizes.size(), 4U);
}

TEST_F(Planning, CellsThatAgreeInAllButTheSubjectFormACondition) {
  const Plan plan = make_plan(grid());
  EXPECT_EQ(plan.conditions, 2U * 2U * 2U * 3U);
  const auto point = [](const Cell& cell) {
    return std::tuple(cell.files, cell.numbers, cell.workers, cell.settings.transfer);
  };
  for (const Cell& a : plan.cells) {
    EXPECT_LT(a.condition_number, plan.conditions);
    for (const Cell& b : plan.cells)
      EXPECT_EQ(a.condition_number == b.condition_number, point(a) == point(b));
  }
}

TEST_F(Planning, StreamingMergesOnlyWhatArrivesMeanwhile) {
  Grid asked = grid();
  asked.settings.merge = pipeline::Merge::streaming;
  asked.axes["transfer"] = {"overlap"};
  EXPECT_NO_THROW(make_plan(asked));
  asked.axes["transfer"].push_back("barrier");
  EXPECT_THROW(make_plan(asked), UsageError);
  asked.axes["transfer"] = {"overlap"};
  asked.settings.drain = pipeline::Drain::sequential;
  EXPECT_THROW(make_plan(asked), UsageError);
}

TEST_F(Planning, WithTransferSteadyAllIsSentEightTimesUnlessAskedOtherwise) {
  Grid asked = grid();
  asked.axes["transfer"] = {"barrier", "steady"};
  const auto expect_rounds = [&](pipeline::Rounds of_steady) {
    for (const Cell& cell : make_plan(asked).cells) {
      if (cell.is_serial()) continue;  // sends nothing
      const bool is_steady = cell.settings.transfer == pipeline::TransferMode::steady;
      EXPECT_EQ(cell.settings.rounds, is_steady ? of_steady : pipeline::Rounds::one);
    }
  };
  expect_rounds(pipeline::Rounds::eight);
  asked.settings.rounds = pipeline::Rounds::thirty_two;
  expect_rounds(pipeline::Rounds::thirty_two);
  asked.axes["transfer"] = {"barrier"};
  EXPECT_THROW(make_plan(asked), UsageError) << "nothing is sent more than once";
}

TEST_F(Planning, SettingsAndDataGoThrough) {
  Grid asked = grid();
  asked.settings.sorter = pipeline::Sorter::qsort;
  asked.settings.merge = pipeline::Merge::concat;
  asked.data.seed = 99;
  const Plan plan = make_plan(asked);
  for (const Cell& cell : plan.cells) {
    EXPECT_EQ(cell.settings.sorter, pipeline::Sorter::qsort);
    EXPECT_EQ(cell.settings.merge, pipeline::Merge::concat);
  }
  EXPECT_EQ(plan.data.seed, 99U);
}

TEST_F(Planning, EachTransportIsProbedOncePerSubjectAndAnUnusableOneCarriesTheReason) {
  const Plan plan = make_plan(grid());
  EXPECT_EQ(absent_.probes(), 1);
  int skipped = 0;
  for (const Cell& cell : plan.cells) {
    const bool absent = cell.transport == &absent_;
    EXPECT_EQ(cell.skip_reason, absent ? "the kernel has no such thing; load the module" : "");
    skipped += absent ? 1 : 0;
  }
  EXPECT_EQ(skipped, 2 * 2 * 2 * 3);
}

TEST_F(Planning, AnEmptyAxisIsRefusedByName) {
  const auto refusal = [&](auto clear) {
    Grid asked = grid();
    clear(asked);
    return message_of<UsageError>([&] { make_plan(asked); });
  };
  EXPECT_THAT(refusal([](Grid& g) { g.subjects.clear(); }), HasSubstr("no value for transports"));
  EXPECT_THAT(refusal([](Grid& g) { g.files.clear(); }), HasSubstr("no value for files"));
  EXPECT_THAT(refusal([](Grid& g) { g.numbers.clear(); }), HasSubstr("no value for numbers"));
  EXPECT_THAT(refusal([](Grid& g) { g.workers.clear(); }), HasSubstr("no value for workers"));
  EXPECT_THAT(refusal([](Grid& g) { g.axes["transfer"].clear(); }), HasSubstr("no value for transfer"));
  EXPECT_THAT(refusal([](Grid& g) { g.axes["handover"].clear(); }), HasSubstr("no value for handover"));
}

TEST_F(Planning, LabelsAndOptions) {
  EXPECT_EQ(label({SubjectKind::transport, "pipe", {}}), "pipe");
  EXPECT_EQ(label({SubjectKind::transport, "pipe", {{"b", "2"}, {"a", "1"}}}), "pipe:a=1:b=2");
  EXPECT_EQ(label(id_of({SubjectKind::memcpy_two_copies, nullptr, {}})), "memcpy_two_copies");
  EXPECT_EQ(options_text({}), "");
  EXPECT_EQ(options_text({{"b", "2"}, {"a", "1"}}), "a=1 b=2");
  EXPECT_EQ(read_options("a=1 b=2"), (Options{{"b", "2"}, {"a", "1"}}));
  EXPECT_THROW(read_options("a=1 b"), UsageError);
}

TEST_F(Planning, TheCanonicalTextChangesWithWhateverIsMeasured) {
  const Plan plan = make_plan(grid());
  std::set<std::string> texts = {canonical_text(plan)};
  EXPECT_FALSE(texts.insert(canonical_text(make_plan(grid()))).second) << "equal plans differ";
  const auto expect_other = [&](auto change) {
    Grid asked = grid();
    change(asked);
    EXPECT_TRUE(texts.insert(canonical_text(make_plan(asked))).second);
  };
  expect_other([](Grid& g) { g.subjects.pop_back(); });
  expect_other([](Grid& g) { g.subjects[5].options["capacity"] = "2M"; });
  expect_other([](Grid& g) { g.files.back() = 16; });
  expect_other([](Grid& g) { g.numbers.back() = 3000; });
  expect_other([](Grid& g) { g.workers.back() = 3; });
  expect_other([](Grid& g) { g.axes["transfer"].pop_back(); });
  expect_other([](Grid& g) { g.data.seed = 2; });
  expect_other([](Grid& g) { g.data.distribution = datagen::Distribution::sorted; });
  expect_other([](Grid& g) { g.data.inputs = {"a", "b"}; });
  expect_other([](Grid& g) { g.data.inputs = {"a\nb"}; });
  expect_other([](Grid& g) { g.settings.sorter = pipeline::Sorter::qsort; });
  expect_other([](Grid& g) { g.settings.parser = datagen::Parser::fscanf; });
  expect_other([](Grid& g) { g.settings.drain = pipeline::Drain::sequential; });
  expect_other([](Grid& g) { g.settings.merge = pipeline::Merge::concat; });
  expect_other([](Grid& g) { g.settings.pages = sys::Pages::base; });
  expect_other([](Grid& g) { g.settings.placement = pipeline::Placement::one; });
  expect_other([](Grid& g) { g.settings.memory = pipeline::Memory::ready; });
  std::set<std::string> hashes;
  for (const std::string& text : texts) hashes.insert(sys::hash_text(text));
  EXPECT_EQ(hashes.size(), texts.size());
}

TEST(HashText, IsFnv1aInSixteenDigits) {
  EXPECT_EQ(sys::hash_text(""), "cbf29ce484222325");
  EXPECT_EQ(sys::hash_text("a"), "af63dc4c8601ec8c");
  EXPECT_EQ(sys::hash_text("foobar"), "85944171f73967e8");
}

// ---------------------------------------------------------------- numbers as text

TEST(ParseBytes, BinarySuffixes) {
  EXPECT_EQ(sys::parse_bytes("0"), 0U);
  EXPECT_EQ(sys::parse_bytes("65536"), 65536U);
  EXPECT_EQ(sys::parse_bytes("64K"), 65536U);
  EXPECT_EQ(sys::parse_bytes("64k"), 65536U);
  EXPECT_EQ(sys::parse_bytes("1M"), 1048576U);
  EXPECT_EQ(sys::parse_bytes("3G"), 3221225472U);
  EXPECT_EQ(sys::parse_bytes("18446744073709551615"), 18446744073709551615U);
}

TEST(ParseCount, DecimalSuffixes) {
  EXPECT_EQ(sys::parse_count("10M"), 10'000'000U);
  EXPECT_EQ(sys::parse_count("2K"), 2000U);
  EXPECT_EQ(sys::parse_count("7G"), 7'000'000'000U);
  EXPECT_EQ(sys::parse_count("18446744073709551K"), 18446744073709551000U);
}

TEST(ParseNumbers, AnythingElseIsNotOne) {
  for (const char* text : {"", "K", "-1", "+1", " 1", "1 ", "1.5M", "1MB", "1KK", "1T", "0x10", "1e6",
                           "1,000", "18446744073709551616", "18446744073709551615K"}) {
    EXPECT_FALSE(sys::parse_count(text).has_value()) << text;
    EXPECT_FALSE(sys::parse_bytes(text).has_value()) << text;
  }
  EXPECT_FALSE(sys::parse_count("18446744073709552K").has_value());
  EXPECT_FALSE(sys::parse_bytes("18014398509481984K").has_value());  // 2^54 * 2^10
  EXPECT_EQ(sys::parse_bytes("18014398509481983K"), 18446744073709550592U);
}

TEST(FormatCount, ShortestExactForm) {
  EXPECT_EQ(sys::format_count(0), "0");
  EXPECT_EQ(sys::format_count(999), "999");
  EXPECT_EQ(sys::format_count(1000), "1K");
  EXPECT_EQ(sys::format_count(1001), "1001");
  EXPECT_EQ(sys::format_count(1500), "1500");
  EXPECT_EQ(sys::format_count(10'000'000), "10M");
  EXPECT_EQ(sys::format_count(2'500'000), "2500K");
  EXPECT_EQ(sys::format_count(1'000'000'000'000), "1000G");
  for (const std::uint64_t count : {0ULL, 1ULL, 999'999ULL, 40'000'000ULL, 18'446'744'073'709'551'615ULL}) {
    EXPECT_EQ(sys::parse_count(sys::format_count(count)), count);
  }
}

TEST(Text, SplitJoinPrintable) {
  EXPECT_THAT(sys::split("a,,b,", ','), ElementsAre("a", "", "b", ""));
  EXPECT_THAT(sys::split("", ','), ElementsAre(""));
  EXPECT_EQ(sys::join({"a", "", "b"}, ", "), "a, , b");
  EXPECT_EQ(sys::join({}, ", "), "");
  EXPECT_EQ(sys::printable(std::string_view{"a\nb\0\x7f\xff ~", 8}), "a\\x0ab\\x00\\x7f\\xff ~");
}

}  // namespace
}  // namespace ipcsort::cell
