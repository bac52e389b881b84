#include "http/curl_failure.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/x509_vfy.h>

#include <cerrno>

namespace scaleset::http {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(CurlFailure, ThePlaceHasAPortAndNoSecrets) {
  EXPECT_EQ(place_of(*base::parse_url("https://me:secret@example.com/a?token=t#f")),
            "example.com:443");
  EXPECT_EQ(place_of(*base::parse_url("http://example.com")), "example.com:80");
  EXPECT_EQ(place_of(*base::parse_url("http://[::1]:8080/")), "[::1]:8080");
}

TEST(CurlFailure, CertificateProblemsAreNotTransient) {
  for (CURLcode const code :
       {CURLE_PEER_FAILED_VERIFICATION, CURLE_SSL_CACERT_BADFILE, CURLE_SSL_ISSUER_ERROR,
        CURLE_SSL_PINNEDPUBKEYNOTMATCH, CURLE_SSL_INVALIDCERTSTATUS}) {
    Error const error = curl_error({code, "", 0}, "h:443", false);
    EXPECT_EQ(error.code, ErrorCode::tls_verification) << code;
    EXPECT_FALSE(error.transient()) << code;
  }
}

TEST(CurlFailure, EverythingElseIsTransient) {
  for (CURLcode const code :
       {CURLE_COULDNT_RESOLVE_HOST, CURLE_COULDNT_CONNECT, CURLE_SSL_CONNECT_ERROR,
        CURLE_GOT_NOTHING, CURLE_SEND_ERROR, CURLE_RECV_ERROR, CURLE_HTTP2, CURLE_HTTP2_STREAM,
        CURLE_PARTIAL_FILE, CURLE_WEIRD_SERVER_REPLY, CURLE_BAD_CONTENT_ENCODING}) {
    Error const error = curl_error({code, "", 0}, "h:443", true);
    EXPECT_EQ(error.code, ErrorCode::network) << code;
    EXPECT_TRUE(error.transient()) << code;
  }
  EXPECT_EQ(curl_error({CURLE_OPERATION_TIMEDOUT, "", 0}, "h:443", false).code, ErrorCode::timeout);
}

TEST(CurlFailure, AProxyThatRejectsTheCredentialsIsNotTransient) {
  Error const http = proxy_authentication_error("h:443 through the proxy p:3128", 407);
  EXPECT_EQ(http.code, ErrorCode::proxy_authentication);
  EXPECT_FALSE(http.transient());
  EXPECT_FALSE(http.request_sent);
  EXPECT_THAT(http.message, HasSubstr("through the proxy p:3128"));
  EXPECT_THAT(http.message, HasSubstr("(it answered 407)"));
  EXPECT_THAT(proxy_authentication_error("h:443", 0).message, Not(HasSubstr("answered")));
}

TEST(CurlFailure, SaysInOneLineWhereWhatAndWhatToDo) {
  Error const error = curl_error(
      {CURLE_COULDNT_RESOLVE_HOST, "Could not resolve\r\nhost: nowhere", 0}, "nowhere:443", false);
  EXPECT_EQ(error.message,
            "cannot reach nowhere:443: Could not resolve  host: nowhere; check the host name and "
            "this machine's DNS settings");
  EXPECT_FALSE(error.request_sent);
  EXPECT_THAT(curl_error({CURLE_COULDNT_RESOLVE_PROXY, "", 0}, "h:443", false).message,
              EndsWith("check the proxy setting"));
}

TEST(CurlFailure, EachProblemOfACertificateHasItsOwnAdvice) {
  auto const message = [](long problem) {
    return curl_error({CURLE_PEER_FAILED_VERIFICATION, "", problem}, "h:443", false).message;
  };
  EXPECT_THAT(message(X509_V_ERR_CERT_HAS_EXPIRED), HasSubstr("has expired"));
  EXPECT_THAT(message(X509_V_ERR_CERT_NOT_YET_VALID), HasSubstr("check this machine's clock"));
  EXPECT_THAT(message(X509_V_OK), HasSubstr("use one of its names"));
  EXPECT_THAT(message(X509_V_ERR_UNSPECIFIED), HasSubstr("use one of its names"));
  EXPECT_THAT(message(X509_V_ERR_HOSTNAME_MISMATCH), HasSubstr("use one of its names"));
  EXPECT_THAT(message(X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY), HasSubstr("ca_bundle_file"));
  EXPECT_THAT(message(X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN), HasSubstr("ca_bundle_file"));
}

TEST(CurlFailure, AReachedLimitIsTheCauseWhateverCurlSays) {
  Error const error = curl_error({CURLE_COULDNT_CONNECT, "", 0, EMFILE}, "h:443", false);
  EXPECT_THAT(error.message, HasSubstr("raise its limit of open files"));
  EXPECT_THAT(error.message, Not(HasSubstr("firewall")));
  EXPECT_TRUE(curl_error({CURLE_SSL_CACERT_BADFILE, "", 0, EMFILE}, "h:443", false).transient());
}

TEST(CurlFailure, WithoutATextCurlsDescriptionOfTheCodeIsUsed) {
  Error const error = curl_error({CURLE_GOT_NOTHING, "", 0}, "h:443", true);
  EXPECT_EQ(error.message, "no response from h:443: Server returned nothing (no headers, no data)");
  EXPECT_TRUE(error.request_sent);
}

TEST(CurlFailure, WhatOnlyThoseUnderstandWhoKnowCurlIsSaidPlainly) {
  Error const error = curl_error(
      {CURLE_SEND_FAIL_REWIND, "necessary data rewind wasn't possible", 0}, "h:443", true);
  EXPECT_EQ(error.message,
            "no response from h:443: the connection broke while the request was being sent");
}

TEST(CurlFailure, ADeadlineSaysWhetherThereWasAConnection) {
  EXPECT_EQ(deadline_error("h:443", std::chrono::milliseconds(50), true).message,
            "no complete response from h:443 within 50 ms");
  EXPECT_EQ(deadline_error("h:443", std::chrono::milliseconds(50), false).message,
            "no connection to h:443 within 50 ms");
  EXPECT_EQ(deadline_error("h:443", std::chrono::milliseconds(50), false).code, ErrorCode::timeout);
}

TEST(CurlFailure, CancellationAndSizeHaveTheirOwnCodes) {
  EXPECT_EQ(cancelled_error("h:443", false).code, ErrorCode::cancelled);
  EXPECT_FALSE(cancelled_error("h:443", false).transient());
  Error const error = too_large_error("h:443", 1000);
  EXPECT_EQ(error.code, ErrorCode::malformed_response);
  EXPECT_EQ(error.message, "the response from h:443 is larger than the limit of 1000 bytes");
  EXPECT_THAT(error.message, Not(HasSubstr("\n")));
}

}  // namespace
}  // namespace scaleset::http
