#include "scaleset/options.hpp"

#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/credential_text.hpp"
#include "base/guard.hpp"
#include "base/regular_file.hpp"

namespace scaleset::inline v0 {
Result<Secret> SecretReader::operator()() const {
  return base::guarded(ErrorCode::io, source_, [this] { return read_(); });
}

SecretReader constant_secret(Secret secret, std::string source) {
  auto read = [secret = std::move(secret)]() -> Result<Secret> { return secret; };
  return {std::move(read), std::move(source)};
}

SecretReader secret_file(std::string path) {
  std::string const source = "the file " + path;
  auto read = [path = std::move(path), source]() -> Result<Secret> {
    auto content = base::read_regular_file(path, base::kLargestSecret);
    if (!content) return std::unexpected(content.error());
    Secret const whole(*std::move(content));  // so that it is wiped in any case
    return base::secret_in(whole.reveal(), source);
  };
  return {std::move(read), source};
}

SecretReader secret_from_environment(std::string name) {
  std::string const source = "the environment variable " + name;
  auto read = [name = std::move(name), source]() -> Result<Secret> {
    char const* const value = std::getenv(name.c_str());
    if (value == nullptr)
      return fail(ErrorCode::io, source + " is not set: it should hold the secret");
    return base::secret_in(value, source);
  };
  return {std::move(read), source};
}

}  // namespace scaleset::inline v0
