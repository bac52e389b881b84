#include "http/certificate_files.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <map>
#include <mutex>
#include <new>
#include <utility>
#include <vector>

#include "base/regular_file.hpp"

namespace scaleset::http {
namespace {

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Memory = std::unique_ptr<BIO, decltype(&BIO_free)>;

/// Clears OpenSSL's error queue when the scope ends. An error that a failed check left there would
/// be reported as an error of the next TLS connection.
class QuietErrors {
 public:
  QuietErrors() = default;
  QuietErrors(QuietErrors const&) = delete;
  QuietErrors& operator=(QuietErrors const&) = delete;
  ~QuietErrors() { ERR_clear_error(); }
};

/// Every refusal names the option, because the user may have set several files.
std::unexpected<Error> refuse(std::string_view option, std::string const& problem) {
  return fail(ErrorCode::invalid_options, std::string(option) + ": " + problem);
}

struct Bundle {
  std::string text;
  std::vector<Certificate> certificates;
};

Result<std::string> read_option_file(std::string_view option, std::string const& path) {
  Result<std::string> text = base::read_regular_file(path);
  if (!text) return refuse(option, text.error().message);
  if (text->empty()) return refuse(option, path + " is empty");
  return text;
}

Memory memory_of(std::string const& text) {
  Memory memory(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), &BIO_free);
  if (!memory) throw std::bad_alloc();
  return memory;
}

/// Reads the whole file before the first connection needs it, so that a damaged certificate is
/// reported when the client is made, with its number.
Result<Bundle> read_bundle(std::string const& path) {
  Bundle bundle;
  if (path.empty()) return bundle;
  Result<std::string> text = read_option_file("ca_bundle_file", path);
  if (!text) return std::unexpected(std::move(text.error()));
  QuietErrors const quiet;
  Memory const memory = memory_of(*text);
  // PEM_read_bio_X509 skips any text between certificates. Its error at the end of the file is
  // NO_START_LINE; any other error means that a certificate is damaged.
  while (X509* const certificate = PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr))
    bundle.certificates.emplace_back(certificate, &X509_free);
  if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
    return refuse("ca_bundle_file", "certificate " +
                                        std::to_string(bundle.certificates.size() + 1) + " in " +
                                        path + " is damaged");
  if (bundle.certificates.empty())
    return refuse("ca_bundle_file", "there is no certificate in " + path +
                                        "; it must be PEM (-----BEGIN CERTIFICATE-----)");
  bundle.text = *std::move(text);
  return bundle;
}

CertificateStore make_store(bool with_system, std::vector<Certificate> const& certificates) {
  QuietErrors const quiet;  // if the system has no certificates, the first connection reports it
  CertificateStore store(X509_STORE_new(), &X509_STORE_free);
  if (!store) throw std::bad_alloc();
  if (with_system) X509_STORE_set_default_paths(store.get());
  for (Certificate const& certificate : certificates)
    X509_STORE_add_cert(store.get(), certificate.get());
  // PARTIAL_CHAIN makes every certificate of the bundle an anchor, even an intermediate one.
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN | X509_V_FLAG_TRUSTED_FIRST);
  return store;
}

/// OpenSSL's default callback would ask for the passphrase on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

Result<Key> read_key(std::string_view option, std::string const& path, std::string const& text) {
  QuietErrors const quiet;
  Memory const memory = memory_of(text);
  Key key(PEM_read_bio_PrivateKey(memory.get(), nullptr, &no_passphrase, nullptr), &EVP_PKEY_free);
  if (key) return key;
  if (text.find("ENCRYPTED") != text.npos)
    return refuse(option, "the key in " + path + " is encrypted; it must be without a passphrase");
  return refuse(option, "there is no private key in " + path + "; it must be PEM");
}

}  // namespace

Result<void> check_ca_bundle(TransportOptions const& options) {
  Result<Bundle> const bundle = read_bundle(options.ca_bundle_file);
  if (!bundle) return std::unexpected(bundle.error());
  return {};
}

Result<CertificateStore> certificate_store(TransportOptions const& options) {
  bool const with_system =
      options.ca_bundle_file.empty() || options.ca_bundle == CaBundle::added_to_system;
  Result<Bundle> bundle = read_bundle(options.ca_bundle_file);
  if (!bundle) return std::unexpected(std::move(bundle.error()));
  // The mutex guards the map, because clients may be made on any thread. OpenSSL locks each store
  // itself. The map is never destroyed, so that it also works while static objects are destroyed.
  static std::mutex mutex;
  static auto& stores = *new std::map<std::pair<bool, std::string>, std::weak_ptr<X509_STORE>>();
  std::scoped_lock const lock(mutex);
  std::erase_if(stores, [](auto const& entry) { return entry.second.expired(); });
  auto& known = stores[{with_system, std::move(bundle->text)}];
  CertificateStore store = known.lock();
  if (!store) known = store = make_store(with_system, bundle->certificates);
  return store;
}

Result<void> check_client_certificate(TransportOptions const& options) {
  if (options.client_certificate_file.empty()) {
    if (options.client_key_file.empty()) return {};
    return refuse("client_key_file", "there is a key but no client_certificate_file");
  }
  std::string const& certificate_path = options.client_certificate_file;
  auto certificate_text = read_option_file("client_certificate_file", certificate_path);
  if (!certificate_text) return std::unexpected(std::move(certificate_text.error()));
  bool const key_apart = !options.client_key_file.empty();
  std::string_view const option = key_apart ? "client_key_file" : "client_certificate_file";
  std::string const& key_path = key_apart ? options.client_key_file : certificate_path;
  auto key_text = read_option_file(option, key_path);
  if (!key_text) return std::unexpected(std::move(key_text.error()));

  QuietErrors const quiet;
  Memory const memory = memory_of(*certificate_text);
  Certificate const certificate(PEM_read_bio_X509(memory.get(), nullptr, nullptr, nullptr),
                                &X509_free);
  if (!certificate)
    return refuse("client_certificate_file",
                  "there is no certificate in " + certificate_path + "; it must be PEM");
  Result<Key> const key = read_key(option, key_path, *key_text);
  // The text of the key would otherwise stay readable in freed memory.
  OPENSSL_cleanse(key_text->data(), key_text->size());
  if (!key) return std::unexpected(key.error());
  // Told now, since the service would only end the TLS handshake without a useful reason.
  if (X509_check_private_key(certificate.get(), key->get()) != 1)
    return refuse(option, "the key in " + key_path + " does not belong to the certificate in " +
                              certificate_path);
  return {};
}

}  // namespace scaleset::http
