// A watch that always says the same, for tests of one side alone.
#pragma once

#include "transports/transport.hpp"

namespace ipcsort::conformance {

struct FixedWatch final : Watch {
  explicit FixedWatch(Io given = Io::ok, pid_t worker = 1) : answer(given), pid(worker) {}
  Io check() noexcept override {
    ++checks;
    return answer;
  }
  [[nodiscard]] pid_t worker_pid() const noexcept override { return pid; }

  Io answer;
  pid_t pid;
  int checks = 0;
};

}  // namespace ipcsort::conformance
