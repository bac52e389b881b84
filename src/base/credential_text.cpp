#include "base/credential_text.hpp"

#include <algorithm>

#include "base/ascii.hpp"

namespace scaleset::base {
namespace {

constexpr std::string_view kWhiteSpace = " \t\r\n\v\f";

/// `NAME=value`, also with `export` in front. The base64 padding at the end of a token, which has
/// nothing behind it, is no such thing.
bool is_assignment(std::string_view text) {
  constexpr std::string_view kExport = "export ";
  if (text.starts_with(kExport)) text.remove_prefix(kExport.size());
  auto const equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0) return false;
  auto const name = text.substr(0, equals);
  return std::ranges::all_of(name, is_ascii_word) &&
         text.find_first_not_of('=', equals) != std::string_view::npos;
}

}  // namespace

std::string_view without_surroundings(std::string_view text) {
  constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  auto const first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

Result<Secret> secret_in(std::string_view text, std::string const& source) {
  Secret secret(std::string(without_surroundings(text)));
  if (secret.empty()) return fail(ErrorCode::io, source + " is empty: it should hold the secret");
  return secret;
}

bool looks_like_utf16(std::string_view text) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return true;
  if (text.size() < 4) return false;
  bool const little_endian = text[1] == '\0' && text[3] == '\0';
  bool const big_endian = text[0] == '\0' && text[2] == '\0';
  return little_endian != big_endian;
}

std::string token_problem(std::string_view text) {
  if (text.find_first_not_of(kWhiteSpace) == std::string_view::npos)
    return "is blank: it should hold a token";
  if (looks_like_utf16(text))
    return "is UTF-16 text: save it again as UTF-8 or plain text (\"ANSI\" in some editors)";
  if (text.find('\0') != std::string_view::npos)
    return "contains a zero byte, which no token has: it is not a text file with a token";
  if (text.find_first_of("\r\n") != std::string_view::npos)
    return "has more than one line: it should hold the token and nothing else";
  if (is_assignment(text))
    return "looks like NAME=value: it should hold the value alone, without the name and the \"=\"";
  if (text.find_first_of("\"'`") != std::string_view::npos)
    return "contains quotation marks: it should hold the token without them";
  if (text.find_first_of(kWhiteSpace) != std::string_view::npos)
    return "contains a space or tab: it should hold the token and nothing else, without a word "
           "such as \"Bearer\" in front";
  bool const visible = std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
  if (!visible)
    return "contains characters that no token has (only letters, digits and signs of ASCII may "
           "occur): copy the token again";
  return {};
}

}  // namespace scaleset::base
