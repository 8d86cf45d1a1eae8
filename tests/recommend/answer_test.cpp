// From made-up summaries to three lines.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "bench/recommend/answer.hpp"
#include "bench/results/summary.hpp"
#include "bench/text/json.hpp"
#include "sys/error.hpp"

namespace ipcsort::recommend {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr OptionTraits waiting[] = {
    {"wait", "futex", OptionValues::one_of("futex", "spin"), "what waiting is"}};

Traits made(std::string_view name, Naming naming, Framing framing, bool eof_on_death) {
  Traits traits;
  traits.name = name;
  traits.naming = naming;
  traits.framing = framing;
  traits.eof_on_death = eof_on_death;
  traits.payload_copies = 2;
  return traits;
}

// Two simple ones, and two that ask for more.
const Traits pipe = made("pipe", Naming::anonymous, Framing::stream, true);
const Traits fifo = made("fifo", Naming::path, Framing::stream, true);
const Traits mail = made("mail", Naming::xsi_key, Framing::message, false);
const Traits ring = [] {
  Traits traits = made("ring", Naming::anonymous, Framing::region, false);
  traits.lends = true;
  traits.options = waiting;
  return traits;
}();

std::vector<Candidate> candidates(const std::string& needs = "") {
  const std::vector<const Need*> wanted =
      needs.empty() ? std::vector<const Need*>{} : parse_needs(needs, "need");
  std::vector<Candidate> all;
  for (const Traits* traits : {&ring, &fifo, &pipe, &mail}) {
    Candidate& it = all.emplace_back(
        Candidate{{pipeline::SubjectKind::transport, std::string{traits->name}, {}}, traits, {}});
    for (const Need* need : wanted) {
      if (!need->is_met(*traits, {})) it.lacks.push_back(need);
    }
  }
  return all;
}

// Measured with so many numbers in so many blocks: so long for the transfer, a little different in each.
struct Made {
  std::string name;
  double seconds;
  std::uint64_t numbers = 1'000'000;
  int blocks = 12;
  results::RunStatus status = results::RunStatus::ok;
  bool lent = false;
};

std::vector<Field> fields(const std::vector<Made>& all, bool lent = false) {
  std::vector<results::RunRow> rows;
  for (const Made& made : all) {
    for (int block = 0; block < made.blocks; ++block) {
      results::RunRow row;
      row.seq = rows.size();
      row.block = block;
      row.status = made.status;
      row.error = made.status == results::RunStatus::ok ? "" : "no such call";
      row.cell.subject.name = made.name;
      row.cell.files = 4;
      row.cell.numbers = made.numbers;
      row.cell.workers = 2;
      row.cell.settings.transfer = pipeline::TransferMode::barrier;
      row.cell.settings.handover = made.lent ? pipeline::Handover::lend : pipeline::Handover::copy;
      // Each has its own rhythm, so that those with the same centre tie.
      row.total_s = made.seconds * (1 + 0.01 * ((block * (7 + static_cast<int>(made.name.front()))) % 5 - 2));
      row.transfer_window_s = *row.total_s / 2;
      row.payload_bytes = 4.0 * static_cast<double>(made.numbers);
      if (!made.lent) row.transfer_bytes_per_s = *row.payload_bytes / *row.transfer_window_s;
      rows.push_back(row);
    }
  }
  const auto summary = results::summarize(rows);
  return fields_of(summary, results::findings_of(summary), lent);
}

Answer answer(const std::vector<Field>& measured, const std::string& needs = "") {
  return answer_of(
      {needs.empty() ? std::vector<const Need*>{} : parse_needs(needs, "need"), 4'000'000, "more time"},
      candidates(needs), measured);
}

std::vector<std::string> others_of(const Answer& it) {
  std::vector<std::string> all;
  for (const Other& other : it.others) all.push_back(other.name + ": " + other.why);
  return all;
}

TEST(Answer, AWinnerLeadsByItsInterval) {
  const Answer it = answer(fields({{"pipe", 0.2}, {"ring", 0.1}, {"fifo", 0.3}}));
  ASSERT_TRUE(it.pick);
  EXPECT_EQ(it.pick->name(), "ring");
  EXPECT_EQ(it.certainty, Certainty::leads);
  ASSERT_EQ(it.lines.size(), 3U);
  EXPECT_THAT(it.lines[0],
              HasSubstr("Take ring (chunk=whole wait=futex): 80.4 MB/s with 4.00 MB (1M numbers"));
  EXPECT_THAT(it.lines[1], HasSubstr("the runner-up, pipe, takes 2.00 times [1.9"));
  EXPECT_THAT(it.lines[2], HasSubstr("not known"));
  EXPECT_THAT(others_of(it), ElementsAre(HasSubstr("pipe: 2.00 times ["), HasSubstr("fifo: 3.00 times ["),
                                         "mail: was not measured"));
}

TEST(Answer, OfThoseThatTieTheSimplestIsTaken) {
  const Answer it = answer(fields({{"ring", 0.1}, {"fifo", 0.1}, {"pipe", 0.1}, {"mail", 0.5}}));
  ASSERT_TRUE(it.pick);
  EXPECT_EQ(it.pick->name(), "pipe");
  EXPECT_EQ(it.certainty, Certainty::ties);
  EXPECT_THAT(it.tied, ::testing::UnorderedElementsAre("ring", "fifo"));
  EXPECT_THAT(it.lines[1], HasSubstr("asks for nothing besides"));
  EXPECT_THAT(others_of(it), ::testing::Contains(HasSubstr("ring: tied, not simpler")));
  const Answer other = answer(fields({{"ring", 0.1}, {"fifo", 0.1}, {"mail", 0.5}}));
  EXPECT_EQ(other.pick->name(), "fifo") << "a name to remove is less than a protocol and a supervisor";
  EXPECT_THAT(other.lines[1], HasSubstr("asks for names to choose and remove besides"));
}

TEST(Answer, WhatIsProbablySlowerIsNotTakenForItsSimplicity) {
  Field field{4'000'000, "4.00 MB", "made up", {}, true, {}};
  field.places = {{"ring", "9 GB/s", {}, true},
                  {"fifo", "8 GB/s", {{1.1}, {0.9}, {1.3}}, true},
                  {"pipe", "3 GB/s", {{3.0}, {1.5}, {6.0}}, true}};
  const Answer it = answer({field});
  EXPECT_EQ(it.pick->name(), "fifo");
  EXPECT_EQ(it.certainty, Certainty::ties);
  EXPECT_THAT(it.lines[1], HasSubstr("(beside ring it takes 1.10 times [0.90, 1.30] as long)"));
  EXPECT_THAT(others_of(it),
              ElementsAre("ring: tied, not simpler",
                          "pipe: tied, but probably slower: 3.00 times [1.50, 6.00] as long as ring",
                          "mail: was not measured"));
}

TEST(Answer, WhatWasMeasuredByItselfIsRankedAlike) {
  stats::TimesByBlock fast, slow, rare(12);
  for (int block = 0; block < 12; ++block) {
    fast.emplace_back(1e-6 * (1 + 0.01 * (block % 3)));
    slow.emplace_back(3e-6);
  }
  rare[0] = 2e-6;
  const Field field = field_of(4096, "4 KiB", "messages", {"pipe", "ring", "fifo", "mail"},
                               std::vector<stats::TimesByBlock>{slow, fast, rare, stats::TimesByBlock(12)});
  ASSERT_EQ(field.places.size(), 3U);
  EXPECT_TRUE(field.is_proven);
  EXPECT_EQ(field.places[0].name, "ring");
  EXPECT_TRUE(field.places[0].is_tied);
  EXPECT_EQ(field.places[1].name, "pipe");
  EXPECT_FALSE(field.places[1].is_tied);
  EXPECT_GT(field.places[1].to_best.low, 2.9);
  EXPECT_TRUE(field.places[2].lacks_runs);
  const Answer it = answer_of({{}, 4096, "more time"}, candidates(), {field});
  EXPECT_EQ(it.pick->name(), "ring");
  EXPECT_EQ(it.certainty, Certainty::leads);
}

TEST(Answer, TooFewRunsNameWhoIsAheadAndNoWinner) {
  const Answer it = answer(fields({{"pipe", 0.2, 1'000'000, 2}, {"ring", 0.1, 1'000'000, 2}}));
  ASSERT_TRUE(it.pick);
  EXPECT_EQ(it.pick->name(), "ring");
  EXPECT_EQ(it.certainty, Certainty::too_few_runs);
  EXPECT_THAT(it.lines[1], HasSubstr("Too few runs"));
  EXPECT_THAT(it.lines[1], HasSubstr("more time tells more"));
}

TEST(Answer, SaysAtWhichSizeItChanges) {
  const Answer it = answer(fields({{"pipe", 0.2},
                                   {"ring", 0.1},
                                   {"pipe", 0.02, 100'000},
                                   {"ring", 0.01, 100'000},
                                   {"pipe", 0.001, 10'000},
                                   {"ring", 0.002, 10'000},
                                   {"pipe", 1, 9'000'000},
                                   {"ring", 1, 9'000'000}}));
  EXPECT_EQ(it.pick->name(), "ring");
  EXPECT_THAT(it.lines[2], HasSubstr("below 400 kB it changes: at 40.0 kB it is pipe (ring takes 2.0"));
  EXPECT_THAT(it.lines[2], HasSubstr("Above it is the same as far as 36.0 MB"));
  EXPECT_THAT(
      answer(fields({{"pipe", 0.2}, {"ring", 0.1}, {"pipe", 1, 9'000'000, 2}, {"ring", 1, 9'000'000, 2}}))
          .lines[2],
      HasSubstr("not known"))
      << "too few runs there";
}

TEST(Answer, WhatCannotBeUsedOrIsNotMetIsRuledOutWithTheReason) {
  const Answer it = answer(fields({{"pipe", 0.2}, {"fifo", 0.1, 1'000'000, 12, results::RunStatus::skipped}}),
                           "eof-on-death");
  EXPECT_EQ(it.pick->name(), "pipe");
  EXPECT_EQ(it.certainty, Certainty::alone);
  EXPECT_THAT(others_of(it), ElementsAre("fifo: no such call", "ring: does not meet eof-on-death",
                                         "mail: does not meet eof-on-death"));
}

TEST(Answer, WhereNobodyMeetsAllTheNearestMissIsNamed) {
  const Answer it = answer({}, "boundaries,no-names,eof-on-death");
  EXPECT_FALSE(it.pick);
  EXPECT_THAT(it.lines,
              ElementsAre(HasSubstr("No transport meets boundaries, no-names and eof-on-death. Nearest is "
                                    "pipe, which lacks boundaries: ")));
  EXPECT_EQ(it.others.size(), 4U);
  const Answer failed =
      answer(fields({{"pipe", 0.2, 1'000'000, 12, results::RunStatus::skipped}}), "no-names,eof-on-death");
  EXPECT_FALSE(failed.pick);
  EXPECT_THAT(failed.lines, ElementsAre(HasSubstr("Nearest is pipe: no such call")));
}

TEST(Answer, WhatLendsIsComparedByTheHandOver) {
  const std::vector<Field> lent =
      fields({{"ring", 0.1, 1'000'000, 12, results::RunStatus::ok, true}, {"pipe", 0.01}}, true);
  ASSERT_EQ(lent.size(), 1U);
  EXPECT_EQ(lent.front().places.size(), 1U);
  EXPECT_THAT(answer(lent, "zero-copy").lines[0], HasSubstr("to hand over"));
}

TEST(Answer, RendersForProgramsAndPeople) {
  const Answer it = answer(fields({{"pipe", 0.2}, {"ring", 0.1}}));
  const auto json = text::parse_json(render(it, text::Format::json, {}, {{"question", 1}}));
  EXPECT_EQ(json["question"], 1);
  EXPECT_EQ(json["answer"]["transport"], "ring");
  EXPECT_EQ(json["answer"]["options"]["wait"], "futex");
  EXPECT_EQ(json["answer"]["runner_up"]["transport"], "pipe");
  EXPECT_GT(json["answer"]["runner_up"]["ci_low"], 1.5);
  EXPECT_EQ(json["lines"].size(), 3U);
  EXPECT_EQ(json["ruled_out"][0]["transport"], "pipe");
  EXPECT_TRUE(text::parse_json(render(answer({}), text::Format::json, {}, {}))["answer"].is_null());
  EXPECT_THAT(render(it, text::Format::markdown, {}, {}), HasSubstr("| transport | why |"));
  EXPECT_THAT(render(it, text::Format::table, {}, {}), HasSubstr("Ruled out"));
}

TEST(Needs, AreListedWhenOneIsUnknown) {
  EXPECT_EQ(parse_needs("no-spin,zero-copy,no-spin", "need").size(), 2U);
  try {
    (void)parse_needs("no-spn", "need");
    ADD_FAILURE();
  } catch (const UsageError& error) {
    for (const Need& need : all_needs()) EXPECT_THAT(error.what(), HasSubstr(std::string{need.name}));
    EXPECT_THAT(error.what(), HasSubstr("did you mean no-spin?"));
  }
}

TEST(Needs, SpinningIsAnOption) {
  const Need& no_spin = *parse_needs("no-spin", "need").front();
  EXPECT_TRUE(no_spin.is_met(ring, {}));
  EXPECT_FALSE(no_spin.is_met(ring, {{"wait", "spin"}}));
  EXPECT_TRUE(no_spin.is_met(pipe, {}));
}

}  // namespace
}  // namespace ipcsort::recommend
