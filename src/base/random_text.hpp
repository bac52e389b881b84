#pragma once

#include <cstddef>
#include <string>

#include "scaleset/hooks.hpp"

namespace scaleset::base {

/// `digits` lower-case hexadecimal digits.
[[nodiscard]] std::string random_hex(RandomSource& random, std::size_t digits);
/// A version 4 UUID, lower case with hyphens.
[[nodiscard]] std::string random_uuid(RandomSource& random);

}  // namespace scaleset::base
