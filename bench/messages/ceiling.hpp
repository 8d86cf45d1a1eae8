// What two processes could do at best: one copies into memory that both see, the other copies out of it, and
// they do nothing else. No transport that copies twice can be faster than that, and how near one comes says
// what its waiting, waking and bookkeeping cost.
#pragma once

#include "transports/transport.hpp"

namespace ipcsort::messages {

// Not in the registry, and good for measuring only: both sides spin without end, so the processes must be
// such as somebody ends (exchange.hpp). Its name is memcpy_two_copies.
const Transport& ceiling();

}  // namespace ipcsort::messages
