// Whether two machines are of one class: times measured on them may be set side by side.
//
// The class is made of facts that times depend on and that stay the same until somebody changes the machine:
// architecture, CPU model, cores, caches, amount of memory, page size, whether it is virtual. What an update
// or a setting changes (kernel, governor, limits) does not make another machine; it is told apart, for a
// warning.
//
// All take the object that machine_facts() makes and meta.json holds under "machine". A fact that one side
// does not have counts as different; values of an unexpected type are compared as they are.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

namespace ipcsort::host {

// 16 hexadecimal digits; equal for equal classes.
std::string machine_fingerprint(const nlohmann::ordered_json& machine);

// Every fact of the class and every setting, with its text: {"cpu", "AMD EPYC"}, {"kernel", "Linux 6.18"} ...
std::vector<std::pair<std::string, std::string>> machine_texts(const nlohmann::ordered_json& machine);

// The facts of the class that differ, each as "cpu: AMD EPYC and Intel Xeon"; empty for one class.
std::vector<std::string> differing_facts(const nlohmann::ordered_json& old_machine,
                                         const nlohmann::ordered_json& new_machine);

// Likewise what may differ within a class and still change times: kernel, distribution, governor, limits.
std::vector<std::string> differing_settings(const nlohmann::ordered_json& old_machine,
                                            const nlohmann::ordered_json& new_machine);

}  // namespace ipcsort::host
