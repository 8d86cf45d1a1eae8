#include "bench/messages/contest.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>
#include <system_error>

#include "bench/cell/cell_id.hpp"
#include "bench/messages/exchange.hpp"
#include "bench/text/units.hpp"
#include "sys/clock.hpp"
#include "sys/error.hpp"
#include "sys/object_log.hpp"
#include "sys/random.hpp"

namespace ipcsort::messages {
namespace {

constexpr double exchange_s =
    0.03;  // what an exchange is made to take: the start of two processes is small beside it
constexpr std::uint64_t messages_most = 1'000'000;

// The first exchange, which is to warm up and tells how many messages the others have.
std::uint64_t messages_at_first(std::size_t bytes) {
  constexpr std::size_t first_bytes = 4U << 20U;
  return std::clamp<std::uint64_t>(first_bytes / bytes, 8, 1024);
}

// One of one size.
struct Entry {
  std::size_t size, subject;
  std::uint64_t messages;
};

}  // namespace

ContestResult hold(const Contest& contest, const std::function<bool()>& stop,
                   const std::function<void(double, const std::string&)>& on_exchange) {
  ContestResult result;
  result.sizes.assign(contest.message_bytes.size(), std::vector<Contestant>(contest.subjects.size()));
  std::vector<Entry> entries;
  for (std::size_t size = 0; size < contest.message_bytes.size(); ++size) {
    for (std::size_t subject = 0; subject < contest.subjects.size(); ++subject)
      entries.push_back({size, subject, messages_at_first(contest.message_bytes[size])});
  }
  sys::ObjectLog objects;
  const Cpus cpus = usable_pair();
  std::mt19937_64 random{1};
  const sys::Nanoseconds begin = sys::now_ns();
  const auto spent_s = [&] { return static_cast<double>(sys::now_ns() - begin) / 1e9; };
  double block_s = 0;
  std::size_t blocks = 0;
  for (int block = -1; block < contest.blocks_max; ++block) {  // the first is to warm up
    if (block > 0 && spent_s() + block_s > contest.budget_s) break;
    const double before_s = spent_s();
    sys::shuffle(entries, random);
    for (Entry& entry : entries) {
      Contestant& it = result.sizes[entry.size][entry.subject];
      if (!it.error.empty()) continue;
      result.interrupted = stop();
      if (result.interrupted) return result;
      const std::size_t bytes = contest.message_bytes[entry.size];
      const pipeline::Subject& subject = contest.subjects[entry.subject];
      on_exchange(std::min(1.0, spent_s() / contest.budget_s),
                  label(cell::id_of(subject)) + ", messages of " + text::size_text(bytes));
      Condition condition;
      condition.subject = subject;
      condition.message_bytes = bytes;
      condition.cpus = cpus;
      condition.pinning = cpus.second ? Pinning::cross : Pinning::free;
      const Exchanged exchanged = exchange_one_way(condition, entry.messages, objects);
      it.error = exchanged.error;
      if (!it.error.empty()) continue;
      const double message_s = exchanged.seconds / static_cast<double>(entry.messages);
      if (block >= 0) {
        it.message_s.resize(static_cast<std::size_t>(block));
        it.message_s.emplace_back(message_s);
      } else {
        entry.messages = static_cast<std::uint64_t>(
            std::clamp(exchange_s / message_s, 8.0, static_cast<double>(messages_most)));
      }
    }
    block_s = spent_s() - before_s;
    ++blocks;
  }
  for (std::vector<Contestant>& size : result.sizes) {
    for (Contestant& it : size) it.message_s.resize(blocks - 1);
  }
  return result;
}

std::string why_cut(const pipeline::Subject& subject, std::size_t message_bytes) {
  Options whole = subject.options;
  whole["chunk"] = std::to_string(message_bytes);
  sys::ObjectLog objects;
  std::string why;
  try {
    const std::unique_ptr<Session> session = subject.transport->open({1, whole, &objects});
    attach_sender(*session, 0, subject.transport->traits(), whole);
  } catch (const UsageError& error) {
    why = error.what();
  } catch (const std::system_error&) {
    // The exchange says so, with all it knows.
  }
  objects.remove_leftovers();
  return why;
}

}  // namespace ipcsort::messages
