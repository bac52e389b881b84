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
/// The value of an environment variable without surrounding white space, read anew at each call. An
/// unset or blank variable is an error that names it (`ErrorCode::io`). No other thread may change
/// the environment while it is read.
[[nodiscard]] SecretReader secret_from_environment(std::string name);

/// A classic or fine-grained personal access token (needed rights: spec 3.5).
struct PersonalAccessToken {
  SecretReader token;  // "ghp_..." or "github_pat_..."; read each time a token is minted
};
/// A GitHub App installation (spec 3.2). `client_id` is the App's client id or its numeric id; the
/// key is PEM, PKCS#1 or PKCS#8.
struct GitHubApp {
  std::string client_id;             // "Iv23..." or the App's numeric id as text; required
  std::int64_t installation_id = 0;  // on the organization or repository; above 0
  SecretReader private_key_pem;      // RSA, not encrypted, 64 KiB at most if from secret_file()
};
/// A token that someone else makes, for instance a vault or `gh auth token`: an installation access
/// token or a personal one.
struct ProvidedToken {
  ProvidedToken() = default;
  Secret token;  // goes into `Authorization: Bearer` of spec E2
  /// None: unknown; a new one is asked for whenever the service's own tokens run out.
  std::optional<std::chrono::system_clock::time_point> expires_at;
};
/// Asked for a token each time one is needed. Called on a thread of its own, so it may block; never
/// twice at a time by one client. It must not call the client that it serves, since that call waits
/// for the token. An error is retried as a failing request would be, and so is what it throws. If
/// it still runs when its last client is shut down, it is left to finish, and its answer is
/// dropped: let the function own what it uses.
struct TokenProvider {
  std::function<Result<ProvidedToken>()> provide;  // required
};
/// Whom the service sees (spec 3). A default-constructed one is refused by finalize().
using Credentials = std::variant<PersonalAccessToken, GitHubApp, TokenProvider>;

/// Goes into the User-Agent (spec 4.2).
struct SystemInfo {
  std::string system;      // the program that uses the library; may be empty, as all of these
  std::string version;     // of that program
  std::string commit_sha;  // that it was built from
  std::string subsystem;   // part of the program: "listener", "controller"
  std::int64_t scale_set_id = 0;  // 0: none, or more than one
};

/// How often and how patiently a call is repeated. Which calls may be repeated at all is the
/// library's business (spec 4.5, W-8).
struct RetryOptions {
  int max_retries = 4;  // after the first attempt; 0: one attempt only
  /// Before the first retry, less up to a quarter of jitter; doubles at each.
  std::chrono::milliseconds min_delay{1000};
  /// The doubling ends here. A longer Retry-After is waited out if `max_elapsed` allows.
  std::chrono::milliseconds max_delay{30000};
  /// For the whole call: attempts, the waits between them and the wait for a token. An attempt's
  /// own timeout is cut to what is left. Polls and SessionOptions::wait_for_other are not bound by
  /// it.
  std::chrono::milliseconds max_elapsed{30000};
  /// Of all clients with the same options: a retry takes one, a call that succeeds at once gives a
  /// tenth back. None left: errors are handed out without a retry, so that a service in trouble is
  /// not asked five times as often.
  int budget = 100;
};

/// What the certificates of TransportOptions::ca_bundle_file are.
enum class CaBundle : std::uint8_t {
  added_to_system,    // trusted besides the system's
  instead_of_system,  // the only ones trusted
};

/// How the library's own transport connects. Checked by finalize(): all times and limits must be
/// above 0, files must be readable.
struct TransportOptions {
  /// "http://user:password@host:port", also https:// and socks5:// or socks5h://. Unset:
  /// https_proxy, http_proxy and all_proxy of the environment, read once by finalize(). "": none.
  std::optional<std::string> proxy;
  /// Comma-separated: "example.com" and ".example.com" (the host and everything below it), IP
  /// addresses, CIDR ranges, each with an optional ":port"; "*" for everything. Empty and no
  /// `proxy`: no_proxy of the environment.
  std::string no_proxy;
  /// PEM. Any certificate in it is an anchor, an intermediate one too (as in Go). Empty: the
  /// system's only.
  std::string ca_bundle_file;
  CaBundle ca_bundle = CaBundle::added_to_system;  // without effect if there is no ca_bundle_file
  std::string client_certificate_file;             // PEM, for mutual TLS; empty: none
  std::string client_key_file;  // PEM, not encrypted; empty: in client_certificate_file
  bool verify_tls = true;       // false: warned about in the log, loudly
  std::chrono::milliseconds connect_timeout{10000};  // name lookup, TCP and TLS handshake
  std::chrono::milliseconds request_timeout{30000};  // one attempt of a control call
  /// One poll. The service holds it for about 50 s (spec 6.1).
  std::chrono::milliseconds poll_timeout{65000};
  /// A connection whose peer is silent is probed after this, and given up when nothing that was
  /// sent is confirmed for twice as long: a half-open poll ends before its deadline (W-31).
  std::chrono::milliseconds tcp_keepalive{30000};
  std::size_t max_response_bytes = 16U << 20U;  // after decompression; more: malformed_response
};

/// All that a Client needs. An aggregate, since it is used in plain calls only; `finalize` is the
/// only door to a Client.
struct ClientOptions {
  /// https://github.com/ORG[/REPO], https://github.com/enterprises/ENT, or the same on GHES (spec
  /// 2).
  std::string config_url;
  Credentials credentials;       // required
  SystemInfo system_info{};      // who this is, for GitHub's support
  RetryOptions retry{};          // of control calls; a poll is not retried (spec 6.1)
  TransportOptions transport{};  // proxy, certificates, timeouts
  Hooks hooks{};                 // log, metrics, time and chance
};

/// Options that were checked and completed. Made by finalize() only.
class FinalizedClientOptions;

/// Checks everything that can be checked without the network, reads the environment once, fills
/// null hooks with the system's. Errors: invalid_config_url, invalid_options.
[[nodiscard]] Result<std::shared_ptr<FinalizedClientOptions const>> finalize(ClientOptions options);

/// How a message session is opened and kept.
struct SessionOptions {
  SessionOptions() = default;
  /// How long a call waits for another session of the scale set to end (spec 10.5: an abandoned one
  /// blocks for about 90 s). Zero: session_conflict at once.
  std::chrono::milliseconds wait_for_other{0};
  /// A session that the service has lost is opened anew by the call that finds out, in the same
  /// object: id() changes, on_session_recreated() is told, and a poll begins at the start of the
  /// queue. False: such a call fails with session_lost.
  bool recreate = true;
};

/// What a single blocking call may be told. Converts from a stop_token, so that the common call
/// stays short.
struct CallOptions {
  CallOptions() = default;
  /// No time limit beside those of ClientOptions.
  CallOptions(std::stop_token stop_token)
      : stop(std::move(stop_token)) {}  // NOLINT(google-explicit-constructor): see above
  std::stop_token stop;                 // requested: the call ends with ErrorCode::cancelled
  /// For the whole call, retries included: ErrorCode::timeout. None: ClientOptions alone decide.
  std::optional<std::chrono::milliseconds> timeout;
};

}  // namespace scaleset
