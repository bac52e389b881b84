#include <boost/json/object.hpp>

#include "base/base64.hpp"
#include "base/jwt.hpp"
#include "simulator/front/testing/running_simulator.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;
using ::testing::HasSubstr;
namespace json_ = boost::json;

class RunnerApi : public RunningSimulator {
 protected:
  RunnerApi() : RunningSimulator(quick_options()) {
    connect();
    set = create_set("set");
    session = open_session(set);
  }
  static json_::value decoded(std::string const& text) {
    return json_::parse(base::base64_decode(text).value());
  }
  json_::value register_runner(std::string const& name) {
    HttpResponse const made =
        admin_call("POST", set_path(set, "/generatejitconfig"), R"({"name":")" + name + R"("})");
    runner_path =
        "/_apis/distributedtask/pools/0/agents/" + std::to_string(number(json(made), "/runner/id"));
    return decoded(text(json(made), "/encodedJITConfig"));
  }
  /// The simulator's runner key is in its state file; a real runner has it from its numbers.
  base::RsaPrivateKey runner_key() {
    std::string const state = base::read_file(options.state_file).value();
    json_::value const file = json_::parse(state.substr(0, state.find('\n')));
    return base::RsaPrivateKey::from_pem(Secret(text(file, "/runnerKey"))).value();
  }
  HttpResponse token_answer(std::string const& client_id, base::RsaPrivateKey const& key) {
    std::string const assertion = base::make_jwt(
        key, R"({"iss":")" + client_id + R"(","sub":")" + client_id + R"("})", algorithm);
    return call("POST", "/_apis/oauth2/token", "",
                "grant_type=client_credentials&client_assertion_type=urn%3Aietf%3Aparams%3Aoauth%3A"
                "client-assertion-type%3Ajwt-bearer&client_assertion=" +
                    assertion);
  }
  /// Registers, gets a token and opens a session.
  void start_runner(std::string const& name) {
    json_::value const files = register_runner(name);
    json_::value const settings = decoded(text(files, "/.runner"));
    json_::value const credentials = decoded(text(files, "/.credentials"));
    broker = text(settings, "/ServerUrlV2");
    server = text(settings, "/ServerUrl");
    client = text(credentials, "/Data/clientId");
    token = "Bearer " + text(json(token_answer(client, runner_key())), "/access_token");
    HttpResponse const opened =
        call("POST", broker + "session", token,
             R"({"sessionId":"f30a0ff0-0000-4000-8000-000000000001","ownerName":"HOST",)"
             R"("agent":{"id":)" +
                 text(settings, "/AgentId") + R"(,"name":")" + name + R"(","version":"2.336.0"}})");
    EXPECT_EQ(opened.status, 201);
    runner_session = text(json(opened), "/sessionId");
  }
  std::string message_url(std::string const& status = "Online") const {
    return broker + "message?sessionId=" + runner_session + "&status=" + status +
           "&runnerVersion=2.336.0&os=Linux&architecture=X64&disableUpdate=true";
  }
  /// Queues a job, polls for it, acquires it: the answer.
  json_::value take_job() {
    queue_job();
    poll(session, 10);
    json_::value const message = json(call("GET", message_url(), token));
    offer = json_::parse(text(message, "/body"));
    return remember(json(acquire()));
  }
  HttpResponse acquire() {
    return call("POST", text(offer, "/run_service_url") + "acquirejob", token,
                R"({"jobMessageId":")" + text(offer, "/runner_request_id") +
                    R"(","runnerOS":"Linux","billingOwnerId":"1"})");
  }
  /// The token of the job is in it.
  json_::value remember(json_::value job) {
    job_token =
        "Bearer " + text(job, "/resources/endpoints/0/authorization/parameters/AccessToken");
    return job;
  }
  HttpResponse run_call(std::string const& name, json_::value const& job,
                        std::string const& more = "") {
    return call("POST", text(offer, "/run_service_url") + name, job_token,
                R"({"planId":")" + text(job, "/plan/planId") + R"(","jobId":")" +
                    text(job, "/jobId") + "\"" + more + "}");
  }

  std::int64_t set = 0;
  OpenSession session;
  std::string runner_path, broker, server, client, token, job_token, runner_session;
  base::JwtAlgorithm algorithm = base::JwtAlgorithm::ps256;
  json_::value offer;
};

