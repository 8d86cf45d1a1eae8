// THE contract between the harness and the mechanisms that move bytes from a worker process to its parent.
// A transport can be written from this file alone.
//
// Life of a run
//   1. The parent calls Transport::open: all kernel objects for all workers of the run come into being.
//   2. The parent forks the workers. Each closes every descriptor but its own (Session::sender_descriptors)
//      and calls attach_sender once, which makes its sender.
//   3. When all workers are forked, the parent calls attach_receiver for worker 0, 1, 2 ... from one thread,
//      each once.
//   4. Workers send; the parent receives, each Receiver in one thread, several Receivers at once. What one
//      side hands to send() in one or more calls, the other takes with receive() in calls of the same total
//      size; no single send() spans two receive() calls. Or, where both sides can: workers lend and hand
//      over, the parent borrows; then there is no send() in that run.
//   5. Workers end in _exit, without destructors, at any time after their last send() or hand_over() has
//      returned. The parent destroys receivers, then the session, which removes what has a name. A run that
//      is killed leaves that to the object log (sys/object_log.hpp).
//   A session can also be used the other way round, parent to worker (transports/duplex.hpp): then it is the
//   parent that attaches the sender.
//
// Who may block, and for how long
//   A sender may block for ever: the parent can kill its worker, and the kernel does when the parent dies.
//   A receiver must come back when its Watch says so. It blocks in the mechanism's natural call; when
//   something happens (the worker ended, the deadline passed) its thread gets signals until it returns, so
//   the call fails with EINTR. On EINTR, or every thousand spins or so, ask Watch::check(). If that is not
//   Io::ok, try once more without blocking, so that bytes published just before an exit are never lost, and
//   only then return its answer.
//
// Errors
//   Io values are expected outcomes. Everything else throws std::system_error that names the call
//   (sys/error.hpp). A value of an option that cannot be honoured throws UsageError; it is never clamped.
#pragma once

#include <sys/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <iosfwd>
#include <limits>
#include <map>
#include <memory>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "sys/mapping.hpp"
#include "sys/object_log.hpp"

namespace ipcsort {

enum class Io {
  ok,
  closed,     // the other side has ended in an orderly way; nothing more will come
  peer_died,  // some worker of the run ended badly; the run is lost
  timed_out,  // the deadline of the run has passed
};

struct [[nodiscard]] Moved {
  Io status = Io::ok;
  std::size_t bytes = 0;  // > 0 when status is ok
};

// How the two sides find each other. What has a name of any kind can be found by processes that are no relatives, too.
enum class Naming { anonymous, path, posix_name, xsi_key, address };
enum class Framing {
  stream,   // bytes without boundaries
  message,  // each write_some is one message
  region,   // memory both sides see, filled and emptied in turns
};

// What is compared side by side, and shown in one colour.
enum class Family {
  shared_memory,  // copied in and out of memory that both sides see
  lent_memory,    // made to be read in place; sent like any other when it is to be copied
  single_copy,    // the kernel copies from one process to the other
  stream,         // bytes without boundaries, by way of the kernel's memory
  message,        // with boundaries, by way of the kernel's memory
  floor,          // moves nothing: what the harness itself takes
};

// What an option can be set to: one of a few words, or a number of bytes.
class OptionValues {
 public:
  // Such as 65536, 64K or 1M.
  constexpr OptionValues() noexcept = default;
  template <typename... Words>
  static constexpr OptionValues one_of(Words... words) noexcept {
    OptionValues values;
    values.words_ = {words...};
    values.count_ = sizeof...(words);
    return values;
  }
  [[nodiscard]] constexpr bool is_size() const noexcept { return count_ == 0; }
  // None for a size.
  [[nodiscard]] constexpr std::span<const std::string_view> words() const noexcept {
    return {words_.data(), count_};
  }
  // "spin|yield", or "BYTES".
  [[nodiscard]] std::string text() const;

