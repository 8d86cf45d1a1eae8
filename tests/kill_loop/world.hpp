// Where the loop lives: input files, and a place of its own to look for what a run has left.
#pragma once

#include <string>
#include <vector>

#include "datagen/fingerprint.hpp"
#include "datagen/format.hpp"
#include "tests/transports/traces.hpp"

namespace ipcsort::kill_loop {

// Takes the process into an IPC and a mount namespace with an empty /dev/shm where it may, makes it the
// reaper of orphans, and gives it a runtime directory. One for each process.
class World {
 public:
  World();
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  [[nodiscard]] const std::vector<datagen::InputFile>& files() const noexcept { return files_; }
  [[nodiscard]] datagen::Fingerprint fingerprint() const;

  // One line for each thing that was not there when the world was made: descriptors, mappings, names in
  // /dev/shm, XSI objects, POSIX queues, files in the runtime directory, processes. Each is told once.
  std::vector<std::string> leftovers();

 private:
  std::string directory_;
  std::vector<datagen::InputFile> files_;
  conformance::Traces before_;
};

}  // namespace ipcsort::kill_loop
