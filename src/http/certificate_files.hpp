#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>

#include "scaleset/error.hpp"
#include "scaleset/options.hpp"

/// Loads and checks the certificate files that TLS needs. They are checked when a client is made,
/// not at its first call. Every error is invalid_options and names the option and the file.
namespace scaleset::http {

/// The certificate authorities that are trusted. All connections of all transports with the same
/// authorities share one store: the system's authorities alone take most of a megabyte, which
/// libcurl would otherwise spend on each connection (ADR 21).
using CertificateStore = std::shared_ptr<X509_STORE>;

/// Loads the authorities that the options ask for. The bundle is read now, so the next transport
/// sees a changed bundle. The system's authorities are those of OpenSSL: its default file and
/// folder, or SSL_CERT_FILE and SSL_CERT_DIR. They are read again once no transport uses the shared
/// store any more. Every certificate in the bundle is a trust anchor, even an intermediate one.
[[nodiscard]] Result<CertificateStore> certificate_store(TransportOptions const& options);

/// Checks that the bundle can be read and contains certificates.
[[nodiscard]] Result<void> check_ca_bundle(TransportOptions const& options);

/// Checks that the client certificate and its key can be read, are not encrypted and belong
/// together. libcurl reads the files again for each connection, so renewed files are picked up.
[[nodiscard]] Result<void> check_client_certificate(TransportOptions const& options);

}  // namespace scaleset::http
