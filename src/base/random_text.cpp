#include "base/random_text.hpp"

#include <string_view>

namespace scaleset::base {
namespace {

constexpr std::string_view kDigits = "0123456789abcdef";

std::size_t random_below(RandomSource& random, std::size_t limit) {
  return static_cast<std::size_t>(random.uniform() * static_cast<double>(limit)) % limit;
}

}  // namespace

std::string random_hex(RandomSource& random, std::size_t digits) {
  std::string text(digits, '0');
  for (char& digit : text) digit = kDigits[random_below(random, 16)];
  return text;
}

std::string random_uuid(RandomSource& random) {
  std::string text = random_hex(random, 36);
  for (std::size_t const hyphen : {8U, 13U, 18U, 23U}) text[hyphen] = '-';
  text[14] = '4';                                   // version
  text[19] = kDigits[8 + random_below(random, 4)];  // variant
  return text;
}

}  // namespace scaleset::base
