// The first thing a worker says where anybody could be on the other side.
#pragma once

#include <endian.h>
#include <sys/socket.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <optional>
#include <span>

#include "sys/error.hpp"
#include "sys/random.hpp"
#include "transports/support/wait.hpp"

namespace ipcsort::transports {

// 128 random bits that the parent draws before the fork, so that only its workers know them.
using Token = std::array<std::uint64_t, 2>;

inline Token fresh_token() { return {sys::random_seed(), sys::random_seed()}; }

// Magic number, worker and token, in network byte order.
using Hello = std::array<std::byte, 32>;

inline Hello make_hello(int worker, const Token& token) {
  const std::uint64_t fields[4] = {htobe64(0x6970'6373'6f72'7432),  // "ipcsort2"
                                   htobe64(static_cast<std::uint64_t>(worker)), htobe64(token[0]),
                                   htobe64(token[1])};
  Hello hello;
  static_assert(sizeof fields == sizeof hello);
  std::memcpy(hello.data(), fields, sizeof fields);
  return hello;
}

// Which of `workers` has said `hello`; none when it is not one of this session.
inline std::optional<int> worker_in(const Hello& hello, int workers, const Token& token) {
  std::uint64_t number = 0;
  std::memcpy(&number, hello.data() + sizeof number, sizeof number);
  number = be64toh(number);
  if (number >= static_cast<std::uint64_t>(workers)) return std::nullopt;
  const int worker = static_cast<int>(number);
  return hello == make_hello(worker, token) ? std::optional{worker} : std::nullopt;
}

// On a connected socket.
inline void say_hello(int fd, int worker, const Token& token) {
  const Hello hello = make_hello(worker, token);
  for (std::span<const std::byte> left = hello; !left.empty();) {
    const ssize_t count =
        sys::check(retry_interrupted([&] { return ::send(fd, left.data(), left.size(), MSG_NOSIGNAL); }),
                   "send", "hello; is the parent gone?");
    left = left.subspan(static_cast<std::size_t>(count));
  }
}

}  // namespace ipcsort::transports
