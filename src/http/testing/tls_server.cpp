#include "http/testing/tls_server.hpp"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <boost/asio/buffer.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/impl/src.hpp>  // Asio's TLS part: nothing but tests uses it
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <functional>
#include <utility>

#include "http/sleep.hpp"

namespace scaleset::http::testing {
namespace asio = boost::asio;
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;

std::string to_pem(std::function<int(BIO*)> const& write) {
  std::unique_ptr<BIO, decltype(&BIO_free)> const memory(BIO_new(BIO_s_mem()), &BIO_free);
  write(memory.get());
  char* data = nullptr;
  long const size = BIO_get_mem_data(memory.get(), &data);
  return std::string(data, static_cast<std::size_t>(size));
}

Certificate make_certificate(EVP_PKEY* key, std::string const& subject) {
  Certificate certificate(X509_new(), &X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), 3600);
  X509_set_pubkey(certificate.get(), key);
  X509_NAME* const name = X509_get_subject_name(certificate.get());
  X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                             reinterpret_cast<unsigned char const*>("test"), -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  bool const is_ip = subject.find_first_not_of("0123456789.") == std::string::npos;
  std::string const names = (is_ip ? "IP:" : "DNS:") + subject;
  X509_EXTENSION* const extension =
      X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, names.c_str());
  X509_add_ext(certificate.get(), extension, -1);
  X509_EXTENSION_free(extension);
  X509_sign(certificate.get(), key, EVP_sha256());
  return certificate;
}

}  // namespace

TlsServer::TlsServer(Loopback& loop, std::string const& subject, Behaviour behaviour)
    : loop_(loop),
      behaviour_(behaviour),
      context_(asio::ssl::context::tls_server),
      acceptor_(loop.context(), {asio::ip::address_v4::loopback(), 0}),
      scope_(loop.executor()) {
  Key const key(EVP_EC_gen("P-256"), &EVP_PKEY_free);
  Certificate const certificate = make_certificate(key.get(), subject);
  certificate_ = to_pem([&](BIO* out) { return PEM_write_bio_X509(out, certificate.get()); });
  std::string const private_key = to_pem([&](BIO* out) {
    return PEM_write_bio_PrivateKey(out, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
  });
  context_.use_certificate_chain(asio::buffer(certificate_));
  context_.use_private_key(asio::buffer(private_key), asio::ssl::context::pem);
  scope_.spawn(accept());
}

TlsServer::~TlsServer() {
  acceptor_.close();
  scope_.request_stop();
  loop_.run(scope_.join());
}

asio::awaitable<void> TlsServer::accept() {
  while (!scope_.stop_requested()) {
    asio::ip::tcp::socket socket(loop_.context());
    boost::system::error_code error;
    co_await acceptor_.async_accept(socket, asio::redirect_error(asio::use_awaitable, error));
    if (error) co_return;
    scope_.spawn(serve(std::move(socket)));
  }
}

asio::awaitable<void> TlsServer::serve(asio::ip::tcp::socket socket) {
  asio::ssl::stream<asio::ip::tcp::socket> stream(std::move(socket), context_);
  boost::system::error_code error;
  co_await stream.async_handshake(asio::ssl::stream_base::server,
                                  asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  std::string received;
  auto buffer = asio::dynamic_buffer(received);
  co_await asio::async_read_until(stream, buffer, "\r\n\r\n",
                                  asio::redirect_error(asio::use_awaitable, error));
  if (error) co_return;
  ++requests_;
  if (behaviour_ == Behaviour::hold) {
    co_await sleep_for(std::chrono::hours(1));
    co_return;
  }
  std::string const answer = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok";
  co_await asio::async_write(stream, asio::buffer(answer),
                             asio::redirect_error(asio::use_awaitable, error));
}

}  // namespace scaleset::http::testing
