#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <variant>

#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/secret.hpp"

namespace scaleset {

/// Reads a secret each time one is needed, so that a rotated file is picked up without a restart.
using SecretReader = std::function<Result<Secret>()>;
/// Always the same secret.
[[nodiscard]] SecretReader constant_secret(Secret secret);
/// The text of a file without surrounding white space, read anew at each call. An empty or
/// unreadable file is an error that names it (`ErrorCode::io`).
[[nodiscard]] SecretReader secret_file(std::string path);

/// A classic or fine-grained personal access token (needed rights: spec 3.5).
struct PersonalAccessToken {
  SecretReader token;
};
/// A GitHub App installation (spec 3.2). `client_id` is the App's client id or its numeric id; the
/// key is PEM, PKCS#1 or PKCS#8.
struct GitHubApp {
  std::string client_id;
  std::int64_t installation_id = 0;
  SecretReader private_key_pem;
};
using Credentials = std::variant<PersonalAccessToken, GitHubApp>;

/// Goes into the User-Agent (spec 4.2).
struct SystemInfo {
  std::string system;
  std::string version;
  std::string commit_sha;
  std::string subsystem;
  std::int64_t scale_set_id = 0;
};

/// How often and how patiently a call is repeated. Which calls may be repeated at all is the
/// library's business (spec 4.5, W-8).
struct RetryOptions {
  int max_retries = 4;
  std::chrono::milliseconds min_delay{1000};  // doubles at each retry
  std::chrono::milliseconds max_delay{30000};
  std::chrono::milliseconds max_elapsed{120000};  // for the whole call, waits included
};

struct TransportOptions {
  std::optional<std::string>
      proxy;                   // unset: https_proxy / http_proxy, read once by finalize(); "": none
  std::string no_proxy;        // as curl reads it: comma-separated suffixes
  std::string ca_bundle_file;  // instead of the system's certificates
  bool verify_tls = true;
  std::chrono::milliseconds connect_timeout{10000};
  std::chrono::milliseconds request_timeout{30000};  // one attempt of a control call
  std::chrono::milliseconds poll_timeout{
      65000};  // the service holds a poll for about 50 s (spec 6.1)
  std::size_t max_response_bytes = 16U << 20U;
};

/// All that a Client needs. An aggregate, since it is used in plain calls only; `finalize` is the
/// only door to a Client.
struct ClientOptions {
  std::string config_url;  // https://github.com/ORG[/REPO], https://github.com/enterprises/ENT, or
                           // the same on GHES (spec 2)
  Credentials credentials;
  SystemInfo system_info{};
  RetryOptions retry{};
  TransportOptions transport{};
  Hooks hooks{};
};

/// Options that were checked and completed. Made by finalize() only.
class FinalizedClientOptions;

/// Checks everything that can be checked without the network, reads the environment once, fills
/// null hooks with the system's. Errors: invalid_config_url, invalid_options.
[[nodiscard]] Result<std::shared_ptr<FinalizedClientOptions const>> finalize(ClientOptions options);

/// What a single blocking call may be told. Converts from a stop_token, so that the common call
/// stays short.
struct CallOptions {
  CallOptions() = default;
  CallOptions(std::stop_token stop_token)
      : stop(std::move(stop_token)) {}  // NOLINT(google-explicit-constructor): see above
  std::stop_token stop;                 // requested: the call ends with ErrorCode::cancelled
  std::optional<std::chrono::milliseconds>
      timeout;  // for the whole call, retries included: ErrorCode::timeout
};

}  // namespace scaleset
