// XSI (System V) message queue: one for all workers, told apart by the message's type, or one each.
//
// Several receivers wait in msgrcv(2) on the same queue at once, each for its own type. So that no worker can
// fill the queue against the others, each has a share of it (transports/support/xsi_message.hpp): with more
// workers than msgmnb / (2 * msgmax) messages get smaller. With queue=per_worker there is nobody to keep out:
// a worker just blocks in msgsnd(2) while its own queue is full.
#include <deque>
#include <optional>

#include "transports/support/wait.hpp"
#include "transports/support/xsi.hpp"
#include "transports/support/xsi_message.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {
    {"queue", "shared", "shared|per_worker", "one queue for all workers, or one for each"},
};

constexpr Traits msg_traits{
    .name = "xsi_msg",
    .summary = "one XSI message queue, a message type per worker",
    .naming = Naming::xsi_key,
    .framing = Framing::message,
    .payload_copies = 4,
    .limit = "kernel.msgmax, and half of a worker's share of kernel.msgmnb",
    .lends = false,
    .needs = "a kernel with SYSVIPC; 128 bytes of kernel.msgmnb for each worker",
    .peer_death = "nothing; the supervisor has to say so",
    .best_for = "picking messages by type from one mailbox; slower than a pipe for everything else",
    .options = options,
};

// One worker's way to its receiver.
struct Line {
  XsiQueue* queue = nullptr;
  int worker = 0;
  QueueShare share;
  const MessageCredits* credits = nullptr;  // null: the queue is the worker's alone
};

class MsgSender final : public Sender {
 public:
  explicit MsgSender(const Line& line) : line_(line), message_(line.share.message_bytes) {}
  [[nodiscard]] std::size_t step_bytes_max() const noexcept override { return line_.share.message_bytes; }

 protected:
  Moved write_some(std::span<const std::byte> bytes) override {
    if (line_.credits != nullptr && !line_.credits->take(line_.worker)) return {Io::closed, 0};
    if (message_.send(line_.queue->id(), line_.worker, bytes) == 0) return {Io::ok, bytes.size()};
    // The receiver takes its queue with it when it goes.
    if (line_.credits == nullptr && (errno == EIDRM || errno == EINVAL)) return {Io::closed, 0};
    throw_queue_error("msgsnd", line_.queue->id(), errno);
  }

 private:
  Line line_;
  XsiMessage message_;
};

class MsgReceiver final : public Receiver {
 public:
  explicit MsgReceiver(const Line& line) : line_(line), message_(line.share.message_bytes) {}
  ~MsgReceiver() override {
    if (line_.credits != nullptr) {
      line_.credits->close(line_.worker);
    } else {
      line_.queue->remove();
    }
  }
  MsgReceiver(const MsgReceiver&) = delete;
  MsgReceiver& operator=(const MsgReceiver&) = delete;

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    const auto receive = [&](int flags) { return message_.receive(line_.queue->id(), line_.worker, flags); };
    const CallResult result = call_under_watch(
        watch, [&] { return receive(0); }, [&] { return receive(IPC_NOWAIT); });
    if (result.status != Io::ok) return {result.status, 0};
    if (result.value < 0) throw_queue_error("msgrcv", line_.queue->id(), result.error);
    const auto length = static_cast<std::size_t>(result.value);
    if (line_.credits != nullptr) line_.credits->give_back(line_.worker);
    message_.copy_to(bytes, length);
    return {Io::ok, length};
  }

 private:
  Line line_;
  XsiMessage message_;
};

class MsgSession final : public Session {
 public:
  explicit MsgSession(const SessionSpec& spec) {
    const bool shared = option_text(msg_traits, spec.options, "queue") == "shared";
    const int queues = shared ? 1 : spec.workers;
    for (int queue = 0; queue < queues; ++queue) queues_.emplace_back(*spec.objects);
    share_ = share_of(queues_.front(), shared ? spec.workers : 1);
    if (shared) credits_.emplace(spec.workers, share_.messages);
  }
  [[nodiscard]] std::vector<int> sender_descriptors(int) const override { return {}; }
  [[nodiscard]] std::vector<int> receiver_descriptors(int) const override { return {}; }
  std::unique_ptr<Sender> attach_sender(int worker) override {
    return std::make_unique<MsgSender>(line(worker));
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, std::make_unique<MsgReceiver>(line(worker))};
  }

 private:
  Line line(int worker) {
    const std::size_t queue = credits_ ? 0 : static_cast<std::size_t>(worker);
    return {&queues_.at(queue), worker, share_, credits_ ? &*credits_ : nullptr};
  }

  std::deque<XsiQueue> queues_;
  QueueShare share_;
  std::optional<MessageCredits> credits_;
};

class MsgTransport final : public Transport {
 public:
  [[nodiscard]] const Traits& traits() const noexcept override { return msg_traits; }
  [[nodiscard]] Availability probe() const override { return xsi_queue_available(); }
  [[nodiscard]] std::unique_ptr<Session> open(const SessionSpec& spec) const override {
    return std::make_unique<MsgSession>(spec);
  }
};

}  // namespace

const Transport& xsi_msg() {
  static const MsgTransport transport;
  return transport;
}

}  // namespace ipcsort::transports
