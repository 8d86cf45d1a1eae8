// Kills workers, over all transports in turn, at every point that has a name and at moments that have none,
// and looks at what comes of it: each run must end soon, say who died, and leave nothing.
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/program_options.hpp>
#include <fstream>
#include <iostream>
#include <new>
#include <optional>
#include <random>

#include "bench/pipeline/run.hpp"
#include "sys/error.hpp"
#include "sys/process.hpp"
#include "sys/random.hpp"
#include "sys/text.hpp"
#include "tests/kill_loop/tally.hpp"
#include "tests/kill_loop/world.hpp"
#include "tests/whole_runs.hpp"
#include "transports/registry.hpp"

namespace ipcsort::kill_loop {
namespace {

namespace po = boost::program_options;
using pipeline::Status;

constexpr int workers = 3;
constexpr sys::Nanoseconds hang_ns = 240 * sys::second_ns;
constexpr double nanoseconds_per_ms = 1e6;

// The last is any moment: a SIGKILL from outside.
constexpr std::array<std::string_view, 8> moments = {
    "after_fork", "attached", "ready", "header_sent", "mid_payload", "before_last_byte", "sent", ""};

struct Wish {
  std::uint64_t kills = 0;
  std::uint64_t seconds = 0;  // 0: no limit
  std::uint64_t seed = 0;
  std::string csv_path;
  std::vector<const Transport*> transports;
};

// ---------------------------------------------------------------- a kill from outside

// Written by the process that kills, read when it is gone.
struct Strike {
  sys::Nanoseconds at = 0;  // 0: there was nobody to kill
  int worker = -1;          // -1: not known
};

// Alive, and still a child of `parent`: the number may be another's by now.
bool runs_below(pid_t pid, pid_t parent) {
  std::ifstream file("/proc/" + std::to_string(pid) + "/stat");
  std::string text;
  std::getline(file, text);
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos || text.size() < name_end + 4) return false;
  return text[name_end + 2] != 'Z' && std::stol(text.substr(name_end + 4)) == parent;
}

bool strike_worker(pid_t run, std::uint64_t choice, Strike& strike) {
  const std::vector<pid_t> children = test::children_of(run);
  if (children.empty()) return false;
  const std::size_t index = choice % children.size();
  const sys::Fd victim{static_cast<int>(::syscall(SYS_pidfd_open, children[index], 0))};
  if (!victim || !runs_below(children[index], run)) return false;
  // All are there, so they are still in the order in which they were made.
  if (children.size() == workers) strike.worker = static_cast<int>(index);
  strike.at = sys::now_ns();
  if (::syscall(SYS_pidfd_send_signal, victim.get(), SIGKILL, nullptr, 0) != 0) strike.at = 0;
  return strike.at != 0;
}

// Waits until `when`, then kills the first worker that it gets hold of. Whoever made it ends it when the run
// is over.
[[noreturn]] void strike_process(pid_t loop, sys::Nanoseconds when, std::uint64_t choice, Strike& strike) {
  sys::die_with_parent(loop);
  try {
    const timespec moment{when / sys::second_ns, when % sys::second_ns};
    while (::clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &moment, nullptr) == EINTR) {
    }
    for (;;) {
      for (const pid_t run : test::children_of(loop)) {
        if (run != ::getpid() && strike_worker(run, choice, strike)) ::_exit(0);
      }
      const timespec pause{0, 50'000};  // before the first fork, and after the last worker's end
      ::nanosleep(&pause, nullptr);
    }
  } catch (const std::exception&) {
    ::_exit(1);
  }
}

// ---------------------------------------------------------------- the loop

// ^C and SIGTERM are kept until a run is over; then the loop ends with its report.
void hold_back_signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&set, signal);
  sys::check(::sigprocmask(SIG_BLOCK, &set, nullptr), "sigprocmask");
}

bool told_to_stop() {
  sigset_t set;
  sigemptyset(&set);
  ::sigpending(&set);
  return sigismember(&set, SIGINT) == 1 || sigismember(&set, SIGTERM) == 1 || sigismember(&set, SIGHUP) == 1;
}

