#include "base/clock.hpp"
#include "base/jwt.hpp"
#include "simulator/front/parts/tokens.hpp"
#include "simulator/front/testing/running_simulator.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;
using ::testing::HasSubstr;
using ::testing::MatchesRegex;
using ::testing::StartsWith;

class TokenChain : public RunningSimulator {
 protected:
  TokenChain() = default;
  explicit TokenChain(SimulatorOptions chosen) : RunningSimulator(std::move(chosen)) {}
  static base::RsaPrivateKey const& app_key() {
    static base::RsaPrivateKey const key = base::RsaPrivateKey::generate(2048);
    return key;
  }
  static std::int64_t seconds_now() {
    return std::chrono::floor<std::chrono::seconds>(base::system_clock()->now().wall)
        .time_since_epoch()
        .count();
  }
  static std::string app_jwt(std::int64_t issued, std::int64_t expires) {
    return base::make_jwt(app_key(), R"({"iss":"Iv1.abc","exp":)" + std::to_string(expires) +
                                         R"(,"iat":)" + std::to_string(issued) + "}");
  }
  HttpResponse installation_token(std::string const& jwt, std::string const& id = "42") {
    return call("POST", "/api/v3/app/installations/" + id + "/access_tokens", "Bearer " + jwt);
  }
};

TEST_F(TokenChain, FromTheCredentialToTheAdminConnection) {
  HttpResponse const registration =
      call("POST", "/api/v3/orgs/my-org/actions/runners/registration-token", "Bearer PAT");
  EXPECT_EQ(registration.status, 201);
  EXPECT_THAT(text(json(registration), "/expires_at"), HasSubstr("T"));
  std::string const token = text(json(registration), "/token");
  EXPECT_EQ(token.find('.'), std::string::npos);
  HttpResponse const connection = connect_as(token);
  EXPECT_EQ(connection.status, 200);
  EXPECT_EQ(text(json(connection), "/url"), simulator->url() + "/rest");
  std::optional<ForeignJwt> const jwt = read_jwt(text(json(connection), "/token"));
  ASSERT_TRUE(jwt);
  EXPECT_EQ(jwt->algorithm, "RS256");
  EXPECT_NEAR(static_cast<double>(jwt->expires.value()), static_cast<double>(seconds_now() + 3600),
              5);
}

TEST_F(TokenChain, EveryScopeHasItsOwnPlace) {
  for (auto const& [place, path] :
       std::vector<std::pair<std::string, std::string>>{{"orgs/my-org", "my-org"},
                                                        {"repos/o/r", "o/r"},
                                                        {"enterprises/e", "enterprises/e"},
                                                        {"enterprises/e", "Enterprises/E"},
                                                        {"orgs/My-Org", "my-org/"}}) {
    EXPECT_EQ(connect_as(registration_token(place), path).status, 200) << path;
  }
  EXPECT_EQ(connect_as(registration_token("repos/o/r"), "o").status, 404);
  EXPECT_EQ(connect_as(registration_token(), "other-org").status, 404);
}

TEST_F(TokenChain, AlsoWithoutTheGhesPrefix) {
  EXPECT_EQ(call("POST", "/orgs/my-org/actions/runners/registration-token", "token ghp_x").status,
            201);
}

TEST_F(TokenChain, AUserNeedsACredential) {
  HttpResponse const refused =
      call("POST", "/api/v3/orgs/my-org/actions/runners/registration-token");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(text(json(refused), "/message"), "Bad credentials");
  EXPECT_EQ(text(json(refused), "/status"), "401");
  EXPECT_EQ(
      call("POST", "/api/v3/orgs/my-org/actions/runners/registration-token", "Bearer ").status,
      401);
}

TEST_F(TokenChain, ImpossibleNamesAreNotFound) {
  for (std::string const name : {"o%2Fr", "%C3%B6", "%00"}) {
    EXPECT_EQ(
        call("POST", "/orgs/" + name + "/actions/runners/registration-token", "Bearer PAT").status,
        404)
        << name;
  }
}

