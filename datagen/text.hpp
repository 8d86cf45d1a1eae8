// Strange bytes and large sizes, fit for one line of an error message.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace ipcsort::datagen {

// Control characters as \n, \t, \x07 ...; bytes from 0x80 upwards are left alone, since names are UTF-8
// nowadays.
std::string escape_path(std::string_view path);

// The first `length_max` bytes in single quotes, all but printable ASCII escaped: 'abc', '\x00', '12345...'.
std::string quote_token(std::string_view token, std::size_t length_max);

// 1536 -> "1.5 KiB"; below 1 KiB "17 bytes".
std::string describe_bytes(std::uint64_t bytes);

}  // namespace ipcsort::datagen
