// What this process may do beyond any other of its user.
#pragma once

namespace ipcsort::sys {

// Gives all of that up, for this thread and what it starts from now on, without a way back. Throws std::system_error.
void give_up_capabilities();

}  // namespace ipcsort::sys