class Loop {
 public:
  explicit Loop(Wish wish)
      : wish_(std::move(wish)),
        random_(wish_.seed),
        page_(sys::Mapping::shared_memory(sizeof(Strike))),
        strike_(*new (page_.data()) Strike) {
    for (const Transport* transport : wish_.transports) {
      const std::string name{transport->traits().name};
      subjects_.push_back({transport, hang_ns / 100, Tally{name, 0, 0, 0, 0, 0, {}, {}}});
    }
  }

  void run() {
    const sys::Nanoseconds end =
        sys::now_ns() + static_cast<sys::Nanoseconds>(wish_.seconds) * sys::second_ns;
    std::uint64_t kills = 0;
    for (std::uint64_t round = 0;; ++round) {
      for (std::size_t i = 0; i < subjects_.size(); ++i) {
        Subject& subject = subjects_[i];
        if (kills >= wish_.kills || told_to_stop() || (wish_.seconds != 0 && sys::now_ns() >= end)) return;
        if (round % moments.size() == 0) run_unharmed(subject);
        // Each transport begins elsewhere, so that a short loop sees every point too.
        if (run_struck(subject, moments[(wish_.seed + round + i) % moments.size()])) ++kills;
      }
    }
  }

  [[nodiscard]] std::vector<Tally> tallies() const {
    std::vector<Tally> all;
    for (const Subject& subject : subjects_) all.push_back(subject.tally);
    return all;
  }

 private:
  struct Subject {
    const Transport* transport;
    sys::Nanoseconds usual_ns;  // how long a run takes that nobody harms
    Tally tally;
  };

  [[nodiscard]] std::uint64_t below(std::uint64_t limit) {
    return std::uniform_int_distribution<std::uint64_t>{0, limit - 1}(random_);
  }

  [[nodiscard]] pipeline::Settings any_settings(const Traits& traits) {
    pipeline::Settings settings;
    const bool only_lends = traits.payload_copies == 0;
    if (only_lends || (traits.lends && below(2) == 0)) settings.handover = pipeline::Handover::lend;
    if (below(2) == 0) settings.drain = pipeline::Drain::sequential;
    if (below(2) == 0) settings.transfer = pipeline::TransferMode::barrier;
    return settings;
  }

  [[nodiscard]] pipeline::Job job(const Subject& subject) {
    pipeline::Job job;
    job.subject = {pipeline::SubjectKind::transport, subject.transport, {}};
    job.settings = any_settings(subject.transport->traits());
    job.workers = pipeline::share_out(world_.files(), workers, job.settings.merge);
    job.expected = world_.fingerprint();
    job.deadline_ns = hang_ns;
    return job;
  }

  // The one way to run, and to look afterwards.
  pipeline::RunResult observed(const pipeline::Job& job, sys::Nanoseconds& returned_at,
                               std::vector<std::string>& left) {
    pipeline::RunResult result;
    {
      sys::ObjectLog objects;
      result = pipeline::run_once(job, objects);
      returned_at = sys::now_ns();
      for (const sys::LoggedObject& object : objects.remove_leftovers()) {
        left.push_back("left over: " + describe(object));
      }
    }
    return result;
  }

  void look_for_leaks(Subject& subject, const std::string& what, std::vector<std::string> left) {
    for (std::string& line : world_.leftovers()) left.push_back(std::move(line));
    if (left.empty()) return;
    ++subject.tally.leaks;
    for (const std::string& line : left) complain(what, line);
  }

  static void complain(const std::string& what, const std::string& why) {
    std::cerr << "kill_loop: " << what << ": " << why << "\n";
  }

