#include "http/transport_settings.hpp"

#include <algorithm>
#include <limits>
#include <string>
#include <system_error>
#include <utility>

#include "base/no_proxy.hpp"
#include "base/seconds.hpp"

namespace scaleset::http {

Result<std::shared_ptr<TransportSettings>> TransportSettings::make(TransportOptions options,
                                                                   base::Logger log) {
  // The upper limit keeps every time small enough to be added to a date.
  auto const [least, most] = std::minmax({options.connect_timeout, options.request_timeout,
                                          options.poll_timeout, options.tcp_keepalive});
  if (least.count() <= 0 || most > base::kLongestTime) {
    return fail(ErrorCode::invalid_options,
                "TransportOptions: all times must be above 0 and at most 10 years");
  }
  if (options.max_response_bytes == 0) {
    return fail(ErrorCode::invalid_options, "TransportOptions: max_response_bytes must be above 0");
  }
  Result<std::optional<Proxy>> proxy = parse_proxy(options.proxy.value_or(""));
  if (!proxy) return std::unexpected(std::move(proxy.error()));
  if (Result<void> const checked = check_ca_bundle(options); !checked)
    return std::unexpected(checked.error());
  if (Result<void> const checked = check_client_certificate(options); !checked)
    return std::unexpected(checked.error());
  return std::shared_ptr<TransportSettings>(
      new TransportSettings(std::move(options), *std::move(proxy), std::move(log)));
}

Proxy const* TransportSettings::proxy_for(base::Url const& url) const {
  if (!proxy_ || base::bypasses_proxy(options_.no_proxy, url)) return nullptr;
  return &*proxy_;
}

void TransportSettings::look_for_clear_text(base::Url const& url) {
  if (warned_of_clear_text_ || url.scheme != "http" || base::is_this_machine(url)) return;
  warned_of_clear_text_ = true;
  log_.warn(
      "requests are sent over http:// WITHOUT encryption: everybody on the way to this host can "
      "read their tokens; use https:// unless the way is protected otherwise",
      {{"host", url.host}});
}

Result<CertificateStore> TransportSettings::trusted() {
  // Not in make(): reading the system's certificates takes 30 ms (ADR 21), which a client without
  // TLS should not pay.
  if (!trusted_) {
    Result<CertificateStore> store = certificate_store(options_);
    if (!store) return store;
    trusted_ = *std::move(store);
  }
  return trusted_;
}

TransportSettings::FileStamps TransportSettings::look_at_files() const {
  FileStamps stamps;
  stamps.reserve(3);
  for (std::string const* file :
       {&options_.ca_bundle_file, &options_.client_certificate_file, &options_.client_key_file}) {
    std::error_code error;
    auto const written = std::filesystem::last_write_time(*file, error);
    stamps.emplace_back(written, std::filesystem::file_size(*file, error));
  }
  return stamps;
}

Result<void> TransportSettings::read_again() {
  auto const now = std::chrono::steady_clock::now();
  auto stamps = look_at_files();
  if (stamps == read_ && now < read_at_ + std::chrono::seconds(1)) return {};
  auto read = read_now();
  if (read) {
    read_ = std::move(stamps);
    read_at_ = now;
  }
  return read;
}

Result<void> TransportSettings::read_now() {
  if (auto const checked = check_client_certificate(options_); !checked) return checked;
  if (!trusted_) return check_ca_bundle(options_);
  Result<CertificateStore> store = certificate_store(options_);
  if (!store) return std::unexpected(store.error());
  trusted_ = *std::move(store);
  return {};
}

Result<void> check_transport_options(TransportOptions const& options) {
  auto const settings = TransportSettings::make(options);
  if (!settings) return std::unexpected(settings.error());
  return {};
}

KeepAlive keep_alive_for(std::chrono::milliseconds silence) noexcept {
  constexpr std::chrono::milliseconds most = std::chrono::hours(9);  // the kernel's limit: 32767 s
  std::chrono::milliseconds const time = std::clamp(silence, std::chrono::milliseconds(1), most);
  // The kernel probes in whole seconds: after `time`, and again half of that later. If nothing is
  // acknowledged, TCP_USER_TIMEOUT ends the connection after twice the time.
  int const idle = static_cast<int>(std::chrono::ceil<std::chrono::seconds>(time).count());
  return {idle, std::max(1, idle / 2), static_cast<int>(2 * time.count())};
}

}  // namespace scaleset::http