TEST_F(RunnerApi, TheJitConfigHoldsTheThreeFiles) {
  json_::value const files = register_runner("runner-1");
  ASSERT_EQ(files.as_object().size(), 3U);
  json_::value const settings = decoded(text(files, "/.runner"));
  EXPECT_EQ(text(settings, "/AgentName"), "runner-1");
  EXPECT_EQ(text(settings, "/AgentId"), "1") << "all values are strings";
  EXPECT_EQ(text(settings, "/PoolId"), "1");
  EXPECT_EQ(text(settings, "/Ephemeral"), "True");
  EXPECT_EQ(text(settings, "/UseV2Flow"), "true");
  EXPECT_EQ(text(settings, "/DisableUpdate"), "False");
  EXPECT_EQ(text(settings, "/ServerUrlV2"), simulator->url() + "/broker/");
  EXPECT_EQ(text(settings, "/GitHubUrl"), simulator->config_url("my-org"));
  EXPECT_EQ(text(settings, "/WorkFolder"), "_work");
  EXPECT_THAT(text(settings, "/ServerUrl"), ::testing::MatchesRegex(".*/_services/pipelines/.+/"));
  json_::value const credentials = decoded(text(files, "/.credentials"));
  EXPECT_EQ(text(credentials, "/Scheme"), "OAuth");
  EXPECT_EQ(text(credentials, "/Data/clientId").size(), 36U);
  EXPECT_EQ(text(credentials, "/Data/authorizationUrl"), simulator->url() + "/_apis/oauth2/token");
  EXPECT_EQ(text(credentials, "/Data/requireFipsCryptography"), "True");
  json_::value const numbers = decoded(text(files, "/.credentials_rsaparams"));
  base::RsaPrivateKey const key = runner_key();
  for (auto const& [name, number] :
       std::vector<std::pair<std::string, std::string>>{{"modulus", "n"},
                                                        {"exponent", "e"},
                                                        {"d", "d"},
                                                        {"p", "p"},
                                                        {"q", "q"},
                                                        {"dp", "dp"},
                                                        {"dq", "dq"},
                                                        {"inverseQ", "qi"}}) {
    EXPECT_EQ(base::base64_decode(text(numbers, "/" + name)).value(), key.number(number)) << name;
  }
  EXPECT_EQ(base::base64_decode(text(numbers, "/modulus")).value().size(), 256U);
}

