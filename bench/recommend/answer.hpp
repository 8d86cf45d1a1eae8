// From what was measured to "take this one": a question, the candidates, and their places at the size asked for and at
// others. Who is faster was decided before (results::findings_of, stats::ranking_of); here it is only read. Pure.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "bench/cell/cell_id.hpp"
#include "bench/recommend/needs.hpp"
#include "bench/results/findings.hpp"
#include "bench/stats/paired.hpp"
#include "bench/text/format.hpp"
#include "bench/text/style.hpp"

namespace ipcsort::recommend {

struct Candidate {
  cell::SubjectId subject;
  const Traits* traits = nullptr;
  std::vector<const Need*> lacks;  // of the needs asked for

  [[nodiscard]] std::string name() const { return label(subject); }
};

struct Place {
  std::string name;           // the candidate's
  std::string figure;         // "3.31 GB/s"
  results::Estimate to_best;  // its time over the best's
  bool is_tied = false;       // the best, or not shown to be slower
  bool lacks_runs = false;    // too few in common with the best, while others have enough
};

struct Other {
  std::string name;
  std::string why;  // it is not the answer: "1.37 times [1.10, 1.69] as long"
};

// What was measured with one size.
struct Field {
  std::uint64_t bytes = 0;
  std::string size;                 // "80.0 MB"
  std::string text;                 // "20M numbers in 4 files, 8 workers, steady"
  std::vector<Place> places;        // the best first, behind it those that are tied with it
  bool is_proven = false;           // the runs are enough to tell the best from others
  std::vector<Other> not_measured;  // and why not
};

// The fields of a sweep: of what copies, or, if `lent`, of what hands over memory.
std::vector<Field> fields_of(const std::vector<results::SummaryRow>& summary,
                             const results::Findings& findings, bool lent);

// Of what was measured by itself: `times` of each of `names`, for one message of `bytes`, by block.
Field field_of(std::uint64_t bytes, std::string size, std::string text, const std::vector<std::string>& names,
               std::span<const stats::TimesByBlock> times);

struct Question {
  std::vector<const Need*> needs;
  std::uint64_t bytes = 0;  // the field of this size answers
  std::string remedy;       // where there are too few runs: "a longer --time-budget"
};

enum class Certainty { leads, ties, too_few_runs, alone };

// The answer at another size.
struct Elsewhere {
  std::string size, name;
  std::uint64_t bytes = 0;
  bool is_same = false;  // the pick may be the best there
};

struct Answer {
  std::optional<Candidate> pick;  // nothing: none can be recommended, and the only line says why
  std::string figure;
  Certainty certainty{};
  std::optional<Place> runner_up;
  std::vector<std::string> tied;     // with the pick
  std::vector<Elsewhere> elsewhere;  // where that is known
  std::vector<std::string> lines;    // what to take, by how much it leads, where the answer changes
  std::vector<Other> others;         // those that were measured first
};

// `candidates` in the order of the registry, those that lack something among them. Where several tie, the
// answer is one whose interval beside the best reaches 1: that with the fewest burdens, of these the first in that order.
Answer answer_of(const Question& question, const std::vector<Candidate>& candidates,
                 const std::vector<Field>& fields);

// As table, json or markdown. `about` begins the JSON: what was asked for, and where the rows are.
std::string render(const Answer& answer, text::Format format, const text::Look& look,
                   const nlohmann::ordered_json& about);

}  // namespace ipcsort::recommend
