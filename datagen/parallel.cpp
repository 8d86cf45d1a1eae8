#include "datagen/parallel.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <exception>
#include <future>
#include <mutex>
#include <vector>

#include "sys/affinity.hpp"

namespace ipcsort::datagen {
namespace {

constexpr std::chrono::milliseconds asking_interval{100};

// Ends the threads when an exception passes on the caller's; they are joined after this.
struct Cancellation {
  std::atomic<std::size_t>& wanted;
  ~Cancellation() { wanted = 0; }
};

}  // namespace

void in_parallel(std::size_t parts, const Part& part, const Stop& stop) {
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> wanted{parts};  // those below; less once one has failed
  std::mutex failing;
  std::exception_ptr failure;
  const auto take_parts = [&] {
    for (std::size_t index = next++; index < wanted; index = next++) {
      try {
        part(index, [&, index] { return index >= wanted; });
      } catch (...) {
        const std::lock_guard lock(failing);
        if (index >= wanted) continue;  // no fault of its own: it was stopped
        wanted = index;
        failure = std::current_exception();
      }
    }
  };
  {
    std::vector<std::future<void>> threads;
    const Cancellation on_the_way_out{wanted};
    const std::size_t count = std::min<std::size_t>(sys::usable_cpus(), parts);
    while (threads.size() < count) threads.push_back(std::async(std::launch::async, take_parts));
    for (const std::future<void>& thread : threads) {
      while (thread.wait_for(asking_interval) == std::future_status::timeout) check_stop(stop);
    }
    check_stop(stop);
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace ipcsort::datagen
