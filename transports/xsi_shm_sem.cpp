// XSI (System V) shared memory and semaphores: one segment with a slot per worker, one semaphore array for
// all.
#include <sys/ipc.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <unistd.h>

#include "sys/error.hpp"
#include "transports/support/slot.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {buffer_option};

constexpr Traits xsi_traits{
    .name = "xsi_shm_sem",
    .summary = "one XSI shared memory segment, two XSI semaphores per worker",
    .naming = Naming::xsi_key,
    .framing = Framing::region,
    .payload_copies = 2,
    .limit = "buffer=",
    .lends = false,
    .needs = "a kernel with SYSVIPC; half as many workers as SEMMSL (kernel.sem)",
    .options = options,
};

constexpr const char* shm_limits = "; kernel.shmmax, kernel.shmall and kernel.shmmni bound it";
constexpr const char* sem_limits = " semaphores; kernel.sem (SEMMSL SEMMNS SEMOPM SEMMNI) bounds it";

int make_segment(std::size_t bytes) {
  return sys::check(::shmget(IPC_PRIVATE, bytes, IPC_CREAT | 0600), "shmget",
                    std::to_string(bytes) + " bytes" + shm_limits);
}

int make_semaphores(int count) {
  return sys::check(::semget(IPC_PRIVATE, count, IPC_CREAT | 0600), "semget",
                    std::to_string(count) + sem_limits);
}

class Segment {
 public:
  Segment(std::size_t bytes, sys::ObjectLog& objects) : Segment(make_segment(bytes), objects) {
    objects_.created(sys::ObjectKind::xsi_shm, std::to_string(id_));
    void* address = ::shmat(id_, nullptr, 0);
    sys::check(reinterpret_cast<std::intptr_t>(address), "shmat", std::to_string(bytes) + " bytes");
    address_ = address;
    // From here on the segment lives as long as it is attached; forked workers inherit the attachment.
    remove();
  }
  Segment(const Segment&) = delete;
  Segment& operator=(const Segment&) = delete;
  ~Segment() {
    if (id_ >= 0) remove();
    if (address_ != nullptr) ::shmdt(address_);
  }

  [[nodiscard]] std::byte* data() const noexcept { return static_cast<std::byte*>(address_); }

 private:
  // Once this one is through, the destructor runs also when the other throws.
  Segment(int id, sys::ObjectLog& objects) noexcept : objects_(objects), id_(id) {}
  void remove() noexcept {
    ::shmctl(id_, IPC_RMID, nullptr);
    objects_.removed(sys::ObjectKind::xsi_shm, std::to_string(id_));
    id_ = -1;
  }

  sys::ObjectLog& objects_;
  int id_;
  void* address_ = nullptr;
};

// Semaphores 2w (writable) and 2w + 1 (readable) are worker w's. An array cannot be removed while it is in
// use, so it stands in the object log until the session ends.
class SemaphoreArray {
 public:
  SemaphoreArray(int workers, sys::ObjectLog& objects)
      : SemaphoreArray(objects, make_semaphores(2 * workers)) {
    objects_.created(sys::ObjectKind::xsi_sem, std::to_string(id_));
    std::vector<unsigned short> values;
    for (int worker = 0; worker < workers; ++worker) values.insert(values.end(), {1, 0});
    sys::check(::semctl(id_, 0, SETALL, values.data()), "semctl", "SETALL");
  }
  SemaphoreArray(const SemaphoreArray&) = delete;
  SemaphoreArray& operator=(const SemaphoreArray&) = delete;
  ~SemaphoreArray() {
    if (::getpid() != owner_) return;
    ::semctl(id_, 0, IPC_RMID);
    objects_.removed(sys::ObjectKind::xsi_sem, std::to_string(id_));
  }

  [[nodiscard]] int id() const noexcept { return id_; }

 private:
  // Once this one is through, the destructor runs also when the other throws.
  SemaphoreArray(sys::ObjectLog& objects, int id) noexcept : objects_(objects), owner_(::getpid()), id_(id) {}

  sys::ObjectLog& objects_;
  pid_t owner_;
  int id_;
};

class XsiSignals {
 public:
  XsiSignals(int array, int worker) noexcept
      : array_(array), writable_(static_cast<unsigned short>(2 * worker)) {}

  void wait_writable() {
    if (retry_interrupted([&] { return add(writable_, -1); }) < 0) fail(errno);
  }
  void post_readable() { post(readable()); }

  Io wait_readable(Watch& watch) {
    const CallResult result = call_under_watch(
        watch, [&] { return add(readable(), -1); }, [&] { return add(readable(), -1, IPC_NOWAIT); });
    if (result.status == Io::ok && result.value < 0) fail(result.error);
    return result.status;
  }
  void post_writable() { post(writable_); }

 private:
  [[nodiscard]] unsigned short readable() const noexcept {
    return static_cast<unsigned short>(writable_ + 1);
  }
  // Never SEM_UNDO: it takes back what a process did when that process ends. For a lock that is a mercy; here
  // it would unsay a dead worker's "there is data".
  [[nodiscard]] ssize_t add(unsigned short number, short amount, short flags = 0) const noexcept {
    sembuf operation{number, amount, flags};
    return ::semop(array_, &operation, 1);
  }
  void post(unsigned short number) {
    if (retry_interrupted([&] { return add(number, 1); }) < 0) fail(errno);
  }
  [[noreturn]] void fail(int error) const {
    const bool removed = error == EIDRM || error == EINVAL;
    sys::throw_errno(
        "semop", "semaphore array " + std::to_string(array_) + (removed ? ", which somebody removed" : ""),
        error);
  }

  int array_;
  unsigned short writable_;
};

class XsiSession final : public Session {
 public:
  explicit XsiSession(const SessionSpec& spec)
      : payload_bytes_(payload_bytes(xsi_traits, spec.options)),
        segment_(slot_bytes(payload_bytes_) * static_cast<std::size_t>(spec.workers), *spec.objects),
        semaphores_(spec.workers, *spec.objects) {}
  [[nodiscard]] std::vector<int> worker_descriptors(int) const override { return {}; }
  std::unique_ptr<Sender> attach_sender(int worker) override {
    return std::make_unique<SlotSender<XsiSignals>>(slot(worker), XsiSignals{semaphores_.id(), worker});
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok,
            std::make_unique<SlotReceiver<XsiSignals>>(slot(worker), XsiSignals{semaphores_.id(), worker})};
  }

 private:
  [[nodiscard]] Slot slot(int worker) const {
    return {segment_.data() + slot_bytes(payload_bytes_) * static_cast<std::size_t>(worker), payload_bytes_};
  }

  std::size_t payload_bytes_;
  Segment segment_;
  SemaphoreArray semaphores_;
};

class XsiTransport final : public Transport {
 public:
  [[nodiscard]] const Traits& traits() const noexcept override { return xsi_traits; }
  // The limits are many and some are shared with everybody else on the machine, so one of each is made and
  // removed.
  [[nodiscard]] Availability probe() const override {
    try {
      ::shmctl(make_segment(slot_bytes(payload_bytes(xsi_traits, {}))), IPC_RMID, nullptr);
      ::semctl(make_semaphores(2), 0, IPC_RMID);
      return {};
    } catch (const std::system_error& error) {
      return {false, error.what()};
    }
  }
  [[nodiscard]] std::unique_ptr<Session> open(const SessionSpec& spec) const override {
    return std::make_unique<XsiSession>(spec);
  }
};

}  // namespace

const Transport& xsi_shm_sem() {
  static const XsiTransport transport;
  return transport;
}

}  // namespace ipcsort::transports
