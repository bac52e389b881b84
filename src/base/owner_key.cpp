#include "base/owner_key.hpp"

#include <openssl/evp.h>

#include <array>

#include "base/ascii.hpp"
#include "base/url.hpp"

namespace scaleset::base {
namespace {

bool is_usual_port(Url const& url) {
  return (url.scheme == "https" && url.port == "443") || (url.scheme == "http" && url.port == "80");
}

std::string canonical(Url url) {
  if (is_usual_port(url)) url.port.clear();
  while (url.path.ends_with('/')) url.path.pop_back();
  return ascii_lower(url.origin() + url.path);
}

}  // namespace

Result<OwnerKey> OwnerKey::make(std::string_view config_url, std::string_view group,
                                std::string_view name) {
  auto const url = parse_url(config_url);
  if (!url) return std::unexpected(url.error());
  OwnerKey key;
  key.url = canonical(*url);
  key.group = ascii_lower(group);
  key.name = ascii_lower(name);
  return key;
}

std::string OwnerKey::hash() const {
  // None of the parts can contain a line feed, so different keys are different texts.
  std::string const text = url + "\n" + group + "\n" + name;
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_sha256(), nullptr);
  constexpr std::size_t kBytes = 16;
  constexpr std::string_view kDigits = "0123456789abcdef";
  std::string hash;
  for (std::size_t i = 0; i < kBytes; ++i) {
    hash += kDigits[digest.at(i) / kDigits.size()];
    hash += kDigits[digest.at(i) % kDigits.size()];
  }
  return hash;
}

}  // namespace scaleset::base
