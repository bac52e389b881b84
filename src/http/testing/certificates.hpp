#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>

/// For tests only: certificates made when they are needed, so that none ever expires (W-30).
namespace scaleset::http::testing {

/// A certificate and its key, PEM.
struct Identity {
  std::string certificate;
  std::string key;
};

/// Who signs certificates; valid from an hour ago until in an hour.
class Authority {
 public:
  /// Signed by itself.
  explicit Authority(std::string const& name);
  /// Signed by another.
  Authority(std::string const& name, Authority const& parent);

  /// For a server ("127.0.0.1" or a DNS name) or, by the same token, a client.
  [[nodiscard]] Identity issue(std::string const& subject) const;
  [[nodiscard]] std::string const& certificate_pem() const noexcept { return pem_; }

 private:
  using Key = std::shared_ptr<EVP_PKEY>;
  using Certificate = std::shared_ptr<X509>;

  Key key_;
  Certificate certificate_;
  std::string pem_;
};

/// A key of its own, encrypted with a passphrase, PEM.
[[nodiscard]] std::string encrypted_key_pem();

}  // namespace scaleset::http::testing
