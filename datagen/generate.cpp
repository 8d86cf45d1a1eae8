#include "datagen/generate.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>

#include "datagen/manifest.hpp"
#include "datagen/writer.hpp"

namespace ipcsort::datagen {
namespace {

constexpr std::chrono::milliseconds report_interval{100};

// The threads take file after file; the caller's thread alone asks `stop` and reports.
class Generation {
 public:
  Generation(const DataSpec& spec, const std::string& directory)
      : spec_(spec), directory_(directory), files_(spec.files), bytes_estimated_(estimated_bytes(spec)) {}
  Generation(const Generation&) = delete;
  Generation& operator=(const Generation&) = delete;
  ~Generation() {
    cancelled_ = true;
  }  // for an exception on the caller's thread; the threads are joined after this

  std::vector<InputFile> run(const Progress& progress, const Stop& stop) {
    start_threads();
    while (!wait_for_end()) {
      check_stop(stop);
      if (progress) progress(bytes_done_, bytes_estimated_);
    }
    threads_.clear();
    if (failure_) std::rethrow_exception(failure_);
    if (progress) progress(bytes_done_, bytes_estimated_);
    return std::move(files_);
  }

 private:
  void start_threads() {
    const unsigned cores = std::max(1U, std::thread::hardware_concurrency());
    const unsigned count = std::min(cores, spec_.files);
    running_ = count;
    threads_.reserve(count);
    for (unsigned i = 0; i < count; ++i) threads_.emplace_back([this] { work(); });
  }

  // Returns true once all threads are through.
  bool wait_for_end() {
    std::unique_lock lock(mutex_);
    return ended_.wait_for(lock, report_interval, [this] { return running_ == 0; });
  }

  void work() noexcept {
    try {
      write_files();
    } catch (...) {
      const std::lock_guard lock(mutex_);
      // The first to fail is the one with the reason; the others are then merely interrupted.
      if (!failure_) failure_ = std::current_exception();
      cancelled_ = true;
    }
    const std::lock_guard lock(mutex_);
    --running_;
    ended_.notify_all();
  }

  void write_files() {
    const auto cancelled = [this] { return cancelled_.load(); };
    const auto wrote = [this](std::uint64_t bytes) { bytes_done_ += bytes; };
    for (std::uint32_t i = next_++; i < spec_.files; i = next_++) {
      files_[i] = write_file(directory_ + "/" + file_name(i), spec_, i, cancelled, wrote);
    }
  }

  const DataSpec& spec_;
  const std::string& directory_;
  std::vector<InputFile> files_;
  std::uint64_t bytes_estimated_;
  std::atomic<std::uint32_t> next_{0};
  std::atomic<std::uint64_t> bytes_done_{0};
  std::atomic<bool> cancelled_{false};
  std::mutex mutex_;  // guards running_ and failure_
  std::condition_variable ended_;
  unsigned running_ = 0;
  std::exception_ptr failure_;
  std::vector<std::jthread> threads_;  // last: joined before the rest goes
};

}  // namespace

std::vector<InputFile> generate_files(const DataSpec& spec, const std::string& directory,
                                      const Progress& progress, const Stop& stop) {
  return Generation(spec, directory).run(progress, stop);
}

}  // namespace ipcsort::datagen
