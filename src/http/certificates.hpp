#pragma once

#include <openssl/x509.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

/// Makes certificates when they are needed, for the simulator and for tests. A certificate kept in
/// a file would expire some day and break them (W-30).
namespace scaleset::http {

/// A certificate and its private key, both PEM.
struct Identity {
  std::string certificate;
  std::string key;
};

/// The period in which a certificate is valid, relative to now. Negative values lie in the past.
struct Validity {
  std::chrono::seconds from = std::chrono::hours(-1);
  std::chrono::seconds until = std::chrono::hours(1);
};

/// A certificate authority: it signs certificates.
class Authority {
 public:
  /// A root authority, signed by itself.
  explicit Authority(std::string const& name, Validity validity = {});
  /// An intermediate authority, signed by `parent`.
  Authority(std::string const& name, Authority const& parent);
  /// Restores an authority from what its identity() returned. Returns no value if `identity` is not
  /// a certificate and the key that belongs to it.
  [[nodiscard]] static std::optional<Authority> of(Identity const& identity);

  /// Issues a certificate for a server ("127.0.0.1" or a DNS name). It also works as a client
  /// certificate.
  [[nodiscard]] Identity issue(std::string const& subject) const;
  /// Issues a certificate for a server with several names: DNS names, IPv4 and IPv6 addresses. At
  /// least one is needed.
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
