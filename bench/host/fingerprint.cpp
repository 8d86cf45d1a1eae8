#include "bench/host/fingerprint.hpp"

#include <array>
#include <cmath>
#include <nlohmann/json.hpp>

#include "bench/text/json.hpp"
#include "bench/text/units.hpp"
#include "sys/text.hpp"

namespace ipcsort::host {
namespace {

using nlohmann::ordered_json;

constexpr std::array class_facts = {"architecture", "cpu",       "cores",      "cores_usable",
                                    "caches",       "ram_bytes", "page_bytes", "virtual"};
constexpr std::array settings = {"kernel", "distro", "governor", "turbo", "transparent_hugepages", "limits"};

ordered_json fact(const ordered_json& machine, const std::string& name) {
  return machine.is_object() && machine.contains(name) ? machine[name] : ordered_json();
}

// What the kernel leaves of the memory changes by some percent with its version and its settings. Memory
// comes in sizes of 2^k and 3 * 2^k, so the nearest half power of two tells them apart.
ordered_json rounded_memory(const ordered_json& bytes) {
  if (!bytes.is_number() || bytes.get<double>() < 1) return bytes;
  return std::round(2 * std::log2(bytes.get<double>()));
}

// Equal for facts that count as the same.
std::string essence(const ordered_json& machine, const std::string& name) {
  const ordered_json value = fact(machine, name);
  return text::compact_json(name == "ram_bytes" ? rounded_memory(value) : value);
}

std::string cache_text(const ordered_json& cache) {
  if (!cache.is_object()) return text::compact_json(cache);
  const ordered_json bytes = fact(cache, "bytes");
  return "L" + text::compact_json(fact(cache, "level")) + " " +
         (bytes.is_number() ? text::bytes_text(bytes.get<double>()) : text::compact_json(bytes));
}

std::string value_text(const ordered_json& machine, const std::string& name) {
  const ordered_json value = fact(machine, name);
  if (value.is_null()) return "not recorded";
  if (value.is_string()) return sys::printable(value.get<std::string>());
  if (name == "ram_bytes" && value.is_number()) return text::bytes_text(value.get<double>());
  if (name == "caches" && value.is_array()) {
    std::vector<std::string> caches;
    for (const ordered_json& cache : value) caches.push_back(cache_text(cache));
    return sys::join(caches, " ");
  }
  return text::compact_json(value, true);
}

std::string difference(const ordered_json& old_machine, const ordered_json& new_machine,
                       const std::string& name) {
  return name + ": " + value_text(old_machine, name) + " and " + value_text(new_machine, name);
}

}  // namespace

std::string machine_fingerprint(const ordered_json& machine) {
  std::string text;
  for (const char* name : class_facts) text += std::string{name} + '=' + essence(machine, name) + '\n';
  return sys::hash_text(text);
}

std::vector<std::pair<std::string, std::string>> machine_texts(const ordered_json& machine) {
  std::vector<std::pair<std::string, std::string>> texts;
  for (const char* name : class_facts) texts.emplace_back(name, value_text(machine, name));
  for (const char* name : settings) {
    const ordered_json value = fact(machine, name);
    if (!value.is_object()) {
      texts.emplace_back(name, value_text(machine, name));
      continue;
    }
    for (const auto& [key, _] : value.items()) texts.emplace_back(key, value_text(value, key));
  }
  return texts;
}

std::vector<std::string> differing_facts(const ordered_json& old_machine, const ordered_json& new_machine) {
  std::vector<std::string> differences;
  for (const char* name : class_facts) {
    if (essence(old_machine, name) != essence(new_machine, name))
      differences.push_back(difference(old_machine, new_machine, name));
  }
  return differences;
}

std::vector<std::string> differing_settings(const ordered_json& old_machine,
                                            const ordered_json& new_machine) {
  std::vector<std::string> differences;
  for (const char* name : settings) {
    const ordered_json before = fact(old_machine, name);
    const ordered_json after = fact(new_machine, name);
    if (before == after) continue;
    if (!before.is_object() || !after.is_object()) {
      differences.push_back(difference(old_machine, new_machine, name));
      continue;
    }
    ordered_json all = before;  // a group of settings: those of them that differ
    all.update(after);
    for (const auto& [key, value] : all.items()) {
      if (fact(before, key) != fact(after, key)) differences.push_back(difference(before, after, key));
    }
  }
  return differences;
}

}  // namespace ipcsort::host
