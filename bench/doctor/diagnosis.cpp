#include "bench/doctor/diagnosis.hpp"

#include <algorithm>
#include <map>

#include "bench/host/build_info.hpp"
#include "bench/stats/gate.hpp"
#include "bench/text/json.hpp"
#include "bench/text/units.hpp"
#include "sys/text.hpp"

namespace ipcsort::doctor {
namespace {

using nlohmann::ordered_json;

// ---- facts ----

struct FactLine {
  std::string label, value, meaning;
};

// Label and value aligned to the left, then the meaning; nothing without lines.
std::string lines_text(const std::string& title, const std::vector<FactLine>& lines) {
  if (lines.empty()) return {};
  std::size_t label_width = 0;
  std::size_t value_width = 0;
  for (const FactLine& line : lines) {
    label_width = std::max(label_width, line.label.size());
    if (!line.meaning.empty()) value_width = std::max(value_width, line.value.size());
  }
  std::string text = title + "\n";
  for (const FactLine& line : lines) {
    text += "  " + line.label + std::string(label_width - line.label.size() + 2, ' ') + line.value;
    if (!line.meaning.empty()) text += std::string(value_width - line.value.size() + 2, ' ') + line.meaning;
    text += "\n";
  }
  return text;
}

std::string size_text(std::uint64_t bytes) {
  constexpr std::uint64_t unlimited = std::uint64_t{1}
                                      << 62;  // what the kernel writes for "no limit" is above
  return bytes >= unlimited ? "unlimited" : text::size_text(bytes);
}

enum class Unit { plain, bytes };

std::string value_text(const ordered_json& value, Unit unit) {
  if (value.is_boolean()) return value.get<bool>() ? "on" : "off";
  if (value.is_number())
    return unit == Unit::bytes ? size_text(value.get<std::uint64_t>()) : text::compact_json(value);
  std::string text = value.get<std::string>();
  std::replace(text.begin(), text.end(), '\t', ' ');  // the kernel sets numbers apart so
  return text;
}

// A fact by its key, where it is known; "" for a label is the key itself.
struct Named {
  const char* key;
  std::string label;
  Unit unit = Unit::plain;
  const char* meaning = "";
};

std::vector<FactLine> known(const ordered_json& facts, std::initializer_list<Named> names) {
  std::vector<FactLine> lines;
  for (const Named& name : names) {
    if (facts.contains(name.key))
      lines.push_back({name.label.empty() ? name.key : name.label, value_text(facts.at(name.key), name.unit),
                       name.meaning});
  }
  return lines;
}

// "L1 Data 32 KiB, L1 Instruction 32 KiB, L2 1 MiB"
std::string caches_text(const ordered_json& caches) {
  std::string text;
  for (const ordered_json& cache : caches) {
    const auto bytes = cache.at("bytes").get<std::uint64_t>();
    const std::string type = cache.at("type").get<std::string>();
    text += (text.empty() ? "L" : ", L") + text::compact_json(cache.at("level")) +
            (type == "Unified" ? "" : " " + type) + " " + size_text(bytes);
  }
  return text;
}

// Those that the processor has and something is done, or nothing, about.
std::string mitigations_text(const ordered_json& mitigations) {
  std::size_t mitigated = 0;
  std::vector<std::string> open;
  for (const auto& [name, state] : mitigations.items()) {
    const std::string text = state.get<std::string>();
    if (text.starts_with("Mitigation")) ++mitigated;
    if (text.starts_with("Vulnerable")) open.push_back(name);
  }
  std::string text = std::to_string(mitigated) + " in force";
  for (const std::string& name : open) text += (&name == &open.front() ? "; vulnerable: " : ", ") + name;
  return text;
}

std::string cgroup_text(const ordered_json& cgroup) {
  std::string text;
  if (cgroup.contains("cpus")) text = text::fixed(cgroup.at("cpus").get<double>(), 2) + " CPUs' time";
  if (cgroup.contains("memory_bytes"))
    text +=
        (text.empty() ? "" : ", ") + text::bytes_text(cgroup.at("memory_bytes").get<double>()) + " of memory";
  return text.empty() ? "no limit" : text;
}

std::string limits_text(const ordered_json& facts) {
  if (!facts.contains("limits")) return {};
  return lines_text(
      "Limits, and what they mean for transports",
      known(
          facts.at("limits"),
          {{"fs.pipe-max-size", "", Unit::bytes, "the most that capacity= of a pipe may be"},
           {"fs.pipe-user-pages-soft", "", Unit::plain,
            "beyond so many pages (0: no limit) a user's further pipes are small"},
           {"kernel.msgmax", "", Unit::bytes, "the most one XSI message may have"},
           {"kernel.msgmnb", "", Unit::bytes,
            "what an XSI queue holds; when it is full its worker waits for the parent"},
           {"kernel.msgmni", "", Unit::plain, "XSI queues there may be"},
           {"fs.mqueue.msg_max", "", Unit::plain,
            "messages that a POSIX queue holds; when it is full its worker waits"},
           {"fs.mqueue.msgsize_max", "", Unit::bytes, "the most one POSIX message may have"},
           {"rlimit_msgqueue_bytes", "RLIMIT_MSGQUEUE", Unit::bytes,
            "what all POSIX queues of a user take together"},
           {"net.core.wmem_default", "", Unit::bytes,
            "what a Unix socket holds; when it is full its worker waits"},
           {"net.core.wmem_max", "", Unit::bytes, "the most its send buffer may be set to"},
           {"net.unix.max_dgram_qlen", "", Unit::plain, "datagrams that may wait at a Unix socket"},
           {"kernel.shmmax", "", Unit::bytes, "the most one XSI segment may have"},
           {"kernel.shmmni", "", Unit::plain, "XSI segments there may be"},
           {"kernel.sem", "", Unit::plain, "XSI semaphores: of an array, in all, operations at once, arrays"},
           {"dev_shm_bytes", "/dev/shm", Unit::bytes, "all POSIX shared memory at once"},
           {"vm.overcommit_memory", "", Unit::plain,
            "2: generous mappings fail; 0 and 1: only what is touched counts"},
           {"rlimit_as_bytes", "RLIMIT_AS", Unit::bytes, "address space of one process"},
           {"rlimit_memlock_bytes", "RLIMIT_MEMLOCK", Unit::bytes, "memory that may be locked"},
           {"rlimit_nofile", "RLIMIT_NOFILE", Unit::plain, "descriptors: each worker takes a few"},
           {"rlimit_nproc", "RLIMIT_NPROC", Unit::plain, "processes of this user: each worker is one"}}));
}

// ---- noise ----

std::string noise_text(const Noise& noise) {
  std::vector<std::vector<std::string>> table = {{"", "median", "p99", "p99/median", "max", "times"}};
  std::string reasons;
  for (const Probe& probe : noise.probes) {
    const std::string label = "  " + probe.name + ": " + probe.what;
    if (probe.spread) {
      table.push_back({label, text::seconds_text(probe.spread->p50_s),
                       text::seconds_text(probe.spread->p99_s), text::fixed(probe.spread->p99_to_p50(), 2),
                       text::seconds_text(probe.spread->max_s), std::to_string(probe.spread->times)});
    } else {
      reasons += label + ": not possible: " + probe.reason + "\n";
    }
  }
  std::string text = "The same thing again and again\n" + text::aligned(table) + reasons;
  if (noise.foreign_share)
    text += "  other processes took " + text::share_text(*noise.foreign_share) + " of the CPUs";
  if (noise.steal_share) text += ", the hypervisor withheld " + text::share_text(*noise.steal_share);
  return noise.foreign_share || noise.steal_share ? text + "\n" : text;
}

// ---- what the kernel takes ----

std::string micro_text(double time_s) { return text::fixed(time_s * 1e6, 2) + " us"; }

// What follows for what is sent once; "" where it was not measured.
std::string touch_meaning(const host::KernelCosts& costs) {
  constexpr double usual_max_s = 0.5e-6;
  const host::TouchCost* touch = costs.touch("private", host::base_page_bytes);
  if (touch == nullptr) return {};
  const std::string fault = micro_text(*touch->fault_s);
  const std::string decides =
      *touch->fault_s > usual_max_s
          ? "A fault of " + fault +
                " is more than most machines have (0.1 to 0.5 us): in what is sent once, into memory never "
                "touched (--transfer barrier), faults decide the order, not the transports; "
          : "A fault of " + fault +
                " is as on most machines (0.1 to 0.5 us). What is sent once goes into memory never touched "
                "(--transfer barrier), so who takes fewer faults comes first there; ";
  return decides + "--transfer steady leaves them out.\n";
}

std::string costs_text(const host::KernelCosts& costs) {
  std::vector<std::vector<std::string>> table = {{"", "a fault", "a MiB"}};
  std::string reasons;
  for (const host::TouchCost& cost : costs.touches) {
    const std::string label =
        "  first touch of " + cost.memory + " memory by " + text::size_text(cost.page_bytes);
    if (cost.fault_s) {
      table.push_back({label, micro_text(*cost.fault_s), text::fixed(*cost.mib_s * 1e3, 3) + " ms"});
    } else {
      reasons += label + ": not measured: " + cost.reason + "\n";
    }
  }
  std::string text = "What the kernel takes\n";
  if (table.size() > 1) text += text::aligned(table);
  text += reasons;
  for (const host::WakeCost& cost : costs.wakes) {
    text += "  waking " + std::to_string(cost.processes) +
            (cost.processes == 1 ? " sleeping process" : " sleeping processes") +
            ", until the last has seen it: " +
            (cost.wake_s ? micro_text(*cost.wake_s) : "not measured: " + cost.reason) + "\n";
  }
  text += touch_meaning(costs);
  if (std::ranges::any_of(costs.wakes, [](const auto& cost) { return cost.wake_s.has_value(); }))
    text +=
        "What moves in less time than such a wake-up takes is waiting that is measured, not a transport.\n";
  return text;
}

// ---- ways of measuring ----

std::string effect_text() { return text::change_text(stats::GateRule{}.effect); }

std::string pairs_text(std::size_t pairs) {
  constexpr std::size_t most = stats::gate_looks.back();
  return pairs > most ? "more than " + std::to_string(most) : std::to_string(pairs);
}

const MeasuringNoise* find(const std::vector<MeasuringNoise>& ways, const Measuring& how) {
  const auto found = std::ranges::find(ways, how, &MeasuringNoise::how);
  return found == ways.end() || !found->reason.empty() ? nullptr : &*found;
}

std::string best_text(const std::vector<MeasuringNoise>& ways) {
  const auto best = choose_measuring(ways);
  const MeasuringNoise* way = best ? find(ways, *best) : nullptr;
  if (way == nullptr) return "No way of measuring could be judged.\n";
  std::string text = "Measure with " + options_text(*best) + ": ";
  if (way->pairs_needed <= stats::gate_looks.back()) {
    text += effect_text() + " takes about " + std::to_string(way->pairs_needed) + " pairs here";
  } else {
    text += "even so " + effect_text() + " takes " + pairs_text(way->pairs_needed) +
            " pairs here, the gate's limit";
  }
  text += " (a longer or repeated run takes fewer).\n";
  if (best->placement == pipeline::Placement::one) {
    text +=
        "Keep cells with --placement spread besides: on one CPU nothing travels between cores, and what "
        "that\n"
        "costs stays unseen.\n";
  }
  if (best->metric == pipeline::Metric::cpu) {
    text += "Keep --metric total besides: CPU time does not see waiting.\n";
  }
  return text;
}

std::string ways_text(const Diagnosis& diagnosis) {
  if (diagnosis.ways.empty()) return "Ways of measuring: not judged: " + diagnosis.no_ways_reason + "\n";
  constexpr std::size_t few = stats::gate_looks.front();
  const stats::GateRule rule;
  const MeasuringNoise* usual = find(diagnosis.ways, Measuring{});
  std::vector<std::vector<std::string>> table = {{"  placement, memory, metric", "sd", "of the first's",
                                                  "pairs for " + effect_text(),
                                                  std::to_string(few) + " pairs find", "judged by"}};
  std::map<std::string, std::vector<std::string>> not_judged;  // by the reason
  for (const MeasuringNoise& way : diagnosis.ways) {
    const std::string label = std::string{to_string(way.how.placement)} + ", " +
                              std::string{to_string(way.how.memory)} + ", " +
                              std::string{to_string(way.how.metric)};
    if (!way.reason.empty()) {
      not_judged[way.reason].push_back(label);
      continue;
    }
    table.push_back(
        {"  " + label, text::share_text(way.log_sd),
         usual == nullptr || usual->log_sd == 0 ? "" : text::share_text(way.log_sd / usual->log_sd),
         pairs_text(way.pairs_needed),
         "+" + text::share_text(stats::minimum_detectable_effect(way.log_sd, few, rule.screening.alpha,
                                                                 rule.screening.beta)),
         std::to_string(way.pairs) + " pairs"});
  }
  std::string text =
      "Ways of measuring, by pairs of neighbouring runs of " + diagnosis.pilot +
      "\n(sd of the log ratio of a pair as the ranks of the gate see it; pairs for its screening)\n";
  if (table.size() > 1) text += text::aligned(table);
  for (const auto& [reason, labels] : not_judged) {
    const std::string which =
        labels.size() <= 6 ? sys::join(labels, "; ")
                           : std::to_string(labels.size()) + " of " + std::to_string(diagnosis.ways.size());
    text += "  not judged (" + which + "): " + reason + "\n";
  }
  return text + best_text(diagnosis.ways);
}

std::string warnings_text(const std::vector<Warning>& warnings) {
  if (warnings.empty()) return "No warnings.\n";
  std::string text = "Warnings\n";
  for (const Warning& warning : warnings) {
    text += std::string{warning.severity == Severity::spoils ? "  ! " : "  - "} + warning.what + "\n      " +
            warning.remedy + "\n";
  }
  return text +
         "  (! until it is gone, figures cannot be trusted; - they vary more, or mean less, than they "
         "could)\n";
}

}  // namespace

std::string facts_text(const ordered_json& facts) {
  std::vector<FactLine> processor = known(facts, {{"cpu", "CPU"},
                                                  {"architecture", "architecture"},
                                                  {"cores", "CPUs"},
                                                  {"cores_usable", "CPUs we may use"},
                                                  {"smt", "SMT"},
                                                  {"numa_nodes", "NUMA nodes"},
                                                  {"governor", "governor"},
                                                  {"turbo", "turbo"},
                                                  {"clock_source", "clock source"}});
  if (facts.contains("caches") && !facts.at("caches").empty())
    processor.push_back({"caches", caches_text(facts.at("caches")), ""});
  if (facts.contains("mitigations") && !facts.at("mitigations").empty())
    processor.push_back({"mitigations", mitigations_text(facts.at("mitigations")), ""});
  const std::vector<FactLine> memory = known(facts, {{"ram_bytes", "RAM", Unit::bytes},
                                                     {"swap_bytes", "swap", Unit::bytes},
                                                     {"page_bytes", "page", Unit::bytes},
                                                     {"transparent_hugepages", "huge pages"}});
  std::vector<FactLine> system =
      known(facts, {{"kernel", "kernel"}, {"distro", "distribution"}, {"hypervisor", "hypervisor"}});
  if (!system.empty() && system.front().label == "kernel")
    system.front().meaning = "ipcsort needs " + std::string{host::build_info::kernel_needed};
  if (facts.contains("cgroup")) system.push_back({"control group", cgroup_text(facts.at("cgroup")), ""});
  if (facts.contains("fingerprint"))
    system.push_back({"fingerprint", facts.at("fingerprint").get<std::string>(),
                      "results with another one are not comparable with those from here"});
  return lines_text("Processor", processor) + lines_text("Memory", memory) + lines_text("System", system) +
         limits_text(facts);
}

std::string text_of(const Diagnosis& diagnosis) {
  return facts_text(diagnosis.facts) + "\n" + noise_text(diagnosis.noise) + "\n" +
         costs_text(diagnosis.costs) + "\n" + ways_text(diagnosis) + "\n" + warnings_text(diagnosis.warnings);
}

ordered_json to_json(const Diagnosis& diagnosis) {
  ordered_json json;
  json["schema"] = 1;
  json.update(diagnosis.build);
  json["machine"] = diagnosis.facts;
  json["activity"] = to_json(diagnosis.activity);
  json["noise"] = to_json(diagnosis.noise);
  json["kernel_costs"] = to_json(diagnosis.costs);
  ordered_json measuring = {{"pilot", diagnosis.pilot}, {"effect", stats::GateRule{}.effect}};
  measuring["ways"] = to_json(diagnosis.ways);
  const auto best = choose_measuring(diagnosis.ways);
  measuring["best"] = best ? to_json(*best) : ordered_json();
  if (diagnosis.ways.empty()) measuring["reason"] = diagnosis.no_ways_reason;
  json["measuring"] = std::move(measuring);
  json["warnings"] = to_json(diagnosis.warnings);
  return json;
}

std::vector<Fact> facts_of(const Diagnosis& diagnosis) {
  std::vector<Fact> facts;
  const ordered_json flat = to_json(diagnosis).flatten();
  for (const auto& [path, value] : flat.items()) {
    if (value.is_null() || value.is_structured()) continue;  // absent, or an empty list
    facts.push_back(
        {path.substr(1), value.is_string() ? value.get<std::string>() : text::compact_json(value)});
  }
  return facts;
}

const text::Columns<Fact>& fact_columns() {
  static const text::Columns<Fact> columns = {
      text::column("name", "", "path in the JSON", &Fact::name),
      text::column("value", "", "true and false for switches", &Fact::value)};
  return columns;
}

}  // namespace ipcsort::doctor
