#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

#include "scaleset/error.hpp"
#include "scaleset/hooks.hpp"
#include "scaleset/secret.hpp"

namespace scaleset::inline v0 {

/// Reads a secret each time one is needed, so that a rotated file is picked up without a restart.
/// Any function that returns a Result<Secret> converts to it. Called on the thread of the client's
/// loop and once by Client::create and finalize(), so it should not block for long.
class SecretReader {
 public:
  using Function = std::function<Result<Secret>()>;  ///< what reads it
  /// No reader; finalize() refuses it.
  SecretReader() = default;
  /// `source` names where the secret is from, for error texts: "the file /etc/token".
  SecretReader(Function read,                            ///< called for each reading
               std::string source = "the SecretReader")  ///< as error texts name it
      : read_(std::move(read)), source_(std::move(source)) {}
  /// As above.
  template <class F>
    requires(!std::same_as<F, SecretReader> && !std::same_as<F, Function> &&
             std::is_invocable_r_v<Result<Secret>, F&>)
  SecretReader(F read)  // as above
      : SecretReader(Function(std::move(read))) {}

  /// Whether there is a function to call.
  explicit operator bool() const noexcept { return static_cast<bool>(read_); }
  /// Reads the secret. Errors: those of the function; io, if it throws.
  [[nodiscard]] Result<Secret> operator()() const;
  /// Where the secret is from, as error texts name it.
  [[nodiscard]] std::string const& source() const noexcept { return source_; }

