// The fourth argument of semctl(2), by value; the C library leaves it to its callers to define it.
#pragma once

#include <sys/sem.h>

namespace ipcsort::sys {

union SemctlArgument {
  int val;
  semid_ds* buf;
  unsigned short* array;
  seminfo* info;
};

}  // namespace ipcsort::sys
