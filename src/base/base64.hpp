#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace scaleset::base {

/// RFC 4648 section 4, with padding.
[[nodiscard]] std::string base64_encode(std::string_view bytes);
/// No value if the text is not base64. Padding is required; white space is not allowed.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);
/// RFC 4648 section 5, without padding, as in JWTs.
[[nodiscard]] std::string base64url_encode(std::string_view bytes);
/// No value if the text is not base64url, or if it has padding.
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace scaleset::base
