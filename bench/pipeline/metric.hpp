// By which time of a run programs are compared.
#pragma once

#include <string_view>

namespace ipcsort::pipeline {

enum class Metric {
  total,     // first fork until merged
  transfer,  // first byte could flow until the last was received
  cpu        // CPU time of parent and workers, user and system
};

}  // namespace ipcsort::pipeline
