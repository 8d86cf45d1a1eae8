#include "datagen/cache.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <limits>
#include <optional>
#include <system_error>
#include <thread>
#include <utility>

#include "datagen/manifest.hpp"
#include "datagen/source_file.hpp"
#include "datagen/text.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/random.hpp"

namespace ipcsort::datagen {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view temporary_prefix = ".ipcsort-tmp-";
constexpr std::uint64_t unlimited = std::numeric_limits<std::uint64_t>::max();

void nap(const Stop& stop) {
  check_stop(stop);
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

bool try_lock(const sys::Fd& fd, int operation, const std::string& where) {
  const int result = sys::retry_interrupted([&] { return ::flock(fd.get(), operation | LOCK_NB); });
  if (result != 0 && errno != EWOULDBLOCK)
    throw UsageError(escape_path(where) + " lies where nothing can be locked (flock: " +
                     std::generic_category().message(errno) + "); name another place with --cache-dir");
  return result == 0;
}

// In naps, since nothing but a signal ends a blocking flock(2).
void wait_for_lock(const sys::Fd& fd, int operation, const std::string& where, const Stop& stop) {
  while (!try_lock(fd, operation, where)) nap(stop);
}

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;

// An empty Fd when there is no such directory.
sys::Fd open_directory(const std::string& path) {
  sys::Fd fd{::open(path.c_str(), directory_flags)};
  if (!fd && errno != ENOENT && errno != ENOTDIR && errno != ELOOP)
    sys::throw_errno("open", escape_path(path));
  return fd;
}

// A directory in the making, locked; removed with all its content unless kept.
class Workshop {
 public:
  Workshop(std::string path, sys::Fd lock) : path_(std::move(path)), lock_(std::move(lock)) {}
  Workshop(Workshop&&) noexcept = default;
  Workshop& operator=(Workshop&&) = delete;
  ~Workshop() {
    std::error_code ignored;  // what stays is removed by the next process that comes along
    if (lock_) fs::remove_all(path_, ignored);
  }

  [[nodiscard]] const std::string& path() const noexcept { return path_; }
  // Renames it and gives up its care; returns the lock.
  sys::Fd keep_as(const std::string& name) {
    sys::check(::rename(path_.c_str(), name.c_str()), "rename", escape_path(path_));
    return std::move(lock_);
  }

 private:
  std::string path_;
  sys::Fd lock_;
};

struct StoredSet {
  std::string path;
  std::uint64_t bytes = 0;
  std::int64_t last_use_ns = 0;
};

std::uint64_t content_bytes(const std::string& directory) {
  std::uint64_t bytes = 0;
  std::error_code error;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory, error)) {
    struct stat status {};
    if (::lstat(entry.path().c_str(), &status) == 0) bytes += state_of(status).bytes;
  }
  return bytes;
}

// All cached sets but `except`, least recently used first.
std::vector<StoredSet> stored_sets(const std::string& directory, const std::string& except) {
  std::vector<StoredSet> sets;
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    const std::string name = entry.path().filename().string();
    struct stat status {};
    if (!is_key(name) || name == except || ::lstat(entry.path().c_str(), &status) != 0) continue;
    sets.push_back({entry.path().string(), content_bytes(entry.path().string()), state_of(status).mtime_ns});
  }
  std::ranges::sort(sets, {}, &StoredSet::last_use_ns);
  return sets;
}

// Removes what makers left that are no longer alive. The caller holds the cache lock.
void remove_dead_workshops(const std::string& directory) {
  for (const fs::directory_entry& entry : fs::directory_iterator(directory)) {
    if (!entry.path().filename().string().starts_with(temporary_prefix)) continue;
    const sys::Fd lock = open_directory(entry.path().string());
    std::error_code ignored;  // on a read-only disk it stays
    if (lock && try_lock(lock, LOCK_EX, entry.path().string())) fs::remove_all(entry.path(), ignored);
  }
}

// Takes a set out of the cache, so that no moment shows it half-removed. The caller holds the cache lock.
void discard(const std::string& directory, const std::string& set_path) {
  const std::string condemned = directory + "/" + std::string{temporary_prefix} + sys::random_suffix();
  sys::check(::rename(set_path.c_str(), condemned.c_str()), "rename", escape_path(set_path));
  fs::remove_all(condemned);
}

// Whether it was nobody's.
bool discard_unless_used(const std::string& directory, const StoredSet& set) {
  const sys::Fd lock = open_directory(set.path);
  if (!lock || !try_lock(lock, LOCK_EX, set.path)) return false;
  discard(directory, set.path);
  return true;
}

