#pragma once

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <iterator>
#include <string>
#include <string_view>

/// What each target defines: one input, any bytes.
void fuzz_one(std::string_view input);

namespace scaleset::fuzz {

/// A property of the code under test. The fuzzer keeps the input that breaks it.
inline void require(bool holds) {
  if (!holds) std::abort();
}

/// No control character: what cannot forge a line of a log.
inline bool is_one_line(std::string_view text) {
  return std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return c < 0x20 || c == 0x7f; });
}

}  // namespace scaleset::fuzz

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size) {
  fuzz_one(std::string_view(reinterpret_cast<char const*>(data), size));
  return 0;
}
