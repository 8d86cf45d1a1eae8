#include "datagen/inputs.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <stdexcept>
#include <string_view>
#include <utility>
#include <vector>

#include "datagen/source_file.hpp"
#include "datagen/text.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"
#include "sys/file.hpp"
#include "sys/text.hpp"

namespace ipcsort::datagen {
namespace {

constexpr std::uint64_t worthwhile_bytes = std::uint64_t{1}
                                           << 20;  // below that a scan is as fast as to remember it
constexpr std::size_t lines_max = 1000;
constexpr std::size_t sample_pages = 16;
constexpr std::size_t sample_page_bytes = 4096;
// To be raised whenever a line, or what a fingerprint is, changes.
constexpr std::string_view format_version = "ipcsort-inputs-1 ";

std::string memory_path(const std::string& directory) { return directory + "/inputs"; }

// What a file is known by.
struct Look {
  FileState state;
  std::string words;  // "DEVICE INODE BYTES MTIME SAMPLE"; "": it is not to be remembered
};

Look look_of(const std::string& path) {
  struct stat status {};
  // Looked at first, since merely opening a device can have effects.
  if (::stat(path.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) return {};
  const sys::Fd fd{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC)};
  if (!fd || ::fstat(fd.get(), &status) != 0) return {};
  const FileState state = state_of(status);
  if (!S_ISREG(status.st_mode) || state.bytes < worthwhile_bytes) return {};
  std::string sample(sample_pages * sample_page_bytes, '\0');
  for (std::size_t page = 0; page < sample_pages; ++page) {
    const std::uint64_t offset = (state.bytes - sample_page_bytes) / (sample_pages - 1) * page;
    if (::pread(fd.get(), &sample[page * sample_page_bytes], sample_page_bytes, static_cast<off_t>(offset)) !=
        static_cast<ssize_t>(sample_page_bytes))
      return {};
  }
  return {state, std::to_string(status.st_dev) + ' ' + std::to_string(status.st_ino) + ' ' +
                     std::to_string(state.bytes) + ' ' + std::to_string(state.mtime_ns) + ' ' +
                     sys::hash_text(sample)};
}

struct Remembered {
  std::string look;  // its words
  Fingerprint found;
};

// "LOOK COUNT CHECKSUM CHECK".
std::string line_of(const Remembered& file) {
  std::string line =
      file.look + ' ' + std::to_string(file.found.count) + ' ' + std::to_string(file.found.checksum);
  return line + ' ' + sys::hash_text(std::string{format_version} + line);
}

// Nothing for a line that is not as line_of() made it.
std::optional<Remembered> read_line(const std::string& line) {
  constexpr std::size_t words_of_look = 5;
  const std::vector<std::string> words = sys::split(line, ' ');
  if (words.size() != words_of_look + 3) return std::nullopt;
  Remembered file{sys::join(std::span{words}.first(words_of_look), " "), {}};
  const auto read = [](const std::string& word, std::uint64_t& number) {
    std::from_chars(word.data(), word.data() + word.size(), number);
  };
  read(words[words_of_look], file.found.count);
  read(words[words_of_look + 1], file.found.checksum);
  return line_of(file) == line ? std::optional(std::move(file)) : std::nullopt;
}

std::vector<Remembered> remembered_in(const std::string& directory) {
  std::vector<Remembered> files;
  try {
    struct stat status {};
    if (::stat(directory.c_str(), &status) != 0 || status.st_uid != ::geteuid()) return {};
    for (const std::string& line : sys::split(sys::read_file(memory_path(directory)), '\n')) {
      if (std::optional<Remembered> file = read_line(line)) files.push_back(std::move(*file));
    }
  } catch (const std::system_error&) {
    // There is none, or it cannot be read: all is scanned.
  }
  return files;
}

void remember(const std::string& directory, const std::vector<Remembered>& files) {
  std::string text;
  for (std::size_t i = 0; i < std::min(files.size(), lines_max); ++i) text += line_of(files[i]) + '\n';
  try {
    prepare_directory(directory);
    sys::write_file_atomically(memory_path(directory), text);
  } catch (const std::runtime_error&) {
    // It is scanned again the next time.
  }
}

}  // namespace

Dataset scan_inputs(std::span<const std::string> paths, const std::string& directory, const Stop& stop) {
  std::vector<Look> looks;
  for (const std::string& path : paths) looks.push_back(look_of(path));
  std::vector<Remembered> known;
  if (std::ranges::any_of(looks, [](const Look& look) { return !look.words.empty(); }))
    known = remembered_in(directory);

  std::vector<InputFile> files(paths.size());
  std::vector<std::size_t> unknown;
  std::vector<std::string> unknown_paths;
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const auto found = std::ranges::find(known, looks[i].words, &Remembered::look);
    if (found != known.end()) {
      files[i] = {paths[i], looks[i].state.bytes, looks[i].state.mtime_ns, found->found};
    } else {
      unknown.push_back(i);
      unknown_paths.push_back(paths[i]);
    }
  }
  std::vector<Remembered> news;
  std::vector<InputFile> scanned = scan_files(unknown_paths, stop);
  for (std::size_t i = 0; i < unknown.size(); ++i) {
    const Look& look = looks[unknown[i]];
    if (!look.words.empty() && look.state == FileState{scanned[i].bytes, scanned[i].mtime_ns})
      news.push_back({look.words, scanned[i].fingerprint});
    files[unknown[i]] = std::move(scanned[i]);
  }
  if (!news.empty()) {
    news.insert(news.end(), known.begin(), known.end());
    remember(directory, news);
  }

  Dataset dataset;
  for (const InputFile& file : files) {
    dataset.fingerprint += file.fingerprint;
    dataset.bytes += file.bytes;
  }
  dataset.files = std::move(files);
  dataset.remedy = cleaning_command(directory);
  return dataset;
}

std::optional<std::string> forget_inputs(const std::string& directory) {
  const std::string path = memory_path(directory);
  if (::unlink(path.c_str()) == 0) return path;
  if (errno != ENOENT && errno != ENOTDIR) sys::throw_errno("unlink", escape_path(path));
  return std::nullopt;
}

}  // namespace ipcsort::datagen