// Held for short, and never while data is written or a set's lock is waited for by somebody who needs it.
sys::Fd lock_cache(const std::string& directory, const Stop& stop) {
  sys::Fd fd = sys::open_file(directory, O_RDONLY | O_DIRECTORY);
  wait_for_lock(fd, LOCK_EX, directory, stop);
  return fd;
}

Dataset make_dataset(const std::string& set_path, std::vector<InputFile> files, sys::Fd in_use) {
  Dataset dataset{.files = std::move(files),
                  .fingerprint = {},
                  .bytes = 0,
                  .in_use = std::move(in_use),
                  .remedy = cleaning_command(fs::path(set_path).parent_path(), " --data")};
  for (InputFile& file : dataset.files) {
    file.path = set_path + "/" + fs::path(file.path).filename().string();
    dataset.fingerprint += file.fingerprint;
    dataset.bytes += file.bytes;
  }
  return dataset;
}

bool is_unchanged(const std::string& path, const InputFile& recorded) {
  struct stat status {};
  return ::lstat(path.c_str(), &status) == 0 && S_ISREG(status.st_mode) &&
         state_of(status) == FileState{recorded.bytes, recorded.mtime_ns};
}

// Is the file, whatever its modification time, the one that was recorded? Then the record gets the new time.
bool rescan(const std::string& path, InputFile& recorded, const Stop& stop) {
  if (is_unchanged(path, recorded)) return true;
  try {
    const InputFile found = scan_file(path, stop);
    recorded.mtime_ns = found.mtime_ns;
    return found.bytes == recorded.bytes && found.fingerprint == recorded.fingerprint;
  } catch (const std::runtime_error&) {
    return false;  // gone, unreadable or no integer file at all
  }
}

std::uint64_t sum(std::uint64_t a, std::uint64_t b) { return a > unlimited - b ? unlimited : a + b; }

// `freed`: what will be evicted before.
void check_free_disk(const std::string& directory, std::uint64_t bytes, std::uint64_t freed = 0) {
  struct statvfs disk {};
  sys::check(::statvfs(directory.c_str(), &disk), "statvfs", escape_path(directory));
  const std::uint64_t available = sum(static_cast<std::uint64_t>(disk.f_bavail) * disk.f_frsize, freed);
  const std::uint64_t needed = sum(bytes, bytes / 20);
  if (needed <= available) return;
  throw UsageError(escape_path(directory) + ": the data needs " + describe_bytes(needed) + " of disk, " +
                   describe_bytes(available) +
                   " are free; ask for fewer numbers, or name another place with --cache-dir");
}

void check_limit(std::uint64_t bytes, std::uint64_t bytes_max) {
  if (bytes <= bytes_max) return;
  throw UsageError("the data needs " + describe_bytes(bytes) + ", more than the cache may hold (" +
                   describe_bytes(bytes_max) + "); ask for fewer numbers or raise --cache-limit");
}

class Cache {
 public:
  Cache(const CacheOptions& options, const DataSpec& spec, const Stop& stop)
      : directory_(options.directory),
        bytes_max_(options.bytes_max),
        spec_(spec),
        key_(key_of(spec)),
        set_path_(directory_ + "/" + key_),
        stop_(stop) {
    prepare_directory(directory_);
    const sys::Fd lock = lock_cache(directory_, stop_);
    remove_dead_workshops(directory_);
  }

  // The set, if it is there and its files are as they were left.
  [[nodiscard]] std::optional<Dataset> use_if_intact() const {
    sys::Fd in_use = open_directory(set_path_);
    if (!in_use) return std::nullopt;
    wait_for_lock(in_use, LOCK_SH, set_path_, stop_);
    if (!sys::still_named(in_use, set_path_)) return std::nullopt;
    std::optional<Manifest> manifest = own_manifest();
    if (!manifest) return std::nullopt;
    for (const InputFile& file : manifest->files) {
      if (!is_unchanged(set_path_ + "/" + file.path, file)) return std::nullopt;
    }
    // The directory's mtime is the time of last use. Not vital: the cache may lie on a read-only disk.
    static_cast<void>(::futimens(in_use.get(), nullptr));
    return make_dataset(set_path_, std::move(manifest->files), std::move(in_use));
  }

