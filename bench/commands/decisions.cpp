#include "bench/commands/decisions.hpp"

#include "bench/messages/rows.hpp"
#include "bench/messages/summary.hpp"
#include "bench/results/overall.hpp"
#include "bench/results/run_row.hpp"
#include "bench/results/schema.hpp"
#include "bench/results/summary.hpp"
#include "sys/file.hpp"

namespace ipcsort::commands {

std::string schema_json() {
  using results::describe_file;
  return results::schema_json({describe_file("runs.csv", results::run_columns()),
                               describe_file("summary.csv", results::summary_columns()),
                               describe_file("overall.csv", results::overall_columns()),
                               describe_file("micro.csv", messages::micro_columns()),
                               describe_file("micro_summary.csv", messages::micro_summary_columns())});
}

Texts decisions_of(const results::Findings& findings) {
  return {{"findings.json", results::findings_json(findings)}, {"schema.json", schema_json()}};
}

Texts decisions_of(const messages::MicroFindings& findings) {
  return {{"micro_findings.json", messages::micro_findings_json(findings)}, {"schema.json", schema_json()}};
}

void write_texts(const std::string& directory, const Texts& texts) {
  for (const auto& [name, text] : texts)
    sys::write_unless_the_same(directory + "/" + std::string{name}, text);
}

}  // namespace ipcsort::commands
