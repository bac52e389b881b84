#include "http/certificates.hpp"
#include "http/curl_transport.hpp"
#include "simulator/front/testing/running_simulator.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class SecureSimulator : public ::testing::Test {
 protected:
  SecureSimulator() {
    options.model = ModelOptions();
    options.tls = true;
    options.tls_ca_file = folder.path() / "ca.pem";
    transport_options.ca_bundle_file = options.tls_ca_file;
  }
  ~SecureSimulator() override {
    if (simulator) loop.run(simulator->stop());
  }
  Result<HttpResponse> call(std::string const& path, std::string authorization,
                            std::string body = "") {
    HttpRequest request;
    request.method = HttpMethod::post;
    request.url = simulator->url() + path;
    request.headers = {{"Authorization", std::move(authorization)}};
    request.body = std::move(body);
    auto const transport = http::make_curl_transport(loop.executor(), transport_options);
    return loop.run(transport->send(request));
  }
  void start() { simulator = Simulator::start(loop.executor(), options).value(); }

  http::testing::Loopback loop;
  base::TemporaryDirectory folder;
  SimulatorOptions options;
  TransportOptions transport_options;
  std::unique_ptr<Simulator> simulator;
};

TEST_F(SecureSimulator, AllUrlsAreHttps) {
  start();
  EXPECT_THAT(simulator->url(), StartsWith("https://127.0.0.1:"));
  Result<HttpResponse> const registration =
      call("/api/v3/orgs/my-org/actions/runners/registration-token", "Bearer PAT");
  ASSERT_TRUE(registration) << registration.error().message;
  std::string const token(boost::json::parse(registration->body).at("token").as_string());
  Result<HttpResponse> const connection =
      call("/api/v3/actions/runner-registration", "RemoteAuth " + token,
           R"({"url":")" + simulator->config_url("my-org") + R"(","runner_event":"register"})");
  ASSERT_TRUE(connection) << connection.error().message;
  EXPECT_EQ(boost::json::parse(connection->body).at("url").as_string(), simulator->url() + "/rest");
}

TEST_F(SecureSimulator, AnExpiredCertificateIsRefusedByClients) {
  options.tls_expired_leaf = true;
  start();
  Result<HttpResponse> const refused = call("/", "Bearer PAT");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::tls_verification);
}

TEST_F(SecureSimulator, ClientsTrustItAfterARestartWithItsStateFile) {
  options.state_file = folder.path() / "state.json";
  auto const restart = [this] {
    loop.run(simulator->stop());
    start();
  };
  std::string const registration = "/api/v3/orgs/my-org/actions/runners/registration-token";
  start();
  std::filesystem::copy_file(options.tls_ca_file, folder.path() / "first.pem");
  transport_options.ca_bundle_file = folder.path() / "first.pem";
  EXPECT_TRUE(call(registration, "Bearer PAT"));
  restart();
  EXPECT_TRUE(call(registration, "Bearer PAT"));
  options.state_file.clear();
  restart();
  Result<HttpResponse> const stranger = call(registration, "Bearer PAT");
  ASSERT_FALSE(stranger) << "without a state file every start has an authority of its own";
  EXPECT_EQ(stranger.error().code, ErrorCode::tls_verification);
}

TEST_F(SecureSimulator, AStateFileFromBeforeTlsGetsAnAuthority) {
  options.state_file = folder.path() / "state.json";
  options.tls = false;
  start();
  loop.run(simulator->stop());
  options.tls = true;
  start();
  EXPECT_TRUE(call("/", "Bearer PAT"));
  EXPECT_THAT(base::read_file(options.state_file).value(), HasSubstr("authorityKey"));
}

TEST_F(SecureSimulator, AnAuthorityWhoseKeyIsAnothersIsRefused) {
  options.state_file = folder.path() / "state.json";
  start();
  loop.run(simulator->stop());
  simulator.reset();
  std::string const text = base::read_file(options.state_file).value();
  http::Identity const other = http::Authority("other").identity();
  auto head = boost::json::parse(text.substr(0, text.find('\n'))).as_object();
  head["authorityKey"] = other.key;
  ASSERT_TRUE(base::write_file_atomically(options.state_file, boost::json::serialize(head) + "\n"));
  auto const refused = Simulator::start(loop.executor(), options);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("does not fit"));
}

TEST_F(SecureSimulator, ACertificateFileThatCannotBeWrittenIsNamed) {
  options.tls_ca_file = folder.path() / "missing" / "ca.pem";
  auto const refused = Simulator::start(loop.executor(), options);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("missing"));
}

}  // namespace
}  // namespace scaleset::simulator
