#include "http/curl_failure.hpp"

#include <openssl/x509_vfy.h>

#include <algorithm>

#include "base/resource_limit.hpp"

namespace scaleset::http {
namespace {

ErrorCode code_for(CurlFailure const& failure) {
  // Without descriptors the certificates cannot be read either, which says nothing about them.
  if (failure.limit_reached != 0) return ErrorCode::network;
  switch (failure.code) {
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
    case CURLE_SSL_INVALIDCERTSTATUS: return ErrorCode::tls_verification;
    case CURLE_OPERATION_TIMEDOUT: return ErrorCode::timeout;
    default: return ErrorCode::network;
  }
}

std::string_view advice_for_certificate(long problem) {
  switch (problem) {
    // There is no judgement of the chain, so what does not match is the name. (libcurl checks that
    // itself, before it asks OpenSSL, and has "unspecified" until then.)
    case X509_V_OK:
    case X509_V_ERR_UNSPECIFIED:
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the certificate is for other names: use one of its names in the URL";
    case X509_V_ERR_CERT_HAS_EXPIRED:
      return "the certificate has expired: renew it, or set this machine's clock if it is wrong";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "the certificate is not valid yet: check this machine's clock";
    default:
      return "if a private authority signed the certificate, give that authority in "
             "ca_bundle_file; otherwise check that the package ca-certificates is installed";
  }
}

std::string_view advice_for(CurlFailure const& failure) {
  if (failure.limit_reached != 0) return base::advice_for_limit(failure.limit_reached);
  switch (failure.code) {
    case CURLE_COULDNT_RESOLVE_HOST: return "check the host name and this machine's DNS settings";
    case CURLE_COULDNT_RESOLVE_PROXY: return "check the proxy setting";
    case CURLE_COULDNT_CONNECT:
      return "check that the service is up, that no firewall blocks it, and whether a proxy is "
             "needed";
    case CURLE_SSL_CONNECT_ERROR: return "check that this is an HTTPS port";
    case CURLE_PEER_FAILED_VERIFICATION: return advice_for_certificate(failure.certificate_problem);
    case CURLE_SSL_CERTPROBLEM: return "check client_certificate_file and client_key_file";
    default: return {};
  }
}

/// What went wrong, in curl's words unless they only make sense to those who know curl.
std::string_view text_of(CurlFailure const& failure) {
  if (failure.code == CURLE_SEND_FAIL_REWIND)
    return "the connection broke while the request was being sent";
  if (failure.text.empty()) return curl_easy_strerror(failure.code);
  return failure.text;
}

/// Errors become one log line, and this text may come from a server or a proxy.
std::string one_line(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(
      line, [](char letter) { return static_cast<unsigned char>(letter) < ' '; }, ' ');
  return line;
}

}  // namespace

std::string place_of(base::Url const& url) {
  std::string const port = url.port.empty() ? (url.scheme == "https" ? "443" : "80") : url.port;
  return url.host + ":" + port;
}

Error curl_error(CurlFailure const& failure, std::string_view place, bool request_sent) {
  // Whether the request can have arrived is what the caller must know before repeating it (ADR 8).
  std::string message = request_sent ? "no response from " : "cannot reach ";
  message.append(place).append(": ");
  message += one_line(text_of(failure));
  if (std::string_view const advice = advice_for(failure); !advice.empty())
    message.append("; ").append(advice);
  Error error(code_for(failure), std::move(message));
  error.request_sent = request_sent;
  return error;
}

Error deadline_error(std::string_view place, std::chrono::milliseconds timeout, bool request_sent) {
  std::string message = request_sent ? "no complete response from " : "no connection to ";
  message.append(place).append(" within ").append(std::to_string(timeout.count())).append(" ms");
  Error error(ErrorCode::timeout, std::move(message));
  error.request_sent = request_sent;
  return error;
}

Error cancelled_error(std::string_view place, bool request_sent) {
  Error error(ErrorCode::cancelled, "the call to " + std::string(place) + " was cancelled");
  error.request_sent = request_sent;
  return error;
}

Error proxy_authentication_error(std::string_view place, long status) {
  std::string message =
      "cannot reach " + std::string(place) +
      ": the proxy requires a user and password, or rejected the ones it was given";
  if (status != 0) message += " (it answered " + std::to_string(status) + ")";
  message += "; check the user and password in the proxy setting, http://user:password@host:port";
  Error error(ErrorCode::proxy_authentication, std::move(message));
  error.request_sent = false;
  return error;
}

Error too_large_error(std::string_view place, std::size_t limit) {
  return Error(ErrorCode::malformed_response, "the response from " + std::string(place) +
                                                  " is larger than the limit of " +
                                                  std::to_string(limit) + " bytes");
}

}  // namespace scaleset::http