 private:
  Function read_;
  std::string source_;
};
/// A reader that always returns the same secret. `source` is what error texts call it.
[[nodiscard]] SecretReader constant_secret(Secret secret,
                                           std::string source = "the text given as secret");
/// A reader of a file: its text without a byte order mark at its beginning and without white space
/// around it, read anew at each call. A file that cannot be read, is larger than 64 KiB or holds
/// nothing else is an error that names it (`ErrorCode::io`).
[[nodiscard]] SecretReader secret_file(std::string path);
/// A reader of an environment variable: its value, stripped as by secret_file(), read anew at each
/// call. An unset or blank variable is an error that names it (`ErrorCode::io`). No other thread
/// may change the environment meanwhile.
[[nodiscard]] SecretReader secret_from_environment(std::string name);

/// A classic or fine-grained personal access token (needed rights: protocol.md 3.5). Checked when
/// the client is made and each time it is read: a blank text, several lines, `NAME=value`,
/// quotation marks and whatever else is no token are refused with invalid_options, and nothing is
/// sent. White space and a byte order mark around the token are taken off.
struct PersonalAccessToken {
  SecretReader token;  // "ghp_..." or "github_pat_..."; read each time an admin token is needed
};
/// A GitHub App installation (protocol.md 3.2), with its key or with a function that signs for it.
/// Exactly one of `private_key_pem` and `sign` must be given.
struct GitHubApp {
  std::string client_id;             // "Iv23..." or the App's numeric id as text; required
  std::int64_t installation_id = 0;  // on the organization or repository; above 0
  /// An RSA key without a password, as PEM (PKCS#1 or PKCS#8): also on one line, with `\n` written
  /// out, indented, or as base64 of the whole file. Checked when the client is made and each time
  /// it is read; anything else is refused with invalid_private_key, which says what it is and how
  /// to convert it.
  SecretReader private_key_pem{};
  /// For a key that does not leave its place, such as a KMS or an HSM: returns the RS256 signature
  /// (RSASSA-PKCS1-v1_5 with SHA-256) of the text as raw bytes, 256 of them for a key of 2048 bits.
  /// The text is `HEADER.PAYLOAD` of the App's JWT. Called on a thread of its own, under the same
  /// rules as TokenProvider::provide, about once an hour.
  std::function<Result<std::string>(std::string const& text)> sign{};
};
/// A token that someone else makes, for instance a vault or `gh auth token`: an installation access
/// token or a personal one.
struct ProvidedToken {
  ProvidedToken() = default;
  /// Goes into `Authorization: Bearer` of protocol.md E2. Checked as a PersonalAccessToken is.
  Secret token;
  /// Leave it without a value if it is not known: the provider is then asked whenever the admin
  /// token that was made with this one expires.
  std::optional<std::chrono::system_clock::time_point> expires_at;
};
/// Asked for a token each time one is needed. Called on a thread of its own, so it may block; never
/// twice at a time by one client, unless reload() is called meanwhile. It must not call the client
/// that it serves, since that call waits for the token. An error is retried as a failing request
/// would be, and so is what it throws. If it still runs when its last client is shut down, it is
/// left to finish, and its answer is dropped: let the function own what it uses.
struct TokenProvider {
  std::function<Result<ProvidedToken>()> provide;  // required
  std::string name{};  // for error texts, such as "the vault"; empty: "the TokenProvider"
};
/// What the client authenticates with (protocol.md 3). finalize() refuses a default-constructed
/// one.
using Credentials = std::variant<PersonalAccessToken, GitHubApp, TokenProvider>;

/// Goes into the User-Agent (protocol.md 4.2).
struct SystemInfo {
  std::string system;      // the program that uses the library; may be empty, as all of these
  std::string version;     // of that program
  std::string commit_sha;  // the commit that the program was built from
  std::string subsystem;   // part of the program: "listener", "controller"
  std::int64_t scale_set_id = 0;  // the scale set it serves; 0 if it serves none or several
};

/// How often and how patiently a call is repeated. Which calls may be repeated at all, the library
/// decides (protocol.md 4.5, W-8).
struct RetryOptions {
  int max_retries = 4;  // after the first attempt; with 0 there is only one attempt
  /// The wait before the first retry; it doubles before each further one. Up to a quarter of each
  /// wait is taken off at random.
  std::chrono::milliseconds min_delay{1000};
  /// No wait grows beyond this. If the service asks for a longer one (Retry-After), it is kept, as
  /// far as `max_elapsed` allows.
  std::chrono::milliseconds max_delay{30000};
  /// The limit of a whole call: its attempts, the waits between them and the wait for a token. An
  /// attempt's own timeout is cut to what is left. Polls and SessionOptions::wait_for_other have
  /// their own limits.
  std::chrono::milliseconds max_elapsed{30000};
  /// The retries that all clients with the same options share: a retry takes one, a call that
  /// succeeds at once gives a tenth back. When none is left, errors are returned without a retry,
  /// so that a service in trouble is not asked five times as often.
  int budget = 100;
};

/// What the certificates of TransportOptions::ca_bundle_file are used for.
enum class CaBundle : std::uint8_t {
  added_to_system,    // trusted besides the system's
  instead_of_system,  // the only ones trusted
};

/// How the library's own transport connects. Checked by finalize(): times must be above 0 and at
/// most ten years, limits above 0, and files readable.
struct TransportOptions {
  /// "http://user:password@host:port", also https:// and socks5:// or socks5h://. "": no proxy.
  /// Unset: finalize() reads the environment once, by the rules of Go: HTTPS_PROXY or HTTP_PROXY by
  /// the scheme of the config URL, in capitals or in lower case, then ALL_PROXY; not for this
  /// machine (localhost, 127.0.0.0/8, ::1), which only a proxy that is set here is asked for.
  std::optional<std::string> proxy;
  /// Comma-separated: "example.com" (the host and everything below it), ".example.com" (only what
  /// is below), IP addresses, CIDR ranges, each with an optional ":port"; "*" for everything. If
  /// `proxy` is unset, NO_PROXY of the environment is added.
  std::string no_proxy;
  /// PEM. Any certificate in it is trusted by itself, an intermediate one too (as in Go). If empty,
  /// only the system's certificates are trusted.
  std::string ca_bundle_file;
  CaBundle ca_bundle = CaBundle::added_to_system;  // without effect if there is no ca_bundle_file
  std::string client_certificate_file;             // PEM, for mutual TLS; may be empty
  std::string client_key_file;  // PEM, not encrypted; if empty, it is in client_certificate_file
  bool verify_tls = true;       // if false, any certificate is accepted, and the log warns of it
  std::chrono::milliseconds connect_timeout{10000};  // name lookup, TCP and TLS handshake
  std::chrono::milliseconds request_timeout{30000};  // one attempt of a control call
  /// One poll. The service usually holds it for about 50 s (protocol.md 6.1), but may hold it for
  /// 90 s and more. This is only the last resort: that the peer has vanished shows by
  /// tcp_keepalive.
  std::chrono::milliseconds poll_timeout{150000};
  /// A connection is probed when its peer has been silent for this long, and given up when nothing
  /// that was sent has been confirmed for twice as long. So a poll whose peer has vanished ends
  /// after 60 s with the default, long before its deadline (W-31).
  std::chrono::milliseconds tcp_keepalive{30000};
  std::size_t max_response_bytes =
      16U << 20U;  // decompressed; a larger body is an error (malformed_response)
};

/// All that a Client needs. Client::create or finalize() checks it. (An aggregate, which is safe
/// here since no coroutine takes one: see HACKING.md, "g++ 12 and co_await".)
struct ClientOptions {
  /// https://github.com/ORG[/REPO], https://github.com/enterprises/ENT, or the same on GHES
  /// (protocol.md 2).
  std::string config_url;
  Credentials credentials;       // required
  SystemInfo system_info{};      // what the program calls itself, for GitHub's support
  RetryOptions retry{};          // for control calls; a poll is not retried (protocol.md 6.1)
  TransportOptions transport{};  // proxy, certificates, timeouts
  Hooks hooks{};                 // log, metrics, time and chance
};

/// Options that were checked and completed. Made by finalize() only.
class FinalizedClientOptions;

/// Checks everything that can be checked without the network, credentials included (each
/// SecretReader is called once, but no TokenProvider), reads the environment once, and replaces a
/// null clock or random source with the system's. Errors: invalid_config_url, invalid_options,
/// invalid_private_key, and those of the SecretReader.
[[nodiscard]] Result<std::shared_ptr<FinalizedClientOptions const>> finalize(ClientOptions options);

/// How a message session is opened and kept.
struct SessionOptions {
  SessionOptions() = default;
  /// How long opening waits for another session of the scale set to end (protocol.md 10.5: an
  /// abandoned one is in the way for about 90 s). With zero, the call fails with session_conflict
  /// at once.
  std::chrono::milliseconds wait_for_other{0};
  /// If true and the service has lost the session, the call that finds out opens a new one in the
  /// same object. id() changes, MetricsSink::on_session_recreated is called, and polls begin at the
  /// start of the queue. If false, such a call fails with session_lost.
  bool recreate = true;
  /// What the User-Agent of the session's calls says. Unset: what the client's says at that moment.
  /// The listeners that open sessions themselves add the scale set's id.
  std::optional<SystemInfo> system_info;
  /// How the session connects, with connections of its own; without a proxy in it, through the
  /// client's. Unset: over the client's connections. Errors of opening: invalid_options, as
  /// finalize() has them.
  std::optional<TransportOptions> transport;
};

/// Options of a single blocking call. A stop_token converts to it, so that the usual call stays
/// short.
struct CallOptions {
  CallOptions() = default;
  /// No time limit beside those of ClientOptions.
  CallOptions(std::stop_token stop_token)
      : stop(std::move(stop_token)) {}  // NOLINT(google-explicit-constructor): see above
  std::stop_token stop;                 // once requested, the call ends with ErrorCode::cancelled
  /// The limit of the whole call, retries included. A call that takes longer ends with
  /// ErrorCode::timeout. Without a value, only the limits in ClientOptions hold.
  std::optional<std::chrono::milliseconds> timeout;
};

}  // namespace scaleset::inline v0