TEST_F(RunnerApi, AJobFromEndToEnd) {
  start_runner("runner-1");
  EXPECT_EQ(number(state(), "/tenants/0/scaleSets/0/statistics/totalIdleRunners"), 1);
  auto const held = begin({"GET", message_url(), token, "", {}});
  let_it_arrive();
  call("POST", "/_sim/jobs", "",
       R"({"labels":["set"],"displayName":"test","durationMilliseconds":1500,"result":"failed",)"
       R"("script":"exit 3"})");
  poll(session, 10);
  HttpResponse const asked = finish(held);
  EXPECT_EQ(asked.status, 200);
  EXPECT_EQ(text(json(asked), "/messageType"), "RunnerJobRequest");
  offer = json_::parse(text(json(asked), "/body"));
  EXPECT_TRUE(offer.at("should_acknowledge").as_bool());
  EXPECT_FALSE(offer.as_object().contains("id"));
  EXPECT_EQ(text(offer, "/run_service_url").back(), '/');
  EXPECT_GT(number(json(asked), "/messageId"), std::int64_t{1} << 32);
  EXPECT_EQ(call("POST", broker + "acknowledge?sessionId=" + runner_session, token,
                 R"({"runnerRequestId":")" + text(offer, "/runner_request_id") + R"("})")
                .status,
            204);
  HttpResponse const unknown = call("POST", broker + "acknowledge?sessionId=" + runner_session,
                                    token, R"({"runnerRequestId":"x"})");
  EXPECT_EQ(unknown.status, 404);
  EXPECT_EQ(text(json(unknown), "/errorKind"), "AcknowledgeJobNotFound");
  EXPECT_EQ(admin_call("DELETE", runner_path).status, 400);

  HttpResponse const acquired = acquire();
  EXPECT_EQ(acquired.status, 200);
  json_::value const job = remember(json(acquired));
  EXPECT_EQ(text(job, "/jobId"), text(offer, "/runner_request_id"));
  EXPECT_EQ(text(job, "/jobDisplayName"), "test");
  EXPECT_GT(number(job, "/requestId"), 0);
  EXPECT_EQ(text(job, "/steps/0/inputs/map/0/Value/lit"), "exit 3");
  EXPECT_EQ(acquire().status, 409);
  EXPECT_EQ(text(json(acquire()), "/source"), "actions-run-service");
  EXPECT_EQ(text(state(), "/tenants/0/runners/0/state"), "busy");

  HttpResponse const renewed = run_call("renewjob", job);
  EXPECT_EQ(renewed.status, 200);
  EXPECT_FALSE(text(json(renewed), "/lockedUntil").empty());
  HttpResponse const refused = admin_call("DELETE", runner_path);
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(text(json(refused), "/typeKey"), "JobStillRunningException");

  HttpResponse const completed = run_call("completejob", job, R"(,"conclusion":"failed")");
  EXPECT_EQ(completed.status, 204);
  EXPECT_EQ(completed.header("x-plan-id"), text(job, "/plan/planId"));
  EXPECT_EQ(completed.header("x-job-name"), "test");
  json_::value const after = state();
  EXPECT_EQ(text(after, "/tenants/0/jobs/0/state"), "completed");
  EXPECT_EQ(text(after, "/tenants/0/jobs/0/result"), "failed");
  EXPECT_EQ(text(after, "/tenants/0/jobs/0/runnerName"), "runner-1");
  EXPECT_EQ(number(after, "/counters/runnersOnline"), 1);
  EXPECT_TRUE(after.at_pointer("/tenants/0/runners").as_array().empty());

  std::vector<std::string> kinds;
  for (std::int64_t cursor = 0; cursor < 100000003;) {
    json_::value const message = json(poll(session, 10, cursor));
    cursor = number(message, "/messageId");
    json_::value const entries = json_::parse(text(message, "/body"));
    for (json_::value const& entry : entries.as_array()) {
      kinds.push_back(text(entry, "/messageType"));
      if (kinds.back() == "JobAssigned") continue;
      EXPECT_EQ(text(entry, "/runnerName"), "runner-1");
    }
  }
  EXPECT_THAT(kinds, ::testing::ElementsAre("JobAssigned", "JobStarted", "JobCompleted"));
}

TEST_F(RunnerApi, ADeregisteredRunnerIsTurnedAway) {
  start_runner("runner-1");
  auto const held = begin({"GET", message_url(), token, "", {}});
  let_it_arrive();
  EXPECT_EQ(admin_call("DELETE", runner_path).status, 204);
  HttpResponse const woken = finish(held);
  EXPECT_EQ(woken.status, 404);
  EXPECT_EQ(text(json(woken), "/source"), "actions-broker-listener");
  EXPECT_EQ(text(json(woken), "/errorKind"), "RunnerNotFound");
  EXPECT_EQ(number(json(woken), "/statusCode"), 404);
  EXPECT_EQ(call("GET", message_url(), token).status, 404);
  EXPECT_EQ(call("POST", broker + "session", token, "{}").status, 404);
  EXPECT_EQ(call("DELETE", broker + "session", token).status, 404);
  EXPECT_EQ(call("POST", broker + "acknowledge", token, "{}").status, 404);
  EXPECT_EQ(call("POST", "/run/1/acquirejob", token, "{}").status, 404);
  HttpResponse const invalid = token_answer(client, runner_key());
  EXPECT_EQ(invalid.status, 400);
  EXPECT_EQ(text(json(invalid), "/error"), "invalid_client");
}

