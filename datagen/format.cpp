#include "datagen/format.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <system_error>
#include <utility>
#include <vector>

#include "datagen/fscanf_reader.hpp"
#include "datagen/parallel.hpp"
#include "datagen/source_file.hpp"
#include "datagen/strict_reader.hpp"
#include "datagen/text.hpp"
#include "sys/error.hpp"
#include "sys/fd.hpp"

namespace ipcsort::datagen {
namespace {

// Of a file that several threads scan: some 20 ms each.
constexpr std::uint64_t scan_part_bytes = std::uint64_t{16} << 20;

constexpr std::array<std::string_view, 3> parser_names = {"simd", "from_chars", "fscanf"};

// The first white space in [from, limit), or `limit`.
std::uint64_t find_space(const SourceFile& file, std::uint64_t from, std::uint64_t limit) {
  std::array<char, 4096> block;
  while (from < limit) {
    const auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(block.size(), limit - from));
    const std::span<const char> got(block.data(), file.read_some({block.data(), wanted}, from));
    const auto space = std::find_if(got.begin(), got.end(), is_space);
    from += static_cast<std::uint64_t>(space - got.begin());
    if (space != got.end()) break;
  }
  return from;
}

bool is_inside_number(const SourceFile& file, std::uint64_t offset_bytes) {
  char byte = ' ';
  file.read_some({&byte, 1}, offset_bytes);
  return !is_space(byte);
}

// The bytes of the numbers that start in the segment: a range that cuts no number.
ByteRange resolve(const SourceFile& file, const Segment& segment) {
  const auto [begin, end] = std::pair{segment.begin_bytes, segment.end_bytes};
  if (begin == end) return {begin, begin};
  ByteRange range{begin, end};
  if (begin > 0 && is_inside_number(file, begin - 1)) range.begin_bytes = find_space(file, begin, end);
  if (range.begin_bytes == end) return {end, end};  // all of it belongs to a number that starts earlier
  if (is_inside_number(file, end - 1)) {
    // One character more than a number may have is enough to see that it is too long.
    range.end_bytes = find_space(file, end, std::min(segment.file_bytes, end + token_max + 1));
  }
  return range;
}

std::string_view describe_kind(mode_t mode) {
  if (S_ISDIR(mode)) return "a directory; name the files in it instead";
  if (S_ISFIFO(mode)) return "a FIFO, which can be read only once; save its contents to a file first";
  if (S_ISCHR(mode) || S_ISBLK(mode)) return "a device; save its contents to a file first";
  if (S_ISSOCK(mode)) return "a socket; save its contents to a file first";
  return "not a regular file; save its contents to a file first";
}

std::string describe_error(const std::string& path, int error) {
  struct stat link {};
  if (error == ENOENT && ::lstat(path.c_str(), &link) == 0) {
    return "is a symbolic link that leads nowhere; mend the link or name another file";
  }
  if (error == ENOENT) return "does not exist; check the name";
  if (error == EACCES) return "may not be read by this user; change its permissions or run as its owner";
  return "cannot be opened: " + std::generic_category().message(error);
}

[[noreturn]] void refuse(const std::string& path, std::string_view why) {
  throw UsageError(escape_path(path) + ": " + std::string{why});
}

void check_regular(const struct stat& status, const std::string& path) {
  if (!S_ISREG(status.st_mode)) refuse(path, "is " + std::string{describe_kind(status.st_mode)});
}

SourceFile open_users_file(const std::string& path) {
  struct stat status {};
  // Looked at first, since merely opening a device can have effects ...
  if (::stat(path.c_str(), &status) != 0) refuse(path, describe_error(path, errno));
  check_regular(status, path);
  sys::Fd fd;
  try {
    fd = sys::open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  } catch (const std::system_error& error) {
    refuse(path, describe_error(path, error.code().value()));
  }
  // ... and again, since the name may stand for another file by now.
  sys::check(::fstat(fd.get(), &status), "fstat", escape_path(path));
  check_regular(status, path);
  return {path, state_of(status), std::move(fd)};
}

// A user's file, before it is read.
InputFile look_at_file(const std::string& path) {
  const SourceFile file = open_users_file(path);
  if (file.bytes() == 0 && file.has_content()) {
    refuse(path,
           "its size is 0 and yet it has content, as files of /proc have; copy it into a plain file and name "
           "that");
  }
  return {path, file.bytes(), file.state().mtime_ns, {}};
}

Fingerprint scan_segment(const Segment& segment, const Stop& stop) {
  const SourceFile file(segment.path, {segment.file_bytes, segment.mtime_ns});
  const ByteRange range = resolve(file, segment);
  StrictReader reader(file, range, Parser::simd);
  // Small files may be many.
  std::vector<std::int32_t> numbers(
      std::min(StrictReader::batch_max, numbers_max(range.end_bytes - range.begin_bytes)));
  ReadTimes ignored;
  Fingerprint found;
  while (!reader.done()) {
    check_stop(stop);
    found += fingerprint(std::span{numbers}.first(reader.next(numbers, ignored)));
  }
  file.check_unchanged();
  return found;
}

}  // namespace

ParseError::ParseError(const std::string& path, std::uint64_t offset_bytes, std::string_view fault)
    : std::runtime_error(escape_path(path) + ": byte " + std::to_string(offset_bytes) + ": " +
                         std::string{fault}),
      path_(path),
      offset_bytes_(offset_bytes) {}

std::string_view to_string(Parser parser) noexcept { return parser_names[static_cast<std::size_t>(parser)]; }

std::size_t read_segment(Parser parser, const Segment& segment, std::span<std::int32_t> out,
                         ReadTimes& times) {
  assert(segment.begin_bytes <= segment.end_bytes && segment.end_bytes <= segment.file_bytes);
  const SourceFile file(segment.path, {segment.file_bytes, segment.mtime_ns});
  const ByteRange range = resolve(file, segment);
  const std::size_t count = parser == Parser::fscanf ? read_with_fscanf(file, range, out, times)
                                                     : read_strictly(file, range, parser, out, times);
  file.check_unchanged();
  return count;
}

std::vector<InputFile> scan_files(std::span<const std::string> paths, const Stop& stop) {
  std::vector<InputFile> files;
  std::vector<Segment> parts;
  std::vector<std::size_t> file_of_part;
  for (const std::string& path : paths) {
    files.push_back(look_at_file(path));
    const InputFile& file = files.back();
    for (std::uint64_t begin = 0; begin < file.bytes; begin += scan_part_bytes) {
      const std::uint64_t end = std::min(file.bytes, begin + scan_part_bytes);
      parts.push_back({path, begin, end, file.bytes, file.mtime_ns});
      file_of_part.push_back(files.size() - 1);
    }
  }
  std::vector<Fingerprint> found(parts.size());
  const auto scan = [&](std::size_t part, const Stop& stop_part) {
    found[part] = scan_segment(parts[part], stop_part);
  };
  if (parts.size() == 1) {
    scan(0, stop);  // a thread would take longer to make than most files
  } else {
    in_parallel(parts.size(), scan, stop);
  }
  for (std::size_t part = 0; part < parts.size(); ++part)
    files[file_of_part[part]].fingerprint += found[part];
  return files;
}

}  // namespace ipcsort::datagen
