#pragma once

#include <openssl/x509.h>

#include <memory>
#include <string>

#include "scaleset/error.hpp"
#include "scaleset/options.hpp"

/// The certificates of this machine that TLS needs, checked when a client is made and not at its
/// first call. Errors here are invalid_options and name the option and the file.
namespace scaleset::http {

/// The authorities that are trusted. Shared by every connection of every transport with the same
/// ones: the system's alone take most of a megabyte, which libcurl would spend on each connection
/// (ADR 21).
using CertificateStore = std::shared_ptr<X509_STORE>;

/// The system's are those of OpenSSL: its default file and folder, or SSL_CERT_FILE and
/// SSL_CERT_DIR. Read now; a changed file is seen by the next transport. Every certificate in the
/// bundle is an anchor, an intermediate one too.
[[nodiscard]] Result<CertificateStore> certificate_store(TransportOptions const& options);

/// That the bundle can be read and holds certificates.
[[nodiscard]] Result<void> check_ca_bundle(TransportOptions const& options);

/// That the client certificate and its key can be read, are not encrypted and belong together.
/// libcurl reads the files again at each connection, so that renewed ones are used.
[[nodiscard]] Result<void> check_client_certificate(TransportOptions const& options);

}  // namespace scaleset::http