TEST_F(RunnerApi, BadTokensAndAssertionsAreRefused) {
  start_runner("runner-1");
  for (std::string const& bad : {std::string(), std::string("Bearer x"), admin, session.token}) {
    EXPECT_EQ(call("GET", message_url(), bad).status, 401);
    EXPECT_EQ(call("POST", broker + "session", bad, "{}").status, 401);
    EXPECT_EQ(call("POST", "/run/1/completejob", bad, "{}").status, 401);
  }
  EXPECT_EQ(text(json(token_answer(client, base::RsaPrivateKey::generate(1024))), "/error"),
            "invalid_client");
  EXPECT_EQ(text(json(token_answer("nobody", runner_key())), "/error"), "invalid_client");
  EXPECT_EQ(text(json(call("POST", "/_apis/oauth2/token", "", "")), "/error"),
            "unsupported_grant_type");
  EXPECT_EQ(text(json(call("POST", "/_apis/oauth2/token", "",
                           "grant_type=client_credentials&client_assertion=x.y.z")),
                 "/error"),
            "invalid_request");
}

TEST_F(RunnerApi, BadBodiesAreNamed) {
  start_runner("runner-1");
  HttpResponse const bad = call("POST", broker + "session", token, "{");
  EXPECT_EQ(bad.status, 400);
  EXPECT_THAT(text(json(bad), "/errorMessage"), HasSubstr("not JSON"));
  EXPECT_EQ(call("POST", broker + "session", token, R"({"agent":{"id":999}})").status, 404);
  EXPECT_EQ(call("POST", "/run/1/acquirejob", token, "[]").status, 400);
  EXPECT_EQ(call("POST", "/run/1/acquirejob", token, "{}").status, 404);
  json_::value const job = take_job();
  EXPECT_EQ(call("POST", "/run/1/renewjob", job_token, R"({"jobId":1})").status, 400);
  EXPECT_EQ(call("POST", "/run/1/renewjob", job_token, R"({"jobId":"x"})").status, 401);
  HttpResponse const none = run_call("completejob", job);
  EXPECT_EQ(text(json(none), "/errorMessage"), "conclusion: must be given");
}

TEST_F(RunnerApi, ACancelledJobReachesABusyRunner) {
  start_runner("runner-1");
  json_::value const job = take_job();
  auto const held = begin({"GET", message_url("Busy"), token, "", {}});
  let_it_arrive();
  EXPECT_FALSE(held->answer);
  EXPECT_EQ(call("POST", "/_sim/jobs/" + text(job, "/jobId") + "/cancel").status, 202);
  json_::value const message = json(finish(held));
  EXPECT_EQ(text(message, "/messageType"), "JobCancellation");
  json_::value const body = json_::parse(text(message, "/body"));
  EXPECT_EQ(text(body, "/jobId"), text(job, "/jobId"));
  EXPECT_EQ(text(body, "/timeout"), "00:05:00");
  EXPECT_EQ(run_call("completejob", job, R"(,"conclusion":"canceled")").status, 204);
  EXPECT_EQ(text(state(), "/tenants/0/jobs/0/result"), "canceled");
}

TEST_F(RunnerApi, AJobCancelledOnItsWayIsGone) {
  start_runner("runner-1");
  std::string const job = queue_job();
  poll(session, 10);
  offer = json_::parse(text(json(call("GET", message_url(), token)), "/body"));
  EXPECT_EQ(call("POST", "/_sim/jobs/" + job + "/cancel").status, 202);
  EXPECT_EQ(acquire().status, 404);
}

TEST_F(RunnerApi, SessionsOfRunnersAreTheirOwn) {
  start_runner("runner-1");
  auto const held = begin({"GET", message_url(), token, "", {}});
  let_it_arrive();
  HttpResponse const conflict = call("POST", broker + "session", token, "{}");
  EXPECT_EQ(conflict.status, 409);
  HttpResponse const other = call("GET", broker + "message?sessionId=other", token);
  EXPECT_EQ(other.status, 404);
  EXPECT_EQ(text(json(other), "/errorKind"), "RunnerSessionInvalid");
  EXPECT_EQ(call("DELETE", broker + "session", token).status, 204) << "the token names it";
  EXPECT_EQ(finish(held).status, 404);
  EXPECT_EQ(text(state(), "/tenants/0/runners/0/state"), "provisioned");
}

