// POSIX shared memory and semaphores: one object with a slot per worker, and what is lent, three semaphores
// per worker.
#include <fcntl.h>
#include <linux/magic.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/mapping.hpp"
#include "sys/random.hpp"
#include "transports/support/lend.hpp"
#include "transports/support/slot.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {
    {"sem", "unnamed", OptionValues::one_of("unnamed", "named"), "sem_init inside the segment, or sem_open"},
    buffer_option,
};

constexpr Traits posix_traits{
    .name = "posix_shm_sem",
    .summary = "one POSIX shared memory object, three POSIX semaphores per worker",
    .family = Family::shared_memory,
    .naming = Naming::posix_name,
    .framing = Framing::region,
    .payload_copies = 2,
    .limit = "buffer=",
    .lends = true,
    .lends_reserved = true,
    .buffers_reserved = true,
    .needs = "a tmpfs on /dev/shm with room for a buffer per worker",
    .peer_death = "nothing; the supervisor has to say so",
    .best_for = "shared memory by the standard, waiting asleep",
    .options = options,
};

// A new shared memory object that has a name for two system calls only; the mapping keeps it.
sys::Mapping make_segment(std::size_t bytes, sys::Pages pages, sys::ObjectLog& objects) {
  const std::string name = "/ipcsort-" + sys::random_suffix();
  objects.created(sys::ObjectKind::shm_name, name);
  const sys::Fd fd{sys::check(::shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600), "shm_open", name)};
  objects.remove(sys::ObjectKind::shm_name, name);
  // After ftruncate alone a full /dev/shm would show as SIGBUS at the first touch.
  int error = 0;
  do {
    error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(bytes));
  } while (error == EINTR);
  if (error != 0) {
    sys::throw_errno("posix_fallocate",
                     std::to_string(bytes) + " bytes in /dev/shm; enlarge it, lower buffer= or lend less",
                     error);
  }
  return sys::Mapping::shared_file(fd.get(), bytes, name, pages);
}

// A named semaphore whose name is gone already; workers inherit its mapping through the fork.
//
// sem_open(O_CREAT) makes the semaphore under a temporary name of its own first, which a kill would leave
// where no log knows of it. So the file that sem_open looks for (/dev/shm/sem.NAME in glibc and musl alike)
// is made here, under a name that is logged, with what sem_init puts into shared memory.
class NamedSemaphore {
 public:
  NamedSemaphore(unsigned value, sys::ObjectLog& objects) {
    const std::string suffix = "ipcsort-" + sys::random_suffix();
    const std::string name = "/" + suffix;
    const std::string file = "/sem." + suffix;
    objects.created(sys::ObjectKind::shm_name, file);
    const Unlinker unlinker{file, objects};
    const sys::Fd fd{sys::check(::shm_open(file.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600), "shm_open", file)};
    sem_t content{};
    sys::check(::sem_init(&content, 1, value), "sem_init");
    sys::write_all(fd.get(), std::as_bytes(std::span{&content, 1}), file);
    sem_t* const opened = ::sem_open(name.c_str(), 0);
    if (opened == SEM_FAILED) sys::throw_errno("sem_open", name);
    semaphore_.reset(opened);
  }
  [[nodiscard]] sem_t* get() const noexcept { return semaphore_.get(); }

 private:
  struct Unlinker {
    const std::string& file;
    sys::ObjectLog& objects;
    ~Unlinker() { objects.remove(sys::ObjectKind::shm_name, file); }
  };
  struct Close {
    void operator()(sem_t* semaphore) const noexcept { ::sem_close(semaphore); }
  };
  std::unique_ptr<sem_t, Close> semaphore_;
};

class PosixSlotSemaphores {
 public:
  PosixSlotSemaphores(sem_t* writable, sem_t* readable, sem_t* returned) noexcept
      : writable_(writable), readable_(readable), returned_(returned) {}

  void wait_writable() { wait(writable_); }
  void post_readable() { sys::check(::sem_post(readable_), "sem_post"); }

  Io wait_readable(Watch& watch) {
    const CallResult result = call_under_watch(
        watch, [&] { return ssize_t{::sem_wait(readable_)}; },
        [&] { return ssize_t{::sem_trywait(readable_)}; });
    if (result.status == Io::ok && result.value < 0) sys::throw_errno("sem_wait", {}, result.error);
    return result.status;
  }
  void post_writable() { sys::check(::sem_post(writable_), "sem_post"); }
  void wait_returned() { wait(returned_); }
  void post_returned() { sys::check(::sem_post(returned_), "sem_post"); }

