#include <fmt/core.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <iostream>
#include <optional>
#include <set>

#include "bench/cli/catalogue.hpp"
#include "bench/cli/options.hpp"
#include "bench/cli/output.hpp"
#include "bench/cli/parse.hpp"
#include "bench/cli/presets.hpp"
#include "bench/commands/commands.hpp"
#include "bench/commands/sweeping.hpp"
#include "bench/messages/contest.hpp"
#include "bench/recommend/answer.hpp"
#include "bench/recommend/needs.hpp"
#include "bench/text/units.hpp"
#include "sys/capabilities.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::commands {
namespace {

using recommend::Candidate;
using recommend::Need;

constexpr std::uint64_t neighbour = 16;  // so many times smaller or larger are the other sizes measured
constexpr std::uint64_t neighbour_least = 1000,
                        neighbour_most = 1'000'000;  // in numbers: what pays, what is affordable

constexpr std::uint64_t message_least = 8, message_most = 64UL << 20U;  // in bytes

struct RecommendRequest {
  std::optional<std::uint64_t> payload_bytes, numbers, message_bytes;
  int workers = 0;
  bool first = false;
  std::vector<const Need*> needs;
  std::optional<std::string> transports, from;
  std::string budget;
  sys::Nanoseconds deadline_ns = 0;
  std::string output;
  bool fresh = false;
  datagen::CacheOptions cache;
  cli::Verbosity verbosity;
  cli::Format format{};
};

std::uint64_t one_count(const std::string& text, std::string_view option) {
  const auto count = sys::parse_count(text);
  if (!count || *count < 1) cli::refuse(option, text, "a whole number from 1, such as 400K or 80M");
  return *count;
}

std::uint64_t message_size(const std::string& text, std::string_view option) {
  const auto bytes = sys::parse_bytes(text);
  if (!bytes || *bytes < 1 || *bytes > message_most)
    cli::refuse(option, text, "a message size from 1 to 64M, such as 64, 4K or 1M");
  return *bytes;
}

std::string time_word(const std::string& text, std::string_view option) {
  static_cast<void>(cli::parse_duration(text, option));
  return text;
}

std::string recorded_directory(const std::string& text, std::string_view option) {
  if (text.empty()) throw UsageError(fmt::format("--{} is empty; name the directory of a sweep", option));
  return text;
}

constexpr std::array recommend_formats = {cli::Format::table, cli::Format::json, cli::Format::markdown};

cli::OptionTable<RecommendRequest> recommend_options() {
  using namespace cli;
  using R = RecommendRequest;
  // clang-format off
  return {{
      {"The question", {
          {help_option()},
          {{"payload", "BYTES", "what all workers send together, e.g. 400K or 80M (decimal)"}, to(&R::payload_bytes, one_count)},
          {{"numbers", "COUNT", "the same in numbers of four bytes"}, to(&R::numbers, one_count)},
          {{"message", "BYTES", "instead: the size of messages that one process sends to another, e.g. 64 or 4K (binary)"}, to(&R::message_bytes, message_size)},
          {{"workers", "COUNT", "worker processes; with --from the most that were recorded, if not two", "2"}, to(&R::workers, whole_number(1, 1024))},
          {{"need", "NEEDS", "what the transport must have: names from above, with commas between them"}, to(&R::needs, recommend::parse_needs)},
          {{"first", "", "all is sent once, into memory never touched; otherwise again and again"}, to(&R::first)},
          {{"transports", "TRANSPORTS", "the candidates: all, or names with options: pipe,pipe:capacity=1M"}, to(&R::transports)}}},
      {"Where the figures come from", joined<R>({{
          {{"from", "DIR", "a sweep that was recorded, instead of measuring"}, to(&R::from, recorded_directory)},
          {{"time-budget", "TIME", "what the runs may take in all; one counted block is made in any case", "60s"}, to(&R::budget, time_word)},
          {{"deadline", "TIME", "after this a run is ended and has failed", "60s"}, to(&R::deadline_ns, parse_duration)},
          {{"output", "DIR", "result directory; otherwise a new one below results/"}, to(&R::output, result_directory)},
          {{"fresh", "", "discard what an interrupted recommend recorded, begin anew"}, to(&R::fresh)}},
          part(&R::cache, cache_rows())})},
      {"How it is said", joined<R>({
          part(&R::verbosity, verbosity_rows("nothing on standard error but errors", "a line for each run; all warnings in full")),
          {format_row(&R::format, recommend_formats, ": how the answer is printed on standard output")}})}}};
  // clang-format on
}

bool asks_for(const RecommendRequest& request, std::string_view need) {
  return std::ranges::find(request.needs, need, &Need::name) != request.needs.end();
}

std::uint64_t numbers_asked(const RecommendRequest& request) {
  if (request.payload_bytes.has_value() + request.numbers.has_value() + request.message_bytes.has_value() !=
      1)
    throw UsageError("say how much is sent, once: --payload 80M, --numbers 20M or --message 4K");
  if (request.message_bytes) return 0;
  if (request.numbers) return *request.numbers;
  if (*request.payload_bytes < 4)
    throw UsageError(
        fmt::format("--payload {}: a number takes 4 bytes; give at least 4", *request.payload_bytes));
  return *request.payload_bytes / 4;
}

pipeline::TransferMode transfer_asked(const RecommendRequest& request) {
  return request.first ? pipeline::TransferMode::barrier : pipeline::TransferMode::steady;
}

// Those named, or all there are, and what else of them was recorded; in the order of the registry. What moves nothing is
// none.
std::vector<Candidate> candidates_from(const Registry& registry, const RecommendRequest& request,
                                       const std::vector<results::RunRow>& recorded) {
  const std::string names = request.transports.value_or("all");
  std::vector<pipeline::Subject> subjects = cli::parse_subjects(registry, names, "none");
  const auto is_floor = [](const pipeline::Subject& it) {
    return it.transport != nullptr && it.transport->traits().family == Family::floor;
  };
  if (names == "all") {
    std::erase_if(subjects, is_floor);
    std::set<cell::SubjectId> more;
    for (const results::RunRow& row : recorded)
      if (!row.cell.subject.options.empty()) more.insert(row.cell.subject);
    for (const cell::SubjectId& id : more) {
      if (const Transport* transport = registry.find(id.name))
        subjects.push_back({pipeline::SubjectKind::transport, transport, id.options});
    }
  }
  std::vector<Candidate> candidates;
  for (const pipeline::Subject& subject : subjects) {
    if (subject.transport == nullptr || is_floor(subject))
      throw UsageError(
          fmt::format("--transports: {} moves nothing between processes; name what could be the answer",
                      name_of(subject)));
    Candidate candidate{cell::id_of(subject), &subject.transport->traits(), {}};
    for (const Need* need : request.needs) {
      if (!need->is_met(*candidate.traits, subject.options)) candidate.lacks.push_back(need);
    }
    candidates.push_back(std::move(candidate));
  }
  return candidates;
}

std::string sizes_around(std::uint64_t numbers) {
  std::vector<std::string> sizes;
  if (numbers / neighbour >= neighbour_least) sizes.push_back(std::to_string(numbers / neighbour));
  sizes.push_back(std::to_string(numbers));
  if (numbers <= neighbour_most / 4)
    sizes.push_back(std::to_string(std::min(numbers * neighbour, neighbour_most)));
  return sys::join(sizes, ",");
}

// The sweep that answers, as the options of one.
cli::Values sweep_values(const RecommendRequest& request, std::uint64_t numbers,
                         const std::vector<Candidate>& candidates) {
  std::vector<std::string> names;
  for (const Candidate& candidate : candidates) {
    if (candidate.lacks.empty()) names.push_back(candidate.name());
  }
  std::vector<cli::Option> known = cli::data_options();
  for (const cli::OptionGroup& group : {cli::axis_options(), cli::setting_options()})
    known.insert(known.end(), group.options.begin(), group.options.end());
  for (const auto& row : cli::schedule_rows()) known.push_back(row.option);
  cli::Values values;
  values.put("transports", {sys::join(names, ",")});
  values.put("numbers", {sizes_around(numbers)});
  values.put("workers", {std::to_string(request.workers)});
  values.put("transfer", {std::string{to_string(transfer_asked(request))}});
  values.put("handover", {asks_for(request, "zero-copy") ? "lend" : "copy"});
  values.put("time-budget", {request.budget});
  values.put("seed", {"1"});
  cli::layer(values, known,
             {"references = none\nblocks-max = 30\ndecide = best\nrun-time = 20ms\n", cli::default_text()});
  return values;
}

sweep::Schedule schedule_in(const cli::Values& values) {
  return cli::OptionTable<sweep::Schedule>{{{"", cli::schedule_rows()}}}.read(values);
}

struct Figures {
  std::string directory;
  std::vector<recommend::Field> fields;
  std::uint64_t bytes = 0;  // of the field that answers
  bool interrupted = false;
  std::string remedy;  // what helps where that is too little: "a longer --time-budget"
};

// For as many blocks as it takes to name a winner at all, by what those so far have cost.
std::string time_budget_for(const std::vector<results::RunRow>& rows, const sweep::Schedule& schedule) {
  double cost_s = 0;
  std::set<int> blocks;
  for (const results::RunRow& row : rows) {
    cost_s += row.cost_s.value_or(0);
    blocks.insert(row.block);
  }
  const double all_s = cost_s / static_cast<double>(std::max<std::size_t>(1, blocks.size())) *
                       (schedule.warmup_blocks + schedule.blocks);
  if (all_s <= schedule.time_budget_s) return "a longer --time-budget";
  return fmt::format("--time-budget {:.0f}m", std::ceil(all_s / 60));
}

// Of rows, those that the question is about.
std::vector<recommend::Field> fields_from(std::vector<results::RunRow> rows, const RecommendRequest& request,
                                          const std::vector<Candidate>& candidates) {
  const bool lent = asks_for(request, "zero-copy");
  std::erase_if(rows, [&](const results::RunRow& row) {
    const auto is_this = [&](const Candidate& it) {
      return it.lacks.empty() && it.subject == row.cell.subject;
    };
    return row.cell.workers != request.workers || row.cell.settings.transfer != transfer_asked(request) ||
           row.cell.lends() != lent || std::ranges::none_of(candidates, is_this);
  });
  const std::vector<results::SummaryRow> summary = results::summarize(std::move(rows));
  return recommend::fields_of(summary, results::findings_of(summary), lent);
}

// Of the counts that were recorded the usual one, or else the largest.
int workers_recorded(const std::vector<results::RunRow>& rows, int usual) {
  int largest = 0;
  for (const results::RunRow& row : rows) {
    if (row.cell.workers == usual) return usual;
    largest = std::max(largest, row.cell.workers);
  }
  return rows.empty() ? usual : largest;
}

// What of the question was recorded in the size that is nearest to `bytes`; half or twice as much may stand for it.
Figures recorded_figures(const RecommendRequest& request, std::uint64_t bytes,
                         const std::vector<results::RunRow>& rows, const std::vector<Candidate>& candidates) {
  Figures figures{*request.from, fields_from(rows, request, candidates), 0, false,
                  "a sweep with more blocks"};
  const auto distance = [&](const recommend::Field& field) {
    return std::abs(std::log(static_cast<double>(field.bytes) / static_cast<double>(bytes)));
  };
  const auto nearest = std::ranges::min_element(figures.fields, {}, distance);
  if (nearest == figures.fields.end() || distance(*nearest) > std::log(2.001)) {
    std::set<std::string> there;
    for (const results::RunRow& row : rows)
      there.insert(fmt::format("{} with {} and {}",
                               text::bytes_text(static_cast<double>(row.cell.numbers) * sizeof(std::int32_t)),
                               text::count_text(static_cast<std::size_t>(row.cell.workers), "worker"),
                               to_string(row.cell.settings.transfer)));
    throw UsageError(
        fmt::format("--from {}: nothing of about {} with {} and {} was recorded there of the "
                    "transports that can be the answer; there are {}. Ask for one of those "
                    "(--payload, --workers, --first), or leave --from out to measure it",
                    sys::printable(*request.from), text::bytes_text(static_cast<double>(bytes)),
                    text::count_text(static_cast<std::size_t>(request.workers), "worker"),
                    to_string(transfer_asked(request)), sys::join(there, ", ")));
  }
  figures.bytes = nearest->bytes;
  return figures;
}

Figures measured_figures(const Arguments& arguments, const RecommendRequest& request, std::uint64_t numbers,
                         const std::vector<Candidate>& candidates) {
  const cli::Values values = sweep_values(request, numbers, candidates);
  PlannedSweep sweep = plan_sweep(arguments.registry, values, schedule_in(values), std::nullopt,
                                  request.cache, arguments.interrupts());
  // Where the size that was asked for cannot be measured, its neighbours are no answer.
  recommend::Field not_there{numbers * 4, text::bytes_text(static_cast<double>(numbers) * 4), {}, {}, false,
                             {}};
  bool is_there = false;
  for (const cell::Cell& cell : sweep.plan.cells) {
    if (cell.numbers != numbers) continue;
    is_there = is_there || cell.skip_reason.empty();
    // Which options of a sweep would help is of no use here.
    not_there.not_measured.push_back(
        {label(cell.subject), cell.skip_reason.substr(0, cell.skip_reason.find("; "))});
  }
  if (!is_there) return {"", {std::move(not_there)}, numbers * 4, false, ""};
  const Recorded recorded = record(
      arguments, values,
      {"recommend", request.output, request.fresh, request.deadline_ns, request.cache, request.verbosity},
      sweep);
  return {recorded.directory.path(), fields_from(recorded.directory.rows(), request, candidates), numbers * 4,
          recorded.counts.interrupted, time_budget_for(recorded.directory.rows(), sweep.schedule)};
}

bool is_given(const Arguments& arguments, std::string_view option) {
  const auto given = arguments.values.all().find(option);
  return given != arguments.values.all().end() && !given->second.is_fallback;
}

void refuse_given(const Arguments& arguments, std::initializer_list<const char*> options,
                  std::string_view why) {
  for (const char* option : options) {
    if (is_given(arguments, option)) throw UsageError(fmt::format("--{} {}", option, why));
  }
}

void require_options_of_messages(const Arguments& arguments, const RecommendRequest& request) {
  refuse_given(
      arguments, {"workers", "first", "from", "output", "fresh", "deadline", "cache-dir", "cache-limit"},
      "is for a payload; leave it out with --message, which measures two processes and records nothing");
  if (asks_for(request, "zero-copy"))
    throw UsageError(
        "--need zero-copy is for a payload that is built in place: say --payload; messages are copied");
}

Figures message_figures(const Arguments& arguments, const RecommendRequest& request,
                        const std::vector<Candidate>& candidates) {
  cli::tidy_up(request.verbosity);
  const std::uint64_t bytes = *request.message_bytes;
  messages::Contest contest;
  contest.message_bytes = {bytes};
  if (bytes / neighbour >= message_least) contest.message_bytes.push_back(bytes / neighbour);
  if (bytes <= message_most / neighbour) contest.message_bytes.push_back(bytes * neighbour);
  contest.budget_s = static_cast<double>(cli::parse_duration(request.budget, "time-budget")) / 1e9;
  std::vector<std::string> names;
  std::vector<recommend::Other> unusable;
  for (const Candidate& candidate : candidates) {
    if (!candidate.lacks.empty()) continue;
    const Transport* transport = arguments.registry.find(candidate.subject.name);
    const Availability here = transport->probe();
    if (here.usable) {
      contest.subjects.push_back({pipeline::SubjectKind::transport, transport, candidate.subject.options});
      names.push_back(candidate.name());
    } else {
      unusable.push_back({candidate.name(), here.reason});
    }
  }
  text::Progress progress(text::Progress::detect(request.verbosity.is_quiet, request.verbosity.is_verbose));
  sys::Interrupts& interrupts = arguments.interrupts();
  messages::ContestResult result = hold(
      contest, [&] { return interrupts.signal() != 0; },
      [&](double share, const std::string& what) { progress.state(share, what); });
  Figures figures{"", {}, bytes, result.interrupted, "a longer --time-budget"};
  if (result.interrupted) return figures;  // in the middle of a block, of which not all have a time
  for (std::size_t size = 0; size < contest.message_bytes.size(); ++size) {
    std::vector<recommend::Other> not_measured = unusable;
    std::vector<stats::TimesByBlock> times;
    for (std::size_t i = 0; i < names.size(); ++i) {
      messages::Contestant& it = result.sizes[size][i];
      if (it.error.empty() && asks_for(request, "boundaries")) {
        if (const std::string why = messages::why_cut(contest.subjects[i], contest.message_bytes[size]);
            !why.empty())
          it.error =
              fmt::format("a message of {} is cut: {}", text::size_text(contest.message_bytes[size]), why);
      }
      if (!it.error.empty()) {
        not_measured.push_back({names[i], it.error});
        std::ranges::fill(it.message_s, std::nullopt);
      }
      times.push_back(it.message_s);
    }
    figures.fields.push_back(recommend::field_of(contest.message_bytes[size],
                                                 text::size_text(contest.message_bytes[size]),
                                                 "messages one way between two processes", names, times));
    figures.fields.back().not_measured = std::move(not_measured);
  }
  return figures;
}

nlohmann::ordered_json about(const RecommendRequest& request, const Figures& figures,
                             std::uint64_t asked_bytes) {
  nlohmann::ordered_json question = {
      {request.message_bytes ? "message_bytes" : "payload_bytes", asked_bytes}};
  if (!request.message_bytes) {
    question["measured_bytes"] = figures.bytes;  // the nearest that was recorded
    question["workers"] = request.workers;
    question["transfer"] = to_string(transfer_asked(request));
  }
  question["needs"] = nlohmann::ordered_json::array();
  for (const Need* need : request.needs) question["needs"].push_back(need->name);
  return {{"question", std::move(question)}, {"directory", figures.directory}};
}

std::string needs_text() {
  std::string text = "\n\nThe needs:";
  for (const Need& need : recommend::all_needs()) text += fmt::format("\n\n{}: {}.", need.name, need.meaning);
  return text +
         "\n\nWho can meet (other-user, other-container) follows from how a transport's two sides find each "
         "other; "
         "measured is between a parent and its children.";
}

}  // namespace

