// The suite itself: what becomes of a transport that breaks a rule of the contract.
#include <gtest/gtest.h>

#include "sys/futex.hpp"
#include "tests/conformance/fixture.hpp"

namespace ipcsort::conformance {
namespace {

constexpr Traits deaf_traits = [] {
  Traits traits;
  traits.name = "deaf";
  traits.payload_copies = 1;
  return traits;
}();

class DeafSender final : public Sender {
 protected:
  Moved write_some(std::span<const std::byte> bytes) override { return {Io::ok, bytes.size()}; }
};

// Waits for ever, whatever its watch says.
class DeafReceiver final : public Receiver {
 protected:
  Moved read_some(std::span<std::byte>, Watch&) override {
    for (const std::atomic<std::uint32_t> never{0};;) sys::futex_wait(never, 0);
  }
};

class DeafSession final : public Session {
 public:
  explicit DeafSession(const SessionSpec&) {}
  std::unique_ptr<Sender> make_sender(int) override { return std::make_unique<DeafSender>(); }
  Attached attach_receiver(int, Watch&) override { return {Io::ok, std::make_unique<DeafReceiver>()}; }
};

constexpr Mechanism deaf{deaf_traits, always_available, open_session<DeafSession>};

TEST(BrokenRule, AReceiverThatIgnoresItsWatchIsToldWhichRuleItBreaks) {
  install_interrupt_handler();
  EXPECT_EXIT(
      {
        Trial trial(deaf, {}, 1, [](WorkerSide&) {}, {.patience_ns = sys::second_ns / 5});
        Bytes bytes(1);
        (void)trial.attach_and_receive(0, bytes);
      },
      ::testing::ExitedWithCode(1), "does not come back: .* has said .closed.*every thousand spins");
}

TEST(BrokenRule, MessagesSayWhatAStatusMeans) {
  EXPECT_EQ(::testing::PrintToString(Io::peer_died), "peer died");
}

}  // namespace
}  // namespace ipcsort::conformance
