// XSI semaphores and XSI message queues, each for up to four workers: each worker counts its messages in a
// semaphore of its own, and one semop(2) takes a message of every worker that has one, together with the
// mutex of the queues.
//
// This is the textbook's "atomic read of one message from each source". What is kept: the counters and the
// mutex in one array; that one atomic operation on several counters and the mutex claims the messages; that
// they are then read in one visit to the queue. What had to change, because it waited for *all* sources:
//   - The textbook's reader sleeps until every source has a message. The first source to end, or to be slow,
//     would stop it for ever. Here the operation covers those workers that have a message and whose receiver
//     wants one: all of them while they keep pace, fewer when amounts are unequal, one when they are drained
//     one after the other. A worker's bytes never wait for another's.
//   - No operation waits until "any of these" counters is above zero. So workers also count in `arrived`, and
//     the reader sleeps until there is one more message than it has seen.
//   - No SEM_UNDO: when a worker ends it would take back the counts of messages that are still in the queue.
//   - Whatever is not claimed stays in the queue, so each worker has a share of it
//     (transports/support/xsi_message.hpp).
// Only the reading process takes the mutex: with one parent it is never contended, and costs nothing as it
// rides along.
#include <algorithm>
#include <atomic>
#include <deque>
#include <mutex>

#include "sys/error.hpp"
#include "sys/futex.hpp"
#include "transports/support/wait.hpp"
#include "transports/support/xsi.hpp"
#include "transports/support/xsi_message.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr Traits join_traits{
    .name = "xsi_msg_sem",
    .summary = "XSI message queues, an XSI semaphore per worker, one semop for several messages",
    .family = Family::message,
    .naming = Naming::xsi_key,
    .framing = Framing::message,
    .payload_copies = 4,
    .limit = "kernel.msgmax, and half of a worker's share of kernel.msgmnb",
    .needs = "a kernel with SYSVIPC; 512 bytes of kernel.msgmnb; a semaphore (SEMMSL) for each worker",
    .peer_death = "nothing; the supervisor has to say so",
    .best_for = "claiming messages of several sources in one step; slower than xsi_msg alone",
};

// The array: a counter for each worker, then these two.
constexpr std::size_t extra_semaphores = 2;

class Semaphores {
 public:
  Semaphores(int workers, sys::ObjectLog& objects)
      : workers_(static_cast<std::size_t>(workers)), array_(first_values(workers_), objects) {
    seminfo limits{};
    sys::SemctlArgument argument{};
    argument.info = &limits;
    sys::check(::semctl(0, 0, IPC_INFO, argument), "semctl", "IPC_INFO");
    claims_max_ = static_cast<std::size_t>(std::max(limits.semopm - 2, 1));
  }
  [[nodiscard]] std::size_t workers() const noexcept { return workers_; }
  [[nodiscard]] std::size_t mutex() const noexcept { return workers_; }
  [[nodiscard]] std::size_t arrived() const noexcept { return workers_ + 1; }
  // How many counters fit into one operation beside the two others (SEMOPM).
  [[nodiscard]] std::size_t claims_max() const noexcept { return claims_max_; }

  [[nodiscard]] static sembuf add(std::size_t number, int amount) noexcept {
    return {static_cast<unsigned short>(number), static_cast<short>(amount), 0};
  }
  [[nodiscard]] ssize_t operate(std::span<sembuf> operations) const noexcept {
    return ::semop(array_.id(), operations.data(), operations.size());
  }
  void operate_or_throw(std::span<sembuf> operations) const {
    if (retry_interrupted([&] { return operate(operations); }) < 0) fail("semop", errno);
  }
  void read(std::vector<unsigned short>& values) const {
    sys::SemctlArgument argument{};
    argument.array = values.data();
    if (::semctl(array_.id(), 0, GETALL, argument) < 0) fail("semctl", errno);
  }
  [[noreturn]] void fail(const char* call, int error) const {
    throw_xsi_error(call, "semaphore array", array_.id(), error);
  }

 private:
  static std::vector<unsigned short> first_values(std::size_t workers) {
    std::vector<unsigned short> values(workers + extra_semaphores, 0);
    values[workers] = 1;  // the mutex
    return values;
  }
  std::size_t workers_;
  XsiSemaphores array_;
  std::size_t claims_max_ = 0;
};

struct Objects {
  explicit Objects(const SessionSpec& spec)
      : queues(spec.workers, *spec.objects), semaphores(spec.workers, *spec.objects) {}
  SharedQueues queues;
  Semaphores semaphores;
};

