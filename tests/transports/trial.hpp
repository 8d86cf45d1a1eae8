// A run in small: a session, forked workers that follow a script, and the receiving side under
// supervision.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "sys/mapping.hpp"
#include "tests/transports/supervisor.hpp"
#include "transports/transport.hpp"

namespace ipcsort::conformance {

using Bytes = std::vector<std::byte>;

Bytes random_bytes(std::size_t size, std::uint64_t seed);
::testing::AssertionResult same(std::span<const std::byte> received, std::span<const std::byte> sent);

// A number that processes share and can wait for. Made before the fork.
class SharedNumber {
 public:
  SharedNumber();
  void set(std::uint32_t value);
  void add_one();
  [[nodiscard]] std::uint32_t get() const { return word().load(); }
  void wait_at_least(std::uint32_t value) const;
  void wait_set() const { wait_at_least(1); }

 private:
  [[nodiscard]] std::atomic<std::uint32_t>& word() const {
    return *reinterpret_cast<std::atomic<std::uint32_t>*>(memory_.data());
  }
  sys::Mapping memory_;
};

// What a script is given, in the worker.
class WorkerSide {
 public:
  WorkerSide(Session& session, int worker, const Traits& traits, const Options& options)
      : session_(session), worker_(worker), traits_(traits), options_(options) {}
  [[nodiscard]] int number() const { return worker_; }
  Session& session() { return session_; }
  Sender& attach();                               // attaches at the first call
  std::unique_ptr<Sender> attach_as(int worker);  // also as another
  void send(std::span<const std::byte>);          // ends the worker unless all is sent
  Lender& lender();  // attaches at the first call; ends the worker when there is none
  // Lends room for `bytes`, fills it with `content` and hands that much over; ends the worker unless it can.
  void lend_and_hand_over(std::size_t bytes, std::span<const std::byte> content);
  [[noreturn]] void end(int status);  // ends the worker
  [[noreturn]] void die();            // by SIGKILL

 private:
  Session& session_;
  int worker_;
  const Traits& traits_;
  const Options& options_;
  std::unique_ptr<Sender> sender_;
};

// A deadline that a test waits for.
inline constexpr sys::Nanoseconds soon_ns = 300'000'000;

// Exit statuses of workers. A script that returns ends in 0.
inline constexpr int send_closed_status = 42;
inline constexpr int exception_status = 70;

using Script = std::function<void(WorkerSide&)>;

class Trial {
 public:
  Trial(const Transport& transport, const Options& options, int workers, const Script& script,
        Supervision supervision = {}, std::size_t lend_bytes_max = 0);
  Trial(const Trial&) = delete;
  Trial& operator=(const Trial&) = delete;
  ~Trial();  // checks that the session takes with it what it has noted in the object log

  // Both take another watch where a test has its own.
  Io attach(int worker, Watch* watch = nullptr);
  Io receive(int worker, std::span<std::byte> bytes, Watch* watch = nullptr);
  // attach, then receive; what the first of them says that is not ok.
  Io attach_and_receive(int worker, std::span<std::byte> bytes, Watch* watch = nullptr);
  // Takes `sent.size()` bytes and compares.
  ::testing::AssertionResult receives(int worker, std::span<const std::byte> sent);
  Io borrow(int worker, std::span<const std::byte>& bytes);
  // Takes a span and compares; does not give it back.
  ::testing::AssertionResult borrows(int worker, std::span<const std::byte> content);
  [[nodiscard]] Receiver& receiver(int worker) { return *receivers_.at(static_cast<std::size_t>(worker)); }
  void drop_receiver(int worker) { receivers_.at(static_cast<std::size_t>(worker)).reset(); }
  Supervisor& supervisor() { return *supervisor_; }

 private:
  sys::ObjectLog objects_;
  std::unique_ptr<Session> session_;
  std::vector<std::unique_ptr<Receiver>> receivers_;
  std::unique_ptr<Supervisor> supervisor_;
};

}  // namespace ipcsort::conformance
