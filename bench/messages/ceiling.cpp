#include "bench/messages/ceiling.hpp"

#include <algorithm>
#include <atomic>
#include <cstring>
#include <new>

#include "sys/mapping.hpp"

namespace ipcsort::messages {
namespace {

// Larger than a core's own cache. What one side has read it still holds there; until it has been driven out
// the other side's writes must fetch it from that core, which takes longer than from the cache they share. In
// a region of 1 MiB both sides together moved a third of this.
constexpr std::size_t region_bytes = std::size_t{4} << 20U;
// What is copied before the other side may see it: both copy at the same time, and what one has written the
// other finds in the cache.
constexpr std::size_t step_bytes = std::size_t{64} << 10U;

constexpr Traits ceiling_traits{
    .name = "memcpy_two_copies",
    .summary = "two processes that copy into and out of shared memory, and nothing else",
    .family = Family::shared_memory,
    .naming = Naming::anonymous,
    .framing = Framing::region,
    .payload_copies = 2,
    .needs = "any Linux that ipcsort runs on; a processor for each side",
    .peer_death = "nothing, ever",
    .best_for = "what others are held against",
};

struct Positions {
  alignas(64) std::atomic<std::uint64_t> written{0};
  alignas(64) std::atomic<std::uint64_t> read{0};
};

// One side's view: how far it is itself, and how far the other was when it was last looked at.
struct View {
  Positions* positions = nullptr;
  std::byte* region = nullptr;
  std::uint64_t own = 0;
  std::uint64_t other = 0;

  // From `own` on, without a gap, at most `most`.
  [[nodiscard]] std::size_t stretch(std::size_t most) const noexcept {
    return std::min({most, step_bytes, region_bytes - own % region_bytes});
  }
  [[nodiscard]] std::byte* place() const noexcept { return region + own % region_bytes; }
};

class CeilingSender final : public Sender {
 public:
  explicit CeilingSender(const View& view) noexcept : view_(view) {}

 protected:
  Moved write_some(std::span<const std::byte> bytes) override {
    const std::size_t count = view_.stretch(bytes.size());
    while (view_.own + count - view_.other > region_bytes)
      view_.other = view_.positions->read.load(std::memory_order_acquire);
    std::memcpy(view_.place(), bytes.data(), count);
    view_.own += count;
    view_.positions->written.store(view_.own, std::memory_order_release);
    return {Io::ok, count};
  }

 private:
  View view_;
};

class CeilingReceiver final : public Receiver {
 public:
  explicit CeilingReceiver(const View& view) noexcept : view_(view) {}

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch&) override {
    while (view_.own == view_.other) view_.other = view_.positions->written.load(std::memory_order_acquire);
    const std::size_t count =
        view_.stretch(std::min(bytes.size(), static_cast<std::size_t>(view_.other - view_.own)));
    std::memcpy(bytes.data(), view_.place(), count);
    view_.own += count;
    view_.positions->read.store(view_.own, std::memory_order_release);
    return {Io::ok, count};
  }

 private:
  View view_;
};

class CeilingSession final : public Session {
 public:
  explicit CeilingSession(const SessionSpec& spec) {
    for (int worker = 0; worker < spec.workers; ++worker) {
      regions_.push_back(sys::Mapping::shared_memory(sizeof(Positions) + region_bytes));
      sys::touch_shared(regions_.back().bytes());
      std::construct_at(reinterpret_cast<Positions*>(regions_.back().data()));
    }
  }
  std::unique_ptr<Sender> make_sender(int worker) override {
    return std::make_unique<CeilingSender>(view(worker));
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, std::make_unique<CeilingReceiver>(view(worker))};
  }

 private:
  [[nodiscard]] View view(int worker) const {
    const sys::Mapping& region = regions_.at(static_cast<std::size_t>(worker));
    sys::touch_shared(region.bytes());
    std::byte* const memory = region.data();
    return {std::launder(reinterpret_cast<Positions*>(memory)), memory + sizeof(Positions)};
  }

  std::vector<sys::Mapping> regions_;
};

constexpr Mechanism mechanism{ceiling_traits, always_available, open_session<CeilingSession>};

}  // namespace

const Transport& ceiling() { return mechanism; }

}  // namespace ipcsort::messages