class JoinSender final : public Sender {
 public:
  JoinSender(const Objects& objects, int worker)
      : objects_(objects), worker_(worker), message_(objects.queues.share().message_bytes) {}
  [[nodiscard]] std::size_t step_bytes_max() const noexcept override {
    return objects_.queues.share().message_bytes;
  }

 protected:
  Moved write_some(std::span<const std::byte> bytes) override {
    if (!objects_.queues.credits().take(worker_)) return {Io::closed, 0};
    const int queue = objects_.queues.of(worker_).id();
    if (message_.send(queue, worker_, bytes) < 0) throw_queue_error("msgsnd", queue, errno);
    sembuf announce[] = {Semaphores::add(static_cast<std::size_t>(worker_), 1),
                         Semaphores::add(objects_.semaphores.arrived(), 1)};
    objects_.semaphores.operate_or_throw(announce);
    return {Io::ok, bytes.size()};
  }

 private:
  const Objects& objects_;
  int worker_;
  XsiMessage message_;
};

// The reader that all receivers of a session share. Whichever of their threads comes claims messages for all
// that wait; one of those that find nothing, the watcher, sleeps in semop for all, the others until it has
// something for them.
class Reader {
 public:
  explicit Reader(const Objects& objects)
      : objects_(objects), values_(objects.semaphores.workers() + extra_semaphores) {
    for (std::size_t worker = 0; worker < objects.semaphores.workers(); ++worker)
      inboxes_.emplace_back(objects.queues.share().message_bytes);
  }

  // Copies the next message of `worker` to `bytes`.
  Moved read(int worker, std::span<std::byte> bytes, Watch& watch) {
    Inbox& own = inboxes_.at(static_cast<std::size_t>(worker));
    const Io status = wait_for_message(own, watch);
    if (status != Io::ok) return {status, 0};
    own.message.copy_to(bytes, own.length);  // nobody else touches it while it is not wanted
    return {Io::ok, own.length};
  }

 private:
  struct Inbox {
    explicit Inbox(std::size_t message_bytes) : message(message_bytes) {}
    XsiMessage message;
    std::size_t length = 0;
    bool wanted = false;
    bool full = false;
    bool asleep = false;
    std::atomic<std::uint32_t> woken{0};
  };

  // While one lives its receiver wants a message. At the end another one may have to watch.
  class Wish {
   public:
    Wish(Reader& reader, Inbox& inbox) : reader_(reader), inbox_(inbox) {
      inbox_.full = false;
      inbox_.wanted = true;
    }
    ~Wish() {
      inbox_.wanted = false;
      if (reader_.somebody_watches_) return;
      const auto next = std::find_if(reader_.inboxes_.begin(), reader_.inboxes_.end(),
                                     [](const Inbox& it) { return it.asleep; });
      if (next != reader_.inboxes_.end()) wake(*next);
    }
    Wish(const Wish&) = delete;
    Wish& operator=(const Wish&) = delete;

   private:
    Reader& reader_;
    Inbox& inbox_;
  };

  Io wait_for_message(Inbox& own, Watch& watch) {
    std::unique_lock lock(mutex_);
    const Wish wish(*this, own);
    for (Io status = Io::ok;;) {
      while (claim_messages()) continue;
      if (own.full) return Io::ok;
      if (status != Io::ok) return status;
      status = somebody_watches_ ? sleep(own, watch, lock) : watch_arrivals(watch, lock);
    }
  }

  // Until one message more has arrived than claim_messages() has seen.
  Io watch_arrivals(Watch& watch, std::unique_lock<std::mutex>& lock) {
    sembuf one_more = Semaphores::add(objects_.semaphores.arrived(), -(unclaimed_ + 1));
    somebody_watches_ = true;
    lock.unlock();
    const ssize_t result = objects_.semaphores.operate({&one_more, 1});
    const int error = errno;
    lock.lock();
    somebody_watches_ = false;
    if (result == 0) return Io::ok;
    if (error != EINTR) objects_.semaphores.fail("semop", error);
    return watch.check();
  }

  // Until the watcher has a message for this receiver, or makes it the next watcher.
  static Io sleep(Inbox& own, Watch& watch, std::unique_lock<std::mutex>& lock) {
    own.asleep = true;
    own.woken.store(0);
    lock.unlock();
    sys::futex_wait(own.woken, 0);
    lock.lock();
    own.asleep = false;
    return own.woken.load() != 0 ? Io::ok : watch.check();
  }

