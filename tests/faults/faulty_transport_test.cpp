// A transport that loses, doubles, mixes up or changes bytes must never pass for one that works.
#include <gmock/gmock.h>

#include "tests/faults/faulty_transport.hpp"
#include "tests/faults/laboratory.hpp"

namespace ipcsort::faults {
namespace {

using ::testing::ContainsRegex;

struct Expected {
  Kind kind;
  pipeline::Status status;
  std::string text;  // POSIX extended
};

void PrintTo(const Expected& expected, std::ostream* out) { *out << to_string(expected.kind); }

constexpr const char* early_end =
    "^worker 1 closed the transport after [0-9]+ bytes and within the next [0-9]+$";
constexpr const char* wrong =
    "^wrong result: not ascending at index [0-9]+, -?[0-9]+ stands before -?[0-9]+$";

class Faulty : public Laboratory, public ::testing::WithParamInterface<std::tuple<Expected, bool>> {};

TEST_P(Faulty, IsFoundOutWithATellingError) {
  const auto& [expected, as_the_lecture_does] = GetParam();
  pipeline::Settings settings;
  if (as_the_lecture_does) {
    settings.drain = pipeline::Drain::sequential;
    settings.transfer = pipeline::TransferMode::barrier;
  }
  const FaultyTransport transport(expected.kind);
  pipeline::Job job = this->job(transport, {}, settings);
  if (expected.kind == Kind::stall) job.deadline_ns = sys::second_ns;
  const pipeline::RunResult result = run(job);
  EXPECT_EQ(to_string(result.status), to_string(expected.status)) << result.error;
  EXPECT_THAT(result.error, ContainsRegex(expected.text));
  expect_next_run_ok(FaultyTransport(Kind::clean));
}

INSTANTIATE_TEST_SUITE_P(
    Kinds, Faulty,
    ::testing::Combine(
        ::testing::Values(
            Expected{Kind::clean, pipeline::Status::ok, "^$"},
            Expected{Kind::drop_chunk, pipeline::Status::error, early_end},
            Expected{Kind::duplicate_chunk, pipeline::Status::error, wrong},
            Expected{Kind::swap_chunks, pipeline::Status::error, wrong},
            Expected{Kind::corrupt_byte, pipeline::Status::error,
                     "^wrong result: checksum [0-9a-f]{16} of the numbers that arrived is not the input's "
                     "[0-9a-f]{16}$"},
            Expected{Kind::truncate, pipeline::Status::error, early_end},
            Expected{Kind::stall, pipeline::Status::timeout,
                     "^the deadline of .* passed; .*worker 1 hung while sending, [0-9]+ bytes received"},
            Expected{Kind::die, pipeline::Status::peer_died,
                     "^worker 1 killed by signal 9 \\(SIGKILL\\) while sending"},
            Expected{Kind::exit, pipeline::Status::error, "^worker 1 exited with status 3 while sending"},
            Expected{Kind::huge_header, pipeline::Status::error,
                     "^receiving from worker 1: the header is not one: .* 9223372036854775808 numbers of at "
                     "most [0-9]+$"},
            Expected{Kind::short_header, pipeline::Status::error,
                     "^wrong result: 159999 numbers arrived of 160000$"},
            Expected{Kind::bad_magic, pipeline::Status::error,
                     "^receiving from worker 1: the header is not one: magic 7597681918816187442,"},
            Expected{Kind::open_fails, pipeline::Status::error,
                     "^socketpair\\(faulty; ulimit -n bounds it\\): Too many open files$"},
            Expected{Kind::attach_fails, pipeline::Status::error,
                     "^worker 1: connect\\(faulty\\): Connection refused$"},
            Expected{Kind::sender_throws, pipeline::Status::error,
                     "^worker 1: write\\(faulty\\): Input/output error$"},
            Expected{Kind::receiver_throws, pipeline::Status::error,
                     "^receiving from worker 1: read\\(faulty\\): Input/output error$"}),
        ::testing::Bool()),
    [](const auto& parameter) {
      return std::string{to_string(std::get<0>(parameter.param).kind)} +
             (std::get<1>(parameter.param) ? "_sequential_barrier" : "_threads_overlap");
    });

// With a run for each file, the bytes that are too many or too few fall into the next run's header.
TEST_F(Laboratory, FaultsAreFoundOutAcrossRunsToo) {
  pipeline::Settings settings;
  settings.merge = pipeline::Merge::concat;
  for (const Kind kind : {Kind::drop_chunk, Kind::duplicate_chunk, Kind::swap_chunks, Kind::corrupt_byte,
                          Kind::truncate, Kind::short_header}) {
    SCOPED_TRACE(to_string(kind));
    const FaultyTransport transport(kind);
    pipeline::Job job = this->job({pipeline::SubjectKind::transport, &transport, {}}, settings);
    job.workers = pipeline::share_out(files(), 2, settings.merge);  // two files each
    const pipeline::RunResult result = run(job);
    EXPECT_EQ(to_string(result.status), "error");
    EXPECT_FALSE(result.error.empty());
  }
}

// Also where the memory that is received into holds the right numbers from the round before. (What is dropped there is
// waited for until the deadline: a sender that waits for the next round does not end.)
TEST_F(Laboratory, FaultsAreFoundOutInLaterRoundsToo) {
  constexpr int two_rounds = 85;  // somewhat more: a worker of four sends 41 chunks in each
  for (const Kind kind : {Kind::duplicate_chunk, Kind::swap_chunks, Kind::corrupt_byte, Kind::truncate,
                          Kind::die, Kind::exit}) {
    SCOPED_TRACE(to_string(kind));
    const FaultyTransport transport(kind, 0, two_rounds);
    pipeline::Job late = job(transport, {}, {.transfer = pipeline::TransferMode::steady});
    late.workers = pipeline::share_out(files(), 4, late.settings.merge);
    const pipeline::RunResult result = run(late);
    EXPECT_NE(to_string(result.status), "ok");
    EXPECT_THAT(result.error, ContainsRegex("in round [34]"));
  }
  expect_next_run_ok(FaultyTransport(Kind::clean));
}

// Bits that any medium may flip, anywhere in what one worker sends.
TEST_F(Laboratory, EverySingleFlippedBitIsFoundOut) {
  constexpr std::uint64_t flips = 100;
  for (std::uint64_t seed = 0; seed < flips; ++seed) {
    const FaultyTransport transport(Kind::flip_bit, seed);
    pipeline::Job flipped = job(transport);
    flipped.workers = pipeline::share_out(files(), 2, flipped.settings.merge);
    const pipeline::RunResult result = run(flipped);
    EXPECT_EQ(to_string(result.status), "error") << "bit flip " << seed << ": " << result.error;
    EXPECT_NE(result.error, "");
  }
  expect_next_run_ok(FaultyTransport(Kind::clean));
}

}  // namespace
}  // namespace ipcsort::faults
