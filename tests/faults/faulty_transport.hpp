// A transport that works, except for one thing that it does wrong for worker 1. What nothing downstream
// notices of it would pass for a result.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "transports/transport.hpp"

namespace ipcsort::faults {

enum class Kind {
  clean,
  drop_chunk,
  duplicate_chunk,
  swap_chunks,
  corrupt_byte,
  flip_bit,  // anywhere, the header of a run included
  truncate,  // half a chunk, then an orderly end
  stall,
  die,
  exit,
  huge_header,   // 2^63 numbers
  short_header,  // one number less than come
  bad_magic,
  open_fails,
  sender_throws,
  receiver_throws,
  attach_fails,
};

std::string_view to_string(Kind kind) noexcept;

class FaultyTransport final : public Transport {
 public:
  // `seed` says where flip_bit strikes; nothing does before `chunks_before` have gone.
  explicit FaultyTransport(Kind kind, std::uint64_t seed = 0, int chunks_before = 0);
  [[nodiscard]] const Traits& traits() const noexcept override { return traits_; }
  [[nodiscard]] Availability probe() const override { return {}; }
  [[nodiscard]] std::unique_ptr<Session> open(const SessionSpec& spec) const override;

 private:
  Kind kind_;
  std::uint64_t seed_;
  int chunks_before_;
  Traits traits_;
};

}  // namespace ipcsort::faults
