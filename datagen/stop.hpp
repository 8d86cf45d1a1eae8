// How long work is ended from outside: the caller is asked every now and then.
#pragma once

#include <exception>
#include <functional>

namespace ipcsort::datagen {

// Returns true when the work is to end. Empty: never. Called only from the thread that called the function
// which took it; the work so far is undone and Interrupted thrown.
using Stop = std::function<bool()>;

struct Interrupted : std::exception {
  [[nodiscard]] const char* what() const noexcept override { return "interrupted"; }
};

inline void check_stop(const Stop& stop) {
  if (stop && stop()) throw Interrupted{};
}

}  // namespace ipcsort::datagen
