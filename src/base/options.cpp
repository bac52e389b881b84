#include "scaleset/options.hpp"

#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/files.hpp"

namespace scaleset::inline v0 {
namespace {

/// The text without white space around it; empty if it is all white space.
Secret trimmed(Secret const& text) {
  constexpr std::string_view white_space = " \t\r\n";
  auto const first = text.reveal().find_first_not_of(white_space);
  if (first == std::string::npos) return {};
  auto const last = text.reveal().find_last_not_of(white_space);
  return Secret(text.reveal().substr(first, last - first + 1));
}

}  // namespace

SecretReader constant_secret(Secret secret) {
  return [secret = std::move(secret)]() -> Result<Secret> { return secret; };
}

SecretReader secret_file(std::string path) {
  return [path = std::move(path)]() -> Result<Secret> {
    auto content = base::read_file(path, 64U << 10U);
    if (!content) return std::unexpected(content.error());
    Secret const whole(*std::move(content));  // so that it is wiped in any case
    auto secret = trimmed(whole);
    if (secret.empty())
      return fail(ErrorCode::io, "the file " + path + " is empty: it should hold the secret");
    return secret;
  };
}

SecretReader secret_from_environment(std::string name) {
  return [name = std::move(name)]() -> Result<Secret> {
    char const* const value = std::getenv(name.c_str());
    if (value == nullptr)
      return fail(ErrorCode::io,
                  "the environment variable " + name + " is not set: it should hold the secret");
    auto secret = trimmed(Secret(value));
    if (secret.empty())
      return fail(ErrorCode::io,
                  "the environment variable " + name + " is empty: it should hold the secret");
    return secret;
  };
}

}  // namespace scaleset::inline v0
