// The frame around each test: input files, a runtime directory of its own, and a look for what a run left
// behind.
//
// Where it may, the process takes itself into an IPC namespace and a /dev/shm of its own, so that what is
// found there is ours; tests may then run side by side. It is also the reaper of orphans
// (PR_SET_CHILD_SUBREAPER): a worker that outlives its run, or that nobody collected, turns up as a child of
// the test.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "bench/pipeline/run.hpp"
#include "sys/fd.hpp"
#include "tests/sanitized.hpp"
#include "tests/whole_runs.hpp"
#include "transports/registry.hpp"

namespace ipcsort::faults {

using test::children_of;
using test::is_sanitized;
using test::sanitizers_own_calls;

// One way to use a transport: each that it can do is put through everything.
struct Way {
  const Transport* transport = nullptr;
  pipeline::Handover handover = pipeline::Handover::copy;
};
void PrintTo(const Way& way, std::ostream* out);
std::vector<Way> all_ways();
std::string name_of_way(const ::testing::TestParamInfo<Way>& parameter);

// Long enough for every run; a run that needs it has hung, and says so by its status.
inline constexpr sys::Nanoseconds hang_limit_ns = 300 * sys::second_ns;

class Laboratory : public ::testing::Test {
 protected:
  static constexpr int workers = 3;
  static constexpr std::size_t numbers_per_file = 40'000;  // more than any transport holds in its buffers

  void SetUp() override;
  void TearDown() override;  // nothing may be left

  // A run of `subject` over the input with three workers, handed over as use() said last.
  [[nodiscard]] pipeline::Job job(const pipeline::Subject& subject,
                                  const pipeline::Settings& settings = {}) const;
  [[nodiscard]] pipeline::Job job(const Transport& transport, const std::string& fault = {},
                                  const pipeline::Settings& settings = {}) const;
  void use(pipeline::Handover handover) { handover_ = handover; }
  // With an object log of its own, in which run_once may leave nothing.
  static pipeline::RunResult run(const pipeline::Job& job, int stop_fd = -1);
  // Whatever went before: the next run is as good as the first.
  void expect_next_run_ok(const Transport& transport) const;

  [[nodiscard]] const std::vector<datagen::InputFile>& files() const { return files_; }
  [[nodiscard]] datagen::Fingerprint fingerprint() const;
  void write_file(std::size_t index, const std::string& content);  // and plan with what is there now
  void write_files(std::size_t numbers);                           // all of them, with so many numbers each
  // What is there now and was not before the test.
  [[nodiscard]] std::string left_over() const;
  [[nodiscard]] std::string path(const std::string& name) const { return directory_ + "/" + name; }
  // Waits until every process that a killed one has left us is gone.
  static void reap_orphans();

 private:
  static std::multiset<std::string> traces();

  std::string directory_;
  pipeline::Handover handover_ = pipeline::Handover::copy;
  std::vector<datagen::InputFile> files_;
  std::multiset<std::string> before_;
};

// Every transport that can be used here, in each of its ways, as a parameter.
class OverTheRegistry : public Laboratory, public ::testing::WithParamInterface<Way> {
 protected:
  void SetUp() override;
  [[nodiscard]] static const Transport& transport() { return *GetParam().transport; }
};

// Whether this process may mount and set limits of a namespace of its own.
bool has_own_namespaces();

// A driver in a process of its own, so that somebody is left to end it or its run. It writes status and
// error.
struct Driver {
  pid_t pid = -1;
  sys::Fd report;
};

Driver start_driver(const std::function<pipeline::RunResult()>& run);

// Until nobody holds the other end: the driver, its run process and their like.
std::string read_report(const Driver& driver);

}  // namespace ipcsort::faults
