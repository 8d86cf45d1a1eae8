// What a process leaves in the system: the leak check of every test.
//
// Tests run in parallel processes, so only what can be told to be ours is looked at:
//   descriptors, mappings   of this process, by nature
//   runtime directory       each test has its own (XDG_RUNTIME_DIR)
//   XSI objects             in an IPC namespace of our own where we may have one; otherwise those whose
//   creator (shm)
//                           or last user (sem, msg) is this process or one of its children
//   POSIX message queues    in that namespace only
//   /dev/shm                names that were not there before the test and stay for a second. Those of
//   parallel tests
//                           live for microseconds.
#pragma once

#include <sys/types.h>

#include <set>
#include <string>
#include <vector>

namespace ipcsort::conformance {

struct XsiObject {
  std::string name;        // as the object log has it: "xsi_sem KEY"
  bool is_doomed = false;  // a segment that goes with its last attachment; it has no key any more
  bool operator<(const XsiObject& other) const { return name < other.name; }
};

// As a third party would, by its key.
void remove(const XsiObject& object);

struct Traces {
  std::multiset<std::string> descriptors;
  std::multiset<std::string> shared_mappings;
  std::set<std::string> dev_shm;
  std::set<XsiObject> xsi;
  std::set<std::string> posix_queues;

  static Traces take();
};

// Processes whose XSI objects are ours, when there is no namespace to tell.
void remember_pid(pid_t pid);

// Once per process, before the first fork. What cannot be had is done without.
void enter_private_ipc_namespace();
// In it limits can be lowered through /proc/sys without anybody else noticing.
bool has_private_ipc_namespace();

std::set<std::string> names_in(const std::string& directory);

// What is in the directory, was not `before`, and does not go away within a second.
std::set<std::string> lasting_names(const std::string& directory, const std::set<std::string>& before);

// One line for each thing that is there now and was not before, or the other way round.
std::vector<std::string> differences(const Traces& before, const Traces& after);

}  // namespace ipcsort::conformance
