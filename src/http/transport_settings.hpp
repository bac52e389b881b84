#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/log.hpp"
#include "base/url.hpp"
#include "http/certificate_files.hpp"
#include "http/proxy.hpp"
#include "scaleset/error.hpp"
#include "scaleset/options.hpp"

namespace scaleset::http {

/// TransportOptions after the checks, with the proxy parsed. All connections of one transport share
/// them.
class TransportSettings {
 public:
  /// Reads the certificate files but does not use the network. Errors (invalid_options): the proxy
  /// is not a URL, a certificate file cannot be used, or a time is not positive.
  static Result<std::shared_ptr<TransportSettings>> make(TransportOptions options,
                                                         base::Logger log = {});

  [[nodiscard]] TransportOptions const& options() const noexcept { return options_; }
  /// Returns null if no proxy is used for `url`.
  [[nodiscard]] Proxy const* proxy_for(base::Url const& url) const;
  /// Warns, once, if a request to `url` leaves this machine without encryption. Here, where every
  /// request comes by: URLs that the service gave us count as much as those that a person wrote.
  void look_for_clear_text(base::Url const& url);
  /// The trusted authorities. They are read at the first call, when a connection uses TLS, because
  /// many clients never do.
  [[nodiscard]] Result<CertificateStore> trusted();
  /// Reads the certificate files again. Does nothing if that was done less than a second ago and
  /// the files that the options name are as they were: when clients that share a transport are told
  /// to read them, they all ask. Errors: invalid_options, and nothing changes.
  Result<void> read_again();

 private:
  /// Of each file: when it was written, and its size.
  using FileStamps = std::vector<std::pair<std::filesystem::file_time_type, std::uintmax_t>>;
  [[nodiscard]] FileStamps look_at_files() const;
  Result<void> read_now();

  TransportSettings(TransportOptions options, std::optional<Proxy> proxy, base::Logger log)
      : options_(std::move(options)), proxy_(std::move(proxy)), log_(std::move(log)) {}

  TransportOptions options_;
  std::optional<Proxy> proxy_;
  CertificateStore trusted_;
  FileStamps read_;  // at the last read_again()
  std::chrono::steady_clock::time_point read_at_{};
  base::Logger log_;
  bool warned_of_clear_text_ = false;
};

/// Makes the checks of TransportSettings::make(), for finalize().
[[nodiscard]] Result<void> check_transport_options(TransportOptions const& options);

/// How the kernel finds out that a silent peer is gone, in the kernel's units.
struct KeepAlive {
  int idle_seconds;          // of silence before the first probe
  int interval_seconds;      // between probes
  int give_up_milliseconds;  // after the last sign of life, or while bytes are unacknowledged
};
/// Sends the first probe after `silence` (rounded up to whole seconds) and gives up after twice as
/// long. With the default of 30 s a half-open poll ends after 60 s.
[[nodiscard]] KeepAlive keep_alive_for(std::chrono::milliseconds silence) noexcept;

}  // namespace scaleset::http