  // The right to make or mend the set; nothing while another process has it.
  [[nodiscard]] std::optional<Workshop> claim() const {
    const std::string path = directory_ + "/" + std::string{temporary_prefix} + key_;
    const sys::Fd lock = lock_cache(directory_, stop_);
    remove_dead_workshops(directory_);
    if (::mkdir(path.c_str(), 0700) != 0) {
      if (errno == EEXIST) return std::nullopt;
      sys::throw_errno("mkdir", escape_path(path));
    }
    sys::Fd claimed = sys::open_file(path, directory_flags);
    // Cannot be taken: whoever looks for dead workshops holds the cache lock, as we do now.
    if (!try_lock(claimed, LOCK_EX, path)) sys::throw_errno("flock", escape_path(path), EWOULDBLOCK);
    return Workshop(path, std::move(claimed));
  }

  // Reads changed files again; true when the content turns out to be right and the record is now, too. Also
  // when nothing is wrong: the last owner of the claim may have finished the set after we looked for it.
  [[nodiscard]] bool mend() const {
    std::optional<Manifest> manifest = own_manifest();
    if (!manifest) return false;
    for (InputFile& file : manifest->files) {
      if (!rescan(set_path_ + "/" + file.path, file, stop_)) return false;
    }
    save_manifest(set_path_, *manifest);
    return true;
  }

  // What the set takes; nothing when it is not there.
  [[nodiscard]] std::optional<std::uint64_t> stored_bytes() const {
    return own_manifest() ? std::optional(content_bytes(set_path_)) : std::nullopt;
  }

  // Discards a spoilt set of the same key, evicts others until there is room, and looks at the disk.
  void make_room() const {
    const std::uint64_t bytes = estimated_bytes(spec_);
    check_limit(bytes, bytes_max_);
    const sys::Fd lock = lock_cache(directory_, stop_);
    if (fs::exists(fs::symlink_status(set_path_))) discard(directory_, set_path_);
    evict_down_to(bytes_max_ - bytes);
    check_free_disk(directory_, bytes);
  }

  Dataset make(Workshop workshop, const Progress& progress) const {
    std::vector<InputFile> files = generate_files(spec_, workshop.path(), progress, stop_);
    for (InputFile& file : files) file.path = fs::path(file.path).filename().string();
    save_manifest(workshop.path(), {spec_, files});
    // flock(2) lets go of the old lock before it takes the new one; under the cache lock nobody evicts in
    // between.
    const sys::Fd lock = lock_cache(directory_, stop_);
    sys::Fd in_use = workshop.keep_as(set_path_);
    wait_for_lock(in_use, LOCK_SH, set_path_, stop_);
    return make_dataset(set_path_, std::move(files), std::move(in_use));
  }

 private:
  [[nodiscard]] std::optional<Manifest> own_manifest() const {
    std::optional<Manifest> manifest = load_manifest(set_path_);
    if (manifest && manifest->spec != spec_) manifest.reset();
    return manifest;
  }

  void evict_down_to(std::uint64_t bytes_allowed) const {
    const std::vector<StoredSet> sets = stored_sets(directory_, key_);
    std::uint64_t bytes = 0;
    for (const StoredSet& set : sets) bytes += set.bytes;
    for (const StoredSet& set : sets) {
      if (bytes <= bytes_allowed) return;
      if (discard_unless_used(directory_, set)) bytes -= set.bytes;
    }
    if (bytes <= bytes_allowed) return;
    throw UsageError(escape_path(directory_) + ": data sets in use take " + describe_bytes(bytes) +
                     " of the cache's " + describe_bytes(bytes_max_) +
                     ", which leaves too little; wait for the other runs or raise --cache-limit");
  }

  const std::string& directory_;
  std::uint64_t bytes_max_;
  const DataSpec& spec_;
  std::string key_;
  std::string set_path_;
  const Stop& stop_;
};

std::string environment_directory(const char* name) {
  const char* value = std::getenv(name);
  return value != nullptr && *value == '/' ? value : "";
}

// Whether this user has or can make `cache`: not where home is /nonexistent, as that of nobody, or / as that of a user
// without a name in a container.
bool can_be_ours(const fs::path& cache) {
  struct stat status {};
  if (::stat(cache.c_str(), &status) == 0) return status.st_uid == ::geteuid();
  const fs::path parent = cache.parent_path();
  const fs::path made_in = ::stat(parent.c_str(), &status) == 0 ? parent : parent.parent_path();
  return ::access(made_in.c_str(), W_OK | X_OK) == 0;
}

}  // namespace

