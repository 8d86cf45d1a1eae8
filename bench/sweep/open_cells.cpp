#include "bench/sweep/open_cells.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <utility>

#include "bench/stats/ranking.hpp"
#include "bench/stats/signed_rank.hpp"

namespace ipcsort::sweep {
namespace {

using results::Purpose;

bool is_anchor(const cell::Cell& cell) {
  return cell.skip_reason.empty() &&
         (cell.subject.kind == pipeline::SubjectKind::memcpy_one_copy || cell.is_floor());
}

// A choice that grows, and what it will cost.
class Chosen {
 public:
  Chosen(const cell::Plan& plan, const History& history)
      : plan_(plan), history_(history), choice_(plan.cells.size()), price_(history) {}

  // With the anchors of its condition, and with what the same run measures for nothing.
  void add(std::size_t cell, Purpose purpose) {
    choose(cell, purpose);
    const auto twin = history_.twin_of(cell);
    if (twin && plan_.cells[cell].settings.is_steady()) choose(*twin, Purpose::shared);
    for (std::size_t other = 0; other < plan_.cells.size(); ++other) {
      const cell::Cell& anchor = plan_.cells[other];
      if (anchor.condition_number == plan_.cells[cell].condition_number && is_anchor(anchor))
        choose(other, Purpose::anchor);
    }
  }
  [[nodiscard]] double cost_s() const noexcept { return price_.s(); }
  [[nodiscard]] const Choice& choice() const noexcept { return choice_; }

 private:
  void choose(std::size_t cell, Purpose purpose) {
    const bool is_by_the_way = purpose == Purpose::anchor || purpose == Purpose::shared;
    if (!choice_[cell] || !is_by_the_way) choice_[cell] = purpose;
    price_.add(cell);
  }

