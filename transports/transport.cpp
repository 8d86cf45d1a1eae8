#include "transports/transport.hpp"

#include <algorithm>
#include <cassert>
#include <limits>
#include <ostream>

#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort {
namespace {

// In the order of the enumerations.
constexpr std::string_view family_names[] = {"shared_memory", "lent_memory", "single_copy",
                                             "stream",        "message",     "floor"};
constexpr std::string_view family_titles[] = {
    "shared memory", "lent memory, read in place", "one copy by the kernel", "streams",
    "messages",      "the harness's own floor"};
constexpr std::string_view naming_names[] = {"anonymous", "path", "posix_name", "xsi_key", "address"};
constexpr std::string_view framing_names[] = {"stream", "message", "region"};
constexpr std::string_view io_names[] = {"ok", "closed", "peer died", "timed out"};

template <typename Enumeration>
std::string_view word(std::span<const std::string_view> words, Enumeration value) noexcept {
  return words[static_cast<std::size_t>(value)];
}

// Its defaults are words, since no number says "as much as the mechanism takes".
constexpr std::string_view whole = "whole";
constexpr OptionTraits chunk_option{
    "chunk", whole, any_size,
    "most bytes of one write; whole: as many as there are, or as the mechanism takes"};

constexpr OptionTraits chunk_option_of(const Traits& traits) {
  OptionTraits option = chunk_option;
  if (traits.usual_chunk == whole) return option;
  option.default_value = traits.usual_chunk;
  option.meaning = "most bytes of one write; half: of its buffer, so that both sides have some; or whole";
  return option;
}

const OptionTraits* find_option(std::span<const OptionTraits> options, std::string_view name) {
  const auto found = std::ranges::find(options, name, &OptionTraits::name);
  return found == options.end() ? nullptr : &*found;
}

// Some mechanisms cut by themselves and have such an option of their own.
bool takes_common_chunk(const Traits& traits) {
  return traits.payload_copies > 0 && find_option(traits.options, chunk_option.name) == nullptr;
}

bool is_legal(const OptionTraits& option, const std::string& value) {
  if (value == option.default_value || (option.name == chunk_option.name && value == whole)) return true;
  if (option.values.is_size()) {
    const auto bytes = sys::parse_bytes(value);
    return bytes && *bytes > 0;
  }
  return std::ranges::find(option.values.words(), value) != option.values.words().end();
}

std::string known_options(const Traits& traits) {
  const std::vector<OptionTraits> options = all_options(traits);
  std::vector<std::string> texts;
  for (const OptionTraits& option : options) {
    texts.push_back(std::string{option.name} + "=" + option.values.text() +
                    (option.values.is_size() ? " (such as 65536, 64K, 1M or 1G)" : ""));
  }
  return texts.empty() ? "it has no options" : "it has " + sys::join(texts, ", ");
}

// The end of the message about an option that is none, or has a value that it cannot have.
std::string meant_text(std::span<const OptionTraits> known, const OptionTraits* option, std::string_view name,
                       std::string_view value) {
  std::vector<std::string> names;
  if (option != nullptr && option->values.is_size())
    return "; " + std::string{name} + " is " + std::string{option->meaning};
  if (option != nullptr) {
    names.assign(option->values.words().begin(), option->values.words().end());
    return sys::hint(value, names);
  }
  for (const OptionTraits& each : known) names.emplace_back(each.name);
  return sys::hint(name, names);
}

}  // namespace

std::string OptionValues::text() const { return is_size() ? "BYTES" : sys::join(words(), "|"); }

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
  if (takes_common_chunk(traits)) options.push_back(chunk_option_of(traits));
  return options;
}

std::unique_ptr<Sender> attach_sender(Session& session, int worker, const Traits& traits,
                                      const Options& options) {
  std::unique_ptr<Sender> sender = session.make_sender(worker);
  const auto chunk = options.find(chunk_option.name);
  if (chunk == options.end() || chunk->second == traits.usual_chunk || !takes_common_chunk(traits))
    return sender;
  if (chunk->second == whole) {
    sender->cut_at(std::numeric_limits<std::size_t>::max());
    return sender;
  }
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

std::string_view to_string(Family family) noexcept { return word(family_names, family); }
std::string_view title(Family family) noexcept { return word(family_titles, family); }
std::string_view to_string(Naming naming) noexcept { return word(naming_names, naming); }
std::string_view to_string(Framing framing) noexcept { return word(framing_names, framing); }
std::string_view to_string(Io io) noexcept { return word(io_names, io); }
std::ostream& operator<<(std::ostream& out, Io io) { return out << to_string(io); }

}  // namespace ipcsort
