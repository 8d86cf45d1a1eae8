// The suite's parameter, one way to use a transport, and the frame around each test.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <iosfwd>
#include <string>
#include <vector>

#include "tests/transports/traces.hpp"
#include "tests/transports/trial.hpp"
#include "transports/registry.hpp"

namespace ipcsort::conformance {

// A transport with its default options, or with one choice option set to another of its values.
struct Variant {
  const Transport* transport = nullptr;
  Options options;
  std::string label;  // "mmap_flags", "mmap_flags_wait_spin"
};
void PrintTo(const Variant& variant, std::ostream* out);

// All of the program's, or those whose traits pass.
std::vector<Variant> variants(const std::function<bool(const Traits&)>& pass = {});
std::string label_of(const ::testing::TestParamInfo<Variant>& info);

// Those that send and receive; null does not.
inline bool copies(const Traits& traits) { return traits.payload_copies > 0; }
inline bool lends(const Traits& traits) { return traits.lends; }

class Conformance : public ::testing::TestWithParam<Variant> {
 protected:
  void SetUp() override;
  void TearDown() override;

  [[nodiscard]] static const Transport& transport() { return *GetParam().transport; }
  [[nodiscard]] static const Traits& traits() { return transport().traits(); }
  [[nodiscard]] static const Options& options() { return GetParam().options; }
  // The process's runtime directory, made for this test alone.
  [[nodiscard]] std::string runtime_directory() const { return directory_ + "/ipcsort"; }
  [[nodiscard]] const Traces& before() const { return before_; }

 private:
  std::string directory_;
  Traces before_;
};

}  // namespace ipcsort::conformance
