#include "client/fingerprint.hpp"

#include <openssl/evp.h>

#include <array>
#include <bit>
#include <cstdint>
#include <initializer_list>
#include <stdexcept>
#include <string_view>

namespace scaleset::client {
namespace {

/// Writes each part with its length in front, so that two different lists of parts never look
/// alike.
// A Secret, since the text contains the credentials until it is hashed.
void add(Secret& text, std::string_view part) {
  text = Secret(text.reveal() + std::to_string(part.size()) + ":" + std::string(part));
}

std::string sha256(std::string_view text) {
  std::string digest(EVP_MAX_MD_SIZE, '\0');
  unsigned int length = 0;
  auto* const bytes = reinterpret_cast<unsigned char*>(digest.data());
  if (EVP_Digest(text.data(), text.size(), bytes, &length, EVP_sha256(), nullptr) != 1)
    throw std::runtime_error("OpenSSL failed: SHA-256");
  digest.resize(length);
  return digest;
}

/// False: the secret is not known.
bool add_credentials(Secret& text, Credentials const& credentials) {
  // Stays an error for a TokenProvider, whose token is not known before it is asked. Such clients
  // share nothing (ADR 19).
  Result<Secret> secret = fail(ErrorCode::io, "unknown");
  if (auto const* personal = std::get_if<PersonalAccessToken>(&credentials)) {
    add(text, "personal");
    secret = personal->token();
  } else if (auto const* app = std::get_if<GitHubApp>(&credentials)) {
    add(text, "app");
    add(text, app->client_id);
    add(text, std::to_string(app->installation_id));
    secret = app->private_key_pem();
  }
  if (!secret) return false;
  add(text, secret->reveal());
  return true;
}

}  // namespace

std::string fingerprint(ClientOptions const& options) {
  Secret text;
  if (!add_credentials(text, options.credentials)) return "";
  // Everything that decides which tokens the service would issue and over which connections, and to
  // whom the walk is reported. Timeouts and retries are left out: the walk uses those of the first
  // client.
  auto const& transport = options.transport;
  std::array<std::string_view, 6> const parts{
      options.config_url,
      transport.proxy ? std::string_view(*transport.proxy) : std::string_view(),
      transport.no_proxy,
      transport.ca_bundle_file,
      transport.client_certificate_file,
      transport.client_key_file};
  for (auto const part : parts) add(text, part);
  add(text, transport.ca_bundle == CaBundle::added_to_system ? "added" : "instead");
  add(text, transport.verify_tls ? "verified" : "not verified");
  auto const& hooks = options.hooks;
  for (void const* const hook : std::initializer_list<void const*>{
           hooks.log.get(), hooks.metrics.get(), hooks.clock.get(), hooks.random.get()})
    add(text, std::to_string(std::bit_cast<std::uintptr_t>(hook)));
  return sha256(text.reveal());
}

}  // namespace scaleset::client
