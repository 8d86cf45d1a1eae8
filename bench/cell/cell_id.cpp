#include "bench/cell/cell_id.hpp"

#include "sys/error.hpp"
#include "sys/text.hpp"

namespace ipcsort::cell {

using pipeline::SubjectKind;

SubjectId id_of(const pipeline::Subject& subject) {
  return {subject.kind, std::string{name_of(subject)}, subject.options};
}

SubjectKind subject_kind(std::string_view kind, std::string_view name) {
  const SubjectKind found = kind == kind_name(SubjectKind::transport)
                                ? SubjectKind::transport
                                : pipeline::reference_named(name).value_or(SubjectKind::transport);
  if (kind_name(found) != kind)
    throw UsageError("there is no " + sys::printable(kind) + " " + sys::printable(name));
  return found;
}

std::string options_text(const Options& options) {
  std::string text;
  for (const auto& [name, value] : options) text += (text.empty() ? "" : " ") + name + '=' + value;
  return text;
}

Options read_options(std::string_view text) {
  Options options;
  if (text.empty()) return options;
  for (const std::string& option : sys::split(text, ' ')) {
    const std::size_t equals = option.find('=');
    if (equals == std::string::npos) throw UsageError("not NAME=VALUE, with blanks between several");
    options.emplace(option.substr(0, equals), option.substr(equals + 1));
  }
  return options;
}

std::string label(const SubjectId& subject) {
  std::string text = subject.name;
  for (const auto& [name, value] : subject.options) text += ':' + name + '=' + value;
  return text;
}

std::string_view distribution_text(const DataId& data) noexcept {
  return data.distribution ? to_string(*data.distribution) : "input";
}

bool CellId::is_calibration() const noexcept {
  return subject.kind == SubjectKind::memcpy_one_copy || subject.kind == SubjectKind::memcpy_two_copies;
}

bool CellId::is_floor() const noexcept { return is_transport() && subject.name == "null"; }

CellId CellId::condition() const {
  CellId condition = *this;
  condition.subject = {};
  for (const pipeline::SettingRow& setting : pipeline::settings()) {
    if (!setting.is_in_condition) setting.set(condition.settings, setting.get({}));
  }
  return condition;
}

CellId CellId::work() const {
  CellId work = condition();
  work.workers = 0;
  work.settings.transfer = {};
  work.settings.rounds = {};
  work.settings.drain = {};
  return work;
}

CellId CellId::sent_once() const {
  CellId once = *this;
  once.settings.transfer = pipeline::TransferMode::barrier;
  once.settings = once.settings.settled();
  return once;
}

ComparedBy CellId::compared_by() const noexcept {
  const bool is_clean = settings.has_barrier() && settings.handover == pipeline::Handover::copy;
  return is_clean ? ComparedBy::transfer : ComparedBy::total;
}

std::string describe(const CellId& id) {
  return label(id.subject) + (id.lends() ? " lend, " : ", ") + std::to_string(id.files) +
         (id.files == 1 ? " file, " : " files, ") + sys::format_count(id.numbers) + " numbers, " +
         std::to_string(id.workers) + (id.workers == 1 ? " worker, " : " workers, ") +
         std::string{to_string(id.settings.transfer)};
}

}  // namespace ipcsort::cell
