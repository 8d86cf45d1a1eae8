#include "datagen/writer.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <charconv>
#include <span>
#include <system_error>

#include "datagen/cache.hpp"
#include "datagen/manifest.hpp"
#include "datagen/parallel.hpp"
#include "datagen/source_file.hpp"
#include "datagen/text.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace ipcsort::datagen {
namespace {

constexpr std::size_t block_numbers = std::size_t{16} * 1024;
constexpr std::size_t line_max = 12;  // "-2147483648\n"

// A file that is removed again unless it is finished.
class NewFile {
 public:
  explicit NewFile(const std::string& path) : path_(path) {
    try {
      fd_ = sys::open_file(path, O_WRONLY | O_CREAT | O_EXCL, 0666);
    } catch (const std::system_error& error) {
      if (error.code().value() != EEXIST) throw;
      throw UsageError(escape_path(path) +
                       ": exists already and is not overwritten; remove it or choose another name");
    }
  }
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile() {
    if (!finished_) ::unlink(path_.c_str());
  }

  void write(std::span<const char> text) {
    sys::write_all(fd_.get(), std::as_bytes(text), escape_path(path_));
  }

  FileState finish() {
    struct stat status {};
    sys::check(::fstat(fd_.get(), &status), "fstat", escape_path(path_));
    // Some file systems report a full disk or quota only here.
    sys::check(::close(fd_.release()), "close", escape_path(path_));
    finished_ = true;
    return state_of(status);
  }

 private:
  const std::string& path_;
  sys::Fd fd_;
  bool finished_ = false;
};

std::size_t format(std::span<const std::int32_t> numbers, std::span<char> text) {
  char* at = text.data();
  for (const std::int32_t number : numbers) {
    at = std::to_chars(at, at + line_max, number).ptr;
    *at++ = '\n';
  }
  return static_cast<std::size_t>(at - text.data());
}

}  // namespace

InputFile write_file(const std::string& path, const DataSpec& spec, std::uint32_t file_index,
                     const Stop& stop, const std::function<void(std::uint64_t bytes)>& wrote) {
  Generator generator(spec, file_index);
  std::vector<std::int32_t> numbers(block_numbers);
  std::vector<char> text(block_numbers * line_max);
  Fingerprint total;
  NewFile file(path);
  for (;;) {
    check_stop(stop);
    const std::span<const std::int32_t> block = std::span{numbers}.first(generator.fill(numbers));
    if (block.empty()) break;
    total += fingerprint(block);
    const std::size_t bytes = format(block, text);
    file.write(std::span{text}.first(bytes));
    if (wrote) wrote(bytes);
  }
  const FileState state = file.finish();
  return {path, state.bytes, state.mtime_ns, total};
}

void write_numbers(std::span<const std::int32_t> numbers, int fd, const std::string& where) {
  std::vector<char> text(block_numbers * line_max);
  while (!numbers.empty()) {
    const auto block = numbers.first(std::min(numbers.size(), block_numbers));
    sys::write_all(fd, std::as_bytes(std::span{text}.first(format(block, text))), where);
    numbers = numbers.subspan(block.size());
  }
}

std::vector<InputFile> generate_files(const DataSpec& spec, const std::string& directory,
                                      const Progress& progress, const Stop& stop) {
  std::vector<InputFile> files(spec.files);
  std::atomic<std::uint64_t> bytes_done{0};
  const auto write_one = [&](std::size_t index, const Stop& stop_one) {
    const auto i = static_cast<std::uint32_t>(index);
    files[i] = write_file(directory + "/" + file_name(i), spec, i, stop_one,
                          [&](std::uint64_t bytes) { bytes_done += bytes; });
  };
  in_parallel(spec.files, write_one, [&] {
    if (progress) progress(bytes_done, estimated_bytes(spec));
    return stop && stop();
  });
  return files;
}

}  // namespace ipcsort::datagen
