#include <sys/stat.h>

#include "simulator/front/testing/running_simulator.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
namespace json_ = boost::json;

class Control : public RunningSimulator {
 protected:
  explicit Control(SimulatorOptions chosen = quick_options())
      : RunningSimulator(std::move(chosen)) {}
  std::string complaint(std::string const& path, std::string body) {
    HttpResponse const refused = call("POST", path, "", std::move(body));
    EXPECT_EQ(refused.status, 400);
    return text(json(refused), "/error");
  }
  void add_fault(std::string body) {
    EXPECT_EQ(call("POST", "/_sim/faults", "", std::move(body)).status, 201);
  }
};

TEST_F(Control, UnknownKeysAreRefusedWithTheNearestKnownOne) {
  connect();
  EXPECT_EQ(complaint("/_sim/jobs", R"({"labels":["a"],"durationMillis":5})"),
            "durationMillis: is not a field of this; the nearest is \"durationMilliseconds\"");
  EXPECT_EQ(complaint("/_sim/apps", R"({"clientID2":"x"})"),
            "clientID2: is not a field of this; the nearest is \"clientId\"");
  HttpResponse const world = call("PUT", "/_sim/world", "", json_::serialize([this] {
                                    json_::object all =
                                        json(call("GET", "/_sim/world")).as_object();
                                    all["tenant"] = json_::object();
                                    return all;
                                  }()));
  EXPECT_EQ(world.status, 400);
  EXPECT_THAT(text(json(world), "/error"),
              HasSubstr("tenant: is not a field of this; the nearest is \"tenants\""));
}

TEST_F(Control, JobsGoToTheOnlyTenantUnlessOneIsNamed) {
  EXPECT_EQ(complaint("/_sim/jobs", R"({"labels":["a"]})"),
            "tenant: must be given: no client has named one yet");
  connect();
  EXPECT_EQ(call("POST", "/_sim/jobs", "", R"({"labels":["a"]})").status, 201);
  EXPECT_EQ(call("POST", "/_sim/jobs", "", R"({"labels":["a"],"tenant":"O/r"})").status, 201);
  EXPECT_EQ(complaint("/_sim/jobs", R"({"labels":["a"]})"),
            "tenant: must be given: there are several");
  json_::value const now = state();
  EXPECT_EQ(now.at("tenants").as_array().size(), 2U);
  EXPECT_EQ(text(now, "/tenants/0/path"), "my-org");
  EXPECT_EQ(text(now, "/tenants/1/path"), "O/r");
  EXPECT_EQ(text(now, "/tenants/1/jobs/0/state"), "queued");
  EXPECT_TRUE(now.at_pointer("/tenants/1/jobs/0/assignTime").is_null());
  EXPECT_EQ(text(now, "/profile"), "broker");
}

TEST_F(Control, BadOrdersAreNamed) {
  std::string const path = "/_sim/jobs";
  EXPECT_THAT(complaint(path, "nonsense"), HasSubstr("not JSON"));
  EXPECT_EQ(complaint(path, R"({"tenant":"o"})"), "labels: must be a list of at least one label");
  EXPECT_EQ(complaint(path, R"({"tenant":"o","labels":[1]})"),
            "labels: every label must be a string");
  EXPECT_EQ(complaint(path, R"({"tenant":"o","labels":["a"],"count":0})"),
            "count: must be from 1 to 100000");
  EXPECT_EQ(complaint(path, R"({"tenant":"o","labels":["a"],"count":"1"})"),
            "count: must be an integer");
  for (std::string const duration : {"-1", "[2,1]", "[1]", "\"1\"", "[1,999999999999]", "1.5"}) {
    EXPECT_THAT(
        complaint(path, R"({"tenant":"o","labels":["a"],"durationMilliseconds":)" + duration + "}"),
        HasSubstr("durationMilliseconds: must be"))
        << duration;
  }
  for (std::string const tenant : {"", "/", "a/b/c", "/a", "a/"}) {
    EXPECT_THAT(complaint(path, R"({"labels":["a"],"tenant":")" + tenant + "\"}"),
                HasSubstr("tenant: must be"));
  }
  EXPECT_EQ(call("POST", "/_sim/jobs/nothing/cancel").status, 404);
}

TEST_F(Control, JobsCarryTheirRepository) {
  connect();
  std::int64_t const set = create_set("set");
  OpenSession const session = open_session(set);
  call("POST", "/_sim/jobs", "", R"({"labels":["set"],"repository":"site","displayName":"lint"})");
  json_::value const entry = json_::parse(text(json(poll(session, 1)), "/body")).at(0);
  EXPECT_EQ(text(entry, "/ownerName"), "my-org");
  EXPECT_EQ(text(entry, "/repositoryName"), "site");
  EXPECT_EQ(text(entry, "/jobDisplayName"), "lint");
}

