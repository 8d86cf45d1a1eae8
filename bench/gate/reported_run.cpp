#include "bench/gate/reported_run.hpp"

#include <cmath>
#include <nlohmann/json.hpp>
#include <optional>

#include "bench/gate/program.hpp"
#include "bench/pipeline/settings.hpp"
#include "bench/text/json.hpp"
#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::gate {
namespace {

using nlohmann::ordered_json;

ReportedRun failed(std::string reason) {
  return {.status = ReportedRun::Status::failed, .reason = std::move(reason)};
}

const ordered_json& field(const ordered_json& json, const char* name) {
  const auto found = json.find(name);
  if (found == json.end()) {
    throw NotComparable(std::string{"the JSON of its runs has no field '"} + name +
                        "'; both programs must be of versions that this ipcsort understands");
  }
  return *found;
}

std::string text_of(const ordered_json& json, const char* name) {
  const ordered_json& value = field(json, name);
  return value.is_string() ? sys::printable(value.get<std::string>()) : "";
}

std::optional<double> number(const ordered_json& json, const char* name) {
  const ordered_json& value = field(json, name);
  return value.is_number() ? std::optional(value.get<double>()) : std::nullopt;
}

std::optional<double> sum(const ordered_json& json, std::initializer_list<const char*> names) {
  double total = 0;
  for (const char* name : names) {
    const auto value = number(json, name);
    if (!value) return std::nullopt;
    total += *value;
  }
  return total;
}

std::optional<double> time_of(const ordered_json& json, pipeline::Metric metric) {
  switch (metric) {
    case pipeline::Metric::total: return number(json, "total_s");
    case pipeline::Metric::transfer: return number(json, "transfer_window_s");
    case pipeline::Metric::cpu:
      return sum(json, {"parent_user_s", "parent_system_s", "workers_user_s", "workers_system_s"});
  }
  return std::nullopt;
}

}  // namespace

ReportedRun read_reported_run(const std::string& output, pipeline::Metric metric) {
  ordered_json json;
  try {
    json = text::parse_json(output);
  } catch (const ordered_json::parse_error&) {
    // Then it is no object either.
  }
  if (!json.is_object()) return failed("its answer is no JSON object: '" + last_line(output) + "'");
  if (const std::string status = text_of(json, "status"); status != "ok") {
    const std::string error = text_of(json, "error");
    return failed(status + (error.empty() ? "" : ": " + error));
  }
  field(json, "repeats");  // what does not know --repeat would have run once
  const auto time = time_of(json, metric);
  const auto total = number(json, "total_s");
  const auto is_time = [](const std::optional<double>& value) {
    return value && *value > 0 && std::isfinite(*value);
  };
  if (!is_time(time) || !is_time(total))
    return failed("a run has no " + std::string{to_string(metric)} + " time");
  ReportedRun run;
  run.total_s = *total;
  run.disturbed = number(json, "disturbed") == 1;
  run.figures.time_s = *time;
  run.figures.payload_bytes = number(json, "payload_bytes");
  run.figures.steps = number(json, "steps");
  run.figures.faults = number(json, "faults_minor");
  run.figures.memory_bytes = sum(json, {"parent_rss_bytes_max", "worker_rss_bytes_max"});
  return run;
}

}  // namespace ipcsort::gate
