#pragma once

#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Certificates made when they are needed, so that none ever expires unmeant (W-30). For the
/// simulator and for tests.
namespace scaleset::http {

/// A certificate and its key, PEM.
struct Identity {
  std::string certificate;
  std::string key;
};

/// When a certificate is good, counted from now; negative: in the past.
struct Validity {
  std::chrono::seconds from = std::chrono::hours(-1);
  std::chrono::seconds until = std::chrono::hours(1);
};

/// Who signs certificates.
class Authority {
 public:
  /// Signed by itself.
  explicit Authority(std::string const& name, Validity validity = {});
  /// Signed by another.
  Authority(std::string const& name, Authority const& parent);
  /// One made before, of what its identity() gave. No value: that is no certificate with its key.
  [[nodiscard]] static std::optional<Authority> of(Identity const& identity);

  /// For a server ("127.0.0.1" or a DNS name) or, by the same token, a client.
  [[nodiscard]] Identity issue(std::string const& subject) const;
  /// For a server of several names: DNS names, IPv4 and IPv6 addresses; at least one.
  [[nodiscard]] Identity issue(std::vector<std::string> const& subjects, Validity validity) const;
  [[nodiscard]] Identity identity() const;
  [[nodiscard]] std::string const& certificate_pem() const noexcept { return pem_; }

 private:
  using Key = std::shared_ptr<EVP_PKEY>;
  using Certificate = std::shared_ptr<X509>;

  Authority() = default;

  Key key_;
  Certificate certificate_;
  std::string pem_;
};

}  // namespace scaleset::http