TEST_F(RunnerApi, AssertionsAreSignedWithPssOrWithout) {
  start_runner("runner-1");
  for (auto const kind : {base::JwtAlgorithm::ps256, base::JwtAlgorithm::rs256}) {
    algorithm = kind;
    HttpResponse const answer = token_answer(client, runner_key());
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(text(json(answer), "/token_type"), "JWT");
    EXPECT_EQ(number(json(answer), "/expires_in"), 2999);
  }
}

TEST_F(RunnerApi, TheJobIsComplete) {
  start_runner("runner-1");
  json_::value const job = take_job();
  EXPECT_EQ(text(job, "/messageType"), "RunnerJobRequest");
  EXPECT_EQ(text(job, "/plan/planType"), "actions");
  EXPECT_EQ(text(job, "/plan/planId").size(), 36U);
  EXPECT_EQ(text(job, "/timeline/id").size(), 36U);
  EXPECT_EQ(text(job, "/jobName"), "build");
  EXPECT_FALSE(text(job, "/lockedUntil").empty());
  EXPECT_EQ(text(job, "/contextData/github/d/0/k"), "repository");
  EXPECT_EQ(text(job, "/contextData/github/d/0/v"), "my-org/example");
  for (char const* name : {"inputs", "needs", "strategy", "vars"})
    EXPECT_EQ(job.at("contextData").at(name).at("t"), 2) << name;
  EXPECT_TRUE(job.at("contextData").at("matrix").is_null());
  json_::value const& variables = job.at("variables");
  EXPECT_EQ(text(variables.at("system.github.results_endpoint"), "/value"), simulator->url() + "/");
  EXPECT_TRUE(variables.at("system.github.token").at("isSecret").as_bool());
  EXPECT_EQ(text(variables.at("simulator.durationMilliseconds"), "/value"), "1000");
  EXPECT_EQ(text(job, "/steps/0/reference/type"), "script");
  EXPECT_EQ(text(job, "/steps/0/inputs/map/0/Key/lit"), "script");
  EXPECT_EQ(text(job, "/steps/0/inputs/map/0/Value/lit"), "sleep 1.000\nexit 0");
  EXPECT_EQ(text(job, "/fileTable/0"), ".github/workflows/ci.yml");
  EXPECT_EQ(text(job, "/resources/endpoints/0/name"), "SystemVssConnection");
  EXPECT_EQ(text(job, "/resources/endpoints/0/url"), text(offer, "/run_service_url"));
  EXPECT_EQ(text(job, "/resources/endpoints/0/authorization/scheme"), "OAuth");
  EXPECT_EQ("Bearer " + text(job, "/mask/0/value"), job_token) << "runners keep it out of logs";
}

TEST_F(RunnerApi, TheRunnersOwnTokenIsNoGoodForItsJob) {
  start_runner("runner-1");
  json_::value const job = take_job();
  std::string const own = std::exchange(job_token, token);
  for (std::string const name : {"renewjob", "completejob"}) {
    HttpResponse const refused = run_call(name, job, R"(,"conclusion":"succeeded")");
    EXPECT_EQ(refused.status, 401) << name;
    EXPECT_EQ(text(json(refused), "/errorMessage"), "Not authorized for this job");
    EXPECT_EQ(refused.header("WWW-Authenticate"), "Bearer");
  }
  job_token = own;
  EXPECT_EQ(run_call("renewjob", job).status, 200);
  token = own;
  EXPECT_EQ(acquire().status, 401) << "nor is the job's for acquiring";
}

