#include "transports/transport.hpp"

#include <algorithm>
#include <cassert>

#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort {
namespace {

// Its default is a word, since no number says "as much as the mechanism takes".
constexpr OptionTraits chunk_option{
    "chunk", "whole", "BYTES",
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
  if (option.values == "BYTES") {
    const auto bytes = sys::parse_bytes(value);
    return bytes && *bytes > 0;
  }
  const std::vector<std::string> choices = sys::split(option.values, '|');
  return std::find(choices.begin(), choices.end(), value) != choices.end();
}

std::string known_options(const Traits& traits) {
  const std::vector<OptionTraits> options = all_options(traits);
  if (options.empty()) return "it has no options";
  std::string text = "it has ";
  for (const OptionTraits& option : options) {
    if (&option != &options.front()) text += ", ";
    text += std::string{option.name} + "=" + std::string{option.values};
    if (option.values == "BYTES") text += " (such as 65536, 64K or 1M)";
  }
  return text;
}

// The end of the message about an option that is none, or has a value that it cannot have.
std::string meant_text(std::span<const OptionTraits> known, const OptionTraits* option, std::string_view name,
                       std::string_view value) {
  if (option != nullptr) return sys::hint(value, sys::split(option->values, '|'));
  std::vector<std::string> names;
  for (const OptionTraits& each : known) names.emplace_back(each.name);
  return sys::hint(name, names);
}

}  // namespace

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
  std::unique_ptr<Sender> sender = session.attach_sender(worker);
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

}  // namespace ipcsort
