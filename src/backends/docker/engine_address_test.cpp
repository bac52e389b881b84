#include "backends/docker/engine_address.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <map>

#include "base/files.hpp"

namespace scaleset::backends::docker {
namespace {

using ::testing::HasSubstr;

class EngineAddressTest : public ::testing::Test {
 protected:
  Result<http::ServerAddress> address(std::string const& host = "") {
    return engine_address(host, [this](char const* name) -> std::optional<std::string> {
      auto const found = environment.find(name);
      if (found == environment.end()) return std::nullopt;
      return found->second;
    });
  }
  std::string text(std::string const& host = "") {
    auto const found = address(host);
    return found ? found->text() : found.error().message;
  }
  void put(char const* name, char const* text) { std::ofstream(folder.path() / name) << text; }

  std::map<std::string, std::string> environment;
  base::TemporaryDirectory folder;
};

TEST_F(EngineAddressTest, IsGivenOrInTheEnvironmentOrTheUsualOne) {
  EXPECT_EQ(text(), "unix:///var/run/docker.sock");
  environment["DOCKER_HOST"] = "unix:///run/user/1000/docker.sock";
  EXPECT_EQ(text(), "unix:///run/user/1000/docker.sock");
  EXPECT_EQ(text("unix:///run/podman/podman.sock"), "unix:///run/podman/podman.sock");
}

TEST_F(EngineAddressTest, MayBeAHost) {
  EXPECT_EQ(text("tcp://engine"), "tcp://engine:2375");
  EXPECT_EQ(text("tcp://engine:99/"), "tcp://engine:99");
  EXPECT_EQ(text("tcp://[::1]"), "tcp://[::1]:2375");
  EXPECT_EQ(text("tcp://[::1]:99"), "tcp://[::1]:99");
  EXPECT_FALSE(address("tcp://engine")->tls);
}

TEST_F(EngineAddressTest, OtherTextsAreRefused) {
  for (char const* const host :
       {"ssh://engine", "/var/run/docker.sock", "unix://", "unix://run/docker.sock", "tcp://",
        "tcp://:99", "tcp://engine:", "tcp://engine:0", "tcp://engine:70000", "tcp://engine:x",
        "tcp://[::1", "tcp://[::1]99"}) {
    auto const refused = address(host);
    ASSERT_FALSE(refused) << host;
    EXPECT_EQ(refused.error().code, ErrorCode::invalid_options);
    EXPECT_THAT(refused.error().message, HasSubstr("is not the address of an engine"));
  }
}

TEST_F(EngineAddressTest, CertificatesAreThoseOfDockersClient) {
  environment["DOCKER_CERT_PATH"] = folder.path().string();
  environment["DOCKER_TLS_VERIFY"] = "1";
  put("ca.pem", "authority");
  put("cert.pem", "certificate");
  put("key.pem", "key");
  auto const found = address("tcp://engine");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->port, 2376);
  ASSERT_TRUE(found->tls);
  EXPECT_EQ(found->tls->authorities, "authority");
  EXPECT_EQ(found->tls->certificate, "certificate");
  EXPECT_TRUE(found->tls->key.equals("key"));
  EXPECT_TRUE(found->tls->verify);
  environment.erase("DOCKER_TLS_VERIFY");
  EXPECT_FALSE(address("tcp://engine")->tls->verify);
}

TEST_F(EngineAddressTest, CertificatesAreInTheUsualFolderIfNoneIsNamed) {
  std::filesystem::create_directory(folder.path() / ".docker");
  environment["HOME"] = folder.path().string();
  environment["DOCKER_TLS_VERIFY"] = "1";
  for (char const* const name : {".docker/ca.pem", ".docker/cert.pem", ".docker/key.pem"})
    put(name, "x");
  EXPECT_TRUE(address("tcp://engine")->tls);
}

TEST_F(EngineAddressTest, AMissingCertificateIsAnError) {
  environment["DOCKER_CERT_PATH"] = folder.path().string();
  environment["DOCKER_TLS_VERIFY"] = "1";
  for (char const* const name : {"ca.pem", "cert.pem", "key.pem"}) {
    auto const refused = address("tcp://engine");
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr(name));
    put(name, "x");
  }
  EXPECT_TRUE(address("tcp://engine"));
  EXPECT_TRUE(address("unix:///s")) << "a socket needs none";
}

TEST_F(EngineAddressTest, APipeInPlaceOfAKeyIsRefusedAtOnce) {
  environment["DOCKER_CERT_PATH"] = folder.path().string();
  environment["DOCKER_TLS_VERIFY"] = "1";
  put("ca.pem", "x");
  put("cert.pem", "x");
  ASSERT_EQ(::mkfifo((folder.path() / "key.pem").c_str(), 0600), 0);
  auto const refused = address("tcp://engine");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("key.pem"));
}

}  // namespace
}  // namespace scaleset::backends::docker
