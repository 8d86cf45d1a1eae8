// Moves nothing: what is lent is read in place, and a word says that it is there. What a run through it takes
// is what the harness itself takes, which no mechanism can beat.
#include <memory>
#include <stdexcept>

#include "sys/mapping.hpp"
#include "transports/support/futex_semaphores.hpp"
#include "transports/support/lend.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr Traits null_traits{
    .name = "null",
    .summary = "anonymous shared memory that is handed over by a futex word, nothing else",
    .family = Family::floor,
    .naming = Naming::anonymous,
    .framing = Framing::region,
    .payload_copies = 0,
    .lends = true,
    .needs = "any Linux that ipcsort runs on",
    .peer_death = "nothing; the supervisor has to say so",
    .best_for = "the harness's own floor, to subtract from the others",
};

[[noreturn]] void only_lends() { throw std::logic_error("null lends; it does not send or receive"); }

class NullSender : public Sender {
 protected:
  Moved write_some(std::span<const std::byte>) override { only_lends(); }
};

class NullReceiver : public Receiver {
 protected:
  Moved read_some(std::span<std::byte>, Watch&) override { only_lends(); }
};

// One worker's: a page for the flags, then what is lent.
class Channel {
 public:
  explicit Channel(const SessionSpec& spec)
      : memory_(sys::Mapping::shared_memory(lend_alignment_bytes + lend_area_bytes(spec.lend_bytes_max),
                                            spec.lend_pages)),
        flags_(std::construct_at(reinterpret_cast<FutexFlags*>(memory_.data()))) {
    if (spec.lend_bytes_max > 0) area_.emplace(memory_.bytes().subspan(lend_alignment_bytes));
  }
  template <typename Side>
  [[nodiscard]] std::unique_ptr<Side> make() const {
    sys::touch_shared(memory_.bytes().first(lend_alignment_bytes));
    return std::make_unique<Side>(area_, FutexSemaphores{*flags_});
  }

 private:
  sys::Mapping memory_;
  FutexFlags* flags_;
  std::optional<LendArea> area_;
};

class NullSession final : public Session {
 public:
  explicit NullSession(const SessionSpec& spec) {
    for (int worker = 0; worker < spec.workers; ++worker) channels_.emplace_back(spec);
  }
  std::unique_ptr<Sender> make_sender(int worker) override {
    return of(worker).make<LendingSender<NullSender, FutexSemaphores>>();
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, of(worker).make<LendingReceiver<NullReceiver, FutexSemaphores>>()};
  }

 private:
  [[nodiscard]] const Channel& of(int worker) const { return channels_.at(static_cast<std::size_t>(worker)); }

  std::vector<Channel> channels_;
};

}  // namespace

extern constexpr Mechanism null{null_traits, always_available, open_session<NullSession>};

}  // namespace ipcsort::transports
