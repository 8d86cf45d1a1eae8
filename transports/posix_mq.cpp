// POSIX message queue, one per worker: messages with boundaries, of a size and number fixed when it is made.
//
// Both sides have the same open queue through the fork. It knows no end of file, but its O_NONBLOCK flag
// belongs to what is open and not to the process: the receiver sets it when it goes, so a worker that runs
// into the full queue afterwards is told instead of blocked.
#include <fcntl.h>
#include <mqueue.h>
#include <sys/resource.h>

#include <algorithm>
#include <limits>
#include <type_traits>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/kernel_file.hpp"
#include "sys/random.hpp"
#include "transports/support/logged_name.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

static_assert(std::is_same_v<mqd_t, int>, "a queue is a descriptor here");

constexpr OptionTraits options[] = {
    {"msgsize", "8K", any_size,
     "most bytes in a message, at most fs.mqueue.msgsize_max unprivileged; when not given, less where the "
     "system allows less"},
};

constexpr Traits mq_traits{
    .name = "posix_mq",
    .summary = "one POSIX message queue per worker",
    .family = Family::message,
    .naming = Naming::posix_name,
    .framing = Framing::message,
    .payload_copies = 2,
    .limit = "msgsize=; the number of queued messages by fs.mqueue.msg_max and RLIMIT_MSGQUEUE",
    .steps_on_the_way = 10,  // fs.mqueue.msg_max, unless raised
    .needs = "a kernel with POSIX_MQUEUE; RLIMIT_MSGQUEUE (ulimit -q) for a message per worker",
    .peer_death = "nothing; the supervisor has to say so",
    .best_for = "small messages with boundaries and few workers; its limits are low by default",
    .options = options,
};

// A number from /proc/sys/fs/mqueue; the kernel's own default where that cannot be read.
std::uint64_t system_limit(const std::string& name, std::uint64_t otherwise) {
  return sys::first_number("/proc/sys/fs/mqueue/" + name).value_or(otherwise);
}

std::size_t message_bytes(const Options& chosen) {
  const std::size_t bytes = option_bytes(mq_traits, chosen, "msgsize");
  if (bytes > std::numeric_limits<long>::max())
    throw UsageError("posix_mq: msgsize=" + std::to_string(bytes) + " is more than any queue can have");
  if (chosen.contains("msgsize")) return bytes;
  return std::min(bytes, system_limit("msgsize_max", 8192));
}

std::string remedy(int error, const mq_attr& size) {
  const std::string what =
      std::to_string(size.mq_maxmsg) + " messages of " + std::to_string(size.mq_msgsize) + " bytes";
  switch (error) {
    case EMFILE:
      return what +
             "; raise RLIMIT_MSGQUEUE (ulimit -q) or RLIMIT_NOFILE (ulimit -n), lower msgsize= or "
             "take fewer workers";
    case ENOSPC: return "no more queues; raise fs.mqueue.queues_max or remove some";
    case ENOSYS: return "the kernel has no POSIX message queues (CONFIG_POSIX_MQUEUE)";
    default: return what + "; raise fs.mqueue.msgsize_max or lower msgsize=";
  }
}

// A new queue that has a name for two system calls only.
sys::Fd make_queue(const mq_attr& size, sys::ObjectLog& objects) {
  const LoggedName name(sys::ObjectKind::mq_name, "/ipcsort-" + sys::random_suffix(), objects);
  mq_attr attributes = size;
  sys::Fd queue{::mq_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600, &attributes)};
  if (!queue) sys::throw_errno("mq_open", remedy(errno, size));
  return queue;
}

// What each message costs of RLIMIT_MSGQUEUE beside its bytes (getrlimit(2), on a 64-bit machine).
constexpr std::size_t message_overhead_bytes = 96;

// How many messages each queue should hold: what the system allows, but so that all queues together take no
// more than half of what RLIMIT_MSGQUEUE gives this user for all he runs.
long messages_wanted(int workers, std::size_t message_bytes) {
  const auto most = static_cast<long>(system_limit("msg_max", 10));
  rlimit limit{};
  sys::check(::getrlimit(RLIMIT_MSGQUEUE, &limit), "getrlimit", "RLIMIT_MSGQUEUE");
  if (limit.rlim_cur == RLIM_INFINITY) return most;
  const std::size_t fitting =
      limit.rlim_cur / 2 / static_cast<std::size_t>(workers) / (message_bytes + message_overhead_bytes);
  return std::clamp(static_cast<long>(fitting), 1L, most);
}

// One queue per worker, all alike. What other programs of this user have made counts against the same limit
// and cannot be asked for, so when it is reached the next try is with half the messages, down to one.
std::vector<sys::Fd> make_queues(int workers, std::size_t message_bytes, sys::ObjectLog& objects) {
  mq_attr size{};
  size.mq_msgsize = static_cast<long>(message_bytes);
  for (size.mq_maxmsg = messages_wanted(workers, message_bytes);; size.mq_maxmsg /= 2) {
    try {
      std::vector<sys::Fd> queues;
      while (queues.size() < static_cast<std::size_t>(workers)) queues.push_back(make_queue(size, objects));
      return queues;
    } catch (const std::system_error& error) {
      if (error.code().value() != EMFILE || size.mq_maxmsg == 1) throw;
    }
  }
}

