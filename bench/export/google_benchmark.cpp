#include "bench/export/google_benchmark.hpp"

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

// By name, which is a family: the entries of its repetitions, in the order in which names first appear.
using Families = Json;

Json& add_entry(Families& families, const std::string& name, double real_s, double cpu_s) {
  return families[name].emplace_back(Json{{"name", name},
                                          {"family_index", 0},
                                          {"per_family_instance_index", 0},
                                          {"run_name", name},
                                          {"run_type", "iteration"},
                                          {"repetitions", 1},
                                          {"repetition_index", 0},
                                          {"threads", 1},
                                          {"iterations", 1},
                                          {"real_time", real_s * 1e9},
                                          {"cpu_time", cpu_s * 1e9},
                                          {"time_unit", "ns"}});
}

Json document_of(const Families& families, const Json& meta) {
  Json benchmarks = Json::array();
  std::size_t family_index = 0;
  for (const Json& family : families) {
    for (std::size_t i = 0; i < family.size(); ++i) {
      Json& entry = benchmarks.emplace_back(family[i]);
      entry["family_index"] = family_index;
      entry["repetition_index"] = i;
      entry["repetitions"] = family.size();
    }
    ++family_index;
  }
  return {{"context", context_of(meta)}, {"benchmarks", std::move(benchmarks)}};
}

template <typename Row>
void add_entries(Families& families, const Row& row, const Value& total_s, const Value& transfer_s,
                 double cpu_s, const Value& transfer_bytes_per_s) {
  if (total_s && *total_s > 0) {
    Json& entry = add_entry(families, benchmark_name("total", row.cell), *total_s, cpu_s);
    entry["items_per_second"] = static_cast<double>(row.cell.numbers) / *total_s;
  }
  if (transfer_s && *transfer_s > 0) {
    Json& entry = add_entry(families, benchmark_name("transfer", row.cell), *transfer_s, cpu_s);
    if (transfer_bytes_per_s) entry["bytes_per_second"] = *transfer_bytes_per_s;
  }
}

}  // namespace

Json google_benchmark_runs(const std::vector<results::RunRow>& runs, const Json& meta) {
  Families families = Json::object();
  for (const results::RunRow& run : runs) {
    if (run.warm || !run.is_ok()) continue;
    double cpu_s = 0;
    for (const Value& part :
         {run.parent_user_s, run.parent_system_s, run.workers_user_s, run.workers_system_s})
      cpu_s += part.value_or(0);
    add_entries(families, run, run.total_s, run.transfer_window_s, cpu_s, run.transfer_bytes_per_s);
  }
  return document_of(families, meta);
}

Json google_benchmark_medians(const std::vector<results::SummaryRow>& summary, const Json& meta) {
  Families families = Json::object();
  for (const results::SummaryRow& row : summary) {
    add_entries(families, row, row.total_s_median, row.transfer_window_s.centre, row.cpu_s_median.value_or(0),
                row.transfer_bytes_per_s.centre);
  }
  return document_of(families, meta);
}

}  // namespace ipcsort::exports