TEST_F(Control, ManyJobsAtOnce) {
  HttpResponse const made = call("POST", "/_sim/jobs", "",
                                 R"({"count":1000,"tenant":"o","labels":["a"],)"
                                 R"("durationMilliseconds":[10,20]})");
  EXPECT_EQ(made.status, 201);
  EXPECT_EQ(json(made).at("jobIds").as_array().size(), 1000U);
}

TEST_F(Control, FaultsAnswerInPlaceOfTheServiceAsOftenAsTold) {
  connect();
  std::int64_t const set = create_set("set");
  add_fault(R"({"route":"generate_jit_config","status":503,"headers":{"Retry-After":"7"},)"
            R"("body":"busy","count":2})");
  for (int i = 0; i < 2; ++i) {
    HttpResponse const failed =
        admin_call("POST", set_path(set, "/generatejitconfig"), R"({"name":"r"})");
    EXPECT_EQ(failed.status, 503);
    EXPECT_EQ(failed.body, "busy");
    EXPECT_EQ(failed.header("Retry-After"), "7");
    EXPECT_THAT(std::string(failed.header("Content-Type")), HasSubstr("text/plain"));
    EXPECT_FALSE(failed.header("X-GitHub-Request-Id").empty());
    EXPECT_EQ(admin_call("GET", set_path(set)).status, 200) << "another route";
  }
  EXPECT_EQ(admin_call("POST", set_path(set, "/generatejitconfig"), R"({"name":"r"})").status, 200);
}

TEST_F(Control, FaultsMayCloseTheConnectionBeforeOrAfterTheDeed) {
  connect();
  Request create;
  create.method = "POST";
  create.url = service_url + "/_apis/runtime/runnerscalesets";
  create.authorization = admin;
  for (bool const after : {false, true}) {
    std::string const name = after ? "after" : "before";
    add_fault(R"({"route":"create_scale_set","drop":")" + name + R"(","count":1})");
    create.body = R"({"name":")" + name + R"("})";
    auto const pending = begin(create);
    loop.run_until([&] { return pending->answer.has_value(); });
    EXPECT_FALSE(*pending->answer) << "no response";
    EXPECT_EQ(
        number(json(admin_call("GET", "/_apis/runtime/runnerscalesets?name=" + name)), "/count"),
        after ? 1 : 0);
  }
}

TEST_F(Control, TheStarIsForAllOfGitHubsNamespace) {
  add_fault(R"({"route":"*","status":500,"body":"{\"message\":\"no\"}"})");
  HttpResponse const failed =
      call("POST", "/orgs/o/actions/runners/registration-token", "Bearer PAT");
  EXPECT_EQ(failed.status, 500);
  EXPECT_THAT(std::string(failed.header("Content-Type")), HasSubstr("application/json"));
  EXPECT_EQ(call("GET", "/broker/message").status, 500);
  EXPECT_EQ(call("GET", "/_sim/state").status, 200);
  EXPECT_EQ(call("DELETE", "/_sim/faults").status, 204);
  EXPECT_EQ(call("POST", "/orgs/o/actions/runners/registration-token", "Bearer PAT").status, 201);
}

TEST_F(Control, ADelayComesFirst) {
  add_fault(R"({"route":"registration_token","delayMilliseconds":20,"count":1})");
  auto const begin_time = std::chrono::steady_clock::now();
  EXPECT_EQ(call("POST", "/orgs/o/actions/runners/registration-token", "Bearer PAT").status, 201);
  EXPECT_GE(std::chrono::steady_clock::now() - begin_time, std::chrono::milliseconds(20));
}

TEST_F(Control, AnEmptyAnswerToAPollIsPossible) {
  connect();
  OpenSession const session = open_session(create_set("set"));
  add_fault(R"({"route":"get_message","status":200,"count":1})");
  HttpResponse const answer = poll(session, 1);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, "");
}

TEST_F(Control, BadFaultsAreNamed) {
  std::string const path = "/_sim/faults";
  EXPECT_THAT(complaint(path, R"({"status":500})"), HasSubstr("route: must be"));
  EXPECT_THAT(complaint(path, R"({"route":"nothing","status":500})"), HasSubstr("route: must be"));
  EXPECT_THAT(complaint(path, R"({"route":"control","status":500})"), HasSubstr("route: must be"));
  EXPECT_EQ(complaint(path, R"({"route":"*"})"),
            "a fault: needs a kind, a status, a drop or delayMilliseconds");
  EXPECT_EQ(complaint(path, R"({"route":"*","status":99})"), "status: must be from 200 to 599");
  EXPECT_EQ(complaint(path, R"({"route":"*","drop":"now"})"),
            "drop: must be \"before\" or \"after\"");
  EXPECT_THAT(complaint(path, R"({"route":"*","status":500,"count":0})"), HasSubstr("count"));
  EXPECT_THAT(complaint(path, R"({"route":"*","status":500,"seconds":0})"), HasSubstr("seconds"));
  EXPECT_THAT(complaint(path, R"({"route":"*","delayMilliseconds":-1})"), HasSubstr("delay"));
  EXPECT_EQ(complaint(path, R"({"route":"*","status":500,"headers":{"A":1}})"),
            "headers: every value must be a string");
  EXPECT_EQ(complaint(path, R"({"route":"*","status":500,"headers":{"A b":"x"}})"),
            "headers: not a header: A b");
  EXPECT_EQ(complaint(path, R"({"route":"*","status":500,"headers":{"A":"x\r\nB: y"}})"),
            "headers: not a header: A");
}

