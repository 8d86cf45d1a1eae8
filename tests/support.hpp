// What tests of several rooms share: transports that only have a name, and a directory of their own.
#pragma once

#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

#include "sys/error.hpp"
#include "sys/random.hpp"
#include "transports/transport.hpp"

namespace ipcsort::test {

// Usable or not, and counts how often it was asked. It is never opened.
class NamedTransport final : public Transport {
 public:
  explicit NamedTransport(std::string_view name, std::string reason = {}, int payload_copies = 2,
                          bool lends = false)
      : reason_(std::move(reason)) {
    traits_.name = name;
    traits_.payload_copies = payload_copies;
    traits_.lends = lends;
  }
  [[nodiscard]] const Traits& traits() const noexcept override { return traits_; }
  [[nodiscard]] Availability probe() const override {
    ++probes_;
    return {reason_.empty(), reason_};
  }
  [[nodiscard]] std::unique_ptr<Session> open(const SessionSpec&) const override { return nullptr; }
  [[nodiscard]] int probes() const { return probes_; }

 private:
  Traits traits_;
  std::string reason_;
  mutable int probes_ = 0;
};

class ScratchDirectory {
 public:
  ScratchDirectory()
      : path_(std::filesystem::temp_directory_path() / ("ipcsort-driver-" + sys::random_suffix())) {
    std::filesystem::create_directory(path_);
  }
  ScratchDirectory(const ScratchDirectory&) = delete;
  ScratchDirectory& operator=(const ScratchDirectory&) = delete;
  ~ScratchDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  [[nodiscard]] std::string path(std::string_view name = {}) const {
    return name.empty() ? path_.string() : (path_ / name).string();
  }

 private:
  std::filesystem::path path_;
};

inline std::string content_of(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path, std::ios::binary).rdbuf();
  return text.str();
}

// what() of the Exception that `action` throws; a sentence that no test expects otherwise.
template <typename Exception, typename Action>
std::string message_of(Action action) {
  try {
    action();
  } catch (const Exception& error) {
    return error.what();
  } catch (const std::exception& error) {
    return std::string{"another exception: "} + error.what();
  }
  return "no exception";
}

}  // namespace ipcsort::test
