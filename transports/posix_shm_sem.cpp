// POSIX shared memory and semaphores: one object with the slots of each worker, and what is lent, three
// semaphores per worker.
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
#include "transports/support/logged_name.hpp"
#include "transports/support/slot.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {
    {"sem", "unnamed", OptionValues::one_of("unnamed", "named"), "sem_init inside the segment, or sem_open"},
    slots_option("16"),
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
    .needs = "a tmpfs on /dev/shm with room for the slots of each worker",
    .peer_death = "nothing; the supervisor has to say so",
    .best_for = "shared memory by the standard, waiting asleep",
    .options = options,
};

sys::Fd make_shm_file(const LoggedName& name) {
  const int fd = ::shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
  return sys::Fd{sys::check(fd, "shm_open", name.text())};
}

// A new shared memory object that has a name for two system calls only; the mapping keeps it.
sys::Mapping make_segment(std::size_t bytes, sys::Pages pages, sys::ObjectLog& objects) {
  LoggedName name(sys::ObjectKind::shm_name, "/ipcsort-" + sys::random_suffix(), objects);
  const sys::Fd fd = make_shm_file(name);
  name.remove();
  // After ftruncate alone a full /dev/shm would show as SIGBUS at the first touch.
  int error = 0;
  do {
    error = ::posix_fallocate(fd.get(), 0, static_cast<off_t>(bytes));
  } while (error == EINTR);
  if (error != 0) {
    sys::throw_errno(
        "posix_fallocate",
        std::to_string(bytes) + " bytes in /dev/shm; enlarge it, lower buffer= or slots=, or lend less",
        error);
  }
  return sys::Mapping::shared_file(fd.get(), bytes, name.text(), pages);
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
    const LoggedName file(sys::ObjectKind::shm_name, "/sem." + suffix, objects);
    const sys::Fd fd = make_shm_file(file);
    sem_t content{};
    sys::check(::sem_init(&content, 1, value), "sem_init");
    sys::write_all(fd.get(), std::as_bytes(std::span{&content, 1}), file.text());
    sem_t* const opened = ::sem_open(name.c_str(), 0);
    if (opened == SEM_FAILED) sys::throw_errno("sem_open", name);
    semaphore_.reset(opened);
  }
  [[nodiscard]] sem_t* get() const noexcept { return semaphore_.get(); }

 private:
  struct Close {
    void operator()(sem_t* semaphore) const noexcept { ::sem_close(semaphore); }
  };
  std::unique_ptr<sem_t, Close> semaphore_;
};

// As long as nobody sleeps they are words in memory, and no system call is made.
class PosixSlotSemaphores {
 public:
  PosixSlotSemaphores(sem_t* writable, sem_t* readable, sem_t* returned, std::size_t slots) noexcept
      : writable_(writable), readable_(readable), returned_(returned), per_return_(slots_per_return(slots)) {}

  void wait_writable() { wait(writable_); }
  void post_readable() { post(readable_); }

  Io wait_readable(Watch& watch) {
    const CallResult result = call_under_watch(
        watch, [&] { return ::sem_wait(readable_); }, [&] { return ::sem_trywait(readable_); });
    if (result.status == Io::ok && result.value < 0) sys::throw_errno("sem_wait", {}, result.error);
    return result.status;
  }
  void post_writable() {
    if (++emptied_ < per_return_) return;
    for (; emptied_ > 0; --emptied_) post(writable_);
  }
  void wait_returned() { wait(returned_); }
  void post_returned() { post(returned_); }

 private:
  static void wait(sem_t* semaphore) {
    sys::check(retry_interrupted([&] { return ::sem_wait(semaphore); }), "sem_wait");
  }
  static void post(sem_t* semaphore) { sys::check(::sem_post(semaphore), "sem_post"); }

  sem_t* writable_;
  sem_t* readable_;
  sem_t* returned_;
  unsigned per_return_;
  unsigned emptied_ = 0;  // slots that this side has not given back yet
};

// In front of each worker's slots, used with sem=unnamed. Never sem_destroy'd: it frees nothing in glibc, and a killed
// worker may still count as a waiter. They go with the memory.
struct alignas(64) Semaphores {
  sem_t writable;
  sem_t readable;
  sem_t returned;
};

class PosixSession final : public LendingSlotSession<PosixSlotSemaphores> {
 public:
  explicit PosixSession(const SessionSpec& spec) {
    const auto workers = static_cast<std::size_t>(spec.workers);
    const std::size_t bytes = payload_bytes(posix_traits, spec.options);
    const std::size_t slots = slot_count(posix_traits, spec);
    const std::size_t stride_bytes = sizeof(Semaphores) + slot_bytes(bytes) * slots;
    const std::size_t slots_bytes = round_up_to_page(stride_bytes * workers);
    const std::size_t area_bytes = lend_area_bytes(spec.lend_bytes_max);
    segment_ = make_segment(slots_bytes + area_bytes * workers,
                            area_bytes > 0 ? spec.lend_pages : sys::Pages::base, *spec.objects);
    const bool named = option_text(posix_traits, spec.options, "sem") == "named";
    const auto make = [&](sem_t& unnamed, unsigned value) {
      if (named) return named_.emplace_back(value, *spec.objects).get();
      sys::check(::sem_init(&unnamed, 1, value), "sem_init");
      return &unnamed;
    };
    for (std::size_t worker = 0; worker < workers; ++worker) {
      std::byte* const start = segment_.data() + stride_bytes * worker;
      auto& [writable, readable, returned] = *reinterpret_cast<Semaphores*>(start);
      add(spec, {start + sizeof(Semaphores), bytes, slots},
          {make(writable, static_cast<unsigned>(slots)), make(readable, 0), make(returned, 0), slots},
          segment_.bytes().subspan(slots_bytes + area_bytes * worker, area_bytes));
    }
  }

 private:
  sys::Mapping segment_;
  std::vector<NamedSemaphore> named_;
};

Availability probe() {
  const std::size_t wanted =
      sizeof(Semaphores) + slot_bytes(payload_bytes(posix_traits, {})) * slot_count(posix_traits, {});
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
