// The transports there are. Nothing registers itself: whoever builds a Registry writes its content down.
#pragma once

#include <algorithm>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "transports/transport.hpp"

namespace ipcsort {

class Registry {
 public:
  // `transport` must live as long as the registry. Throws std::logic_error when its name is taken.
  void add(const Transport& transport) {
    const std::string_view name = transport.traits().name;
    if (find(name) != nullptr) throw std::logic_error("two transports are called " + std::string{name});
    transports_.push_back(&transport);
  }
  [[nodiscard]] const Transport* find(std::string_view name) const noexcept {
    const auto found =
        std::ranges::find(transports_, name, [](const Transport* it) { return it->traits().name; });
    return found == transports_.end() ? nullptr : *found;
  }
  [[nodiscard]] const std::vector<const Transport*>& all() const noexcept { return transports_; }

 private:
  std::vector<const Transport*> transports_;  // in the order they were added
};

// Every transport of this program (builtin.cpp).
Registry builtin_transports();

}  // namespace ipcsort
