#include "tests/transports/trial.hpp"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <exception>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/futex.hpp"
#include "tests/transports/traces.hpp"

namespace ipcsort::conformance {
namespace {

[[noreturn]] void be_worker(pid_t parent, Session& session, WorkerSide side, const Script& script) {
  sys::die_with_parent(parent);
  ::signal(SIGPIPE, SIG_IGN);  // as the harness does
  sys::close_all_except(session.sender_descriptors(side.number()));
  try {
    script(side);
    side.end(0);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "worker %d: %s\n", side.number(), error.what());
    ::_exit(exception_status);
  }
}

}  // namespace

Bytes random_bytes(std::size_t size, std::uint64_t seed) {
  Bytes bytes(size);
  std::uint64_t state = seed;
  for (std::size_t at = 0; at < size; at += sizeof state) {
    // SplitMix64 (Steele, Lea, Flood 2014): any seed gives a stream of its own.
    std::uint64_t value = (state += 0x9e37'79b9'7f4a'7c15U);
    value = (value ^ (value >> 30)) * 0xbf58'476d'1ce4'e5b9U;
    value = (value ^ (value >> 27)) * 0x94d0'49bb'1331'11ebU;
    value ^= value >> 31;
    std::memcpy(bytes.data() + at, &value, std::min(sizeof value, size - at));
  }
  return bytes;
}

::testing::AssertionResult same(std::span<const std::byte> received, std::span<const std::byte> sent) {
  if (received.size() != sent.size()) {
    return ::testing::AssertionFailure() << received.size() << " bytes instead of " << sent.size();
  }
  if (received.empty() || std::memcmp(received.data(), sent.data(), sent.size()) == 0)
    return ::testing::AssertionSuccess();
  const auto [here, there] = std::mismatch(received.begin(), received.end(), sent.begin());
  return ::testing::AssertionFailure()
         << "byte " << (here - received.begin()) << " of " << sent.size() << " is "
         << std::to_integer<int>(*here) << " instead of " << std::to_integer<int>(*there);
}

SharedNumber::SharedNumber() : memory_(sys::Mapping::shared_memory(sizeof(std::atomic<std::uint32_t>))) {}

void SharedNumber::set(std::uint32_t value) {
  word().store(value);
  sys::futex_wake_all(word());
}

void SharedNumber::add_one() {
  word().fetch_add(1);
  sys::futex_wake_all(word());
}

void SharedNumber::wait_at_least(std::uint32_t value) const {
  for (std::uint32_t now = get(); now < value; now = get()) sys::futex_wait(word(), now);
}

Sender& WorkerSide::attach() {
  if (!sender_) sender_ = attach_as(worker_);
  return *sender_;
}

std::unique_ptr<Sender> WorkerSide::attach_as(int worker) {
  return attach_sender(session_, worker, traits_, options_);
}

void WorkerSide::send(std::span<const std::byte> bytes) {
  if (attach().send(bytes) != Io::ok) ::_exit(send_closed_status);
}

Lender& WorkerSide::lender() {
  Lender* lender = attach().lender();
  if (lender == nullptr) throw std::logic_error("the sender has no lender");
  return *lender;
}

void WorkerSide::lend_and_hand_over(std::size_t bytes, std::span<const std::byte> content) {
  const std::span<std::byte> lent = lender().lend(bytes);
  std::copy(content.begin(), content.end(), lent.begin());
  if (lender().hand_over(lent.first(content.size())) != Io::ok) ::_exit(send_closed_status);
}

void WorkerSide::end(int status) { ::_exit(status); }

void WorkerSide::die() {
  ::raise(SIGKILL);
  ::_exit(exception_status);
}

Trial::Trial(const Transport& transport, const Options& options, int workers, const Script& script,
             Supervision supervision, std::size_t lend_bytes_max)
    : session_(transport.open({workers, options, &objects_, lend_bytes_max})),
      receivers_(static_cast<std::size_t>(workers)) {
  const pid_t parent = ::getpid();
  std::vector<sys::Child> children;
  for (int worker = 0; worker < workers; ++worker) {
    const pid_t pid = sys::check(::fork(), "fork");
    if (pid == 0)
      be_worker(parent, *session_, WorkerSide(*session_, worker, transport.traits(), options), script);
    remember_pid(pid);
    children.emplace_back(pid);
  }
  supervisor_ = std::make_unique<Supervisor>(std::move(children), supervision);
}

Trial::~Trial() {
  supervisor_.reset();  // no worker outlives the session
  receivers_.clear();
  session_.reset();
  for (const sys::LoggedObject& object : objects_.remove_leftovers()) {
    ADD_FAILURE() << "the session has left " << sys::describe(object);
  }
}

Io Trial::attach(int worker, Watch* watch) {
  const Supervisor::Waiting waiting(*supervisor_, worker);
  Attached attached =
      session_->attach_receiver(worker, watch != nullptr ? *watch : supervisor_->watch(worker));
  EXPECT_EQ(attached.status == Io::ok, attached.receiver != nullptr);
  receivers_.at(static_cast<std::size_t>(worker)) = std::move(attached.receiver);
  return attached.status;
}

Io Trial::receive(int worker, std::span<std::byte> bytes, Watch* watch) {
  const Supervisor::Waiting waiting(*supervisor_, worker);
  return receivers_.at(static_cast<std::size_t>(worker))
      ->receive(bytes, watch != nullptr ? *watch : supervisor_->watch(worker));
}

Io Trial::attach_and_receive(int worker, std::span<std::byte> bytes, Watch* watch) {
  const Io attached = attach(worker, watch);
  return attached != Io::ok ? attached : receive(worker, bytes, watch);
}

::testing::AssertionResult Trial::receives(int worker, std::span<const std::byte> sent) {
  // Never what was received there before, so that a byte nobody wrote cannot look right.
  Bytes received(sent.size(), std::byte{0x5a});
  const Io status = receive(worker, received);
  if (status != Io::ok) return ::testing::AssertionFailure() << "receive says " << to_string(status);
  return same(received, sent);
}

Io Trial::borrow(int worker, std::span<const std::byte>& bytes) {
  Borrower* borrower = receiver(worker).borrower();
  if (borrower == nullptr) throw std::logic_error("the receiver has no borrower");
  const Supervisor::Waiting waiting(*supervisor_, worker);
  return borrower->borrow(bytes, supervisor_->watch(worker));
}

::testing::AssertionResult Trial::borrows(int worker, std::span<const std::byte> content) {
  std::span<const std::byte> bytes;
  const Io status = borrow(worker, bytes);
  if (status != Io::ok) return ::testing::AssertionFailure() << "borrow says " << to_string(status);
  return same(bytes, content);
}

}  // namespace ipcsort::conformance
