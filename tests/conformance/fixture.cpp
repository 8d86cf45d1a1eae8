#include "tests/conformance/fixture.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <ostream>

#include "sys/error.hpp"
#include "sys/text.hpp"
#include "tests/sanitized.hpp"

namespace ipcsort::conformance {

void PrintTo(const Variant& variant, std::ostream* out) { *out << variant.label; }

std::vector<Variant> variants(const std::function<bool(const Traits&)>& pass) {
  // A sanitizer looks at each transport once, unless there is time.
  static const bool each_choice = !test::is_sanitized || std::getenv("IPCSORT_THOROUGH") != nullptr;
  std::vector<Variant> found;
  const Registry registry = builtin_transports();
  for (const Transport* transport : registry.all()) {
    const Traits& traits = transport->traits();
    if (pass && !pass(traits)) continue;
    found.push_back({transport, {}, std::string{traits.name}});
    for (const OptionTraits& option : traits.options) {
      if (!each_choice) continue;
      for (const std::string_view value : option.values.words()) {
        if (value == option.default_value) continue;
        const std::string name{option.name};
        found.push_back({transport,
                         {{name, std::string{value}}},
                         std::string{traits.name} + "_" + name + "_" + std::string{value}});
      }
    }
  }
  return found;
}

std::string label_of(const ::testing::TestParamInfo<Variant>& info) { return info.param.label; }

void Conformance::SetUp() {
  enter_private_ipc_namespace();
  install_interrupt_handler();
  std::string pattern = (std::filesystem::temp_directory_path() / "ipcsort-test-XXXXXX").string();
  ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
  directory_ = pattern;
  ::setenv("XDG_RUNTIME_DIR", directory_.c_str(), 1);
  const Availability availability = transport().probe();
  if (!availability.usable) GTEST_SKIP() << availability.reason;
  before_ = Traces::take();
}

void Conformance::TearDown() {
  if (!IsSkipped()) {
    for (const std::string& line : differences(before_, Traces::take())) ADD_FAILURE() << line;
    for (const std::string& name : names_in(runtime_directory())) {
      ADD_FAILURE() << "left over in the runtime directory: " << name;
    }
    EXPECT_EQ(::waitpid(-1, nullptr, WNOHANG), -1) << "a worker was not collected";
    EXPECT_EQ(errno, ECHILD);
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
}

}  // namespace ipcsort::conformance
