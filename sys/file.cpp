#include "sys/file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <chrono>
#include <filesystem>
#include <optional>
#include <span>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "sys/clock.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/random.hpp"
#include "sys/text.hpp"

namespace ipcsort::sys {
namespace {

namespace fs = std::filesystem;

constexpr Nanoseconds reader_wait_ns = 10 * second_ns;

// "/dev/stdout" leads to "/proc/PID/fd/1".
std::optional<int> own_descriptor(const fs::path& place) {
  if (place.parent_path() != "/proc/" + std::to_string(::getpid()) + "/fd") return std::nullopt;
  const auto number = parse_count(place.filename().string());
  return number ? std::optional(static_cast<int>(*number)) : std::nullopt;
}

// Where `path` leads through symbolic links, also when nothing is there yet; as far as that can be found out.
fs::path followed(const std::string& path) {
  constexpr int links_max = 40;  // path_resolution(7)
  fs::path place = path;
  for (int links = 0; links < links_max; ++links) {
    std::error_code error;
    const fs::path parent = fs::canonical(place.has_parent_path() ? place.parent_path() : ".", error);
    if (error) return place;
    place = parent / place.filename();
    if (own_descriptor(place) || !fs::is_symlink(fs::symlink_status(place, error))) return place;
    const fs::path target = fs::read_symlink(place, error);
    if (error) return place;
    place = parent / target;  // which is `target` where that begins at the root
  }
  throw_errno("open", path, ELOOP);
}

// Waits for a FIFO's reader.
Fd open_in_place(const fs::path& place) {
  // A second open(2) of a descriptor's path would write over what has been written through the first.
  if (const auto fd = own_descriptor(place))
    return Fd{check(::fcntl(*fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1), "dup", place.string())};
  const Nanoseconds until = now_ns() + reader_wait_ns;
  for (;;) {
    Fd fd{::open(place.c_str(), O_WRONLY | O_TRUNC | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
    if (fd) {
      check(::fcntl(fd.get(), F_SETFL, 0), "fcntl", place.string());
      return fd;
    }
    const bool is_fifo_unread = errno == ENXIO && fs::is_fifo(place);
    if (is_fifo_unread && now_ns() >= until)
      throw_errno("open", place.string() + ", which nobody reads", ENXIO);
    if (!is_fifo_unread && errno != EINTR) throw_errno("open", place.string());
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
}

// Makes a new file beside `place` for it to become, as `there` is if it is something. Nothing, and errno, where that cannot be.
Fd open_beside(const fs::path& part, const struct stat* there) {
  constexpr mode_t permissions = 07777;
  Fd fd{::open(part.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644)};
  if (!fd || there == nullptr) return fd;
  struct stat made {};
  check(::fstat(fd.get(), &made), "fstat", part.string());
  const bool is_owned_alike = made.st_uid == there->st_uid && made.st_gid == there->st_gid;
  if ((is_owned_alike || ::fchown(fd.get(), there->st_uid, there->st_gid) == 0) &&
      ::fchmod(fd.get(), there->st_mode & permissions) == 0)
    return fd;
  ::unlink(part.c_str());
  errno = EPERM;
  return {};
}

// A file cannot be made there, or not with the owner it should have: no reason not to write over one that is.
bool is_forbidden(int error) noexcept { return error == EACCES || error == EPERM || error == EROFS; }

}  // namespace

std::string read_file(const std::string& path) {
  const Fd fd = open_file(path, O_RDONLY);
  struct stat state {};
  check(::fstat(fd.get(), &state), "fstat", path);
  if (S_ISDIR(state.st_mode)) throw_errno("read", path, EISDIR);
  std::string text;
  std::array<char, 65536> part{};
  for (;;) {
    const auto read_now = [&] { return ::read(fd.get(), part.data(), part.size()); };
    const ssize_t count = check(retry_interrupted(read_now), "read", path);
    if (count == 0) return text;
    text.append(part.data(), static_cast<std::size_t>(count));
  }
}

NewContent::NewContent(std::string path) : path_(std::move(path)) {
  const fs::path place = followed(path_);
  place_ = place.string();
  struct stat state {};
  const bool is_there = ::stat(place_.c_str(), &state) == 0;
  if (own_descriptor(place) || (is_there && !S_ISREG(state.st_mode))) {
    fd_ = open_in_place(place);
    return;
  }
  const fs::path part = place.parent_path() / (".ipcsort-" + random_suffix() + ".part");
  fd_ = open_beside(part, is_there ? &state : nullptr);
  if (fd_) {
    part_ = part.string();
  } else if (is_there && is_forbidden(errno)) {
    fd_ = open_in_place(place);
  } else {
    throw_errno("open", path_);
  }
}

NewContent::~NewContent() {
  if (!part_.empty()) ::unlink(part_.c_str());
}

void NewContent::keep() {
  // Some file systems report a full disk or quota only here.
  check(::close(fd_.release()), "close", path_);
  if (part_.empty()) return;
  check(::rename(part_.c_str(), place_.c_str()), "rename", path_);
  part_.clear();
}

void write_file_atomically(const std::string& path, const std::string& text) {
  NewContent content(path);
  write_all(content.fd(), std::as_bytes(std::span{text}), path);
  content.keep();
}

int write_refusal(const std::string& path) {
  try {
    const fs::path place = followed(path);
    if (own_descriptor(place)) return 0;
    struct stat state {};
    if (::stat(place.c_str(), &state) == 0) {
      if (S_ISDIR(state.st_mode)) return EISDIR;
      return ::access(place.c_str(), W_OK) == 0 ? 0 : errno;
    }
    const fs::path parent = place.has_parent_path() ? place.parent_path() : ".";
    return ::access(parent.c_str(), W_OK) == 0 ? 0 : errno;
  } catch (const std::system_error& error) {
    return error.code().value();
  }
}

void write_unless_the_same(const std::string& path, const std::string& text) {
  std::error_code missing;
  if (std::filesystem::exists(path, missing) && read_file(path) == text) return;
  write_file_atomically(path, text);
}

bool still_named(const Fd& fd, const std::string& path) {
  struct stat opened {};
  struct stat named {};
  return ::fstat(fd.get(), &opened) == 0 && ::stat(path.c_str(), &named) == 0 &&
         opened.st_ino == named.st_ino && opened.st_dev == named.st_dev;
}

}  // namespace ipcsort::sys
