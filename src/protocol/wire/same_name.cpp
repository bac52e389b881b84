#include "protocol/wire/same_name.hpp"

#include <string>

namespace scaleset::protocol {
namespace {

/// In lower case, each run of characters beyond ASCII as one mark.
std::string comparable(std::string_view name) {
  std::string text;
  for (char const c : name) {
    bool const ascii = static_cast<unsigned char>(c) < 0x80;
    bool const upper = c >= 'A' && c <= 'Z';
    if (upper) text += static_cast<char>(c + ('a' - 'A'));
    if (ascii && !upper) text += c;
    if (!ascii && !text.ends_with('\x7f')) text += '\x7f';
  }
  return text;
}

}  // namespace

bool same_name(std::string_view a, std::string_view b) { return comparable(a) == comparable(b); }

}  // namespace scaleset::protocol
