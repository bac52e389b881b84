#pragma once

#include <chrono>
#include <memory>
#include <optional>

#include "base/url.hpp"
#include "http/certificate_files.hpp"
#include "http/proxy.hpp"
#include "scaleset/error.hpp"
#include "scaleset/options.hpp"

namespace scaleset::http {

/// TransportOptions, checked and taken apart: what every connection of one transport has in common.
class TransportSettings {
 public:
  /// Errors (invalid_options): a proxy that is no URL, certificate files that cannot be used, times
  /// that are not positive. Reads files, no network.
  static Result<std::shared_ptr<TransportSettings>> make(TransportOptions options);

  [[nodiscard]] TransportOptions const& options() const noexcept { return options_; }
  /// Null: directly.
  [[nodiscard]] Proxy const* proxy_for(base::Url const& url) const;
  /// Read at the first connection that uses TLS, since many clients never make one.
  [[nodiscard]] Result<CertificateStore> trusted();

 private:
  TransportSettings(TransportOptions options, std::optional<Proxy> proxy)
      : options_(std::move(options)), proxy_(std::move(proxy)) {}

  TransportOptions options_;
  std::optional<Proxy> proxy_;
  CertificateStore trusted_;
};

/// The same checks, for finalize().
[[nodiscard]] Result<void> check_transport_options(TransportOptions const& options);

/// How the kernel finds out that a silent peer is gone. Its own units.
struct KeepAlive {
  int idle_seconds;          // of silence before the first question
  int interval_seconds;      // between questions
  int give_up_milliseconds;  // after the last sign of life, or with bytes unacknowledged
};
/// Asks after `silence` (whole seconds, at least one) and gives up after twice as long: with the
/// default of 30 s a half-open poll ends after 60 s.
[[nodiscard]] KeepAlive keep_alive_for(std::chrono::milliseconds silence) noexcept;

}  // namespace scaleset::http
