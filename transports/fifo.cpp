// FIFOs, pipes with a name (fifo(7)): one per worker in a private directory.
//
// How a FIFO is opened without hanging and without missing the end. open(O_RDONLY) waits for a writer, also
// for one that has died before it came; a receiver that opens O_RDWR holds a write end itself and never sees
// EOF. So the parent opens its ends O_RDONLY | O_NONBLOCK, which never waits, and before the fork, so that no
// worker's open(O_WRONLY) ever waits either. In this state read(2) says EOF as long as no writer has been
// there. poll(2) knows better: it reports a hang-up only when a writer has come and gone. So the parent polls
// for the worker's hello, under the Watch, and only then reads. Once that is in both ends are open: the path
// has done its work, O_NONBLOCK goes, and what remains is a pipe.
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <deque>

#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/random.hpp"
#include "transports/support/hello.hpp"
#include "transports/support/logged_name.hpp"
#include "transports/support/pipe.hpp"
#include "transports/support/wait.hpp"
#include "transports/transport.hpp"

namespace ipcsort::transports {
namespace {

constexpr OptionTraits options[] = {capacity_option};

constexpr Traits fifo_traits{
    .name = "fifo",
    .summary = "one FIFO per worker, a pipe that is opened by its path",
    .family = Family::stream,
    .naming = Naming::path,
    .framing = Framing::stream,
    .payload_copies = 2,
    .needs = "Linux 2.6.35; a runtime directory on a file system with FIFOs",
    .peer_death = "EOF, once nobody holds the write end any more",
    .eof_on_death = true,
    .best_for = "programs that can only be given a file name; once it is open it is a pipe",
    .options = options,
    .usual_chunk = "half",
};

struct Fifo {
  Fifo(const std::string& path, const SessionSpec& spec) : name(sys::ObjectKind::path, path, *spec.objects) {
    sys::check(::mkfifo(name.c_str(), 0600), "mkfifo", path);
    read = sys::open_file(path, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    set_pipe_capacity(read.get(), fifo_traits, spec.options);
  }

  LoggedName name;
  sys::Fd read;
};

class FifoSession final : public Session {
 public:
  explicit FifoSession(const SessionSpec& spec)
      : to_come_(spec.workers),
        directory_(sys::ObjectKind::directory, sys::runtime_directory() + "/" + sys::random_suffix(),
                   *spec.objects) {
    sys::check(::mkdir(directory_.c_str(), 0700), "mkdir", directory_.text());
    for (int worker = 0; worker < spec.workers; ++worker)
      fifos_.emplace_back(directory_.text() + "/" + std::to_string(worker), spec);
  }

  [[nodiscard]] std::vector<int> receiver_descriptors(int worker) const override {
    return {fifos_.at(static_cast<std::size_t>(worker)).read.get()};
  }

  std::unique_ptr<Sender> make_sender(int worker) override {
    const std::string& path = fifos_.at(static_cast<std::size_t>(worker)).name.text();
    // The parent's end is open already. Should it be gone, ENXIO is better than to wait for another.
    sys::Fd fd = sys::open_file(path, O_WRONLY | O_NONBLOCK);
    sys::check(::fcntl(fd.get(), F_SETFL, O_WRONLY), "fcntl", "F_SETFL");
    sys::write_all(fd.get(), make_hello(worker, token_), path);
    return std::make_unique<PipeSender>(std::move(fd));
  }

  Attached attach_receiver(int worker, Watch& watch) override {
    Fifo& fifo = fifos_.at(static_cast<std::size_t>(worker));
    pollfd readable{fifo.read.get(), POLLIN, 0};
    const CallResult ready = call_under_watch(
        watch, [&]() -> ssize_t { return ::poll(&readable, 1, -1); },
        [&] { return if_readable(fifo.read.get(), [] { return ssize_t{1}; }); });
    if (ready.status != Io::ok) return {ready.status, nullptr};
    if (ready.value < 0) sys::throw_errno("poll", fifo.name.text(), ready.error);
    sys::check(::fcntl(fifo.read.get(), F_SETFL, O_RDONLY), "fcntl", "F_SETFL");
    auto receiver = std::make_unique<PipeReceiver>(std::move(fifo.read));
    Hello hello{};
    const Io heard = receiver->receive(hello, watch);
    if (heard != Io::ok) return {heard, nullptr};
    // What a stranger writes here cannot be told from what the worker writes after it.
    if (hello != make_hello(worker, token_))
      throw std::runtime_error("somebody else than worker " + std::to_string(worker) + " wrote to " +
                               fifo.name.text());
    fifo.name.remove();
    if (--to_come_ == 0) directory_.remove();
    return {Io::ok, std::move(receiver)};
  }

 private:
  int to_come_;
  Token token_ = fresh_token();
  LoggedName directory_;  // goes after what is in it
  std::deque<Fifo> fifos_;
};

Availability probe() {
  return available_if([] { (void)sys::runtime_directory(); });
}

}  // namespace

extern constexpr Mechanism fifo{fifo_traits, probe, open_session<FifoSession>};

}  // namespace ipcsort::transports
