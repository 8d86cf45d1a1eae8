// How the project fails: three kinds, told apart by type.
//
//   std::system_error  the world is broken: a system call failed that should not have. what() names the call.
//   UsageError         the user asked for something that cannot be (exit code 2). what() says what to do instead.
//   assertion          a bug of ours.
//
// Expected outcomes (a dead peer, a passed deadline) are values, not exceptions: see
// transports/transport.hpp.
#pragma once

#include <cerrno>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace ipcsort {

class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What was to be compared cannot be, and nobody has done anything wrong (exit_not_comparable): another class
// of machine, another plan, a program of another version.
class NotComparable : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

namespace sys {

// The limit of the user's (setrlimit(2)) that such an error of `call` is about; "" for none.
inline std::string_view limit_behind(int error, std::string_view call) noexcept {
  switch (error) {
    case EMFILE: return "ulimit -n bounds it";
    case EFBIG: return "ulimit -f bounds it";
    case EAGAIN:  // of other calls it says that there is nothing yet
      return call == "fork" || call == "posix_spawn" || call == "pthread_create"
                 ? "ulimit -u, ulimit -v and -d for the stack of a thread, or pids.max of the control group "
                   "bounds it"
                 : "";
    case ENOMEM: return "the machine's memory, ulimit -v or -d, or memory.max of the control group bounds it";
    default: return "";
  }
}

// Throws std::system_error for `error` with the text "CALL(WHERE): meaning", and after WHERE the limit that was reached.
[[noreturn]] inline void throw_errno(std::string_view call, std::string_view where = {}, int error = errno) {
  const std::string_view limit = limit_behind(error, call);
  std::string place{where};
  if (!limit.empty()) place.append(where.empty() ? "" : "; ").append(limit);
  std::string text{call};
  if (!place.empty()) text += '(' + place + ')';
  throw std::system_error(error, std::generic_category(), text);
}

// Returns `result` unless it is -1, which throws as throw_errno does.
template <typename Result>
Result check(Result result, std::string_view call, std::string_view where = {}) {
  if (result == static_cast<Result>(-1)) throw_errno(call, where);
  return result;
}

// What `call()` returns once no signal interrupts it.
template <typename Call>
auto retry_interrupted(Call call) {
  for (;;) {
    const auto result = call();
    if (result >= 0 || errno != EINTR) return result;
  }
}

}  // namespace sys
}  // namespace ipcsort
