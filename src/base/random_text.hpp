#pragma once

#include <cstddef>
#include <string>

#include "scaleset/hooks.hpp"

namespace scaleset::base {

/// A text of `digits` hexadecimal digits in lower case.
[[nodiscard]] std::string random_hex(RandomSource& random, std::size_t digits);
/// A version 4 UUID, in lower case and with hyphens.
[[nodiscard]] std::string random_uuid(RandomSource& random);

}  // namespace scaleset::base
