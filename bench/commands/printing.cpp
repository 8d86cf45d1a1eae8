#include "bench/commands/printing.hpp"

#include <unistd.h>

#include <iostream>

#include "bench/messages/summary.hpp"
#include "bench/results/wording.hpp"
#include "sys/file.hpp"

namespace ipcsort::commands {

void print_results(const std::string& directory, const std::vector<results::SummaryRow>& summary,
                   const results::Findings& findings, cli::Format format, const cli::Verbosity& verbosity) {
  const text::Look look = cli::look_of_notes(format);
  if (format == cli::Format::table) {
    std::cout << results::results_text(summary, findings, false, look) << "\n";
  } else if (format == cli::Format::markdown) {
    std::cout << results::results_text(summary, findings, true);
  } else {
    cli::print_rows(results::summary_columns(), summary, format);
  }
  std::vector<std::string> remarks = findings.reservations;
  if (!findings.overall_sentence.empty()) remarks.insert(remarks.begin(), findings.overall_sentence);
  std::ostream& notes = cli::notes_to(format, verbosity);
  notes << text::fitted(findings.headline + "\n", look, text::Tint::strong);
  for (const std::string& remark : remarks) notes << text::fitted(remark + "\n", look);
  notes << "\n"
        << text::fitted("Rows: " + directory + "/runs.csv   by cell: " + directory +
                            "/summary.csv   machine and plan: " + directory + "/meta.json\n",
                        look);
}

void print_micro(const std::vector<messages::MicroRow>& rows, cli::Format format) {
  if (format == cli::Format::csv || format == cli::Format::json)
    return cli::print_rows(messages::micro_columns(), rows, format);
  const text::Look look = text::look_of(STDOUT_FILENO);
  for (const text::Table& table : messages::micro_tables(rows))
    std::cout << (format == cli::Format::table ? table_text(table, look) : markdown_text(table)) << "\n";
}

results::PageResult print_page(const results::PageRequest& request, cli::Format format,
                               const cli::Verbosity& verbosity) {
  std::cout.flush();  // making the page takes seconds, which the table need not wait for
  results::PageResult page = results::make_page(request);
  if (page.complete) {
    cli::notes_to(format, verbosity) << text::fitted(page.text, cli::look_of_notes(format));
  } else {
    std::cerr << text::fitted(page.text, text::look_of(STDERR_FILENO));
  }
  return page;
}

void print_report(const gate::Report& report, cli::Format format, const std::optional<std::string>& output) {
  const std::string text = render(report, format, output ? text::Look{} : text::look_of(STDOUT_FILENO));
  if (output) {
    sys::write_file_atomically(*output, text);
    std::cout << headline(report) << "\n";
  } else {
    std::cout << text;
  }
}

const std::vector<text::FileDescription>& csv_files() {
  using text::described;
  static const std::vector<text::FileDescription> files = {
      {"runs.csv", described(results::run_columns())},
      {"summary.csv", described(results::summary_columns())},
      {"overall.csv", described(results::overall_columns())},
      {"micro.csv", described(messages::micro_columns())},
      {"micro_summary.csv", described(messages::micro_summary_columns())}};
  return files;
}

Texts decisions_of(const results::Findings& findings) {
  return {{"findings.json", findings_json(findings)}, {"schema.json", text::schema_json(csv_files())}};
}

Texts decisions_of(const messages::MicroFindings& findings) {
  return {{"micro_findings.json", micro_findings_json(findings)},
          {"schema.json", text::schema_json(csv_files())}};
}

void write_texts(const std::string& directory, const Texts& texts) {
  for (const auto& [name, text] : texts)
    sys::write_unless_the_same(directory + "/" + std::string{name}, text);
}

}  // namespace ipcsort::commands
