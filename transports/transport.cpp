#include "transports/transport.hpp"

#include <algorithm>
#include <cassert>

#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort {
namespace {

const OptionTraits* find_option(const Traits& traits, std::string_view name) {
  const auto found = std::find_if(traits.options.begin(), traits.options.end(),
                                  [&](const OptionTraits& option) { return option.name == name; });
  return found == traits.options.end() ? nullptr : &*found;
}

bool is_legal(const OptionTraits& option, const std::string& value) {
  if (option.values == "BYTES") {
    const auto bytes = sys::parse_bytes(value);
    return bytes && *bytes > 0;
  }
  const std::vector<std::string> choices = sys::split(option.values, '|');
  return std::find(choices.begin(), choices.end(), value) != choices.end();
}

std::string known_options(const Traits& traits) {
  if (traits.options.empty()) return "it has no options";
  std::string text = "it has ";
  for (const OptionTraits& option : traits.options) {
    if (&option != &traits.options.front()) text += ", ";
    text += std::string{option.name} + "=" + std::string{option.values};
    if (option.values == "BYTES") text += " (such as 65536, 64K or 1M)";
  }
  return text;
}

}  // namespace

Io Sender::send(std::span<const std::byte> bytes) {
  const std::size_t step_bytes = step_bytes_max();
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

void check_options(const Traits& traits, const Options& options) {
  for (const auto& [name, value] : options) {
    const OptionTraits* option = find_option(traits, name);
    if (option == nullptr || !is_legal(*option, value)) {
      throw UsageError("transport " + std::string{traits.name} + " cannot take " + sys::printable(name) +
                       "=" + sys::printable(value) + ": " + known_options(traits));
    }
  }
}

std::string option_text(const Traits& traits, const Options& options, std::string_view name) {
  const OptionTraits* option = find_option(traits, name);
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
