// libFuzzer: the strict parsers must make the same of any bytes, to the last word of the complaint.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <iostream>
#include <span>
#include <string>
#include <vector>

#include "datagen/format.hpp"
#include "transports/support/memfd.hpp"

namespace {

using namespace ipcsort;

struct Outcome {
  std::vector<std::int32_t> numbers;
  std::string error;
  bool operator==(const Outcome&) const = default;
};

Outcome outcome_of(datagen::Parser parser, const datagen::Segment& file) {
  Outcome outcome;
  outcome.numbers.resize(datagen::numbers_max(file.end_bytes));
  datagen::ReadTimes times;
  try {
    outcome.numbers.resize(datagen::read_segment(parser, file, outcome.numbers, times));
  } catch (const datagen::ParseError& error) {
    return {{}, error.what()};
  }
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const sys::Fd memory = transports::make_memfd(0);
  static const std::string path = "/proc/self/fd/" + std::to_string(memory.get());
  sys::check(::ftruncate(memory.get(), 0), "ftruncate");
  if (::pwrite(memory.get(), data, size, 0) != static_cast<ssize_t>(size)) std::abort();
  struct stat status {};
  sys::check(::fstat(memory.get(), &status), "fstat");
  const std::int64_t mtime_ns = status.st_mtim.tv_sec * sys::second_ns + status.st_mtim.tv_nsec;
  const datagen::Segment file{path, 0, size, size, mtime_ns};
  if (outcome_of(datagen::Parser::simd, file) != outcome_of(datagen::Parser::from_chars, file)) std::abort();
  return 0;
}