TEST_F(Control, TheMachinesClockCannotBeMoved) {
  EXPECT_EQ(call("POST", "/_sim/clock/advance", "", R"({"seconds":1})").status, 409);
}

class VirtualControl : public Control {
 protected:
  VirtualControl() : Control(options_with_virtual_clock()) {}
  static SimulatorOptions options_with_virtual_clock() {
    SimulatorOptions chosen = quick_options();
    chosen.virtual_clock = true;
    return chosen;
  }
};

TEST_F(VirtualControl, AnUnknownKeyOfTheClockIsRefused) {
  EXPECT_EQ(complaint("/_sim/clock/advance", R"({"second":1})"),
            "second: is not a field of this; the nearest is \"seconds\"");
}

TEST_F(VirtualControl, TimeStandsStillUntilMoved) {
  std::string const before = text(state(), "/now");
  EXPECT_EQ(text(state(), "/now"), before);
  HttpResponse const moved = call("POST", "/_sim/clock/advance", "", R"({"seconds":60})");
  EXPECT_EQ(moved.status, 200);
  EXPECT_NE(text(json(moved), "/now"), before);
  EXPECT_EQ(text(state(), "/now"), text(json(moved), "/now"));
  for (std::string const body :
       {R"({"seconds":-1})", "{}", R"({"seconds":"1"})", R"({"seconds":1e300})"}) {
    EXPECT_THAT(complaint("/_sim/clock/advance", body), HasSubstr("seconds: must be"));
  }
}

TEST_F(VirtualControl, FaultsMayEndWithTime) {
  add_fault(R"({"route":"registration_token","status":500,"seconds":60})");
  auto const status = [&] {
    return call("POST", "/orgs/o/actions/runners/registration-token", "Bearer PAT").status;
  };
  EXPECT_EQ(status(), 500);
  EXPECT_EQ(status(), 500);
  call("POST", "/_sim/clock/advance", "", R"({"seconds":60})");
  EXPECT_EQ(status(), 201);
}

TEST_F(VirtualControl, AssignmentsTimeOutInVirtualTime) {
  connect();
  OpenSession const session = open_session(create_set("set"));
  queue_job();
  auto const held = begin(poll_request(session, 1));
  let_it_arrive();
  call("POST", "/_sim/clock/advance", "", R"({"seconds":0.001})");
  EXPECT_THAT(text(json(finish(held)), "/body"), HasSubstr("JobAssigned"));
  auto const next = begin(poll_request(session, 1, 100000001));
  let_it_arrive();
  call("POST", "/_sim/clock/advance", "", R"({"seconds":300})");
  EXPECT_THAT(text(json(finish(next)), "/body"),
              AllOf(HasSubstr("JobCompleted"), HasSubstr(R"("result":"canceled")")));
}

TEST_F(Control, TheTranscriptShowsExchangesWithoutSecrets) {
  connect();
  std::int64_t const set = create_set("set");
  OpenSession const session = open_session(set);
  HttpResponse const made =
      admin_call("POST", set_path(set, "/generatejitconfig"), R"({"name":"r"})");
  call("POST", "/_apis/oauth2/token", "", "grant_type=client_credentials&client_assertion=SeCrEt");
  HttpResponse const transcript = call("GET", "/_sim/transcript");
  EXPECT_EQ(transcript.status, 200);
  EXPECT_THAT(transcript.body, AllOf(HasSubstr(R"("operation":"create_session")"),
                                     HasSubstr(R"(["Authorization","Bearer ***"])"),
                                     HasSubstr(R"(["Authorization","RemoteAuth ***"])")));
  for (std::string const& secret :
       {admin.substr(7), session.token.substr(7), text(json(made), "/encodedJITConfig"),
        std::string("Bearer PAT"), std::string("SeCrEt")}) {
    EXPECT_THAT(transcript.body, Not(HasSubstr(secret)));
  }
  std::size_t lines = 0;
  std::string_view rest = transcript.body;
  for (std::size_t end = rest.find('\n'); end != std::string_view::npos; end = rest.find('\n')) {
    EXPECT_NO_THROW(static_cast<void>(json_::parse(rest.substr(0, end))));
    rest.remove_prefix(end + 1);
    ++lines;
  }
  EXPECT_EQ(lines, 6U) << "control routes are not part of it";
}

}  // namespace
}  // namespace scaleset::simulator
