// What tells the first transfer, into memory that nobody has touched, from later ones into the same memory; and below which
// time no figure says anything about a transport. Words for findings.json. Pure.
#pragma once

#include <string>
#include <vector>

#include "bench/host/kernel_costs.hpp"
#include "bench/results/findings.hpp"

namespace ipcsort::results {

// For each size that was sent once (--transfer barrier) and again and again (steady), in the order of `conditions`. What was not
// counted in `runs` or measured in `costs` is left out of the words.
std::vector<TwoOrders> two_orders_of(const std::vector<ConditionFindings>& conditions,
                                     const std::vector<SummaryRow>& summary,
                                     const std::vector<std::string>& names, const std::vector<RunRow>& runs,
                                     const host::KernelCosts& costs);

// How long that takes which moves nothing, beside a bare wake-up; "" where it was not measured.
std::string floor_text(const std::vector<SummaryRow>& summary, const host::KernelCosts& costs);

}  // namespace ipcsort::results