  // Whatever went before: this run is as good as the first.
  void run_unharmed(Subject& subject) {
    const std::string what = subject.tally.transport + ", nobody killed";
    std::vector<std::string> left;
    sys::Nanoseconds returned_at = 0;
    const sys::Nanoseconds begin = sys::now_ns();
    const pipeline::RunResult result = observed(job(subject), returned_at, left);
    subject.usual_ns = returned_at - begin;
    if (result.status != Status::ok) {
      ++(result.status == Status::timeout ? subject.tally.hangs : subject.tally.wrong);
      complain(what, result.error);
    }
    look_for_leaks(subject, what, std::move(left));
  }

  // False when the run was over before anybody could be killed.
  bool run_struck(Subject& subject, std::string_view moment) {
    pipeline::Job struck = job(subject);
    const bool outside = moment.empty();
    std::string what = subject.tally.transport + (outside ? ", killed from outside" : ", killed at ") +
                       std::string{moment} + ", " + std::string{to_string(struck.settings.transfer)} + ", " +
                       std::string{to_string(struck.settings.drain)} + ", " +
                       std::string{to_string(struck.settings.handover)};
    strike_ = Strike{};
    sys::Child killer;
    if (outside) {
      const auto usual = static_cast<std::uint64_t>(std::max<sys::Nanoseconds>(subject.usual_ns, 1));
      killer = start_killer(sys::now_ns() + static_cast<sys::Nanoseconds>(below(usual)), random_());
    } else {
      const std::uint64_t worker = below(workers);
      struck.fault = pipeline::parse_fault(std::string{moment} + ":kill:" + std::to_string(worker), workers);
      what += ", worker " + std::to_string(worker);
    }
    std::vector<std::string> left;
    sys::Nanoseconds returned_at = 0;
    const pipeline::RunResult result = observed(struck, returned_at, left);
    if (outside) {
      killer.kill(SIGKILL);
      killer.wait();
      killer = {};  // its descriptor is not the run's
    } else {
      strike_ = {result.struck_at, struck.fault->worker};
    }
    const bool counts = judge(subject, what, result, returned_at, !outside);
    look_for_leaks(subject, what, std::move(left));
    return counts;
  }

  [[nodiscard]] sys::Child start_killer(sys::Nanoseconds when, std::uint64_t choice) {
    const pid_t loop = ::getpid();
    const pid_t pid = ::fork();
    if (pid == 0) strike_process(loop, when, choice, strike_);
    return sys::Child(sys::check(pid, "fork", "the process that kills"));
  }

  bool judge(Subject& subject, const std::string& what, const pipeline::RunResult& result,
             sys::Nanoseconds returned_at, bool must_die) {
    Tally& tally = subject.tally;
    const bool nobody_struck = strike_.at == 0;
    if (nobody_struck && !must_die) {
      if (result.status == Status::ok) return false;
      ++tally.wrong;
      complain(what, "nobody was killed, and yet " + result.error);
      return false;
    }
    if (nobody_struck) {
      ++tally.wrong;
      complain(what,
               "the worker never came there; " + std::string{to_string(result.status)} + ": " + result.error);
      return false;
    }
    ++tally.kills;
    if (result.status == Status::timeout || returned_at - strike_.at > hang_ns) {
      ++tally.hangs;
      complain(what, "hung; " + result.error);
      return true;
    }
    if (result.status == Status::ok && !must_die) {
      ++tally.ok_after_sent;
      return true;
    }
    const std::string who =
        strike_.worker < 0 ? "worker " : "worker " + std::to_string(strike_.worker) + " killed by signal 9";
    if (result.status != Status::peer_died || !result.error.starts_with(who) ||
        result.error.find("killed by signal 9 (SIGKILL)") == std::string::npos || result.noticed_at == 0) {
      ++tally.wrong;
      complain(what, std::string{to_string(result.status)} + ": " + result.error);
      return true;
    }
    tally.noticed_ms.push_back(static_cast<double>(result.noticed_at - strike_.at) / nanoseconds_per_ms);
    tally.row_ms.push_back(static_cast<double>(returned_at - strike_.at) / nanoseconds_per_ms);
    return true;
  }

  Wish wish_;
  std::mt19937_64 random_;
  sys::Mapping page_;
  Strike& strike_;
  World world_;  // after the page, which is not left over
  std::vector<Subject> subjects_;
};

