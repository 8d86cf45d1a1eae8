// Threads whose absence can be explained.
#pragma once

#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "sys/error.hpp"

namespace ipcsort::sys {

// std::jthread says no more than "Resource temporarily unavailable"; this names the call and `purpose`.
template <typename Function>
std::jthread start_thread(std::string_view purpose, Function&& function) {
  try {
    return std::jthread(std::forward<Function>(function));
  } catch (const std::system_error& error) {
    throw_errno("pthread_create", purpose, error.code().value());
  }
}

}  // namespace ipcsort::sys