Usage recommend_usage() {
  return {
      .examples = {{"ipcsort recommend --payload 4M --workers 8",
                    "4 MB of results from eight workers, again and again"},
                   {"ipcsort recommend --payload 400K --need no-names,eof-on-death",
                    "nothing to clean up, nobody to watch the workers"},
                   {"ipcsort recommend --message 4K --need boundaries",
                    "messages from one process to another"},
                   {"ipcsort recommend --payload 20M --workers 4 --from results/reference",
                    "by what was recorded"},
                   {"ipcsort recommend --payload 20M --first --need zero-copy", "once, and read in place"}},
      .description =
          "Which transport to take: measures the candidates that meet all needs, at the size asked for and "
          "at one "
          "smaller and one larger, and answers in three lines: what to take, by how much it leads, at which "
          "size the "
          "answer changes. A table says what was ruled out and why.\n\n"
          "Where several tie, the simplest of those is taken whose interval beside the first reaches 1: the "
          "one that asks a program for the fewest of names to "
          "choose "
          "and remove, noticing killed workers, a protocol in shared memory, and a processor for waiting; of "
          "those "
          "the first in ipcsort list --format csv." +
          needs_text(),
      .groups = recommend_options().shown(),
      .exits = {{exit_done, "there is an answer"},
                {exit_usage, "wrong usage or input"},
                {exit_failed, "no transport meets all needs, or none of them could be measured"},
                {exit_interrupted(2), "interrupted (129 by SIGHUP, 143 by SIGTERM)"}},
      .interrupted = " before the first run; nothing was recorded",
  };
}