  const cell::Plan& plan_;
  const History& history_;
  Choice choice_;
  History::Price price_;
};

double left_s(const Schedule& schedule, const History& history) {
  return schedule.time_budget_s > 0 ? schedule.time_budget_s - history.cost_s()
                                    : std::numeric_limits<double>::infinity();
}

// ---- precision ----

double half_width_of(const CellHistory& cell) {
  constexpr double unknown = std::numeric_limits<double>::infinity();
  return cell.times_s.empty() ? unknown : stats::relative_half_width(cell.all_times_s()).value_or(unknown);
}

// What can be run at all; what fails is not measured any better by failing more often.
bool is_measurable(const cell::Cell& cell, const CellHistory& history, const Schedule& schedule) {
  return cell.skip_reason.empty() && !history.failed && history.runs < schedule.blocks_max;
}

Choice unsettled_cells(const cell::Plan& plan, const Schedule& schedule, const History& history) {
  std::vector<std::size_t> unsettled;
  for (std::size_t cell = 0; cell < plan.cells.size(); ++cell) {
    const CellHistory& it = history.of(cell);
    if (is_measurable(plan.cells[cell], it, schedule) && !is_settled(it.all_times_s(), schedule.precision))
      unsettled.push_back(cell);
  }
  std::ranges::stable_sort(unsettled, std::greater{},
                           [&](std::size_t cell) { return half_width_of(history.of(cell)); });
  Chosen chosen(plan, history);
  const double left = left_s(schedule, history);
  for (const std::size_t cell : unsettled) {
    History::Price price(history);
    price.add(cell);
    if (chosen.choice()[cell] || chosen.cost_s() + price.s() <= left) chosen.add(cell, Purpose::precision);
  }
  return chosen.choice();
}

// ---- best and order ----

using Wanted = std::vector<std::pair<std::size_t, Purpose>>;

// Of cells that are compared with one another; nothing where all is decided.
Wanted wanted_of(const std::vector<std::size_t>& cells, const Schedule& schedule, const History& history) {
  std::vector<stats::TimesByBlock> times;
  for (const std::size_t cell : cells) times.push_back(history.of(cell).ranked_by_block(history.blocks()));
  stats::OpennessRule rule;
  rule.equivalence = schedule.precision;
  const std::vector<stats::Openness> open = stats::openness_of(times, rule);
  const auto collect = [&](bool stats::Openness::*what, Purpose purpose) {
    Wanted wanted;
    for (std::size_t i = 0; i < cells.size(); ++i) {
      if (open[i].*what && history.of(cells[i]).runs < schedule.blocks_max)
        wanted.emplace_back(cells[i], purpose);
    }
    if (wanted.size() < 2) wanted.clear();  // one alone is compared with nobody
    return wanted;
  };
  Wanted wanted = collect(&stats::Openness::best, Purpose::best);
  if (wanted.empty() && schedule.decide == Decide::order)
    wanted = collect(&stats::Openness::neighbour, Purpose::order);
  return wanted;
}

// What is wanted of each share of the budget.
std::map<std::size_t, Wanted> wanted_by_share(const cell::Plan& plan, const Schedule& schedule,
                                              const History& history) {
  // What is lent and what is copied compete for the total only.
  std::map<std::pair<std::size_t, bool>, std::vector<std::size_t>> rivals;
  for (std::size_t number = 0; number < plan.cells.size(); ++number) {
    const cell::Cell& cell = plan.cells[number];
    const bool competes =
        cell.is_transport() && !cell.is_floor() && cell.skip_reason.empty() && !history.of(number).failed;
    const bool is_apart = cell.lends() && cell.settings.has_barrier();
    if (competes) rivals[{cell.condition_number, is_apart}].push_back(number);
  }
  std::map<std::size_t, Wanted> wanted;
  for (const auto& [_, cells] : rivals) {
    const Wanted some = wanted_of(cells, schedule, history);
    if (!some.empty()) {
      Wanted& of_share = wanted[history.share_of(cells.front())];
      of_share.insert(of_share.end(), some.begin(), some.end());
    }
  }
  return wanted;
}

Choice undecided_cells(const cell::Plan& plan, const Schedule& schedule, const History& history) {
  const std::map<std::size_t, Wanted> wanted = wanted_by_share(plan, schedule, history);
  std::vector<std::size_t> shares;
  double left = left_s(schedule, history);
  double fair_s = left;
  for (const auto& [share, _] : wanted) {
    shares.push_back(share);
    fair_s += history.extra_cost_s(share);
  }
  fair_s /= static_cast<double>(std::max<std::size_t>(1, shares.size()));
  std::ranges::stable_sort(shares, {}, [&](std::size_t share) { return history.extra_cost_s(share); });
  Choice all(plan.cells.size());
  bool is_first = true;
  for (const std::size_t share : shares) {
    Chosen chosen(plan, history);
    for (const auto& [cell, purpose] : wanted.at(share)) chosen.add(cell, purpose);
    const bool is_fair = is_first || history.extra_cost_s(share) + chosen.cost_s() <= fair_s;
    if (chosen.cost_s() > left || !is_fair) continue;
    for (std::size_t cell = 0; cell < all.size(); ++cell) {
      if (chosen.choice()[cell]) all[cell] = chosen.choice()[cell];
    }
    left -= chosen.cost_s();
    is_first = false;
  }
  return all;
}

}  // namespace

Choice open_cells(const cell::Plan& plan, const Schedule& schedule, const History& history) {
  return schedule.decide == Decide::precision ? unsettled_cells(plan, schedule, history)
                                              : undecided_cells(plan, schedule, history);
}

bool is_settled(std::span<const double> times, double precision) {
  constexpr std::size_t least = 7;
  if (times.size() < least) return false;
  const auto narrow = [&](std::span<const double> some) {
    const auto half_width = stats::relative_half_width(some);
    return half_width && *half_width <= precision;
  };
  return narrow(times) && narrow(times.first(times.size() - 1));
}

}  // namespace ipcsort::sweep
