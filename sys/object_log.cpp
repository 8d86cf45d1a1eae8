#include "sys/object_log.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <mqueue.h>
#include <semaphore.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <memory>
#include <string_view>

#include "sys/error.hpp"
#include "sys/random.hpp"
#include "sys/semctl.hpp"
#include "sys/text.hpp"

namespace ipcsort::sys {
namespace {

constexpr std::array<std::string_view, 8> kind_names = {"path",    "directory", "shm_name", "sem_name",
                                                        "mq_name", "xsi_shm",   "xsi_sem",  "xsi_msg"};

// Of an XSI object that is this user's.
template <typename State, typename Control>
bool remove_own(int id, ipc_perm State::*permissions, Control control) {
  State state{};
  return id >= 0 && control(id, IPC_STAT, &state) == 0 && (state.*permissions).cuid == ::geteuid() &&
         control(id, IPC_RMID, nullptr) == 0;
}

int control_semaphores(int id, int command, semid_ds* state) {
  SemctlArgument argument{};
  argument.buf = state;
  return ::semctl(id, 0, command, argument);
}

// True when the object existed and is gone now. An XSI object is looked up by its key, which was drawn at
// random before the object was made; one that is only waiting for its last detachment has no key any more.
bool remove_object(const LoggedObject& object) {
  key_t key = IPC_PRIVATE;
  std::from_chars(object.name.data(), object.name.data() + object.name.size(), key);
  const bool has_key = key != IPC_PRIVATE;
  switch (object.kind) {
    case ObjectKind::path: return ::unlink(object.name.c_str()) == 0;
    case ObjectKind::directory: return ::rmdir(object.name.c_str()) == 0;
    case ObjectKind::shm_name: return ::shm_unlink(object.name.c_str()) == 0;
    case ObjectKind::sem_name: return ::sem_unlink(object.name.c_str()) == 0;
    case ObjectKind::mq_name: return ::mq_unlink(object.name.c_str()) == 0;
    case ObjectKind::xsi_shm:
      return has_key && remove_own(::shmget(key, 0, 0), &shmid_ds::shm_perm, ::shmctl);
    case ObjectKind::xsi_sem:
      return has_key && remove_own(::semget(key, 0, 0), &semid_ds::sem_perm, control_semaphores);
    case ObjectKind::xsi_msg: return has_key && remove_own(::msgget(key, 0), &msqid_ds::msg_perm, ::msgctl);
  }
  return false;
}

// A line is "+ kind name" or "- kind name"; what is created and not removed again is left.
std::vector<LoggedObject> parse_leftovers(std::string_view text) {
  std::vector<LoggedObject> left;
  std::vector<std::string> lines = split(text, '\n');
  lines.pop_back();  // "", or a line cut by a kill: its object was not in use yet
  for (const std::string& line : lines) {
    const std::size_t space = line.find(' ', 2);
    if (line.size() < 3 || space == std::string::npos) continue;
    const auto kind = std::find(kind_names.begin(), kind_names.end(), line.substr(2, space - 2));
    if (kind == kind_names.end()) continue;
    const LoggedObject object{static_cast<ObjectKind>(kind - kind_names.begin()), line.substr(space + 1)};
    if (line[0] == '+') {
      left.push_back(object);
    } else {
      std::erase(left, object);
    }
  }
  // What was made last goes first: a socket before its directory.
  std::reverse(left.begin(), left.end());
  return left;
}

std::string read_whole(int fd) {
  std::string text;
  std::array<char, 4096> buffer{};
  off_t offset = 0;
  for (;;) {
    const ssize_t count = ::pread(fd, buffer.data(), buffer.size(), offset);
    if (count <= 0) return text;
    text.append(buffer.data(), static_cast<std::size_t>(count));
    offset += count;
  }
}

std::vector<LoggedObject> remove_all(int log_fd) {
  std::vector<LoggedObject> gone;
  for (LoggedObject& object : parse_leftovers(read_whole(log_fd))) {
    if (remove_object(object)) gone.push_back(std::move(object));
  }
  return gone;
}

}  // namespace

std::string runtime_directory() {
  const char* base = std::getenv("XDG_RUNTIME_DIR");
  const std::string path = base != nullptr && *base == '/' ? std::string{base} + "/ipcsort"
                                                           : "/tmp/ipcsort-" + std::to_string(::geteuid());
  if (::mkdir(path.c_str(), 0700) != 0 && errno != EEXIST)
    throw_errno("mkdir", path + (base == nullptr ? "; set XDG_RUNTIME_DIR to a directory of yours" : ""));
  struct stat state {};
  check(::lstat(path.c_str(), &state), "lstat", path);
  if (!S_ISDIR(state.st_mode) || state.st_uid != ::geteuid() || (state.st_mode & 0077) != 0) {
    const std::string remedy =
        base == nullptr
            ? "remove it (or have its owner do so), or set XDG_RUNTIME_DIR to a directory of yours"
            : "remove it, or set XDG_RUNTIME_DIR to another directory of yours";
    throw_errno("runtime directory must be a directory of this user with mode 0700", path + "; " + remedy,
                EPERM);
  }
  return path;
}

std::string settle_runtime_directory() {
  const char* base = std::getenv("XDG_RUNTIME_DIR");
  if (base == nullptr) return {};
  const std::string given = printable(base);
  try {
    const std::string path = runtime_directory();
    check(::access(path.c_str(), W_OK | X_OK), "access", path);
    const Fd fd = open_file(path, O_RDONLY | O_DIRECTORY);
    if (::flock(fd.get(), LOCK_SH | LOCK_NB) != 0 && errno != EWOULDBLOCK) throw_errno("flock", path);
    return {};
  } catch (const std::system_error& error) {
    ::unsetenv("XDG_RUNTIME_DIR");
    return "XDG_RUNTIME_DIR is " + given + ", which cannot be used (" + error.code().message() + "); " +
           runtime_directory() + " is used instead";
  }
}

ObjectLog::ObjectLog() : owner_pid_(::getpid()) {
  const std::string directory = runtime_directory();
  struct stat state {};
  do {
    path_ = directory + "/" + random_suffix() + ".log";
    fd_ = open_file(path_, O_RDWR | O_CREAT | O_EXCL | O_APPEND, 0600);
    // Never waits for long: see below.
    check(retry_interrupted([&] { return ::flock(fd_.get(), LOCK_EX); }), "flock", path_);
    check(::fstat(fd_.get(), &state), "fstat", path_);
    // Before it was locked a clean-up may have taken it for a dead process's, still empty, and removed it.
  } while (state.st_nlink == 0);
}

ObjectLog::~ObjectLog() {
  if (::getpid() != owner_pid_) return;  // a forked copy: the log is its parent's
  remove_leftovers();
  ::unlink(path_.c_str());
}

void ObjectLog::note(char sign, ObjectKind kind, const std::string& name) {
  const std::string line = std::string{sign} + ' ' + describe({kind, name}) + '\n';
  write_all(fd_.get(), std::as_bytes(std::span{line}), path_);
}

void ObjectLog::created(ObjectKind kind, const std::string& name) { note('+', kind, name); }

void ObjectLog::removed(ObjectKind kind, const std::string& name) noexcept {
  try {
    note('-', kind, name);
  } catch (const std::exception&) {
    // The object is gone; a log that says otherwise only makes a later clean-up try in vain.
  }
}

void ObjectLog::remove(ObjectKind kind, const std::string& name) noexcept {
  if (remove_object({kind, name}) || errno == ENOENT) removed(kind, name);
}

std::vector<LoggedObject> ObjectLog::remove_leftovers() {
  std::vector<LoggedObject> gone = remove_all(fd_.get());
  if (::ftruncate(fd_.get(), 0) != 0) return gone;  // the list is only longer than it need be
  return gone;
}

std::vector<LoggedObject> clean_dead_logs() {
  std::vector<LoggedObject> gone;
  const std::string directory = runtime_directory();
  const std::unique_ptr<DIR, int (*)(DIR*)> entries(::opendir(directory.c_str()), ::closedir);
  if (!entries) throw_errno("opendir", directory);
  while (const dirent* entry = ::readdir(entries.get())) {
    const std::string_view name = entry->d_name;
    if (!name.ends_with(".log")) continue;
    const std::string path = directory + "/" + std::string{name};
    const Fd fd{::open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
    if (!fd || ::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) continue;  // alive, or gone in the meantime
    std::vector<LoggedObject> here = remove_all(fd.get());
    gone.insert(gone.end(), here.begin(), here.end());
    ::unlink(path.c_str());
  }
  return gone;
}

std::string_view to_string(ObjectKind kind) noexcept { return kind_names[static_cast<std::size_t>(kind)]; }

std::string describe(const LoggedObject& object) {
  return std::string{to_string(object.kind)} + " " + object.name;
}

}  // namespace ipcsort::sys