TEST_F(TokenChain, ForgedRegistrationTokensAreRefused) {
  std::string const token = registration_token();
  for (std::string const& forged :
       {std::string("x"), token.substr(1), token + "x", std::string(200, 'A'), std::string()}) {
    HttpResponse const refused = connect_as(forged);
    EXPECT_EQ(refused.status, 401) << forged;
    EXPECT_EQ(text(json(refused), "/message"), "Bad credentials");
  }
  EXPECT_EQ(call("POST", "/actions/runner-registration", "Bearer " + token, "{}").status, 401);
}

TEST_F(TokenChain, BadConnectionRequestsAreNamed) {
  std::string const authorization = "RemoteAuth " + registration_token();
  for (std::string const body : {"", "{}", R"({"url":"nonsense"})"}) {
    EXPECT_EQ(call("POST", "/actions/runner-registration", authorization, body).status, 404);
  }
  HttpResponse const refused =
      call("POST", "/actions/runner-registration", authorization, R"({"url":5})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(text(json(refused), "/message"), "url: must be a string");
}

TEST_F(TokenChain, AppsGetAnInstallationToken) {
  std::int64_t const now = seconds_now();
  HttpResponse const response = installation_token(app_jwt(now - 60, now + 480));
  EXPECT_EQ(response.status, 201);
  std::string const token = text(json(response), "/token");
  EXPECT_THAT(token, StartsWith("ghs_Iv1.abc_"));
  EXPECT_NEAR(static_cast<double>(token.size()), 520, 30);
  std::optional<ForeignJwt> const inside = read_jwt(token.substr(12));
  ASSERT_TRUE(inside) << "a JWT follows the App's id";
  EXPECT_EQ(inside->algorithm, "RS256");
  EXPECT_THAT(response.header("X-GitHub-Request-Id"),
              MatchesRegex("[0-9A-F]{4}:[0-9A-F]{6}:[0-9A-F]{7}:[0-9A-F]{7}:[0-9A-F]{8}"));
  EXPECT_EQ(installation_token(app_jwt(now - 60, now + 480), "none").status, 404);
}

TEST_F(TokenChain, AnAppThatIsRegisteredMustSign) {
  std::string pem = app_key().pem().reveal();
  for (std::size_t at = pem.find('\n'); at != std::string::npos; at = pem.find('\n', at + 1))
    pem.replace(at, 1, "\\n");
  EXPECT_EQ(call("POST", "/_sim/apps", "",
                 R"({"clientId":"Iv1.abc","publicKeyPem":")" + pem + R"(","installations":[42]})")
                .status,
            201);
  std::string const good = app_jwt(seconds_now() - 60, seconds_now() + 480);
  EXPECT_EQ(installation_token(good).status, 201);
  EXPECT_EQ(installation_token(good, "43").status, 404);
  base::RsaPrivateKey const thief = base::RsaPrivateKey::generate(2048);
  HttpResponse const refused = installation_token(base::make_jwt(
      thief, R"({"iss":"Iv1.abc","iat":1,"exp":)" + std::to_string(seconds_now() + 60) + "}"));
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(text(json(refused), "/message"), "A JSON web token could not be decoded");
}

TEST_F(TokenChain, BadAppsAreNamed) {
  HttpResponse const nameless = call("POST", "/_sim/apps", "", R"({"publicKeyPem":"x"})");
  EXPECT_EQ(nameless.status, 400);
  EXPECT_THAT(nameless.body, HasSubstr("clientId"));
  HttpResponse const keyless =
      call("POST", "/_sim/apps", "", R"({"clientId":"a","publicKeyPem":"hunter2"})");
  EXPECT_EQ(keyless.status, 400);
  EXPECT_THAT(keyless.body, HasSubstr("PUBLIC KEY"));
  EXPECT_THAT(keyless.body, ::testing::Not(HasSubstr("hunter2")));
}

TEST_F(TokenChain, AppJwtsThatMakeNoSenseAreRefused) {
  std::int64_t const now = seconds_now();
  auto const message = [&](std::string const& jwt) {
    HttpResponse const response = installation_token(jwt);
    EXPECT_EQ(response.status, 401);
    return text(json(response), "/message");
  };
  EXPECT_EQ(message("x"), "A JSON web token could not be decoded");
  EXPECT_EQ(message("a.b.c"), "A JSON web token could not be decoded");
  EXPECT_EQ(message("eyJhbGciOiJub25lIn0.e30."), "A JSON web token could not be decoded");
  EXPECT_THAT(message(base::make_jwt(app_key(), R"({"iss":"a","exp":1})")), HasSubstr("'iat'"));
  EXPECT_THAT(message(base::make_jwt(app_key(), R"({"iss":"a","iat":1})")), HasSubstr("'exp'"));
  EXPECT_THAT(message(app_jwt(now + 600, now + 900)), HasSubstr("'iat'"));
  EXPECT_THAT(message(app_jwt(now - 900, now - 400)), HasSubstr("'exp'"));
  EXPECT_EQ(message(app_jwt(now, now + 3600)),
            "'Expiration time' claim ('exp') is too far in the future");
}

TEST_F(TokenChain, AdminCallsNeedAnAdminToken) {
  connect();
  std::string const path = service_url + "/_apis/runtime/runnerscalesets";
  std::int64_t const set = create_set("set");
  OpenSession const session = open_session(set);
  for (std::string const& token :
       {std::string(), std::string("Bearer x"), session.token, "RemoteAuth " + admin.substr(7),
        "Bearer " + registration_token(), admin.substr(0, admin.size() - 3)}) {
    HttpResponse const refused = call("GET", path, token);
    EXPECT_EQ(refused.status, 401);
    EXPECT_EQ(text(json(refused), "/typeKey"), "InvalidTokenException");
  }
  EXPECT_EQ(call("GET", path, "bearer" + admin.substr(6)).status, 200);
  EXPECT_EQ(call("GET", session.url, admin).status, 401);
}

class ShortTokens : public TokenChain {
 protected:
  ShortTokens() : TokenChain(short_options()) {}
  static SimulatorOptions short_options() {
    SimulatorOptions chosen = quick_options();
    chosen.virtual_clock = true;
    return chosen;
  }
  void advance(int seconds) {
    call("POST", "/_sim/clock/advance", "", R"({"seconds":)" + std::to_string(seconds) + "}");
  }
};

TEST_F(ShortTokens, Expire) {
  std::string const registration = registration_token();
  connect();
  advance(3599);
  EXPECT_EQ(connect_as(registration).status, 200);
  EXPECT_EQ(admin_call("GET", "/_apis/runtime/runnerscalesets").status, 200);
  advance(1);
  EXPECT_EQ(connect_as(registration).status, 401);
  HttpResponse const refused = admin_call("GET", "/_apis/runtime/runnerscalesets");
  EXPECT_EQ(refused.status, 401);
  EXPECT_EQ(text(json(refused), "/typeName"),
            "GitHub.Actions.Runtime.WebApi.InvalidTokenException, GitHub.Actions.Runtime.WebApi");
}

class AcquireChain : public TokenChain {
 protected:
  AcquireChain() : TokenChain(quick_options(Profile::acquire)) {}
};

TEST_F(AcquireChain, HasAPlaceForEachTenant) {
  connect();
  EXPECT_THAT(service_url, MatchesRegex(simulator->url() + "/_services/pipelines/[0-9a-f]{50}"));
  EXPECT_EQ(admin_call("GET", "/_apis/runtime/runnerscalesets").status, 200);
  boost::json::value const other = json(connect_as(registration_token("orgs/other"), "other"));
  EXPECT_NE(text(other, "/url"), service_url);
  EXPECT_EQ(call("GET", text(other, "/url") + "/_apis/runtime/runnerscalesets", admin).status, 401)
      << "another tenant's place";
  HttpResponse const answer = admin_call("GET", "/_apis/runtime/runnerscalesets");
  EXPECT_EQ(answer.header("ActivityId").size(), 36U);
  EXPECT_FALSE(answer.header("X-GitHub-Request-Id").empty());
}

}  // namespace
}  // namespace scaleset::simulator
