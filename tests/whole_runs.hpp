// What tests of whole runs need: input files, and a look at the processes of a run.
#pragma once

#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/types.h>

#include <cstdint>
#include <fstream>
#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "datagen/fingerprint.hpp"
#include "datagen/format.hpp"
#include "sys/clock.hpp"
#include "sys/error.hpp"

namespace ipcsort::test {

// The file at `path` as it is now, known to hold what `fingerprint` says.
inline datagen::InputFile planned(const std::string& path, datagen::Fingerprint fingerprint) {
  struct stat state {};
  sys::check(::stat(path.c_str(), &state), "stat", path);
  return {path, static_cast<std::uint64_t>(state.st_size),
          state.st_mtim.tv_sec * sys::second_ns + state.st_mtim.tv_nsec, fingerprint};
}

struct InputText {
  std::string text;
  datagen::Fingerprint fingerprint;
};

// What is in so many files of so many numbers each; always the same.
inline std::vector<InputText> input_texts(std::size_t files, std::size_t numbers_each) {
  std::vector<InputText> made;
  std::mt19937_64 random(17);
  for (std::size_t file = 0; file < files; ++file) {
    std::vector<std::int32_t> numbers(numbers_each);
    std::string text;
    for (std::int32_t& number : numbers) {
      number = static_cast<std::int32_t>(random());
      text += std::to_string(number) + '\n';
    }
    made.push_back({std::move(text), datagen::fingerprint(numbers)});
  }
  return made;
}

// Files input0, input1 ... in `directory`, each of so many numbers; always the same ones. Made once for all tests of a
// program, since there are many.
inline std::vector<datagen::InputFile> write_input_files(const std::string& directory, std::size_t files,
                                                         std::size_t numbers_each) {
  static std::map<std::pair<std::size_t, std::size_t>, std::vector<InputText>> known;
  std::vector<InputText>& texts = known[{files, numbers_each}];
  if (texts.empty()) texts = input_texts(files, numbers_each);
  std::vector<datagen::InputFile> written;
  for (std::size_t file = 0; file < files; ++file) {
    const std::string path = directory + "/input" + std::to_string(file);
    std::ofstream(path) << texts[file].text;
    written.push_back(planned(path, texts[file].fingerprint));
  }
  return written;
}

// The children of process `pid` right now, the eldest first (/proc/PID/task/PID/children).
inline std::vector<pid_t> children_of(pid_t pid) {
  const std::string id = std::to_string(pid);
  std::ifstream list("/proc/" + id + "/task/" + id + "/children");
  std::vector<pid_t> children;
  for (pid_t child = 0; list >> child;) children.push_back(child);
  return children;
}

// A mount namespace with an empty /dev/shm for this process, so that names found there are its own. False
// where it may not.
inline bool take_own_dev_shm() {
  return ::unshare(CLONE_NEWNS) == 0 && ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 &&
         ::mount("ipcsort-test", "/dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, nullptr) == 0;
}

}  // namespace ipcsort::test
