// The list. One line per transport; each name is the file's stem, the value it defines and the CSV key.
#define IPCSORT_TRANSPORTS(X) \
  X(pipe)                     \
  X(fifo)                     \
  X(pipe_vmsplice)            \
  X(unix_stream)              \
  X(socketpair_stream)        \
  X(tcp_loopback)             \
  X(io_uring)                 \
  X(unix_dgram)               \
  X(socketpair_dgram)         \
  X(socketpair_seqpacket)     \
  X(xsi_msg)                  \
  X(xsi_msg_sem)              \
  X(posix_mq)                 \
  X(mmap_flags)               \
  X(memfd_ring)               \
  X(xsi_shm_sem)              \
  X(xsi_shm_mutex)            \
  X(posix_shm_sem)            \
  X(process_vm_readv)         \
  X(memfd_lend)               \
  X(fd_pass)                  \
  X(null)

#include "transports/registry.hpp"

namespace ipcsort {
namespace transports {

#define IPCSORT_DECLARE(name) extern const Mechanism name;
IPCSORT_TRANSPORTS(IPCSORT_DECLARE)
#undef IPCSORT_DECLARE

}  // namespace transports

Registry builtin_transports() {
  Registry registry;
#define IPCSORT_ADD(name) registry.add(transports::name);
  IPCSORT_TRANSPORTS(IPCSORT_ADD)
#undef IPCSORT_ADD
  return registry;
}

}  // namespace ipcsort