 private:
  std::array<std::string_view, 4> words_{};
  std::size_t count_ = 0;
};
inline constexpr OptionValues any_size{};

struct OptionTraits {
  std::string_view name;
  std::string_view default_value;  // may be a word also where a size is wanted
  OptionValues values;
  std::string_view meaning;  // what it does, in a few words
};

// What a mechanism is: constants.
struct Traits {
  std::string_view name;  // file stem == name == CSV key
  std::string_view summary;
  Family family{};
  Naming naming{};
  Framing framing{};
  int payload_copies = 0;    // of each byte from the worker's array to the parent's, kernel staging included;
                             // 0: it cannot send() and receive(), it only lends
  std::string_view limit{};  // what bounds one step, in words; empty: nothing does
  bool lends = false;        // the worker can build its payload where the parent reads it
  bool lends_reserved = false;  // all that may be lent is taken from memory when the session is opened
  // Of as many bytes as its options of a size say together, so many may be between the two processes, ... (Where
  // it has an option slots=, which counts only for what is copied, there is that many times as much.)
  int steps_on_the_way = 2;
  bool buffers_reserved = false;  // ... or they are taken from memory, once, when the session is opened
  std::string_view needs;         // "Linux 2.6.27"
  std::string_view peer_death;    // what a receiver sees of a worker that was killed
  bool eof_on_death = false;      // that is enough: it comes back by itself, whenever the worker was killed
  std::string_view best_for;      // when to use it, in one honest sentence
  std::span<const OptionTraits> options{};
  std::string_view usual_chunk = "whole";  // the default of chunk= (all_options); "half": of its buffer
};

struct Availability {
  bool usable = true;
  std::string reason;  // why not, in one sentence, with the remedy where there is one
};

using Options = std::map<std::string, std::string, std::less<>>;

struct SessionSpec {
  int workers = 1;
  Options options;  // only names that Traits::options lists; absent: the default
  // Where an object that outlives the process is noted before it is used; never null.
  sys::ObjectLog* objects = nullptr;
  // The most that one worker has lent and not got back at any time, each span rounded up to
  // lend_alignment_bytes; 0: nobody will lend.
  std::size_t lend_bytes_max = 0;
  // The most that one worker sends in all, as far as that is known: what of a ring it will never come to need
  // not be touched.
  std::size_t send_bytes_max = std::numeric_limits<std::size_t>::max();
  sys::Pages lend_pages = sys::Pages::base;  // of what is lent
};

// Lent memory begins on a page.
inline constexpr std::size_t lend_alignment_bytes = 4096;
constexpr std::size_t round_up_to_page(std::size_t bytes) noexcept {
  return (bytes + lend_alignment_bytes - 1) / lend_alignment_bytes * lend_alignment_bytes;
}

// The receiver's link to whoever knows if its worker still lives. Thread-safe.
class Watch {
 public:
  virtual ~Watch() = default;
  // ok: keep waiting. Cheap: a few loads.
  virtual Io check() noexcept = 0;
  // The process that is on the other side.
  [[nodiscard]] virtual pid_t worker_pid() const noexcept = 0;
};

// Zero copy, the worker's side: the payload is built in memory that the parent will read.
class Lender {
 public:
  virtual ~Lender() = default;
  // `bytes` of memory for the worker alone, at a page boundary, content undefined; empty for 0. Several spans
  // may be lent before the first is handed over. May block until the parent has given spans back. Throws
  // std::logic_error for more than SessionSpec::lend_bytes_max, std::system_error when there is no memory.
  virtual std::span<std::byte> lend(std::size_t bytes) = 0;
  // Makes `filled`, the first bytes of a lent span (all, some or none of them), the parent's. Spans are
  // handed over in any order and arrive in that order. The worker must not touch the span any more, which may
  // not even be mapped. ok, or closed when the parent is gone.
  [[nodiscard]] virtual Io hand_over(std::span<std::byte> filled) = 0;
};

// Zero copy, the parent's side.
class Borrower {
 public:
  virtual ~Borrower() = default;
  // The next span that the worker has handed over, in `bytes`; waits for it like Receiver::read_some. It can
  // be read until it is given back or the receiver goes, whatever becomes of the worker; what a hostile
  // worker still writes there is the reader's risk, except where the mechanism seals it. Throws
  // std::runtime_error for a span that was never lent.
  [[nodiscard]] virtual Io borrow(std::span<const std::byte>& bytes, Watch& watch) = 0;
  // Lets the worker lend that memory again. In the order of borrow().
  virtual void give_back(std::span<const std::byte> bytes) noexcept = 0;
};

class Sender {
 public:
  virtual ~Sender() = default;
  // Not null when Traits::lends and SessionSpec::lend_bytes_max say so; owned by the sender.
  [[nodiscard]] virtual Lender* lender() noexcept { return nullptr; }
  // Moves all of `bytes`; blocks until the last byte is handed to the mechanism. ok, or closed when the
  // parent is gone.
  [[nodiscard]] Io send(std::span<const std::byte> bytes);
  // From now on send() gives write_some at most so many bytes (> 0, at most step_bytes_max()) at a time.
  void cut_at(std::size_t step_bytes) noexcept { cut_bytes_ = step_bytes; }
  // The most that one write_some takes; send() cuts at it. Around it the conformance suite looks for faults.
  [[nodiscard]] virtual std::size_t step_bytes_max() const noexcept {
    return std::numeric_limits<std::size_t>::max();
  }
  // Steps that moved bytes since the sender was made.
  [[nodiscard]] std::uint64_t steps() const noexcept { return steps_; }