class MqSender final : public Sender {
 public:
  MqSender(sys::Fd queue, std::size_t message_bytes)
      : queue_(std::move(queue)), message_bytes_(message_bytes) {}
  [[nodiscard]] std::size_t step_bytes_max() const noexcept override { return message_bytes_; }

 protected:
  Moved write_some(std::span<const std::byte> bytes) override {
    const int result = retry_interrupted([&] {
      return ::mq_send(queue_.get(), reinterpret_cast<const char*>(bytes.data()), bytes.size(), 0);
    });
    if (result == 0) return {Io::ok, bytes.size()};
    if (errno == EAGAIN) return {Io::closed, 0};
    sys::throw_errno("mq_send", std::to_string(bytes.size()) + " bytes");
  }

 private:
  sys::Fd queue_;
  std::size_t message_bytes_;
};

// A deadline for calls that shall not wait.
constexpr timespec long_ago{0, 0};

class MqReceiver final : public Receiver {
 public:
  MqReceiver(sys::Fd queue, std::size_t message_bytes) : queue_(std::move(queue)), bounce_(message_bytes) {}
  ~MqReceiver() override {
    mq_attr attributes{};
    attributes.mq_flags = O_NONBLOCK;
    ::mq_setattr(queue_.get(), &attributes, nullptr);
    // Whoever blocks already does so until there is room. Made not to wait, also if the flag could not be
    // set.
    while (::mq_timedreceive(queue_.get(), bounce(), bounce_.size(), nullptr, &long_ago) >= 0) continue;
  }

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    // The kernel takes no buffer in which the longest message might not fit.
    const bool direct = bytes.size() >= bounce_.size();
    char* const buffer = direct ? reinterpret_cast<char*>(bytes.data()) : bounce();
    const auto attempt = [&] {
      const ssize_t count = ::mq_timedreceive(queue_.get(), buffer, bounce_.size(), nullptr, &long_ago);
      if (count < 0 && errno == ETIMEDOUT) errno = EAGAIN;
      return count;
    };
    const CallResult result = call_under_watch(
        watch, [&] { return ::mq_receive(queue_.get(), buffer, bounce_.size(), nullptr); }, attempt);
    if (result.status != Io::ok) return {result.status, 0};
    if (result.value < 0) sys::throw_errno("mq_receive", "queue of a worker", result.error);
    const std::size_t length = checked_length(result.value, bytes.size());
    if (!direct) std::copy_n(bounce_.begin(), length, bytes.begin());
    return {Io::ok, length};
  }

 private:
  [[nodiscard]] char* bounce() noexcept { return reinterpret_cast<char*>(bounce_.data()); }

  sys::Fd queue_;
  std::vector<std::byte> bounce_;  // as long as the longest message
};

class MqSession final : public Session {
 public:
  explicit MqSession(const SessionSpec& spec)
      : message_bytes_(message_bytes(spec.options)),
        queues_(make_queues(spec.workers, message_bytes_, *spec.objects)) {}
  [[nodiscard]] std::vector<int> sender_descriptors(int worker) const override {
    return {queues_.at(static_cast<std::size_t>(worker)).get()};
  }
  [[nodiscard]] std::vector<int> receiver_descriptors(int worker) const override {
    return sender_descriptors(worker);
  }
  std::unique_ptr<Sender> make_sender(int worker) override {
    return std::make_unique<MqSender>(take(worker), message_bytes_);
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, std::make_unique<MqReceiver>(take(worker), message_bytes_)};
  }

 private:
  sys::Fd take(int worker) { return std::move(queues_.at(static_cast<std::size_t>(worker))); }

  std::size_t message_bytes_;
  std::vector<sys::Fd> queues_;
};

Availability probe() {
  // A name that nobody has is looked for, which tells whether the call exists and makes nothing.
  const sys::Fd queue{::mq_open("/ipcsort-probe", O_RDONLY | O_CLOEXEC)};
  if (!queue && (errno == ENOSYS || errno == EPERM))
    return {false, "the kernel has no POSIX message queues (CONFIG_POSIX_MQUEUE), or a filter forbids them"};
  rlimit limit{};
  if (::getrlimit(RLIMIT_MSGQUEUE, &limit) == 0 && limit.rlim_cur <= message_overhead_bytes)
    return {false, "RLIMIT_MSGQUEUE allows no message queue; raise it (ulimit -q)"};
  return {};
}

}  // namespace

extern constexpr Mechanism posix_mq{mq_traits, probe, open_session<MqSession>};

}  // namespace ipcsort::transports
