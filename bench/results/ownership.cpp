#include "bench/results/ownership.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <vector>

#include "bench/text/json.hpp"
#include "sys/error.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::results {
namespace {

namespace fs = std::filesystem;

constexpr const char* page_name = "report.html";

// The beginning of a regular file; "" of anything else.
std::string beginning_of(const fs::path& path) {
  std::error_code unreadable;
  if (!fs::is_regular_file(path, unreadable)) return {};
  std::string text(2048, '\0');
  std::ifstream file(path, std::ios::binary);
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

// plots/ gives each chart's elements names of this form.
bool is_own_chart(const fs::path& path) {
  return beginning_of(path).find("id=\"ipcsort-" + path.stem().string() + "\"") != std::string::npos;
}

bool is_own_meta(const fs::path& path) {
  try {
    const nlohmann::ordered_json meta = text::parse_json(sys::read_file(path.string()));
    return meta.is_object() && (meta.contains("plan") || (meta.contains("argv") && meta.contains("schema")));
  } catch (const std::exception&) {
    return false;
  }
}

bool is_own_page(const fs::path& path) {
  return beginning_of(path).find("<title>ipcsort ") != std::string::npos;
}

}  // namespace

void require_own(const std::string& directory, std::span<const std::string> own) {
  const fs::path place = directory;
  if (is_own_meta(place / "meta.json") || is_own_page(place / page_name)) return;
  std::error_code unreadable;
  for (const fs::directory_entry& entry : fs::directory_iterator(place, unreadable)) {
    const std::string name = entry.path().filename().string();
    if (std::ranges::find(own, name) == own.end())
      throw UsageError(fmt::format(
          "{} holds {}, and nothing says that ipcsort wrote it; name another directory with --output, a new "
          "or an empty one",
          directory, sys::printable(name)));
  }
}

void remove_own_page(const std::string& directory) {
  const fs::path place = directory;
  std::error_code ignored;
  if (is_own_page(place / page_name)) fs::remove(place / page_name, ignored);
  std::vector<fs::path> charts;
  for (const fs::directory_entry& entry : fs::directory_iterator(place / "charts", ignored)) {
    if (entry.path().extension() == ".svg" && is_own_chart(entry.path())) charts.push_back(entry.path());
  }
  for (fs::path& chart : charts) {
    fs::remove(chart, ignored);
    fs::remove(chart.replace_extension(".png"), ignored);
  }
  fs::remove(place / "charts", ignored);  // unless somebody else's lie in it
}

}  // namespace ipcsort::results