 private:
  static void wait(sem_t* semaphore) {
    if (retry_interrupted([&] { return ssize_t{::sem_wait(semaphore)}; }) < 0) sys::throw_errno("sem_wait");
  }

  sem_t* writable_;
  sem_t* readable_;
  sem_t* returned_;
};

// In front of each slot, used with sem=unnamed. Never sem_destroy'd: it frees nothing in glibc, and a killed
// worker may still count as a waiter. They go with the memory.
struct alignas(64) Semaphores {
  sem_t writable;
  sem_t readable;
  sem_t returned;
};

class PosixSession final : public Session {
 public:
  explicit PosixSession(const SessionSpec& spec) : payload_bytes_(payload_bytes(posix_traits, spec.options)) {
    const auto workers = static_cast<std::size_t>(spec.workers);
    const std::size_t slots_bytes = round_up_to_page(stride_bytes() * workers);
    const std::size_t lent_bytes = lend_area_bytes(spec.lend_bytes_max) * workers;
    segment_ = make_segment(slots_bytes + lent_bytes, lent_bytes > 0 ? spec.lend_pages : sys::Pages::base,
                            *spec.objects);
    sys::touch_shared(segment_.bytes().first(slots_bytes));
    areas_ = make_lend_areas(segment_.bytes().subspan(slots_bytes), spec.workers);
    const bool named = option_text(posix_traits, spec.options, "sem") == "named";
    for (int worker = 0; worker < spec.workers; ++worker) {
      if (named) {
        sem_t* writable = named_.emplace_back(1U, *spec.objects).get();
        sem_t* readable = named_.emplace_back(0U, *spec.objects).get();
        sem_t* returned = named_.emplace_back(0U, *spec.objects).get();
        semaphores_.emplace_back(writable, readable, returned);
      } else {
        auto& semaphores = *reinterpret_cast<Semaphores*>(start(worker));
        sys::check(::sem_init(&semaphores.writable, 1, 1), "sem_init");
        sys::check(::sem_init(&semaphores.readable, 1, 0), "sem_init");
        sys::check(::sem_init(&semaphores.returned, 1, 0), "sem_init");
        semaphores_.emplace_back(&semaphores.writable, &semaphores.readable, &semaphores.returned);
      }
    }
  }
  std::unique_ptr<Sender> make_sender(int worker) override {
    return make<LendingSender<SlotSender<PosixSlotSemaphores>, PosixSlotSemaphores>>(worker);
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, make<LendingReceiver<SlotReceiver<PosixSlotSemaphores>, PosixSlotSemaphores>>(worker)};
  }

 private:
  template <typename Side>
  [[nodiscard]] std::unique_ptr<Side> make(int worker) const {
    return std::make_unique<Side>(area_of(areas_, worker), semaphores(worker), slot(worker),
                                  semaphores(worker));
  }
  [[nodiscard]] std::size_t stride_bytes() const noexcept {
    return sizeof(Semaphores) + slot_bytes(payload_bytes_);
  }
  [[nodiscard]] std::byte* start(int worker) const noexcept {
    return segment_.data() + stride_bytes() * static_cast<std::size_t>(worker);
  }
  [[nodiscard]] Slot slot(int worker) const noexcept {
    return {start(worker) + sizeof(Semaphores), payload_bytes_};
  }
  [[nodiscard]] const PosixSlotSemaphores& semaphores(int worker) const {
    return semaphores_.at(static_cast<std::size_t>(worker));
  }

  std::size_t payload_bytes_;
  sys::Mapping segment_;
  std::vector<NamedSemaphore> named_;
  std::vector<PosixSlotSemaphores> semaphores_;
  std::vector<LendArea> areas_;  // none, or one for each worker
};

Availability probe() {
  const std::size_t wanted = sizeof(Semaphores) + slot_bytes(payload_bytes(posix_traits, {}));
  struct statfs state {};
  if (::statfs("/dev/shm", &state) != 0 || state.f_type != TMPFS_MAGIC)
    return {false, "there is no tmpfs on /dev/shm; mount one"};
  if (::access("/dev/shm", W_OK | X_OK) != 0) return {false, "/dev/shm is not writable for this user"};
  // A tmpfs without a limit reports no blocks at all.
  const std::uint64_t free_bytes = state.f_bavail * static_cast<std::uint64_t>(state.f_bsize);
  if (state.f_blocks != 0 && free_bytes < wanted)
    return {false, "/dev/shm is full: " + std::to_string(free_bytes) + " bytes are free, one worker takes " +
                       std::to_string(wanted) + "; enlarge it or remove what is there"};
  return {};
}

}  // namespace

extern constexpr Mechanism posix_shm_sem{posix_traits, probe, open_session<PosixSession>};

}  // namespace ipcsort::transports
