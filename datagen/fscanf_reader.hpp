// Private to datagen: the same numbers through stdio.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "datagen/format.hpp"
#include "datagen/source_file.hpp"

namespace ipcsort::datagen {

// All numbers of a byte range that cuts no number, by fscanf("%d"). Throws as read_segment does.
std::size_t read_with_fscanf(const SourceFile& file, ByteRange range, std::span<std::int32_t> out,
                             ReadTimes& times);

}  // namespace ipcsort::datagen
