// XSI (System V) message queues: one for every four workers, told apart by the message's type, or one each.
//
// Several receivers wait in msgrcv(2) on the same queue at once, each for its own type. So that no worker can
// fill the queue against the others, each has a share of it (transports/support/xsi_message.hpp): with msgmnb
// less than 2 * msgmax for each sharer messages get smaller. With queue=per_worker there is nobody to keep
// out: a worker just blocks in msgsnd(2) while its own queue is full.
#include "transports/support/wait.hpp"
#include "transports/support/xsi.hpp"
#include "transports/support/xsi_message.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {
    {"queue", "shared", OptionValues::one_of("shared", "per_worker"),
     "one queue for up to four workers, or one for each"},
};

constexpr Traits msg_traits{
    .name = "xsi_msg",
    .summary = "an XSI message queue for up to four workers, a message type for each",
    .family = Family::message,
    .naming = Naming::xsi_key,
    .framing = Framing::message,
    .payload_copies = 4,
    .limit = "kernel.msgmax, and half of a worker's share of kernel.msgmnb",
    .needs = "a kernel with SYSVIPC; 512 bytes of kernel.msgmnb",
    .peer_death = "nothing; the supervisor has to say so",
    .best_for = "picking messages by type from one mailbox; slower than a pipe for everything else",
    .options = options,
};

// One worker's way to its receiver.
struct Route {
  XsiQueue* queue = nullptr;
  int worker = 0;
  QueueShare share;
  const MessageCredits* credits = nullptr;  // null: the queue is the worker's alone
};

class MsgSender final : public Sender {
 public:
  explicit MsgSender(const Route& route) : route_(route), message_(route.share.message_bytes) {}
  [[nodiscard]] std::size_t step_bytes_max() const noexcept override { return route_.share.message_bytes; }

 protected:
  Moved write_some(std::span<const std::byte> bytes) override {
    if (route_.credits != nullptr && !route_.credits->take(route_.worker)) return {Io::closed, 0};
    if (message_.send(route_.queue->id(), route_.worker, bytes) == 0) return {Io::ok, bytes.size()};
    // The receiver takes its queue with it when it goes.
    if (route_.credits == nullptr && (errno == EIDRM || errno == EINVAL)) return {Io::closed, 0};
    throw_queue_error("msgsnd", route_.queue->id(), errno);
  }

 private:
  Route route_;
  XsiMessage message_;
};

class MsgReceiver final : public Receiver {
 public:
  explicit MsgReceiver(const Route& route) : route_(route), message_(route.share.message_bytes) {}
  ~MsgReceiver() override {
    if (route_.credits != nullptr) {
      route_.credits->close(route_.worker);
    } else {
      route_.queue->remove();
    }
  }

 protected:
  Moved read_some(std::span<std::byte> bytes, Watch& watch) override {
    const auto receive = [&](int flags) {
      return message_.receive(route_.queue->id(), route_.worker, flags);
    };
    const CallResult result = call_under_watch(
        watch, [&] { return receive(0); }, [&] { return receive(IPC_NOWAIT); });
    if (result.status != Io::ok) return {result.status, 0};
    if (result.value < 0) throw_queue_error("msgrcv", route_.queue->id(), result.error);
    const auto length = static_cast<std::size_t>(result.value);
    if (route_.credits != nullptr) route_.credits->give_back(route_.worker);
    message_.copy_to(bytes, length);
    return {Io::ok, length};
  }

 private:
  Route route_;
  XsiMessage message_;
};

class MsgSession final : public Session {
 public:
  explicit MsgSession(const SessionSpec& spec)
      : is_shared_(option_text(msg_traits, spec.options, "queue") == "shared"),
        queues_(spec.workers, *spec.objects, is_shared_ ? SharedQueues::sharers_max : 1) {}
  std::unique_ptr<Sender> make_sender(int worker) override {
    return std::make_unique<MsgSender>(route(worker));
  }
  Attached attach_receiver(int worker, Watch&) override {
    return {Io::ok, std::make_unique<MsgReceiver>(route(worker))};
  }

 private:
  Route route(int worker) {
    return {&queues_.of(worker), worker, queues_.share(), is_shared_ ? &queues_.credits() : nullptr};
  }

  bool is_shared_;
  SharedQueues queues_;
};

}  // namespace

extern constexpr Mechanism xsi_msg{msg_traits, xsi_queue_available, open_session<MsgSession>};

}  // namespace ipcsort::transports