  static void wake(Inbox& inbox) {
    inbox.asleep = false;
    inbox.woken.store(1);
    sys::futex_wake_all(inbox.woken);
  }

  // Takes one message of every worker that has one and whose receiver waits. True when one operation was too
  // small for all of them. Under mutex_, so the counters can only grow between the look at them and the
  // operation, which therefore does not wait.
  bool claim_messages() {
    const Semaphores& semaphores = objects_.semaphores;
    semaphores.read(values_);
    claims_.clear();
    for (std::size_t worker = 0; worker < inboxes_.size() && claims_.size() < semaphores.claims_max();
         ++worker) {
      const Inbox& inbox = inboxes_[worker];
      if (inbox.wanted && !inbox.full && values_[worker] > 0) claims_.push_back(Semaphores::add(worker, -1));
    }
    const std::size_t claimed = claims_.size();
    // While somebody watches, the number it waits for to be passed must not be lowered.
    if (!somebody_watches_) unclaimed_ = values_[semaphores.arrived()];
    if (claimed == 0) return false;
    if (!somebody_watches_ && unclaimed_ > 0) {
      claims_.push_back(Semaphores::add(semaphores.arrived(), -unclaimed_));
      unclaimed_ = 0;
    }
    claims_.push_back(Semaphores::add(semaphores.mutex(), -1));
    semaphores.operate_or_throw(claims_);
    const QueueLock queue_lock(semaphores);
    for (std::size_t claim = 0; claim < claimed; ++claim) take_message(claims_[claim].sem_num);
    return claimed == semaphores.claims_max();
  }

  // Gives the mutex back that a claim has taken.
  class QueueLock {
   public:
    explicit QueueLock(const Semaphores& semaphores) : semaphores_(semaphores) {}
    ~QueueLock() {
      sembuf unlock = Semaphores::add(semaphores_.mutex(), 1);
      // +1 never waits; if the array is gone the next call says so. Were it refused once, all would wait.
      for (int attempt = 0; attempt < 3; ++attempt) {
        if (semaphores_.operate({&unlock, 1}) == 0) return;
      }
    }
    QueueLock(const QueueLock&) = delete;
    QueueLock& operator=(const QueueLock&) = delete;

   private:
    const Semaphores& semaphores_;
  };

  void take_message(std::size_t worker) {
    Inbox& inbox = inboxes_[worker];
    const int queue = objects_.queues.of(static_cast<int>(worker)).id();
    const ssize_t length = inbox.message.receive(queue, static_cast<int>(worker), IPC_NOWAIT);
    if (length < 0 && errno == ENOMSG)
      throw std::runtime_error("worker " + std::to_string(worker) +
                               " counted a message that it did not send");
    if (length < 0) throw_queue_error("msgrcv", queue, errno);
    objects_.queues.credits().give_back(static_cast<int>(worker));
    inbox.length = static_cast<std::size_t>(length);
    inbox.full = true;
    if (inbox.asleep) wake(inbox);
  }

  const Objects& objects_;
  std::mutex mutex_;
  std::deque<Inbox> inboxes_;
  std::vector<unsigned short> values_;
  std::vector<sembuf> claims_;
  int unclaimed_ = 0;  // how much `arrived` counts that the last look has seen
  bool somebody_watches_ = false;
};

class JoinReceiver final : public Receiver {
 public:
  JoinReceiver(const Objects& objects, Reader& reader, int worker)
      : objects_(objects), reader_(reader), worker_(worker) {}
  ~JoinReceiver() override { objects_.queues.credits().close(worker_); }

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    return reader_.read(worker_, bytes, watch);
  }

 private:
  const Objects& objects_;
  Reader& reader_;
  int worker_;
};

class JoinSession final : public Session {
 public:
  explicit JoinSession(const SessionSpec& spec) : objects_(spec), reader_(objects_) {}
  std::unique_ptr<Sender> make_sender(int worker) override {
    return std::make_unique<JoinSender>(objects_, worker);
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, std::make_unique<JoinReceiver>(objects_, reader_, worker)};
  }

 private:
  Objects objects_;
  Reader reader_;
};

Availability probe() {
  const Availability queue = xsi_queue_available();
  return queue.usable ? xsi_semaphores_available(1 + extra_semaphores) : queue;
}

}  // namespace

extern constexpr Mechanism xsi_msg_sem{join_traits, probe, open_session<JoinSession>};

}  // namespace ipcsort::transports
