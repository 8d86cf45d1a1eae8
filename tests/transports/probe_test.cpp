// What probe() says where a filter forbids the mechanism's system call.
#include <gtest/gtest.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdio>

#include "transports/registry.hpp"

namespace ipcsort::conformance {
namespace {

struct Forbidden {
  const char* transport;
  unsigned call;
  unsigned error;
  const char* reason;  // a regular expression
};

// For this process, from here on: `call` fails with `error`.
void forbid(unsigned call, unsigned error) {
  sock_filter rules[] = {BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
                         BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | error),
                         BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{std::size(rules), rules};
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 ||
      ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0) {
    std::perror("prctl");
    ::_exit(2);
  }
}

[[noreturn]] void probe_under(const Forbidden& forbidden) {
  const Transport* transport = builtin_transports().find(forbidden.transport);
  forbid(forbidden.call, forbidden.error);
  const Availability availability = transport->probe();
  std::fprintf(stderr, "%s\n", availability.reason.c_str());
  ::_exit(availability.usable ? 1 : 0);
}

class Probe : public ::testing::TestWithParam<Forbidden> {};

TEST_P(Probe, NamesTheCause) {
  EXPECT_EXIT(probe_under(GetParam()), ::testing::ExitedWithCode(0), GetParam().reason);
}

INSTANTIATE_TEST_SUITE_P(
    Transports, Probe,
    ::testing::Values(Forbidden{"pipe_vmsplice", SYS_vmsplice, ENOSYS, "no vmsplice"},
                      Forbidden{"pipe_vmsplice", SYS_vmsplice, EPERM, "seccomp"},
                      Forbidden{"xsi_shm_sem", SYS_shmget, EPERM, "shmget is forbidden"},
                      Forbidden{"xsi_shm_sem", SYS_semget, ENOSYS, "semget is forbidden"},
                      Forbidden{"xsi_shm_sem", SYS_semtimedop, EPERM, "semop is forbidden"},
                      Forbidden{"xsi_shm_mutex", SYS_shmat, ENOSYS, "shmat is forbidden"},
                      Forbidden{"xsi_msg", SYS_msgget, EPERM, "msgget is forbidden"},
                      Forbidden{"xsi_msg", SYS_msgsnd, ENOSYS, "msgsnd is forbidden"},
                      Forbidden{"xsi_msg_sem", SYS_msgrcv, EPERM, "msgrcv is forbidden"},
                      Forbidden{"xsi_msg_sem", SYS_semget, EPERM, "semget is forbidden"},
                      Forbidden{"process_vm_readv", SYS_process_vm_readv, ENOSYS, "CROSS_MEMORY_ATTACH"},
                      Forbidden{"process_vm_readv", SYS_process_vm_readv, EPERM, "seccomp"},
                      Forbidden{"io_uring", SYS_io_uring_setup, ENOSYS, "no io_uring"},
                      Forbidden{"io_uring", SYS_io_uring_setup, EPERM, "seccomp|io_uring_disabled"}),
    [](const auto& parameter) {
      return std::string{parameter.param.transport} +
             (parameter.param.error == ENOSYS ? "_ENOSYS_" : "_EPERM_") +
             std::to_string(parameter.param.call);
    });

}  // namespace
}  // namespace ipcsort::conformance
