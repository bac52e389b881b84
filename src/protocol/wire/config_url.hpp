#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "scaleset/error.hpp"

namespace scaleset::protocol {

/// The URL of an organization, repository or enterprise, as a person copies it from the browser,
/// taken apart (protocol.md 2). Names are decoded.
struct ConfigUrl {
  enum class Scope : std::uint8_t { organization, repository, enterprise };

  ConfigUrl() = default;
  Scope scope = Scope::organization;
  std::string organization;  // the owner where the scope is a repository
  std::string repository;
  std::string enterprise;
  bool hosted = false;   // github.com or *.ghe.com; false: GitHub Enterprise Server
  std::string api_base;  // https://api.github.com, or https://HOST/api/v3
  std::string text;      // the URL as it is sent to the service (E3)

  /// "organization my-org", "repository my-org/my-repo", "enterprise my-enterprise": for messages
  /// to people.
  [[nodiscard]] std::string display() const;
};

/// Accepts what the reference accepts, except for URLs without http:// or https:// and URLs with a
/// user name or password, which the reference misreads (W-14). A host with an explicit port is
/// GitHub Enterprise Server, and so is every host if `force_ghes` (the environment variable
/// GITHUB_ACTIONS_FORCE_GHES). Errors: invalid_config_url, with what was expected.
[[nodiscard]] Result<ConfigUrl> parse_config_url(std::string_view text, bool force_ghes);

/// The path of the scope's runners below `api_base`, percent-encoded:
/// "/orgs/my-org/actions/runners".
[[nodiscard]] std::string runners_path(ConfigUrl const& url);
/// E2's path below `api_base`, percent-encoded: "/orgs/my-org/actions/runners/registration-token".
[[nodiscard]] std::string registration_path(ConfigUrl const& url);

}  // namespace scaleset::protocol
