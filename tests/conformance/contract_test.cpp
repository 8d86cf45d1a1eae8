// What a transport says about itself, what it does with options, and what it leaves where others can see it.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "sys/error.hpp"
#include "sys/text.hpp"
#include "tests/conformance/fixture.hpp"

namespace ipcsort::conformance {
namespace {

INSTANTIATE_TEST_SUITE_P(Transports, Conformance, ::testing::ValuesIn(variants(copies)), label_of);

// What holds without a single byte sent.
class Declared : public Conformance {};
INSTANTIATE_TEST_SUITE_P(Transports, Declared, ::testing::ValuesIn(variants()), label_of);

TEST(TransportList, NamesEveryFileAndNothingElse) {
  std::set<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(TRANSPORTS_DIRECTORY)) {
    if (entry.path().extension() == ".cpp") files.insert(entry.path().stem().string());
  }
  for (const char* not_a_mechanism : {"builtin", "duplex", "registry", "transport"})
    files.erase(not_a_mechanism);
  std::set<std::string> names;
  const Registry registry = builtin_transports();
  for (const Transport* transport : registry.all()) names.insert(std::string{transport->traits().name});
  EXPECT_EQ(names, files);
}

TEST_P(Declared, TraitsAreComplete) {
  const Registry registry = builtin_transports();
  EXPECT_EQ(registry.find(traits().name), &transport());
  EXPECT_EQ(GetParam().label.find(traits().name), 0U);
  EXPECT_FALSE(traits().summary.empty());
  EXPECT_FALSE(traits().needs.empty());
  EXPECT_FALSE(traits().peer_death.empty());
  EXPECT_FALSE(traits().best_for.empty());
  EXPECT_GE(traits().payload_copies, 0);
  EXPECT_TRUE(traits().payload_copies > 0 || traits().lends) << "it can hand over nothing at all";
  for (const OptionTraits& option : traits().options) {
    EXPECT_FALSE(option.meaning.empty()) << option.name;
    const Options by_hand{{std::string{option.name}, std::string{option.default_value}}};
    EXPECT_NO_THROW(check_options(traits(), by_hand)) << option.name;
  }
}

TEST_P(Declared, ProbeLeavesNothingBehind) {
  for (int time = 0; time < 3; ++time) {
    const Availability availability = transport().probe();
    EXPECT_TRUE(availability.usable);
    EXPECT_EQ(availability.reason, "");
  }
}

TEST_P(Declared, ASessionNobodyAttachesToLeavesNothingBehind) {
  sys::ObjectLog objects;
  for (const int workers : {1, 8}) {
    for (const std::size_t lend_bytes_max : {std::size_t{0}, std::size_t{1} << 20}) {
      (void)transport().open({workers, options(), &objects, lend_bytes_max});
      EXPECT_TRUE(objects.remove_leftovers().empty());
    }
  }
}

TEST_P(Declared, UnknownOptionIsRefused) {
  EXPECT_THROW(check_options(traits(), {{"no-such-option", "1"}}), UsageError);
  EXPECT_THROW(check_options(traits(), {{"", ""}}), UsageError);
}

TEST_P(Declared, IllegalValueIsRefused) {
  for (const OptionTraits& option : traits().options) {
    for (const char* value :
         {"", "no-such-value", "-1", "0", "12x", "1.5", "0x10", " 64", "64 ", "99999999999999999999"}) {
      EXPECT_THROW(check_options(traits(), {{std::string{option.name}, value}}), UsageError)
          << option.name << "=" << value;
    }
  }
}

// Legal as text, but no machine has it. It is refused, and never quietly made smaller.
TEST_P(Declared, AbsurdSizeIsRefused) {
  for (const OptionTraits& option : traits().options) {
    if (!option.values.is_size()) continue;
    for (const char* value : {"18446744073709551615", "18446744073709551552", "8388608G", "1025G"}) {
      Options absurd = options();
      absurd[std::string{option.name}] = value;
      ASSERT_NO_THROW(check_options(traits(), absurd));
      sys::ObjectLog objects;
      EXPECT_THROW((void)transport().open({2, absurd, &objects}), std::runtime_error)
          << option.name << "=" << value;
    }
  }
}

TEST_P(Conformance, SizeIsHonouredOrRefused) {
  for (const OptionTraits& option : traits().options) {
    if (!option.values.is_size()) continue;
    for (const char* value : {"1", "100", "4096", "5000", "69632", "1M"}) {
      SCOPED_TRACE(std::string{option.name} + "=" + value);
      Options chosen = options();
      chosen[std::string{option.name}] = value;
      const auto size = static_cast<std::size_t>(*sys::parse_bytes(value));
      const Bytes sent = random_bytes(50 * std::min<std::size_t>(size, 10'000) + 7, size);
      SharedNumber step_bytes_max;
      std::unique_ptr<Trial> trial;
      try {
        trial = std::make_unique<Trial>(transport(), chosen, 1, [&](WorkerSide& worker) {
          const std::size_t step = worker.attach().step_bytes_max();
          step_bytes_max.set(static_cast<std::uint32_t>(std::min<std::size_t>(step, UINT32_MAX)));
          worker.send(sent);
        });
      } catch (const UsageError& refused) {
        EXPECT_NE(std::string{refused.what()}.find(value == std::string_view{"1M"} ? "1048576" : value),
                  std::string::npos)
            << refused.what();
        continue;
      } catch (const std::system_error& refused) {
        continue;  // names the call
      }
      ASSERT_EQ(trial->attach(0), Io::ok);
      EXPECT_TRUE(trial->receives(0, sent));
      if (traits().framing == Framing::region) {
        EXPECT_EQ(step_bytes_max.get(), size);
      } else if (traits().framing == Framing::message) {
        EXPECT_LT(step_bytes_max.get(), 2 * size);
      }
      EXPECT_EQ(trial->supervisor().wait_end(0), 0);
    }
  }
}

// A run that is killed from here on leaves nothing that has a name, or has it in its log.
TEST_P(Conformance, NamesDieEarly) {
  SharedNumber end;
  const Bytes sent = random_bytes(1000, 1);
  Trial trial(transport(), options(), 3, [&](WorkerSide& worker) {
    worker.send(sent);
    end.wait_set();
  });
  for (int worker = 0; worker < 3; ++worker) {
    ASSERT_EQ(trial.attach(worker), Io::ok);
    EXPECT_TRUE(trial.receives(worker, sent));
  }
  EXPECT_EQ(lasting_names("/dev/shm", before().dev_shm), std::set<std::string>{});
  std::string log;
  for (const std::string& name : names_in(runtime_directory())) {
    EXPECT_TRUE(name.ends_with(".log")) << name;
    std::stringstream text;
    text << std::ifstream(runtime_directory() + "/" + name).rdbuf();
    log += text.str();
  }
  const Traces now = Traces::take();
  EXPECT_EQ(now.posix_queues, before().posix_queues);
  for (const XsiObject& object : now.xsi) {
    if (before().xsi.contains(object)) continue;
    if (object.is_doomed) continue;
    EXPECT_NE(log.find("+ " + object.name + "\n"), std::string::npos) << object.name << " is not in the log";
    EXPECT_EQ(log.find("- " + object.name + "\n"), std::string::npos) << object.name << " counts as removed";
  }
  end.set(1);
}

}  // namespace
}  // namespace ipcsort::conformance
