#include "tests/transports/traces.hpp"

#include <sched.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <thread>

#include "sys/fd.hpp"
#include "sys/semctl.hpp"

namespace ipcsort::conformance {
namespace {

bool has_own_namespace = false;
std::set<pid_t> our_pids;

bool is_ours(pid_t pid) { return has_own_namespace || our_pids.contains(pid); }

void add_segments(std::set<XsiObject>& objects) {
  shm_info info{};
  const int highest = ::shmctl(0, SHM_INFO, reinterpret_cast<shmid_ds*>(&info));
  for (int index = 0; index <= highest; ++index) {
    shmid_ds state{};
    const int id = ::shmctl(index, SHM_STAT, &state);
    if (id < 0 || !is_ours(state.shm_cpid)) continue;
    objects.insert(
        {"xsi_shm " + std::to_string(state.shm_perm.__key) + " of identifier " + std::to_string(id),
         (state.shm_perm.mode & SHM_DEST) != 0});
  }
}

void add_semaphores(std::set<XsiObject>& objects) {
  seminfo info{};
  sys::SemctlArgument argument{};
  argument.info = &info;
  const int highest = ::semctl(0, 0, SEM_INFO, argument);
  for (int index = 0; index <= highest; ++index) {
    semid_ds state{};
    argument.buf = &state;
    const int id = ::semctl(index, 0, SEM_STAT, argument);
    if (id < 0) continue;
    bool ours = has_own_namespace;
    for (int number = 0; !ours && number < static_cast<int>(state.sem_nsems); ++number) {
      ours = is_ours(::semctl(id, number, GETPID));
    }
    if (ours) objects.insert({"xsi_sem " + std::to_string(state.sem_perm.__key), false});
  }
}

void add_queues(std::set<XsiObject>& objects) {
  msginfo info{};
  const int highest = ::msgctl(0, MSG_INFO, reinterpret_cast<msqid_ds*>(&info));
  for (int index = 0; index <= highest; ++index) {
    msqid_ds state{};
    const int id = ::msgctl(index, MSG_STAT, &state);
    if (id < 0 || (!is_ours(state.msg_lspid) && !is_ours(state.msg_lrpid))) continue;
    objects.insert({"xsi_msg " + std::to_string(state.msg_perm.__key), false});
  }
}

// The file system of the namespace's queues, mounted for this process alone: nobody finds it by a path.
// Empty when that is not allowed.
sys::Fd mount_queues() {
  const sys::Fd context{::fsopen("mqueue", FSOPEN_CLOEXEC)};
  if (!context || ::fsconfig(context.get(), FSCONFIG_CMD_CREATE, nullptr, nullptr, 0) != 0) return {};
  return sys::Fd{::fsmount(context.get(), FSMOUNT_CLOEXEC, 0)};
}

const sys::Fd& queue_directory() {
  static const sys::Fd directory = has_own_namespace ? mount_queues() : sys::Fd{};
  return directory;
}

std::multiset<std::string> open_descriptors() {
  std::multiset<std::string> names;
  for (const auto& entry : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code gone;
    const std::filesystem::path target = std::filesystem::read_symlink(entry.path(), gone);
    if (!gone) names.insert("descriptor " + target.string());
  }
  return names;
}

std::multiset<std::string> shared_mappings() {
  std::multiset<std::string> names;
  std::ifstream maps("/proc/self/maps");
  for (std::string line; std::getline(maps, line);) {
    for (const char* kind : {"/dev/zero", "/dev/shm", "/SYSV", "/memfd:"}) {
      const std::size_t at = line.find(kind);
      if (at != std::string::npos) names.insert("mapping " + line.substr(at));
    }
  }
  return names;
}

template <typename Set>
void add_difference(const Set& before, const Set& after, std::vector<std::string>& lines) {
  std::vector<std::string> found;
  std::set_difference(after.begin(), after.end(), before.begin(), before.end(), std::back_inserter(found));
  for (const std::string& name : found) lines.push_back("left over: " + name);
  found.clear();
  std::set_difference(before.begin(), before.end(), after.begin(), after.end(), std::back_inserter(found));
  for (const std::string& name : found) lines.push_back("lost: " + name);
}

}  // namespace

Traces Traces::take() {
  Traces traces;
  traces.descriptors = open_descriptors();
  traces.shared_mappings = conformance::shared_mappings();
  traces.dev_shm = names_in("/dev/shm");
  add_segments(traces.xsi);
  add_semaphores(traces.xsi);
  add_queues(traces.xsi);
  if (queue_directory())
    traces.posix_queues = names_in("/proc/self/fd/" + std::to_string(queue_directory().get()));
  return traces;
}

void remove(const XsiObject& object) {
  const key_t key = static_cast<key_t>(std::stol(object.name.substr(object.name.find(' '))));
  if (object.name.starts_with("xsi_sem")) ::semctl(::semget(key, 0, 0), 0, IPC_RMID);
  if (object.name.starts_with("xsi_msg")) ::msgctl(::msgget(key, 0), IPC_RMID, nullptr);
  if (object.name.starts_with("xsi_shm")) ::shmctl(::shmget(key, 0, 0), IPC_RMID, nullptr);
}

void remember_pid(pid_t pid) { our_pids.insert(pid); }

void enter_private_ipc_namespace() {
  remember_pid(::getpid());
  static const bool entered = ::unshare(CLONE_NEWIPC) == 0;
  has_own_namespace = entered;
  (void)queue_directory();  // opened before anybody counts descriptors
}

bool has_private_ipc_namespace() { return has_own_namespace; }

std::set<std::string> names_in(const std::string& directory) {
  std::set<std::string> names;
  std::error_code missing;
  for (const auto& entry : std::filesystem::directory_iterator(directory, missing)) {
    names.insert(entry.path().filename().string());
  }
  return names;
}

std::set<std::string> lasting_names(const std::string& directory, const std::set<std::string>& before) {
  std::set<std::string> lasting;
  for (int look = 0; look < 100; ++look) {
    std::set<std::string> here;
    for (const std::string& name : names_in(directory)) {
      if (!before.contains(name) && (look == 0 || lasting.contains(name))) here.insert(name);
    }
    lasting = std::move(here);
    if (lasting.empty()) break;
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  return lasting;
}

std::vector<std::string> differences(const Traces& before, const Traces& after) {
  std::vector<std::string> lines;
  add_difference(before.descriptors, after.descriptors, lines);
  add_difference(before.shared_mappings, after.shared_mappings, lines);
  for (const XsiObject& object : after.xsi) {
    if (!before.xsi.contains(object)) lines.push_back("left over: " + object.name);
  }
  for (const std::string& name : after.posix_queues) {
    if (!before.posix_queues.contains(name)) lines.push_back("left over: POSIX queue /" + name);
  }
  for (const std::string& name : lasting_names("/dev/shm", before.dev_shm)) {
    lines.push_back("left over: /dev/shm/" + name);
  }
  return lines;
}

}  // namespace ipcsort::conformance