TEST_F(RunnerApi, AResultWillDoForAConclusion) {
  start_runner("runner-1");
  EXPECT_EQ(run_call("completejob", take_job(), R"(,"result":"Failed")").status, 204);
  EXPECT_EQ(text(state(), "/tenants/0/jobs/0/result"), "failed");
}

TEST_F(RunnerApi, DoubledSlashesAreAccepted) {
  start_runner("runner-1");
  queue_job();
  poll(session, 10);
  offer = json_::parse(text(json(call("GET", message_url(), token)), "/body"));
  offer.as_object()["run_service_url"] = text(offer, "/run_service_url") + "/";
  EXPECT_EQ(acquire().status, 200);
}

TEST_F(RunnerApi, AfterTheJobThePollIsHeldUntilTheSessionEnds) {
  start_runner("runner-1");
  json_::value const job = take_job();
  auto const held = begin({"GET", message_url("Busy"), token, "", {}});
  let_it_arrive();
  EXPECT_EQ(run_call("completejob", job, R"(,"conclusion":"succeeded")").status, 204);
  let_it_arrive();
  EXPECT_FALSE(held->answer) << "a 404 would make the official runner say Canceled";
  json_::value const after = state();
  EXPECT_TRUE(after.at_pointer("/tenants/0/runners").as_array().empty());
  EXPECT_EQ(number(after, "/tenants/0/scaleSets/0/statistics/totalRegisteredRunners"), 0);
  EXPECT_EQ(admin_call("GET", runner_path).status, 404);
  EXPECT_EQ(call("DELETE", broker + "session", token).status, 204);
  EXPECT_EQ(finish(held).status, 404);
  EXPECT_EQ(call("DELETE", broker + "session", token).status, 404);
}

TEST_F(RunnerApi, ConnectionDataSaysWhereTheServicesAre) {
  start_runner("runner-1");
  HttpResponse const answer = call("GET", server + "_apis/connectionData?connectOptions=1");
  EXPECT_EQ(answer.status, 200);
  json_::value const location = json(answer).at("locationServiceData");
  EXPECT_EQ(text(location, "/accessMappings/0/accessPoint"), server);
  EXPECT_EQ(text(location, "/defaultAccessMappingMoniker"), "PublicAccessMapping");
  EXPECT_EQ(location.at("serviceDefinitions").as_array().size(), 7U);
  EXPECT_EQ(text(location, "/serviceDefinitions/0/identifier"),
            "134e239e-2df3-4794-a6f6-24f1f19ec8dc");
  EXPECT_EQ(text(location, "/serviceDefinitions/0/relativePath"),
            "_apis/{area}/pools/{poolId}/{resource}/{sessionId}");
  EXPECT_EQ(call("GET", "/_services/pipelines/x/_apis/connectionData").status, 404);
}

TEST_F(RunnerApi, TheOlderDoorSendsARunnerToTheBroker) {
  start_runner("runner-1");
  std::string const sessions = server + "_apis/distributedtask/pools/1/sessions";
  HttpResponse const challenged = call("POST", sessions, "", R"({"ownerName":"h"})");
  EXPECT_EQ(challenged.status, 401);
  EXPECT_EQ(challenged.header("WWW-Authenticate"), "Bearer");
  json_::value const opened = json(call("POST", sessions, token, R"({"ownerName":"h"})"));
  EXPECT_EQ(text(opened, "/ownerName"), "h");
  EXPECT_EQ(text(opened, "/BrokerMigrationMessage/brokerBaseUrl"), broker);
  EXPECT_EQ(call("DELETE", sessions + "/" + text(opened, "/sessionId"), token).status, 204);
}

TEST_F(RunnerApi, AVersionThatIsTooOldGetsNoMessages) {
  start_runner("runner-1");
  call("PUT", "/_sim/runner-releases", "", R"({"minimum":"2.337.0"})");
  HttpResponse const refused = call("GET", message_url(), token);
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(text(json(refused), "/errorKind"), "RunnerVersionTooOld");
  EXPECT_EQ(text(json(refused), "/errorMessage"),
            "Runner version v2.336.0 is deprecated and cannot receive messages.");
}

}  // namespace
}  // namespace scaleset::simulator
