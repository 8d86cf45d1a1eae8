#include "bench/messages/interruption.hpp"

#include <signal.h>

#include "sys/error.hpp"

namespace ipcsort::messages {
namespace {

volatile sig_atomic_t arrived = 0;

}  // namespace

void install_interruption() {
  struct sigaction action {};
  action.sa_handler = [](int signal) { arrived = signal; };
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGHUP})
    sys::check(::sigaction(signal, &action, nullptr), "sigaction");
}

int interrupting_signal() noexcept { return arrived; }

std::string interruption() { return arrived == 0 ? "" : "interrupted"; }

}  // namespace ipcsort::messages
