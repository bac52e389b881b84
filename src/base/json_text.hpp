#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace scaleset::base {

/// The text as a JSON string, with its quotes, exactly as Go's encoding/json writes it: <, > and &
/// are written as \u003c, \u003e and \u0026 if `escape_html` is set, U+2028 and U+2029 are always
/// escaped, and bytes that are not UTF-8 become \ufffd.
[[nodiscard]] std::string json_quote(std::string_view text, bool escape_html = true);

/// The text with each byte that is not UTF-8 replaced by U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

}  // namespace scaleset::base
