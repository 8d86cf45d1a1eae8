#include "bench/recommend/answer.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <functional>
#include <nlohmann/json.hpp>
#include <tuple>

#include "bench/stats/ranking.hpp"
#include "bench/text/json.hpp"
#include "bench/text/table.hpp"
#include "bench/text/units.hpp"
#include "sys/text.hpp"

namespace ipcsort::recommend {
namespace {

using nlohmann::ordered_json;

// "1.37 times [1.10, 1.69]"
std::string times_text(const results::Estimate& ratio) {
  std::string text = ratio.centre ? fmt::format("{:.2f} times", *ratio.centre) : "an unknown time";
  if (ratio.low && ratio.high) text += fmt::format(" [{:.2f}, {:.2f}]", *ratio.low, *ratio.high);
  return text;
}

std::string and_text(const std::vector<std::string>& parts) {
  return parts.size() < 2 ? sys::join(parts, "") : results::list_text(parts);
}

std::vector<std::string> names_of(const std::vector<const Need*>& needs) {
  std::vector<std::string> names;
  for (const Need* need : needs) names.emplace_back(need->name);
  return names;
}

// Its options as they are in effect.
Options options_of(const Candidate& candidate) {
  Options options;
  for (const OptionTraits& option : all_options(*candidate.traits)) {
    const auto given = candidate.subject.options.find(option.name);
    options[std::string{option.name}] =
        given == candidate.subject.options.end() ? std::string{option.default_value} : given->second;
  }
  return options;
}

std::vector<std::string> burdens_of(const Candidate& candidate) {
  return burdens(*candidate.traits, candidate.subject.options);
}

const Place* place_of(const Field& field, const std::string& name) {
  const auto found = std::ranges::find(field.places, name, &Place::name);
  return found == field.places.end() ? nullptr : &*found;
}

// Among many, few blocks prove little: what is called tied with the best may be slower in each of them. It is no answer.
bool may_be_best(const Place& place) { return place.is_tied && place.to_best.low.value_or(0) <= 1; }

// The candidates by their places in a field: the best, or, where several tie, the simplest.
const Candidate* pick_of(const Field& field, const std::vector<Candidate>& candidates) {
  const Candidate* pick = nullptr;
  for (const Candidate& candidate : candidates) {
    const Place* place = place_of(field, candidate.name());
    if (place == nullptr || (field.is_proven ? !may_be_best(*place) : place != &field.places.front()))
      continue;
    if (pick == nullptr || burdens_of(candidate).size() < burdens_of(*pick).size()) pick = &candidate;
  }
  return pick;
}

// ---- the three lines ----

std::string take_text(const Answer& answer, const Field& field) {
  const std::string options = cell::options_text(options_of(*answer.pick));
  return fmt::format("Take {}{}: {} with {} ({}).", answer.pick->subject.name,
                     options.empty() ? "" : " (" + options + ")", answer.figure, field.size, field.text);
}

std::string lead_text(const Answer& answer, const Question& question, const Field& field) {
  switch (answer.certainty) {
    case Certainty::alone: return "Nothing else that was asked for could be measured beside it.";
    case Certainty::too_few_runs:
      return fmt::format(
          "Too few runs to say that it leads; the next, {}, takes {} as long so far: {} tells more.",
          answer.runner_up->name, times_text(answer.runner_up->to_best), question.remedy);
    case Certainty::leads:
      return fmt::format("It leads: the runner-up, {}, takes {} as long.", answer.runner_up->name,
                         times_text(answer.runner_up->to_best));
    case Certainty::ties: break;
  }
  // Which of them was first is chance, as far as is known; how far away it is all the same, is said.
  const Place& first = field.places.front();
  const std::string to_best = first.name == answer.pick->name()
                                  ? ""
                                  : fmt::format(" (beside {} it takes {} as long)", first.name,
                                                times_text(place_of(field, answer.pick->name())->to_best));
  const std::vector<std::string> asks = burdens_of(*answer.pick);
  return fmt::format(
      "It ties with {}{}, and is the simplest of those that may be the first: it asks for {} besides; {} may "
      "tell them apart.",
      and_text(answer.tied), to_best, asks.empty() ? "nothing" : and_text(asks), question.remedy);
}

// From the size asked for on in one direction: the first size at which the answer is another one.
template <typename Fields>
std::string change_text(const Answer& answer, const Field& asked, const Fields& outward,
                        const char* direction) {
  std::string last = asked.size;
  for (const Field* field : outward) {
    const auto there = std::ranges::find(answer.elsewhere, field->bytes, &Elsewhere::bytes);
    if (there == answer.elsewhere.end()) continue;
    if (!there->is_same) {
      const Place* pick = place_of(*field, answer.pick->name());
      return fmt::format("{} {} it changes: at {} it is {}{}.", direction, last, field->size, there->name,
                         pick == nullptr
                             ? ""
                             : fmt::format(" ({} takes {} as long)", pick->name, times_text(pick->to_best)));
    }
    last = field->size;
  }
  return last == asked.size ? fmt::format("{} {} it is not known.", direction, asked.size)
                            : fmt::format("{} it is the same as far as {}.", direction, last);
}

std::string changes_text(const Answer& answer, const Field& asked, const std::vector<Field>& fields) {
  std::vector<const Field*> below, above;
  for (const Field& field : fields)
    if (field.bytes != asked.bytes) (field.bytes < asked.bytes ? below : above).push_back(&field);
  const auto bytes = [](const Field* field) { return field->bytes; };
  std::ranges::sort(below, std::greater{}, bytes);
  std::ranges::sort(above, {}, bytes);
  if (answer.elsewhere.empty())
    return "Where the answer changes is not known: no other size was measured enough.";
  return "The answer at other sizes: " + change_text(answer, asked, below, "below") + " " +
         change_text(answer, asked, above, "Above");
}

// ---- the others ----

std::string why_not(const Answer& answer, const Place& place, const Place& best) {
  if (answer.certainty == Certainty::too_few_runs || place.lacks_runs)
    return "too few runs; " + times_text(place.to_best) + " as long so far";
  if (&place == &best) return "tied, not simpler";
  if (place.is_tied)
    return fmt::format("{} {} as long as {}",
                       may_be_best(place) ? "tied, not simpler;" : "tied, but probably slower:",
                       times_text(place.to_best), best.name);
  return times_text(place.to_best) + " as long";
}

std::vector<Other> others_of(const Answer& answer, const std::vector<Candidate>& candidates,
                             const Field* field) {
  std::vector<Other> others;
  const std::string picked = answer.pick ? answer.pick->name() : "";
  if (field != nullptr) {
    for (const Place& place : field->places)
      if (place.name != picked) others.push_back({place.name, why_not(answer, place, field->places.front())});
    others.insert(others.end(), field->not_measured.begin(), field->not_measured.end());
  }
  for (const Candidate& candidate : candidates) {
    const std::string name = candidate.name();
    const bool is_there = name == picked || std::ranges::find(others, name, &Other::name) != others.end();
    if (!is_there)
      others.push_back({name, candidate.lacks.empty()
                                  ? "was not measured"
                                  : "does not meet " + and_text(names_of(candidate.lacks))});
  }
  return others;
}

// Nobody meets all needs, or could be measured.
std::string nobody_text(const Question& question, const std::vector<Candidate>& candidates,
                        const Field* field) {
  const auto nearest = std::ranges::min_element(candidates, {}, [](const Candidate& candidate) {
    return std::tuple(candidate.lacks.size(), burdens_of(candidate).size());
  });
  if (nearest == candidates.end()) return "There is no transport to choose from.";
  if (!nearest->lacks.empty()) {
    return fmt::format("No transport meets {}. Nearest is {}, which lacks {}: {}.",
                       and_text(names_of(question.needs)), nearest->name(), nearest->lacks.front()->name,
                       nearest->lacks.front()->meaning);
  }
  const Other* why = nullptr;
  if (field != nullptr) {
    const auto found = std::ranges::find(field->not_measured, nearest->name(), &Other::name);
    if (found != field->not_measured.end()) why = &*found;
  }
  return fmt::format("Nothing that could be the answer was measured. Nearest is {}{}.", nearest->name(),
                     why == nullptr ? "" : ": " + why->why);
}

text::Table table_of(const Answer& answer) {
  text::Table table{answer.certainty == Certainty::too_few_runs ? "The others" : "Ruled out",
                    {{"transport", true}, {"why", true}},
                    {},
                    true};
  for (const Other& other : answer.others) table.rows.push_back({{other.name}, {other.why}});
  return table;
}

ordered_json json_of(const Place& place) {
  const auto value = [](const std::optional<double>& it) { return it ? ordered_json(*it) : ordered_json(); };
  return {{"transport", place.name},
          {"times_as_long", value(place.to_best.centre)},
          {"ci_low", value(place.to_best.low)},
          {"ci_high", value(place.to_best.high)}};
}

ordered_json json_of(const Answer& answer) {
  constexpr std::string_view certainties[] = {"leads", "ties", "too few runs", "alone"};
  ordered_json json = {{"transport", answer.pick->name()},
                       {"options", options_of(*answer.pick)},
                       {"figure", answer.figure},
                       {"certainty", certainties[static_cast<std::size_t>(answer.certainty)]},
                       {"runner_up", answer.runner_up ? json_of(*answer.runner_up) : ordered_json()},
                       {"tied_with", answer.tied},
                       {"asks_for", burdens_of(*answer.pick)},
                       {"at_other_sizes", ordered_json::array()}};
  for (const Elsewhere& there : answer.elsewhere)
    json["at_other_sizes"].push_back(
        {{"bytes", there.bytes}, {"transport", there.name}, {"same", there.is_same}});
  return json;
}

}  // namespace

std::vector<Field> fields_of(const std::vector<results::SummaryRow>& summary,
                             const results::Findings& findings, bool lent) {
  std::vector<Field> fields;
  for (const results::ConditionFindings& condition : findings.conditions) {
    const std::uint64_t bytes = condition.id.numbers * sizeof(std::int32_t);
    if (std::ranges::find(fields, bytes, &Field::bytes) != fields.end()) continue;
    const results::Order& order = lent ? condition.handover : condition.transfer;
    Field& field = fields.emplace_back(
        Field{bytes, text::bytes_text(static_cast<double>(bytes)), condition.text, {}, order.is_proven, {}});
    for (const results::Place& place : order.places) {
      const results::SummaryRow& row = summary[place.row];
      field.places.push_back({label(row.cell.subject),
                              lent ? text::seconds_text(*row.transfer_window_s.centre) + " to hand over"
                                   : text::rate_text(*row.transfer_bytes_per_s.centre),
                              place.by.ratio_to_best, place.is_tied(), place.lacks_runs});
    }
    for (const std::size_t member : condition.members) {
      const results::SummaryRow& row = summary[member];
      const std::string name = label(row.cell.subject);
      if (row.cell.is_transport() && row.cell.lends() == lent && place_of(field, name) == nullptr)
        field.not_measured.push_back({name, row.reason});
    }
  }
  return fields;
}

Field field_of(std::uint64_t bytes, std::string size, std::string text, const std::vector<std::string>& names,
               std::span<const stats::TimesByBlock> times) {
  Field field{bytes, std::move(size), std::move(text), {}, false, {}};
  std::size_t compared = 0;
  for (const stats::Standing& standing : stats::ranking_of(times).standings) {
    Place place{names[standing.place],
                text::rate_text(static_cast<double>(bytes) / standing.centre),
                {},
                standing.tied,
                true};
    if (standing.to_best) place.to_best.centre = standing.to_best->centre;
    if (standing.to_best && standing.to_best->interval) {
      place.to_best.low = standing.to_best->interval->low;
      place.to_best.high = standing.to_best->interval->high;
      place.lacks_runs = false;
      ++compared;
    }
    field.places.push_back(std::move(place));
  }
  if (field.places.empty()) return field;
  field.places.front().lacks_runs = false;
  field.places.front().is_tied = true;
  field.is_proven = field.places.size() == 1 || compared > 0;
  for (Place& place : field.places) place.is_tied = place.is_tied && !place.lacks_runs;
  return field;
}

Answer answer_of(const Question& question, const std::vector<Candidate>& candidates,
                 const std::vector<Field>& fields) {
  Answer answer;
  const auto found = std::ranges::find(fields, question.bytes, &Field::bytes);
  const Field* asked = found == fields.end() ? nullptr : &*found;
  const Candidate* pick = asked == nullptr ? nullptr : pick_of(*asked, candidates);
  if (pick == nullptr) {
    answer.lines = {nobody_text(question, candidates, asked)};
    answer.others = others_of(answer, candidates, asked);
    return answer;
  }
  answer.pick = *pick;
  answer.figure = place_of(*asked, pick->name())->figure;
  for (const Place& place : asked->places) {
    if (place.name == pick->name()) continue;
    if (!answer.runner_up) answer.runner_up = place;
    if (asked->is_proven && place.is_tied) answer.tied.push_back(place.name);
  }
  answer.certainty = !answer.runner_up      ? Certainty::alone
                     : !asked->is_proven    ? Certainty::too_few_runs
                     : !answer.tied.empty() ? Certainty::ties
                                            : Certainty::leads;
  if (answer.certainty == Certainty::ties) answer.runner_up.reset();  // nobody is behind it for certain
  for (const Field& field : fields) {
    const Candidate* there = pick_of(field, candidates);
    if (field.bytes == asked->bytes || there == nullptr || !field.is_proven) continue;
    const Place* same = place_of(field, pick->name());
    const bool is_same = same != nullptr && may_be_best(*same);
    answer.elsewhere.push_back({field.size, is_same ? pick->name() : there->name(), field.bytes, is_same});
  }
  answer.lines = {take_text(answer, *asked), lead_text(answer, question, *asked),
                  changes_text(answer, *asked, fields)};
  answer.others = others_of(answer, candidates, asked);
  return answer;
}

std::string render(const Answer& answer, text::Format format, const text::Look& look,
                   const ordered_json& about) {
  if (format == text::Format::json) {
    ordered_json json = about;
    json["answer"] = answer.pick ? json_of(answer) : ordered_json();
    json["lines"] = answer.lines;
    json["ruled_out"] = ordered_json::array();
    for (const Other& other : answer.others)
      json["ruled_out"].push_back({{"transport", other.name}, {"why", other.why}});
    return text::json_text(json);
  }
  const bool as_markdown = format == text::Format::markdown;
  std::string text;
  for (const std::string& line : answer.lines) {
    text += as_markdown
                ? text::markdown_literal(line) + "\n\n"
                : text::fitted(line + "\n", look,
                               &line == &answer.lines.front() ? text::Tint::strong : text::Tint::none);
  }
  const text::Table table = table_of(answer);
  if (table.rows.empty()) return text;
  return text + (as_markdown ? markdown_text(table) : "\n" + table_text(table, look));
}

}  // namespace ipcsort::recommend
