#include "http/certificates.hpp"

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <functional>

namespace scaleset::http {
namespace {

using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

std::string to_pem(std::function<int(BIO*)> const& write) {
  Memory const memory(BIO_new(BIO_s_mem()), &BIO_free);
  write(memory.get());
  char* data = nullptr;
  long const size = BIO_get_mem_data(memory.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

std::string to_pem(X509* certificate) {
  return to_pem([certificate](BIO* out) { return PEM_write_bio_X509(out, certificate); });
}

std::string to_pem(EVP_PKEY* key) {
  return to_pem([key](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  });
}

Memory reader(std::string const& text) {
  return {BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free};
}

// P-256, because such a key is made in no time, unlike an RSA key.
std::shared_ptr<EVP_PKEY> make_key() { return {EVP_EC_gen("P-256"), &EVP_PKEY_free}; }

void add_extension(X509* certificate, X509* issuer, int kind, std::string const& value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* const extension = X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str());
  X509_add_ext(certificate, extension, -1);
  X509_EXTENSION_free(extension);
}

/// Two authorities may have the same name. The key identifiers tell clients which of them has
/// signed.
void add_key_identifiers(X509* certificate, X509* issuer) {
  add_extension(certificate, issuer, NID_subject_key_identifier, "hash");
  add_extension(certificate, issuer, NID_authority_key_identifier, "keyid");
}

/// Every certificate of an authority needs its own serial number. A random one is good enough.
void set_serial(X509* certificate) {
  std::uint64_t serial = 0;
  RAND_bytes(reinterpret_cast<unsigned char*>(&serial), sizeof serial);
  ASN1_INTEGER_set_uint64(X509_get_serialNumber(certificate), serial >> 1U);
}

/// Makes a certificate that the caller has to extend and sign.
std::shared_ptr<X509> make_certificate(EVP_PKEY* key, std::string const& name,
                                       X509_NAME const* issuer, Validity validity) {
  std::shared_ptr<X509> certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  set_serial(certificate.get());
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), validity.from.count());
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), validity.until.count());
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const subject = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_NID(subject, NID_commonName, MBSTRING_UTF8,
                             reinterpret_cast<unsigned char const*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), issuer == nullptr ? subject : issuer);
  return certificate;
}

bool is_address(std::string_view subject) {
  return subject.find(':') != std::string_view::npos ||
         subject.find_first_not_of("0123456789.") == std::string_view::npos;
}

}  // namespace

Authority::Authority(std::string const& name, Validity validity)
    : key_(make_key()), certificate_(make_certificate(key_.get(), name, nullptr, validity)) {
  add_extension(certificate_.get(), certificate_.get(), NID_basic_constraints, "critical,CA:TRUE");
  add_key_identifiers(certificate_.get(), certificate_.get());
  X509_sign(certificate_.get(), key_.get(), EVP_sha256());
  pem_ = to_pem(certificate_.get());
}

Authority::Authority(std::string const& name, Authority const& parent)
    : key_(make_key()),
      certificate_(make_certificate(key_.get(), name,
                                    X509_get_subject_name(parent.certificate_.get()), {})) {
  add_extension(certificate_.get(), parent.certificate_.get(), NID_basic_constraints,
                "critical,CA:TRUE");
  add_key_identifiers(certificate_.get(), parent.certificate_.get());
  X509_sign(certificate_.get(), parent.key_.get(), EVP_sha256());
  pem_ = to_pem(certificate_.get());
}

Identity Authority::issue(std::string const& subject) const {
  return issue(std::vector{subject}, Validity{});
}

Identity Authority::issue(std::vector<std::string> const& subjects, Validity validity) const {
  std::shared_ptr<EVP_PKEY> const key = make_key();
  auto const certificate =
      make_certificate(key.get(), "server", X509_get_subject_name(certificate_.get()), validity);
  std::string names;
  for (std::string const& subject : subjects)
    names +=
        (names.empty() ? "" : ",") + std::string(is_address(subject) ? "IP:" : "DNS:") + subject;
  add_extension(certificate.get(), certificate_.get(), NID_subject_alt_name, names);
  add_key_identifiers(certificate.get(), certificate_.get());
  X509_sign(certificate.get(), key_.get(), EVP_sha256());
  return {to_pem(certificate.get()), to_pem(key.get())};
}

std::optional<Authority> Authority::of(Identity const& identity) {
  Authority made;
  made.pem_ = identity.certificate;
  made.certificate_ = {
      PEM_read_bio_X509(reader(identity.certificate).get(), nullptr, nullptr, nullptr), &X509_free};
  // An empty passphrase. Without one, OpenSSL would ask for it on the terminal.
  std::string none;
  made.key_ = {PEM_read_bio_PrivateKey(reader(identity.key).get(), nullptr, nullptr, none.data()),
               &EVP_PKEY_free};
  bool const fit = made.certificate_ && made.key_ &&
                   X509_check_private_key(made.certificate_.get(), made.key_.get()) == 1;
  // What a failed read left in OpenSSL's queue would be reported by the next TLS connection.
  ERR_clear_error();
  return fit ? std::optional(std::move(made)) : std::nullopt;
}

Identity Authority::identity() const { return {pem_, to_pem(key_.get())}; }

}  // namespace scaleset::http
