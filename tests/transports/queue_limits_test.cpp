// Message queues where the system allows little: smaller steps or a clear message, never a hang.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <mqueue.h>
#include <sys/resource.h>

#include <algorithm>
#include <fstream>
#include <utility>

#include "sys/error.hpp"
#include "sys/random.hpp"
#include "tests/transports/fixture.hpp"

namespace ipcsort::conformance {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;

// A number in /proc/sys, lowered while one lives. Only in a namespace of our own.
class LoweredLimit {
 public:
  LoweredLimit(const std::string& name, const std::string& value) : path_("/proc/sys/" + name) {
    std::ifstream(path_) >> before_;
    is_set_ = has_private_ipc_namespace() && write(value);
  }
  LoweredLimit(LoweredLimit&& other) noexcept
      : path_(std::move(other.path_)),
        before_(std::move(other.before_)),
        is_set_(std::exchange(other.is_set_, false)) {}
  LoweredLimit& operator=(LoweredLimit&&) = delete;
  ~LoweredLimit() {
    if (is_set_) (void)write(before_);
  }
  [[nodiscard]] bool is_set() const { return is_set_; }

 private:
  [[nodiscard]] bool write(const std::string& value) const {
    std::ofstream file(path_);
    return static_cast<bool>(file << value << std::flush);
  }
  std::string path_;
  std::string before_;
  bool is_set_ = false;
};

class LoweredResource {
 public:
  explicit LoweredResource(rlim_t bytes) {
    sys::check(::getrlimit(RLIMIT_MSGQUEUE, &before_), "getrlimit");
    const rlimit lower{std::min(bytes, before_.rlim_max), before_.rlim_max};
    sys::check(::setrlimit(RLIMIT_MSGQUEUE, &lower), "setrlimit");
  }
  LoweredResource(const LoweredResource&) = delete;
  LoweredResource& operator=(const LoweredResource&) = delete;
  ~LoweredResource() { ::setrlimit(RLIMIT_MSGQUEUE, &before_); }

 private:
  rlimit before_{};
};

std::vector<Variant> one_queue_for_all() {
  std::vector<Variant> found =
      variants([](const Traits& it) { return it.name == "xsi_msg" || it.name == "xsi_msg_sem"; });
  std::erase_if(found, [](const Variant& variant) { return variant.options.contains("queue"); });
  return found;
}

class QueueLimits : public Conformance {
 protected:
  static bool is_posix() { return traits().name == "posix_mq"; }

  // What open() complains of; empty when it does not.
  static std::string complaint(int workers, const Options& chosen = options()) {
    sys::ObjectLog objects;
    try {
      (void)transport().open({workers, chosen, &objects});
    } catch (const std::system_error& error) {
      return error.what();
    }
    return {};
  }

