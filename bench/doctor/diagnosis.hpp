// What `ipcsort doctor` found, as text and as JSON.
#pragma once

#include <nlohmann/json.hpp>
#include <span>
#include <string>
#include <vector>

#include "bench/doctor/measuring.hpp"
#include "bench/doctor/noise.hpp"
#include "bench/doctor/warnings.hpp"
#include "bench/host/activity.hpp"
#include "bench/host/kernel_costs.hpp"
#include "bench/text/csv.hpp"

namespace ipcsort::doctor {

struct Diagnosis {
  nlohmann::ordered_json build = nlohmann::ordered_json::object();  // host::build_facts
  nlohmann::ordered_json facts = nlohmann::ordered_json::object();  // host::machine_facts
  host::Activity activity;
  Noise noise;
  host::KernelCosts costs;
  std::string pilot;  // the cell that `ways` were measured on
  std::vector<MeasuringNoise> ways;
  std::string no_ways_reason;  // where there are none
  std::vector<Warning> warnings;
};

// The facts in groups, aligned; limits with what they mean for the transports.
std::string facts_text(const nlohmann::ordered_json& facts);

// All of it: facts, noise, what the kernel takes, ways of measuring and the best one, warnings with their remedies.
std::string text_of(const Diagnosis& diagnosis);

// {schema, version, git, compiler, flags, build_type, machine, activity, noise, kernel_costs, measuring
// {pilot, effect, ways, best, reason}, warnings}
nlohmann::ordered_json to_json(const Diagnosis& diagnosis);

// All of that a value a row: "machine/cores", "2". Names are the paths in the JSON.
struct Fact {
  std::string name, value;
};
std::vector<Fact> facts_of(const Diagnosis& diagnosis);
const text::Columns<Fact>& fact_columns();

}  // namespace ipcsort::doctor
