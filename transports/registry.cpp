#include "transports/registry.hpp"

#include <algorithm>
#include <stdexcept>
#include <string>

namespace ipcsort {

void Registry::add(const Transport& transport) {
  const std::string_view name = transport.traits().name;
  if (find(name) != nullptr) throw std::logic_error("two transports are called " + std::string{name});
  transports_.push_back(&transport);
}

const Transport* Registry::find(std::string_view name) const noexcept {
  const auto found = std::find_if(transports_.begin(), transports_.end(), [&](const Transport* transport) {
    return transport->traits().name == name;
  });
  return found == transports_.end() ? nullptr : *found;
}

}  // namespace ipcsort
