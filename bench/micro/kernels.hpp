// The kernels of the pipeline by themselves.
#pragma once

namespace ipcsort::micro {

// parse, sort, merge and copy become benchmarks of this program.
void register_kernels();

}  // namespace ipcsort::micro