// ---------------------------------------------------------------- the command line

std::vector<const Transport*> transports_named(const Registry& registry, const std::string& names) {
  std::vector<const Transport*> chosen;
  if (names != "all") {
    for (const std::string& name : sys::split(names, ',')) {
      const Transport* transport = registry.find(name);
      if (transport == nullptr) {
        throw UsageError("there is no transport '" + sys::printable(name) + "'; see ipcsort list");
      }
      if (const Availability here = transport->probe(); !here.usable) {
        throw UsageError(name + " cannot be used here: " + here.reason);
      }
      chosen.push_back(transport);
    }
    return chosen;
  }
  std::copy_if(registry.all().begin(), registry.all().end(), std::back_inserter(chosen),
               [](const Transport* transport) { return transport->probe().usable; });
  if (chosen.empty()) throw UsageError("no transport can be used here; see ipcsort list");
  return chosen;
}

std::uint64_t count_of(const po::variables_map& values, const char* option) {
  const std::string text = values[option].as<std::string>();
  const auto count = sys::parse_count(text);
  if (!count) {
    throw UsageError("--" + std::string{option} + " '" + sys::printable(text) +
                     "' is not a count such as 500 or 10K");
  }
  return *count;
}

std::optional<Wish> parse(int argc, char** argv, const Registry& registry) {
  Wish wish;
  std::string names;
  po::options_description options("Options");
  // clang-format off
  options.add_options()
      ("help,h", "this text")
      ("kills", po::value<std::string>()->default_value("300"), "so many, over all transports in turn")
      ("seconds", po::value<std::string>()->default_value("0"), "end after so many seconds; 0: no limit")
      ("transports", po::value(&names)->default_value("all"), "all, or names with commas between them")
      ("seed", po::value<std::string>(), "of the random choices; drawn when not given")
      ("csv", po::value(&wish.csv_path), "also write the table to this file");
  // clang-format on
  po::variables_map values;
  po::store(po::command_line_parser(argc, argv).options(options).positional({}).run(), values);
  po::notify(values);
  if (values.count("help") != 0) {
    std::cout
        << "Kills workers of runs, at every named point and at random moments, and looks for hangs, "
           "leaks and\nwrong results. Exit status: 0 none, 1 some, 2 wrong usage, 3 it could not go on.\n\n"
        << options;
    return std::nullopt;
  }
  wish.kills = count_of(values, "kills");
  wish.seconds = count_of(values, "seconds");
  wish.seed = values.count("seed") == 0 ? sys::random_seed() : count_of(values, "seed");
  wish.transports = transports_named(registry, names);
  return wish;
}

int execute(int argc, char** argv) {
  const Registry registry = builtin_transports();
  const std::optional<Wish> wish = parse(argc, argv, registry);
  if (!wish) return 0;
  std::cout << "seed " << wish->seed << "\n" << std::flush;
  hold_back_signals();
  Loop loop(*wish);
  loop.run();
  const std::vector<Tally> tallies = loop.tallies();
  std::cout << table(tallies);
  if (!wish->csv_path.empty()) {
    std::ofstream file(wish->csv_path);
    file << csv(tallies);
    if (!file.flush()) throw std::runtime_error(wish->csv_path + " could not be written");
  }
  return std::all_of(tallies.begin(), tallies.end(), [](const Tally& tally) { return tally.clean(); }) ? 0
                                                                                                       : 1;
}

}  // namespace
}  // namespace ipcsort::kill_loop

int main(int argc, char** argv) {
  try {
    return ipcsort::kill_loop::execute(argc, argv);
  } catch (const ipcsort::UsageError& error) {
    std::cerr << "kill_loop: " << error.what() << "\n";
    return 2;
  } catch (const boost::program_options::error& error) {
    std::cerr << "kill_loop: " << error.what() << "\n";
    return 2;
  } catch (const std::exception& error) {
    std::cerr << "kill_loop: " << error.what() << "\n";
    return 3;
  }
}