 protected:
  // Moves at least one byte of `bytes` (never empty, at most step_bytes_max()); blocks until it can.
  virtual Moved write_some(std::span<const std::byte> bytes) = 0;

 private:
  std::size_t cut_bytes_ = std::numeric_limits<std::size_t>::max();
  std::uint64_t steps_ = 0;
};

class Receiver {
 public:
  Receiver() = default;
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;
  virtual ~Receiver() = default;
  // The other end of Sender::lender(); owned by the receiver.
  [[nodiscard]] virtual Borrower* borrower() noexcept { return nullptr; }
  // Fills all of `bytes`; blocks until then or until `watch` ends it. After anything but ok the content is
  // undefined.
  [[nodiscard]] Io receive(std::span<std::byte> bytes, Watch& watch);

 protected:
  // Fills at least one byte of `bytes` (never empty); blocks as the head of this file says.
  virtual Moved read_some(std::span<std::byte> bytes, Watch& watch) = 0;
};

struct [[nodiscard]] Attached {
  Io status = Io::ok;
  std::unique_ptr<Receiver> receiver;  // null unless status is ok; must not outlive the session
};

// The kernel objects of one run, for all its workers. What it keeps in memory for its life, rings and slots,
// is touched before a byte goes, as far as it will be used: when it is opened, and by each side when it attaches
// (sys::touch_shared; docs/decisions/set-up.md).
class Session {
 public:
  virtual ~Session() = default;
  // The descriptors that the process which sends as `worker`, or receives from it, needs open after the fork.
  // The same number may stand in both.
  [[nodiscard]] virtual std::vector<int> sender_descriptors(int /*worker*/) const { return {}; }
  [[nodiscard]] virtual std::vector<int> receiver_descriptors(int /*worker*/) const { return {}; }
  // In the parent, once for each worker in ascending order; may wait for the worker to show up. Where the two
  // ends are two descriptors it closes this process's copy of the sender's, so that EOF can be seen; where
  // both sides use the same one (a message queue) there is no EOF, and nothing to close.
  virtual Attached attach_receiver(int worker, Watch& watch) = 0;

