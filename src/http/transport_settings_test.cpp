#include "http/transport_settings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>

#include "http/testing/certificates.hpp"
#include "http/testing/temporary_file.hpp"

namespace scaleset::http {
namespace {

using testing::Authority;
using ::testing::HasSubstr;
using testing::Identity;
using testing::TemporaryFile;

void expect_refused(TransportOptions const& options, std::string const& option,
                    std::string const& text) {
  Result<void> const checked = check_transport_options(options);
  ASSERT_FALSE(checked) << option << " " << text;
  EXPECT_EQ(checked.error().code, ErrorCode::invalid_options);
  EXPECT_THAT(checked.error().message, ::testing::StartsWith(option + ": "));
  EXPECT_THAT(checked.error().message, HasSubstr(text));
}

TransportOptions with_bundle(std::string const& path) {
  TransportOptions options;
  options.ca_bundle_file = path;
  return options;
}

TransportOptions with_client(std::string const& certificate, std::string const& key) {
  TransportOptions options;
  options.client_certificate_file = certificate;
  options.client_key_file = key;
  return options;
}

TEST(TransportSettings, TheDefaultsAreValid) {
  EXPECT_TRUE(check_transport_options(TransportOptions()));
}

TEST(TransportSettings, TimesMustBePositiveAndFitIntoADate) {
  TransportOptions options;
  options.tcp_keepalive = std::chrono::milliseconds(0);
  expect_refused(options, "TransportOptions", "above 0");
  options.tcp_keepalive = std::chrono::milliseconds::max();
  expect_refused(options, "TransportOptions", "10 years");
}

TEST(TransportSettings, AnInvalidBundleIsNamed) {
  Authority const authority("root");
  std::string const& good = authority.certificate_pem();
  TemporaryFile const empty("");
  TemporaryFile const text("no certificate here\n");
  TemporaryFile const key(authority.issue("a").key);
  TemporaryFile const damaged(good + good.substr(0, 100) + "!!!" + good.substr(103));
  TemporaryFile const cut(good.substr(0, good.size() / 2));
  expect_refused(with_bundle("/nonexistent.pem"), "ca_bundle_file", "/nonexistent.pem");
  expect_refused(with_bundle(::testing::TempDir()), "ca_bundle_file", ::testing::TempDir());
  expect_refused(with_bundle(empty.path()), "ca_bundle_file", empty.path() + " is empty");
  expect_refused(with_bundle(text.path()), "ca_bundle_file", "no certificate in " + text.path());
  expect_refused(with_bundle(key.path()), "ca_bundle_file", "no certificate in " + key.path());
  expect_refused(with_bundle(damaged.path()), "ca_bundle_file",
                 "certificate 2 in " + damaged.path() + " is damaged");
  expect_refused(with_bundle(cut.path()), "ca_bundle_file", cut.path());
}

TEST(TransportSettings, ABundleMayContainSeveralCertificatesAndOtherText) {
  TemporaryFile const bundle("# ours\n" + Authority("a").certificate_pem() + "\n# theirs\n" +
                             Authority("b").certificate_pem());
  EXPECT_TRUE(check_transport_options(with_bundle(bundle.path())));
}

TEST(TransportSettings, AClientCertificateThatCannotWorkIsNamed) {
  Authority const authority("root");
  Identity const identity = authority.issue("a");
  TemporaryFile const certificate(identity.certificate);
  TemporaryFile const key(identity.key);
  TemporaryFile const other_key(authority.issue("b").key);
  TemporaryFile const encrypted(testing::encrypted_key_pem());
  TemporaryFile const empty("");
  EXPECT_TRUE(check_transport_options(with_client(certificate.path(), key.path())));
  expect_refused(with_client("", key.path()), "client_key_file", "no client_certificate_file");
  expect_refused(with_client("/nonexistent", key.path()), "client_certificate_file",
                 "/nonexistent");
  expect_refused(with_client(key.path(), key.path()), "client_certificate_file",
                 "no certificate in " + key.path());
  expect_refused(with_client(certificate.path(), "/nonexistent"), "client_key_file",
                 "/nonexistent");
  expect_refused(with_client(certificate.path(), empty.path()), "client_key_file", "is empty");
  expect_refused(with_client(certificate.path(), ""), "client_certificate_file",
                 "no private key in " + certificate.path());
  expect_refused(with_client(certificate.path(), encrypted.path()), "client_key_file", "encrypted");
  expect_refused(with_client(certificate.path(), other_key.path()), "client_key_file",
                 "does not belong");
}

TEST(TransportSettings, TransportsWithTheSameAuthoritiesShareThem) {
  TemporaryFile const one(Authority("a").certificate_pem());
  TemporaryFile const other(Authority("a").certificate_pem());
  TransportOptions options = with_bundle(one.path());
  Result<CertificateStore> const first = certificate_store(options);
  ASSERT_TRUE(first);
  EXPECT_EQ(*first, *certificate_store(options));
  EXPECT_NE(*first, *certificate_store(with_bundle(other.path())));
  options.ca_bundle = CaBundle::instead_of_system;
  EXPECT_NE(*first, *certificate_store(options));
}

TEST(TransportSettings, ABundleIsReadAgainForANewTransport) {
  Authority const old_one("a");
  Authority const new_one("b");
  TemporaryFile const file(old_one.certificate_pem());
  Result<CertificateStore> const before = certificate_store(with_bundle(file.path()));
  std::ofstream(file.path()) << new_one.certificate_pem();
  Result<CertificateStore> const after = certificate_store(with_bundle(file.path()));
  ASSERT_TRUE(before && after);
  EXPECT_NE(*before, *after);
}

TEST(TransportSettings, ClientsThatShareATransportHaveItReadItsFilesOnce) {
  TemporaryFile const file("");
  std::filesystem::file_time_type const written = std::filesystem::file_time_type::clock::now();
  auto const write = [&](Authority const& authority, std::chrono::seconds later) {
    std::string text = authority.certificate_pem();
    text.resize(8192, '\n');
    std::ofstream(file.path(), std::ios::trunc) << text;
    std::filesystem::last_write_time(file.path(), written + later);
  };
  Authority const first("first");
  Authority const second("second");
  using std::chrono::seconds;
  write(first, seconds(0));
  auto options = with_bundle(file.path());
  options.ca_bundle = CaBundle::instead_of_system;
  auto const settings = TransportSettings::make(options).value();
  auto const before = settings->trusted().value();
  write(second, seconds(0));
  ASSERT_TRUE(settings->read_again());
  auto const after = settings->trusted().value();
  EXPECT_NE(after, before);
  // Only somebody who reads the file could tell.
  write(first, seconds(0));
  ASSERT_TRUE(settings->read_again());
  EXPECT_EQ(settings->trusted().value(), after) << "it has just been read";
  write(first, seconds(5));
  ASSERT_TRUE(settings->read_again());
  EXPECT_NE(settings->trusted().value(), after) << "the file has changed";
}

TEST(KeepAlive, TheDefaultsEndAHalfOpenPollBeforeItsTimeout) {
  KeepAlive const keep_alive = keep_alive_for(TransportOptions().tcp_keepalive);
  EXPECT_EQ(keep_alive.idle_seconds, 30);
  EXPECT_EQ(keep_alive.interval_seconds, 15);
  EXPECT_EQ(keep_alive.give_up_milliseconds, 60000);
  EXPECT_LE(keep_alive.give_up_milliseconds, 90'000);
  EXPECT_LT(std::chrono::milliseconds(keep_alive.give_up_milliseconds),
            TransportOptions().poll_timeout);
}

TEST(KeepAlive, ShortAndLongTimesStayWithinWhatTheKernelTakes) {
  EXPECT_EQ(keep_alive_for(std::chrono::milliseconds(1)).idle_seconds, 1);
  EXPECT_EQ(keep_alive_for(std::chrono::milliseconds(1)).interval_seconds, 1);
  EXPECT_EQ(keep_alive_for(std::chrono::milliseconds(1001)).idle_seconds, 2);
  EXPECT_LE(keep_alive_for(std::chrono::hours(1000)).idle_seconds, 32767);
  EXPECT_GT(keep_alive_for(std::chrono::hours(1000)).give_up_milliseconds, 0);
}

}  // namespace
}  // namespace scaleset::http
