#include "datagen/writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <future>
#include <span>
#include <system_error>
#include <thread>

#include "datagen/cache.hpp"
#include "datagen/manifest.hpp"
#include "datagen/source_file.hpp"
#include "datagen/text.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace ipcsort::datagen {
namespace {

constexpr std::size_t block_numbers = std::size_t{16} * 1024;
constexpr std::size_t line_max = 12;  // "-2147483648\n"

// A file that is removed again unless it is finished.
class NewFile {
 public:
  explicit NewFile(const std::string& path) : path_(path) {
    try {
      fd_ = sys::open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
    } catch (const std::system_error& error) {
      if (error.code().value() != EEXIST) throw;
      throw UsageError(escape_path(path) +
                       ": exists already and is not overwritten; remove it or choose another name");
    }
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (!finished_) ::unlink(path_.c_str());
  }

  void write(std::span<const char> text) {
    sys::write_all(fd_.get(), std::as_bytes(text), escape_path(path_));
  }

  FileState finish() {
    struct stat status {};
    sys::check(::fstat(fd_.get(), &status), "fstat", escape_path(path_));
    // Some file systems report a full disk or quota only here.
    sys::check(::close(fd_.release()), "close", escape_path(path_));
    finished_ = true;
    return state_of(status);
  }

 private:
  const std::string& path_;
  sys::Fd fd_;
  bool finished_ = false;
};

std::size_t format(std::span<const std::int32_t> numbers, std::span<char> text) {
  char* at = text.data();
  for (const std::int32_t number : numbers) {
    at = std::to_chars(at, at + line_max, number).ptr;
    *at++ = '\n';
  }
  return static_cast<std::size_t>(at - text.data());
}

constexpr std::chrono::milliseconds report_interval{100};

// Ends the threads when an exception passes on the caller's; they are joined after this.
struct Cancellation {
  std::atomic<bool>& cancelled;
  ~Cancellation() { cancelled = true; }
};

}  // namespace

InputFile write_file(const std::string& path, const DataSpec& spec, std::uint32_t file_index,
                     const Stop& stop, const std::function<void(std::uint64_t bytes)>& wrote) {
  Generator generator(spec, file_index);
  std::vector<std::int32_t> numbers(block_numbers);
  std::vector<char> text(block_numbers * line_max);
  Fingerprint total;
  NewFile file(path);
  for (;;) {
    check_stop(stop);
    const std::span<const std::int32_t> block = std::span{numbers}.first(generator.fill(numbers));
    if (block.empty()) break;
    total += fingerprint(block);
    const std::size_t bytes = format(block, text);
    file.write(std::span{text}.first(bytes));
    if (wrote) wrote(bytes);
  }
  const FileState state = file.finish();
  return {path, state.bytes, state.mtime_ns, total};
}

// The threads take file after file; the caller's thread alone asks `stop` and reports.
std::vector<InputFile> generate_files(const DataSpec& spec, const std::string& directory,
                                      const Progress& progress, const Stop& stop) {
  std::vector<InputFile> files(spec.files);
  std::atomic<std::uint32_t> next{0};
  std::atomic<std::uint64_t> bytes_done{0};
  std::atomic<bool> cancelled{false};
  const auto is_cancelled = [&] { return cancelled.load(); };
  const auto wrote = [&](std::uint64_t bytes) { bytes_done += bytes; };
  const auto write_files = [&] {
    try {
      for (std::uint32_t i = next++; i < spec.files; i = next++)
        files[i] = write_file(directory + "/" + file_name(i), spec, i, is_cancelled, wrote);
    } catch (...) {
      cancelled = true;
      throw;
    }
  };
  std::vector<std::future<void>> threads;
  const Cancellation on_the_way_out{cancelled};
  const auto report = [&] {
    if (progress) progress(bytes_done, estimated_bytes(spec));
  };
  const std::uint32_t count = std::min(std::max(1U, std::thread::hardware_concurrency()), spec.files);
  while (threads.size() < count) threads.push_back(std::async(std::launch::async, write_files));
  for (const std::future<void>& thread : threads) {
    while (thread.wait_for(report_interval) == std::future_status::timeout) {
      check_stop(stop);
      report();
    }
  }
  for (std::future<void>& thread : threads) {
    try {
      thread.get();
    } catch (const Interrupted&) {
      // Cancelled by the one that failed, and that has the reason.
    }
  }
  report();
  return files;
}

}  // namespace ipcsort::datagen