  // All workers' bytes arrive, also when they are drained backwards; returns the step.
  static std::size_t transfer(int workers) {
    const Bytes content = random_bytes(60'000, 40);
    SharedNumber step_bytes_max;
    Trial trial(transport(), options(), workers, [&](WorkerSide& worker) {
      step_bytes_max.set(static_cast<std::uint32_t>(worker.attach().step_bytes_max()));
      worker.send(std::span{content}.subspan(static_cast<std::size_t>(worker.number())));
    });
    for (int worker = 0; worker < workers; ++worker) EXPECT_EQ(trial.attach(worker), Io::ok);
    for (int worker = workers - 1; worker >= 0; --worker)
      EXPECT_TRUE(trial.receives(worker, std::span{content}.subspan(static_cast<std::size_t>(worker))));
    return step_bytes_max.get();
  }
};

INSTANTIATE_TEST_SUITE_P(Transports, QueueLimits, ::testing::ValuesIn(variants([](const Traits& it) {
                           return it.name.starts_with("xsi_msg") || it.name == "posix_mq";
                         })),
                         label_of);

TEST_P(QueueLimits, LowLimitsMakeSmallSteps) {
  std::vector<LoweredLimit> lowered;
  if (is_posix()) {
    lowered.emplace_back("fs/mqueue/msgsize_max", "512");
    lowered.emplace_back("fs/mqueue/msg_max", "2");
  } else {
    lowered.emplace_back("kernel/msgmax", "900");
    lowered.emplace_back("kernel/msgmnb", "3000");
  }
  for (const LoweredLimit& limit : lowered) {
    if (!limit.is_set()) GTEST_SKIP() << "limits cannot be lowered here";
  }
  EXPECT_EQ(transport().probe().reason, "");
  const bool is_shared = !is_posix() && !options().contains("queue");
  EXPECT_EQ(transfer(1), is_posix() ? 512U : 900U);
  EXPECT_EQ(transfer(5), is_posix() ? 512U : is_shared ? 375U : 900U);
}

TEST_P(QueueLimits, TooLowLimitsAreExplained) {
  const LoweredLimit limit(is_posix() ? "fs/mqueue/queues_max" : "kernel/msgmnb", is_posix() ? "1" : "127");
  if (!limit.is_set()) GTEST_SKIP() << "limits cannot be lowered here";
  const std::string text = complaint(2);
  if (is_posix() && text.empty()) GTEST_SKIP() << "this user may exceed it (CAP_SYS_RESOURCE)";
  EXPECT_THAT(text, HasSubstr(is_posix() ? "fs.mqueue.queues_max" : "kernel.msgmnb"));
}

class SharedQueueLimits : public QueueLimits {};
INSTANTIATE_TEST_SUITE_P(Transports, SharedQueueLimits, ::testing::ValuesIn(one_queue_for_all()), label_of);

TEST_P(SharedQueueLimits, MoreWorkersThanAQueueHasRoomForAreExplained) {
  const LoweredLimit limit("kernel/msgmnb", "511");
  if (!limit.is_set()) GTEST_SKIP() << "limits cannot be lowered here";
  EXPECT_EQ(complaint(3), "");
  EXPECT_THAT(complaint(4), HasSubstr("raise kernel.msgmnb"));
  EXPECT_THAT(complaint(100), HasSubstr("raise kernel.msgmnb"));
}

// With many workers there are more queues, not ever smaller messages.
TEST_P(SharedQueueLimits, ManyWorkersSendInTheStepsOfFour) {
  const std::size_t step_bytes = transfer(4);
  EXPECT_EQ(transfer(9), step_bytes);
  EXPECT_GE(transfer(1), step_bytes);
}

class PosixQueueLimits : public QueueLimits {};
INSTANTIATE_TEST_SUITE_P(Transports, PosixQueueLimits, ::testing::ValuesIn(variants([](const Traits& it) {
                           return it.name == "posix_mq";
                         })),
                         label_of);

TEST_P(PosixQueueLimits, AskingForMoreThanTheLimitIsExplained) {
  const LoweredLimit limit("fs/mqueue/msgsize_max", "1024");
  if (!limit.is_set()) GTEST_SKIP() << "limits cannot be lowered here";
  const std::string text = complaint(1, {{"msgsize", "1025"}});
  if (text.empty()) GTEST_SKIP() << "this user may exceed it (CAP_SYS_RESOURCE)";
  EXPECT_THAT(text, HasSubstr("fs.mqueue.msgsize_max"));
  EXPECT_EQ(complaint(1, {{"msgsize", "1024"}}), "");
}

TEST_P(PosixQueueLimits, ResourceLimitMakesShortQueuesOrIsExplained) {
  {
    // What other programs of this user have open counts too, so this may also be too little.
    const LoweredResource limit(100'000);
    const std::string text = complaint(8);
    EXPECT_THAT(text, AnyOf(std::string{}, HasSubstr("RLIMIT_MSGQUEUE")));
    if (text.empty()) {
      EXPECT_EQ(transfer(8), 8192U);
    }
  }
  const LoweredResource limit(8'000);
  EXPECT_THAT(complaint(1), HasSubstr("RLIMIT_MSGQUEUE"));
  const LoweredResource nothing(0);
  EXPECT_THAT(transport().probe().reason, HasSubstr("RLIMIT_MSGQUEUE"));
}

TEST(Traces, ShowAPosixQueueThatIsLeft) {
  enter_private_ipc_namespace();
  if (!has_private_ipc_namespace()) GTEST_SKIP() << "no IPC namespace of our own";
  const Traces before = Traces::take();
  const std::string name = "/ipcsort-test-" + sys::random_suffix();
  mq_attr small{};
  small.mq_maxmsg = 1;
  small.mq_msgsize = 1;
  const sys::Fd queue{::mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &small)};
  ASSERT_TRUE(queue);
  const std::vector<std::string> lines = differences(before, Traces::take());
  EXPECT_EQ(::mq_unlink(name.c_str()), 0);
  EXPECT_THAT(lines, ::testing::Contains("left over: POSIX queue " + name));
  EXPECT_EQ(Traces::take().posix_queues, before.posix_queues);
}

}  // namespace
}  // namespace ipcsort::conformance