void prepare_directory(const std::string& path) {
  const auto refuse = [&](const std::string& why) {
    throw UsageError(escape_path(path) + ": " + why + " with --cache-dir");
  };
  std::error_code error;
  fs::create_directories(fs::path(path).parent_path(), error);
  struct stat status {};
  if (::mkdir(path.c_str(), 0700) != 0 && ::stat(path.c_str(), &status) != 0)
    refuse("the cache directory cannot be made: " +
           (error ? error.message() : std::generic_category().message(errno)) + "; name another one");
  sys::check(::stat(path.c_str(), &status), "stat", escape_path(path));
  if (!S_ISDIR(status.st_mode)) refuse("is not a directory; name another one");
  if (status.st_uid != ::geteuid())
    refuse("the cache directory belongs to another user; name one of your own");
}

std::string default_cache_directory() {
  if (const std::string cache = environment_directory("XDG_CACHE_HOME"); !cache.empty())
    return cache + "/ipcsort";
  if (const std::string home = environment_directory("HOME"); !home.empty()) {
    const fs::path cache = fs::path(home) / ".cache" / "ipcsort";
    if (can_be_ours(cache)) return cache.string();
  }
  return "/tmp/ipcsort-cache-" + std::to_string(::geteuid());
}

std::string cleaning_command(const std::string& directory, std::string_view options) {
  const bool is_usual = directory == default_cache_directory();
  return "ipcsort clean" + std::string{options} + (is_usual ? "" : " --cache-dir " + escape_path(directory));
}

std::optional<std::string> find_spoilt_file(const Dataset& dataset, const Stop& stop) {
  for (const InputFile& file : dataset.files) {
    struct stat status {};
    if (::stat(file.path.c_str(), &status) != 0 || state_of(status) != FileState{file.bytes, file.mtime_ns})
      continue;  // which the run has said
    try {
      if (scan_file(file.path, stop).fingerprint != file.fingerprint) return file.path;
    } catch (const ParseError&) {
      return file.path;
    } catch (const std::exception&) {
      return std::nullopt;  // interrupted, or not to be read at all
    }
  }
  return std::nullopt;
}

std::vector<std::string> remove_unused_sets(const std::string& directory) {
  std::vector<std::string> removed;
  if (!open_directory(directory)) return removed;
  const sys::Fd lock = lock_cache(directory, {});
  remove_dead_workshops(directory);
  for (const StoredSet& set : stored_sets(directory, "")) {
    if (discard_unless_used(directory, set)) removed.push_back(set.path);
  }
  return removed;
}

std::uint64_t estimated_bytes(const DataSpec& spec) noexcept {
  constexpr std::uint64_t line_max = 12;  // "-2147483648\n"
  constexpr std::uint64_t spread = 4096;  // of the sum of random lengths about its mean: four sigma and more
  if (spec.numbers > (unlimited - spread) / line_max) return unlimited;
  // Frequent values may happen to be long ones; otherwise the mean is 10.98.
  const bool has_frequent_values =
      spec.distribution == Distribution::few_distinct || spec.distribution == Distribution::zipf;
  return (has_frequent_values ? line_max : 11) * spec.numbers + spread;
}

void require_room(std::span<const DataSpec> specs, const CacheOptions& options) {
  std::uint64_t wanted = 0;   // of the sets, there or not
  std::uint64_t missing = 0;  // of those that are not
  for (const DataSpec& spec : specs) {
    const std::optional<std::uint64_t> stored = Cache(options, spec, {}).stored_bytes();
    wanted = sum(wanted, stored.value_or(estimated_bytes(spec)));
    if (!stored) missing = sum(missing, estimated_bytes(spec));
  }
  check_limit(wanted, options.bytes_max);
  if (missing == 0) return;
  std::uint64_t others = 0;
  for (const StoredSet& set : stored_sets(options.directory, "")) others += set.bytes;
  // Of these, `wanted - missing` stays. Making room for the limit frees at least what is beyond it.
  const std::uint64_t afterwards = sum(others, missing);
  check_free_disk(options.directory, missing, afterwards - std::min(afterwards, options.bytes_max));
}

Dataset ensure(const DataSpec& spec, const CacheOptions& options, const Progress& progress,
               const Stop& stop) {
  if (spec.files == 0) throw UsageError("a data set of 0 files cannot be made; ask for at least one file");
  const Cache cache(options, spec, stop);
  for (;;) {
    if (std::optional<Dataset> dataset = cache.use_if_intact()) return std::move(*dataset);
    std::optional<Workshop> workshop = cache.claim();
    if (!workshop) {
      nap(stop);
      continue;
    }
    if (cache.mend()) continue;
    cache.make_room();
    return cache.make(std::move(*workshop), progress);
  }
}

}  // namespace ipcsort::datagen
