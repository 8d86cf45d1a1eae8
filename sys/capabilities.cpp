#include "sys/capabilities.hpp"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "sys/error.hpp"

namespace ipcsort::sys {

void give_up_capabilities() {
  __user_cap_header_struct head{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  check(::syscall(SYS_capset, &head, none), "capset");
}

}  // namespace ipcsort::sys
