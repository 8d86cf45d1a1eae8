// A program under comparison, as a black box: who it is, which transports it has, and one run of it.
#pragma once

#include <set>
#include <stdexcept>
#include <string>
#include <vector>

#include "sys/clock.hpp"
#include "sys/object_log.hpp"
#include "sys/program.hpp"

namespace ipcsort::gate {

// Two names of equal length for two files, in a directory of our own that goes with the object. The length of
// a program's path is part of its initial stack and moves everything above it, which alone can change times
// by some per cent: T. Mytkowicz et al., "Producing Wrong Data Without Doing Anything Obviously Wrong!"
// (ASPLOS 2009).
class EqualNames {
 public:
  EqualNames(const std::string& baseline, const std::string& candidate);
  ~EqualNames();
  EqualNames(const EqualNames&) = delete;
  EqualNames& operator=(const EqualNames&) = delete;

  [[nodiscard]] const std::string& baseline() const noexcept { return links_[0]; }
  [[nodiscard]] const std::string& candidate() const noexcept { return links_[1]; }

 private:
  void make(sys::ObjectKind kind, const std::string& path, const std::string& target);

  sys::ObjectLog objects_;
  std::vector<std::string> links_;
};

class Program {
 public:
  struct Request {
    std::string option;                // "--baseline", for messages
    std::string path;                  // as the user named it, for messages
    std::string name;                  // that it is started by
    sys::Nanoseconds deadline_ns = 0;  // of each of its runs
    int stop_fd = -1;                  // when readable, a run is ended; it is not read
  };

  // Asks it for its version and its transports. Throws UsageError when it is no ipcsort that can be started,
  // NotComparable when its list is not understood, std::runtime_error when it crashes or hangs, and
  // datagen::Interrupted.
  explicit Program(Request request);

  // "PATH (ipcsort 0.1.0, abc1234)"
  [[nodiscard]] const std::string& description() const noexcept { return description_; }
  // The names of the transports that it has, usable here or not.
  [[nodiscard]] const std::set<std::string>& transports() const noexcept { return transports_; }

  // Runs it with these words and, besides our environment, `environment`, NAME=VALUE; its output and its standard
  // error are taken.
  [[nodiscard]] sys::ProgramResult run(std::vector<std::string> words,
                                       const std::vector<std::string>& environment = {}) const;

 private:
  [[nodiscard]] std::string program_text() const;  // "--baseline PATH"
  [[nodiscard]] std::string output_of(const std::vector<std::string>& question) const;

  Request request_;
  std::string description_;
  std::set<std::string> transports_;
};

// The last line that is not empty, fit for a message; "" without one.
std::string last_line(const std::string& text);

}  // namespace ipcsort::gate
