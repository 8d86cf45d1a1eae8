// What the tests of tuning share: transports with options that are never opened.
#pragma once

#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "bench/cell/plan.hpp"
#include "transports/transport.hpp"

namespace ipcsort::tune::test {

class OptionsTransport final : public Transport {
 public:
  OptionsTransport(std::string_view name, std::vector<OptionTraits> options, int payload_copies = 2)
      : options_(std::move(options)) {
    traits_.name = name;
    traits_.payload_copies = payload_copies;
    traits_.lends = true;
    traits_.options = options_;
  }
  [[nodiscard]] const Traits& traits() const noexcept override { return traits_; }
  [[nodiscard]] Availability probe() const override { return {}; }
  [[nodiscard]] std::unique_ptr<Session> open(const SessionSpec&) const override { return nullptr; }

 private:
  std::vector<OptionTraits> options_;
  Traits traits_;
};

inline const OptionTraits chunk{"chunk", "whole", any_size, "most bytes of one write"};
inline const OptionTraits capacity{"capacity", "64K", any_size, "size of the buffer"};
inline const OptionTraits sndbuf{"sndbuf", "104K", any_size, "of the socket"};
inline const OptionTraits waiting{"wait", "futex", OptionValues::one_of("futex", "spin", "eventfd"),
                                  "what waiting is"};

inline const OptionsTransport& pipe() {
  static const OptionsTransport transport("pipe", {capacity, chunk});
  return transport;
}

inline cell::Cell cell_of(const Transport& transport, std::uint64_t numbers = 1'000'000) {
  cell::Cell cell;
  cell.subject = cell::id_of({pipeline::SubjectKind::transport, &transport, {}});
  cell.transport = &transport;
  cell.numbers = numbers;
  cell.workers = 2;
  cell.settings.transfer = pipeline::TransferMode::barrier;
  return cell;
}

}  // namespace ipcsort::tune::test
