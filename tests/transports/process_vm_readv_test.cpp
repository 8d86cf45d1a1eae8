// A worker that announces memory it does not have.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

#include "sys/error.hpp"
#include "sys/mapping.hpp"
#include "tests/transports/fixture.hpp"

namespace ipcsort::conformance {
namespace {

class ProcessVmReadv : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, ProcessVmReadv, ::testing::ValuesIn(variants([](const Traits& it) {
                           return it.name == "process_vm_readv";
                         })),
                         label_of);

constexpr std::size_t page_bytes = 4096;

// The kernel copies what there is and says how much; only the next call says that there is no more.
TEST_P(ProcessVmReadv, PayloadThatEndsBeforeItsAnnouncementIsAnError) {
  SharedNumber end;
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) {
    const sys::Mapping memory = sys::Mapping::private_memory(8 * page_bytes);
    std::memset(memory.data(), 1, memory.size());
    if (::mprotect(memory.data() + 5 * page_bytes, 3 * page_bytes, PROT_NONE) != 0) worker.end(1);
    worker.send(memory.bytes().subspan(1));
  });
  ASSERT_EQ(trial.attach(0), Io::ok);
  Bytes bytes(8 * page_bytes - 1, std::byte{0});
  try {
    const Io status = trial.receive(0, bytes);
    ADD_FAILURE() << "receive says " << to_string(status);
  } catch (const std::system_error& error) {
    EXPECT_EQ(error.code().value(), EFAULT);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("process_vm_readv"));
  }
  const auto received = std::ranges::count(bytes, std::byte{1});
  EXPECT_EQ(received, 5 * page_bytes - 1);
  EXPECT_EQ(bytes.at(5 * page_bytes - 1), std::byte{0});
}

// The worker waits to be read when it is killed: its bytes are gone with it, and the watch says why.
TEST_P(ProcessVmReadv, PayloadOfADeadWorkerIsLost) {
  const Bytes content = random_bytes(100'000, 1);
  Trial trial(transport(), options(), 1, [&](WorkerSide& worker) { worker.send(content); });
  ASSERT_EQ(trial.attach(0), Io::ok);
  ASSERT_TRUE(trial.receives(0, std::span{content}.first(1000)));
  trial.supervisor().kill(0, SIGKILL);
  ASSERT_TRUE(trial.supervisor().wait_end(0));
  Bytes rest(content.size() - 1000);
  EXPECT_EQ(trial.receive(0, rest), Io::peer_died);
}

}  // namespace
}  // namespace ipcsort::conformance
