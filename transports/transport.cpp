#include "transports/transport.hpp"

#include <algorithm>
#include <cassert>
#include <ostream>

#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort {
namespace {

// Its default is a word, since no number says "as much as the mechanism takes".
constexpr OptionTraits chunk_option{
    "chunk", "whole", any_size,
    "most bytes of one write; whole: as many as there are, or as the mechanism takes"};

const OptionTraits* find_option(std::span<const OptionTraits> options, std::string_view name) {
  const auto found = std::find_if(options.begin(), options.end(),
                                  [&](const OptionTraits& option) { return option.name == name; });
  return found == options.end() ? nullptr : &*found;
}

// Some mechanisms cut by themselves and have such an option of their own.
bool takes_common_chunk(const Traits& traits) {
  return traits.payload_copies > 0 && find_option(traits.options, chunk_option.name) == nullptr;
}

bool is_legal(const OptionTraits& option, const std::string& value) {
  if (value == option.default_value) return true;
  if (option.values.is_size()) {
    const auto bytes = sys::parse_bytes(value);
    return bytes && *bytes > 0;
  }
  return std::ranges::find(option.values.words(), value) != option.values.words().end();
}

std::string known_options(const Traits& traits) {
  const std::vector<OptionTraits> options = all_options(traits);
  if (options.empty()) return "it has no options";
  std::string text = "it has ";
  for (const OptionTraits& option : options) {
    if (&option != &options.front()) text += ", ";
    text += std::string{option.name} + "=" + option.values.text();
    if (option.values.is_size()) text += " (such as 65536, 64K or 1M)";
  }
  return text;
}

// The end of the message about an option that is none, or has a value that it cannot have.
std::string meant_text(std::span<const OptionTraits> known, const OptionTraits* option, std::string_view name,
                       std::string_view value) {
  std::vector<std::string> names;
  if (option != nullptr) {
    names.assign(option->values.words().begin(), option->values.words().end());
    return sys::hint(value, names);
  }
  for (const OptionTraits& each : known) names.emplace_back(each.name);
  return sys::hint(name, names);
}

}  // namespace

std::string OptionValues::text() const {
  if (is_size()) return "BYTES";
  std::string text;
  for (const std::string_view word : words()) text += (text.empty() ? "" : "|") + std::string{word};
  return text;
}

Io Sender::send(std::span<const std::byte> bytes) {
  const std::size_t step_bytes = std::min(step_bytes_max(), cut_bytes_);
  while (!bytes.empty()) {
    const Moved moved = write_some(bytes.first(std::min(bytes.size(), step_bytes)));
    if (moved.status != Io::ok) return moved.status;
    ++steps_;
    bytes = bytes.subspan(moved.bytes);
  }
  return Io::ok;
}

Io Receiver::receive(std::span<std::byte> bytes, Watch& watch) {
  while (!bytes.empty()) {
    const Moved moved = read_some(bytes, watch);
    if (moved.status != Io::ok) return moved.status;
    bytes = bytes.subspan(moved.bytes);
  }
  return Io::ok;
}

std::vector<OptionTraits> all_options(const Traits& traits) {
  std::vector<OptionTraits> options{traits.options.begin(), traits.options.end()};
  if (takes_common_chunk(traits)) options.push_back(chunk_option);
  return options;
}

std::unique_ptr<Sender> attach_sender(Session& session, int worker, const Traits& traits,
                                      const Options& options) {
  std::unique_ptr<Sender> sender = session.make_sender(worker);
  const auto chunk = options.find(chunk_option.name);
  if (chunk == options.end() || chunk->second == chunk_option.default_value || !takes_common_chunk(traits))
    return sender;
  const auto bytes = sys::parse_bytes(chunk->second);
  assert(bytes.has_value());
  if (*bytes > sender->step_bytes_max()) {
    throw UsageError(std::string{traits.name} + ": chunk=" + std::to_string(*bytes) +
                     " is more than it can carry at once, which is " +
                     std::to_string(sender->step_bytes_max()) + " bytes; use at most that");
  }
  sender->cut_at(*bytes);
  return sender;
}

void check_options(const Traits& traits, const Options& options) {
  const std::vector<OptionTraits> known = all_options(traits);
  for (const auto& [name, value] : options) {
    const OptionTraits* option = find_option(known, name);
    if (option == nullptr || !is_legal(*option, value)) {
      throw UsageError("transport " + std::string{traits.name} + " cannot take " + sys::printable(name) +
                       "=" + sys::printable(value) + ": " + known_options(traits) +
                       meant_text(known, option, name, value));
    }
  }
}

std::string option_text(const Traits& traits, const Options& options, std::string_view name) {
  const OptionTraits* option = find_option(traits.options, name);
  assert(option != nullptr);
  const auto given = options.find(name);
  return given == options.end() ? std::string{option->default_value} : given->second;
}

std::size_t option_bytes(const Traits& traits, const Options& options, std::string_view name) {
  const auto bytes = sys::parse_bytes(option_text(traits, options, name));
  assert(bytes.has_value());
  return *bytes;
}

std::size_t option_index(const Traits& traits, const Options& options, std::string_view name) {
  const auto words = find_option(traits.options, name)->values.words();
  const auto found = std::ranges::find(words, option_text(traits, options, name));
  assert(found != words.end());
  return static_cast<std::size_t>(found - words.begin());
}

std::string_view to_string(Family family) noexcept {
  switch (family) {
    case Family::shared_memory: return "shared_memory";
    case Family::lent_memory: return "lent_memory";
    case Family::single_copy: return "single_copy";
    case Family::stream: return "stream";
    case Family::message: return "message";
    case Family::floor: return "floor";
  }
  return "?";
}

std::string_view title(Family family) noexcept {
  switch (family) {
    case Family::shared_memory: return "shared memory";
    case Family::lent_memory: return "lent memory, read in place";
    case Family::single_copy: return "one copy by the kernel";
    case Family::stream: return "streams";
    case Family::message: return "messages";
    case Family::floor: return "the harness's own floor";
  }
  return "?";
}

std::string_view to_string(Naming naming) noexcept {
  switch (naming) {
    case Naming::anonymous: return "anonymous";
    case Naming::path: return "path";
    case Naming::posix_name: return "posix_name";
    case Naming::xsi_key: return "xsi_key";
  }
  return "?";
}

std::string_view to_string(Framing framing) noexcept {
  switch (framing) {
    case Framing::stream: return "stream";
    case Framing::message: return "message";
    case Framing::region: return "region";
  }
  return "?";
}

std::string_view to_string(Io io) noexcept {
  switch (io) {
    case Io::ok: return "ok";
    case Io::closed: return "closed";
    case Io::peer_died: return "peer died";
    case Io::timed_out: return "timed out";
  }
  return "?";
}

std::ostream& operator<<(std::ostream& out, Io io) { return out << to_string(io); }

}  // namespace ipcsort
