#include "base/json_text.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace scaleset::base {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) {
  return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
}

/// How many bytes at the front are below 0x80, rounded down to a multiple of eight. Looking at
/// eight bytes at a time pays off, because messages are long and nearly always all ASCII.
std::size_t ascii_prefix(std::string_view text) {
  constexpr std::uint64_t high_bits = 0x8080808080808080U;
  std::size_t at = 0;
  for (std::uint64_t word = 0; text.size() - at >= sizeof word; at += sizeof word) {
    std::memcpy(&word, text.data() + at, sizeof word);
    if ((word & high_bits) != 0) break;
  }
  return at;
}

/// The length of the UTF-8 sequence at the front; 0 if there is none. Overlong forms, surrogates
/// and numbers beyond U+10FFFF are not valid sequences.
std::size_t sequence_length(std::string_view text) {
  unsigned const first = byte_at(text, 0);
  unsigned const second = byte_at(text, 1);
  auto const continues = [text](std::size_t at) { return (byte_at(text, at) & 0xC0U) == 0x80U; };
  if (first < 0x80U) return 1;
  if (first >= 0xC2U && first <= 0xDFU) return continues(1) ? 2 : 0;
  if (first >= 0xE0U && first <= 0xEFU) {
    bool const overlong = first == 0xE0U && second < 0xA0U;
    bool const surrogate = first == 0xEDU && second >= 0xA0U;
    return continues(1) && continues(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0U && first <= 0xF4U) {
    bool const overlong = first == 0xF0U && second < 0x90U;
    bool const too_high = first == 0xF4U && second >= 0x90U;
    return continues(1) && continues(2) && continues(3) && !overlong && !too_high ? 4 : 0;
  }
  return 0;
}

void append_escaped_byte(std::string& out, char c, bool escape_html) {
  constexpr std::string_view digits = "0123456789abcdef";
  auto const byte = static_cast<unsigned char>(c);
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
  }
  bool const html = escape_html && (c == '<' || c == '>' || c == '&');
  if (byte >= 0x20U && !html) {
    out += c;
    return;
  }
  out += "\\u00";
  out += digits[byte >> 4U];
  out += digits[byte & 15U];
}

}  // namespace

std::string json_quote(std::string_view text, bool escape_html) {
  std::string out = "\"";
  while (!text.empty()) {
    std::size_t const length = sequence_length(text);
    std::string_view const sequence = text.substr(0, length);
    if (length == 0) {
      out += "\\ufffd";
    } else if (length == 1) {
      append_escaped_byte(out, text.front(), escape_html);
    } else if (sequence == "\xE2\x80\xA8") {
      out += "\\u2028";
    } else if (sequence == "\xE2\x80\xA9") {
      out += "\\u2029";
    } else {
      out += sequence;
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out + "\"";
}

std::string valid_utf8(std::string_view text) {
  std::size_t const plain = ascii_prefix(text);
  std::string out;
  out.reserve(text.size());
  out = text.substr(0, plain);
  text.remove_prefix(plain);
  while (!text.empty()) {
    std::size_t const length = sequence_length(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return out;
}

}  // namespace scaleset::base