 protected:
  // In the worker, once. The sender may use what the session owns: it goes first.
  virtual std::unique_ptr<Sender> make_sender(int worker) = 0;
  friend std::unique_ptr<Sender> attach_sender(Session& session, int worker, const Traits& traits,
                                               const Options& options);
};

// Stateless; one object per mechanism for the life of the program.
class Transport {
 public:
  constexpr virtual ~Transport() = default;
  [[nodiscard]] virtual const Traits& traits() const noexcept = 0;
  // Can it be used here and now? Leaves nothing behind, never throws for a missing capability. It makes the
  // very call that can be missing or forbidden, on scratch objects, where that leaves nothing; otherwise it
  // reads the system's limits and counters.
  [[nodiscard]] virtual Availability probe() const = 0;
  // Before the fork.
  [[nodiscard]] virtual std::unique_ptr<Session> open(const SessionSpec& spec) const = 0;
};

// A transport as a value: what it is, whether it can be used, and how it is opened.
class Mechanism final : public Transport {
 public:
  using Probe = Availability (*)();
  using Open = std::unique_ptr<Session> (*)(const SessionSpec& spec);
  // `what` lives as long as the program.
  constexpr Mechanism(const Traits& what, Probe probe_here, Open open_session) noexcept
      : traits_(what), probe_(probe_here), open_(open_session) {}
  constexpr ~Mechanism() override {}  // g++ 12 does not take a defaulted one for constant
  [[nodiscard]] const Traits& traits() const noexcept override { return traits_; }
  [[nodiscard]] Availability probe() const override { return probe_(); }
  [[nodiscard]] std::unique_ptr<Session> open(const SessionSpec& spec) const override { return open_(spec); }

 private:
  const Traits& traits_;
  Probe probe_;
  Open open_;
};

// For a Mechanism: a session is made from its SessionSpec.
template <typename Made>
std::unique_ptr<Session> open_session(const SessionSpec& spec) {
  return std::make_unique<Made>(spec);
}
// For a Mechanism: every Linux has it.
inline Availability always_available() { return {}; }
// Whether `attempt()` gets through; std::system_error and UsageError say why not.
template <typename Attempt>
Availability available_if(Attempt attempt) {
  try {
    attempt();
    return {};
  } catch (const std::runtime_error& error) {
    return {false, error.what()};
  }
}

// What a user can choose: the transport's own options and those that the harness has for every transport that
// copies. That is chunk=, the most bytes of one step: how much is written at a time decides more than the
// mechanism does, because a writer that fills a buffer goes to sleep. By default all there is (whole), unless
// Traits::usual_chunk says that the mechanism's senders cut by themselves.
std::vector<OptionTraits> all_options(const Traits& traits);

// Throws UsageError unless every option is one of all_options() with a legal value.
void check_options(const Traits& traits, const Options& options);

// In the worker, once: its sender, which must not outlive the session, with what all_options() adds applied.
// Throws UsageError for a chunk= that is more than one step of the mechanism can carry.
std::unique_ptr<Sender> attach_sender(Session& session, int worker, const Traits& traits,
                                      const Options& options);

// The value of an option, its default where the user gave none. `name` must be one of `traits`.
std::string option_text(const Traits& traits, const Options& options, std::string_view name);
std::size_t option_bytes(const Traits& traits, const Options& options, std::string_view name);
// Which of its words, counted from 0; for an enumeration that lists them in the same order.
std::size_t option_index(const Traits& traits, const Options& options, std::string_view name);
template <typename Choice>
Choice option_choice(const Traits& traits, const Options& options, std::string_view name) {
  return static_cast<Choice>(option_index(traits, options, name));
}

// "shared_memory", as in CSV.
std::string_view to_string(Family family) noexcept;
// "lent memory, read in place": a heading, in small letters.
std::string_view title(Family family) noexcept;
std::string_view to_string(Naming naming) noexcept;
std::string_view to_string(Framing framing) noexcept;
std::string_view to_string(Io io) noexcept;
std::ostream& operator<<(std::ostream& out, Io io);  // for messages of tests

}  // namespace ipcsort
