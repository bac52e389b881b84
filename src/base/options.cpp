#include "scaleset/options.hpp"

#include <string_view>

#include "base/files.hpp"

namespace scaleset {

SecretReader constant_secret(Secret secret) {
  return [secret = std::move(secret)]() -> Result<Secret> { return secret; };
}

SecretReader secret_file(std::string path) {
  return [path = std::move(path)]() -> Result<Secret> {
    constexpr std::string_view white_space = " \t\r\n";
    auto content = base::read_file(path, 64U << 10U);
    if (!content) return std::unexpected(content.error());
    Secret const whole(*std::move(content));  // so that it is wiped in any case
    auto const first = whole.reveal().find_first_not_of(white_space);
    if (first == std::string::npos)
      return fail(ErrorCode::io, "the file " + path + " is empty: it should hold the secret");
    auto const last = whole.reveal().find_last_not_of(white_space);
    return Secret(whole.reveal().substr(first, last - first + 1));
  };
}

}  // namespace scaleset
