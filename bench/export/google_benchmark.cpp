#include "bench/export/google_benchmark.hpp"

#include <map>
#include <nlohmann/json.hpp>
#include <string>

#include "bench/export/benchmark_name.hpp"

namespace ipcsort::exports {
namespace {

using Json = nlohmann::ordered_json;
using Value = std::optional<double>;

Json context_of(const Json& meta) {
  const Json machine = meta.value("machine", Json::object());
  Json context;
  context["date"] = meta.value("started_utc", "");
  context["executable"] = "ipcsort";
  context["num_cpus"] = machine.value("cores_usable", 0);
  context["cpu"] = machine.value("cpu", "");
  context["caches"] = Json::array();  // must be an array for all who read it
  for (const Json& cache : machine.value("caches", Json::array())) {
    context["caches"].push_back({{"type", cache.value("type", "")},
                                 {"level", cache.value("level", 0)},
                                 {"size", cache.value("bytes", 0)}});
  }
  context["ipcsort_version"] = meta.value("version", "");
  context["library_build_type"] = meta.value("build_type", "") == "Debug" ? "debug" : "release";
  return context;
}

struct Times {
  double real_s = 0;
  double cpu_s = 0;
};

Json entry_of(const std::string& name, const Times& times) {
  return {{"name", name},
          {"family_index", 0},
          {"per_family_instance_index", 0},
          {"run_name", name},
          {"run_type", "iteration"},
          {"repetitions", 1},
          {"repetition_index", 0},
          {"threads", 1},
          {"iterations", 1},
          {"real_time", times.real_s * 1e9},
          {"cpu_time", times.cpu_s * 1e9},
          {"time_unit", "ns"}};
}

// Entries under their names, which become the families in the order in which they first appear.
class Entries {
 public:
  Json& add(const std::string& name, const Times& times) {
    const auto [found, is_new] = families_.try_emplace(name, families_.size());
    if (is_new) repetitions_.emplace_back();
    Json entry = entry_of(name, times);
    entry["family_index"] = found->second;
    entry["repetition_index"] = repetitions_[found->second].size();
    repetitions_[found->second].push_back(std::move(entry));
    return repetitions_[found->second].back();
  }

  [[nodiscard]] Json json(const Json& meta) const {
    Json benchmarks = Json::array();
    for (const std::vector<Json>& family : repetitions_) {
      for (Json entry : family) {
        entry["repetitions"] = family.size();
        benchmarks.push_back(std::move(entry));
      }
    }
    return {{"context", context_of(meta)}, {"benchmarks", std::move(benchmarks)}};
  }

 private:
  std::map<std::string, std::size_t> families_;
  std::vector<std::vector<Json>> repetitions_;  // by family
};

template <typename Row>
void add_entries(Entries& entries, const Row& row, const Value& total_s, const Value& transfer_s,
                 double cpu_s, const Value& transfer_bytes_per_s) {
  if (total_s && *total_s > 0) {
    Json& entry = entries.add(benchmark_name("total", row.cell), {*total_s, cpu_s});
    entry["items_per_second"] = static_cast<double>(row.cell.numbers) / *total_s;
  }
  if (transfer_s && *transfer_s > 0) {
    Json& entry = entries.add(benchmark_name("transfer", row.cell), {*transfer_s, cpu_s});
    if (transfer_bytes_per_s) entry["bytes_per_second"] = *transfer_bytes_per_s;
  }
}

}  // namespace

Json google_benchmark_runs(const std::vector<results::RunRow>& runs, const Json& meta) {
  Entries entries;
  for (const results::RunRow& run : runs) {
    if (run.warm || !run.is_ok()) continue;
    double cpu_s = 0;
    for (const Value& part :
         {run.parent_user_s, run.parent_system_s, run.workers_user_s, run.workers_system_s})
      cpu_s += part.value_or(0);
    add_entries(entries, run, run.total_s, run.transfer_window_s, cpu_s, run.transfer_bytes_per_s);
  }
  return entries.json(meta);
}

Json google_benchmark_medians(const std::vector<results::SummaryRow>& summary, const Json& meta) {
  Entries entries;
  for (const results::SummaryRow& row : summary) {
    add_entries(entries, row, row.total_s_median, row.transfer_window_s.centre, row.cpu_s_median.value_or(0),
                row.transfer_bytes_per_s.centre);
  }
  return entries.json(meta);
}

}  // namespace ipcsort::exports
