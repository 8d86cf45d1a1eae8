#include "bench/text/json.hpp"

#include <nlohmann/json.hpp>

namespace ipcsort::text {

using nlohmann::ordered_json;

ordered_json to_json(const std::vector<JsonField>& fields) {
  ordered_json json;
  for (const JsonField& field : fields) {
    auto& value = json[std::string{field.name}];  // null
    if (field.text.empty()) continue;
    value = field.is_text ? ordered_json(field.text) : ordered_json::parse(field.text);
  }
  return json;
}

ordered_json parse_json(const std::string& text) { return ordered_json::parse(text); }

std::string compact_json(const ordered_json& json, bool ascii) {
  return json.dump(-1, ' ', ascii, ordered_json::error_handler_t::replace);
}

std::string json_text(const ordered_json& json, int indent) {
  return json.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

std::string json_text(const std::vector<JsonField>& fields) { return json_text(to_json(fields)); }

std::string json_text(const std::vector<std::vector<JsonField>>& rows) {
  auto list = ordered_json::array();
  for (const std::vector<JsonField>& fields : rows) list.push_back(to_json(fields));
  return json_text(list);
}

}  // namespace ipcsort::text
