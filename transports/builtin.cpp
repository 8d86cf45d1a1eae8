// The list. One line per transport; each name is the file's stem, the function it defines and the CSV key.
#define IPCSORT_TRANSPORTS(X) \
  X(pipe)                     \
  X(mmap_flags)               \
  X(xsi_shm_sem)              \
  X(posix_shm_sem)            \
  X(xsi_shm_mutex)            \
  X(xsi_msg)                  \
  X(xsi_msg_sem)              \
  X(posix_mq)                 \
  X(unix_stream)              \
  X(socketpair_dgram)

#include "transports/registry.hpp"

namespace ipcsort {
namespace transports {

#define IPCSORT_DECLARE(name) const Transport& name();
IPCSORT_TRANSPORTS(IPCSORT_DECLARE)
#undef IPCSORT_DECLARE

}  // namespace transports

Registry builtin_transports() {
  Registry registry;
#define IPCSORT_ADD(name) registry.add(transports::name());
  IPCSORT_TRANSPORTS(IPCSORT_ADD)
#undef IPCSORT_ADD
  return registry;
}

}  // namespace ipcsort