int recommend(const Arguments& arguments) {
  RecommendRequest request = recommend_options().read(arguments.values);
  const std::uint64_t numbers = numbers_asked(request);
  if (request.message_bytes) require_options_of_messages(arguments, request);
  std::vector<results::RunRow> recorded;
  if (request.from) {
    refuse_given(arguments, {"output", "fresh", "time-budget", "deadline", "cache-dir", "cache-limit"},
                 "is for measuring; leave it out with --from, which takes what was recorded");
    recorded = results::load_runs(*request.from);
    if (!is_given(arguments, "workers")) request.workers = workers_recorded(recorded, request.workers);
  }
  const std::vector<Candidate> candidates = candidates_from(arguments.registry, request, recorded);
  const std::uint64_t asked_bytes = request.message_bytes.value_or(numbers * 4);
  Figures figures{request.from.value_or(""), {}, asked_bytes, false, ""};
  if (std::ranges::any_of(candidates, &std::vector<const Need*>::empty, &Candidate::lacks)) {
    if (asks_for(request, "unprivileged")) sys::give_up_capabilities();
    figures = request.message_bytes ? message_figures(arguments, request, candidates)
              : request.from        ? recorded_figures(request, numbers * 4, recorded, candidates)
                                    : measured_figures(arguments, request, numbers, candidates);
  }
  if (figures.interrupted) return exit_interrupted(arguments.interrupts().signal());
  const recommend::Answer answer =
      recommend::answer_of({request.needs, figures.bytes, figures.remedy}, candidates, figures.fields);
  std::cout << recommend::render(answer, request.format, text::look_of(STDOUT_FILENO),
                                 about(request, figures, asked_bytes));
  if (!figures.directory.empty())
    cli::notes_to(request.format, request.verbosity) << "\nRows: " << figures.directory << "/runs.csv\n";
  return answer.pick ? exit_done : exit_failed;
}

}  // namespace ipcsort::commands
