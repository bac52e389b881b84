#include "simulator/front/testing/running_simulator.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;
using ::testing::HasSubstr;
namespace json_ = boost::json;

/// Everything with an admin token.
class LifeCycle : public RunningSimulator {
 protected:
  explicit LifeCycle(SimulatorOptions chosen = with_group()) : RunningSimulator(std::move(chosen)) {
    connect();
  }
  static SimulatorOptions with_group() {
    SimulatorOptions chosen = quick_options();
    chosen.model.extra_groups = {"Big"};
    return chosen;
  }
};

TEST_F(LifeCycle, OfAScaleSet) {
  HttpResponse const created =
      admin_call("POST", "/_apis/runtime/runnerscalesets?api-version=6.0-preview",
                 R"({"name":"n","runnerGroupId":1,"labels":[{"type":"System","name":"n"}],)"
                 R"("RunnerSetting":{"disableUpdate":true},"createdOn":"0001-01-01T00:00:00Z"})");
  EXPECT_EQ(created.status, 200);
  json_::value const body = json(created);
  EXPECT_EQ(text(body, "/name"), "n");
  EXPECT_EQ(text(body, "/runnerGroupName"), "Default");
  EXPECT_EQ(text(body, "/labels/0/name"), "n");
  EXPECT_TRUE(body.at_pointer("/RunnerSetting/disableUpdate").as_bool());
  EXPECT_EQ(number(body, "/statistics/totalAssignedJobs"), 0);
  std::int64_t const id = number(body, "/id");
  EXPECT_EQ(text(body, "/runnerJitConfigUrl"), service_url + set_path(id, "/generatejitconfig"));
  EXPECT_EQ(json(admin_call("GET", set_path(id))), body);

  HttpResponse const updated =
      admin_call("PATCH", set_path(id),
                 R"({"RUNNERGROUPID":3,"runnersetting":{},"createdOn":"0001-01-01T00:00:00Z"})");
  EXPECT_EQ(updated.status, 200);
  EXPECT_EQ(text(json(updated), "/runnerGroupName"), "Big");
  EXPECT_EQ(text(json(updated), "/name"), "n");
  EXPECT_TRUE(json(updated).at_pointer("/RunnerSetting/disableUpdate").as_bool());

  HttpResponse const deleted = admin_call("DELETE", set_path(id));
  EXPECT_EQ(deleted.status, 204);
  EXPECT_EQ(deleted.body, "");
  HttpResponse const gone = admin_call("GET", set_path(id));
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(
      gone.body,
      R"({"$id":"1","innerException":null,"message":"No runner scale set found with identifier )" +
          std::to_string(id) +
          R"(.","typeName":"GitHub.Actions.Runtime.WebApi.RunnerScaleSetNotFoundException, )"
          R"(GitHub.Actions.Runtime.WebApi","typeKey":"RunnerScaleSetNotFoundException",)"
          R"("errorCode":0,"eventId":3000})");
  EXPECT_EQ(gone.header("Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(gone.header("X-Github-Backend"), "simulator");
  EXPECT_FALSE(gone.header("X-GitHub-Request-Id").empty());
}

TEST_F(LifeCycle, FindingSets) {
  create_set("a b");
  create_set("other");
  std::string const base = "/_apis/runtime/runnerscalesets?api-version=6.0-preview";
  auto const count = [&](std::string const& query) {
    HttpResponse const found = admin_call("GET", base + query);
    EXPECT_EQ(found.status, 200);
    EXPECT_EQ(json(found).at("value").as_array().size(),
              static_cast<std::size_t>(number(json(found), "/count")));
    return number(json(found), "/count");
  };
  EXPECT_EQ(count("&name=a+b&runnerGroupId=1"), 1);
  EXPECT_EQ(count("&name=A%20B&runnerGroupId=1"), 1);
  EXPECT_EQ(count("&name=a+b&runnerGroupId=3"), 0);
  EXPECT_EQ(count("&name=nothing&runnerGroupId=1"), 0);
  EXPECT_EQ(count("&runnerGroupId=1"), 2);
  EXPECT_EQ(count(""), 2);
}

TEST_F(LifeCycle, ASecondSetOfThatNameIsRefused) {
  create_set("set");
  HttpResponse const refused =
      admin_call("POST", "/_apis/runtime/runnerscalesets", R"({"name":"set"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_EQ(text(json(refused), "/typeKey"), "RunnerScaleSetExistsException");
}

TEST_F(LifeCycle, BadBodiesAreNamed) {
  auto const complaint = [&](std::string body) {
    HttpResponse const refused =
        admin_call("POST", "/_apis/runtime/runnerscalesets", std::move(body));
    EXPECT_EQ(refused.status, 400);
    return text(json(refused), "/message");
  };
  EXPECT_THAT(complaint("{"), HasSubstr("the body is not JSON: "));
  EXPECT_EQ(complaint("[]"), "the body must be a JSON object");
  EXPECT_EQ(complaint(R"({"name":5})"), "name: must be a string");
  EXPECT_EQ(complaint(R"({"name":"n","runnerGroupId":"1"})"), "runnerGroupId: must be an integer");
  EXPECT_EQ(complaint(R"({"name":"n","runnerGroupId":1.0})"), "runnerGroupId: must be an integer");
  EXPECT_EQ(complaint(R"({"name":"n","labels":{}})"), "labels: must be a list");
  EXPECT_EQ(complaint(R"({"name":"n","labels":["n"]})"), "labels: every label must be an object");
  EXPECT_EQ(complaint(R"({"name":"n","labels":[{}]})"), "labels: every label needs a name");
  EXPECT_EQ(complaint(R"({"name":"n","RunnerSetting":true})"), "RunnerSetting: must be an object");
  EXPECT_EQ(complaint(R"({"name":"n","RunnerSetting":{"disableUpdate":1}})"),
            "RunnerSetting: disableUpdate: must be true or false");
  EXPECT_EQ(complaint(""), "A runner scale set needs a name.");
  EXPECT_EQ(complaint(R"({"name":"n","runnerGroupId":2})"),
            "No runner group found with identifier 2.");
  EXPECT_THAT(complaint(std::string(100000, '[')), HasSubstr("the body is not JSON: "));
}

TEST_F(LifeCycle, UnknownSetsAreNotFoundAnywhere) {
  std::vector<std::pair<std::string, std::string>> const calls{{"GET", ""},
                                                               {"PATCH", ""},
                                                               {"DELETE", ""},
                                                               {"POST", "/sessions"},
                                                               {"PATCH", "/sessions/x"},
                                                               {"DELETE", "/sessions/x"},
                                                               {"GET", "/acquirablejobs"}};
  for (auto const& [method, rest] : calls) {
    HttpResponse const refused = admin_call(method, set_path(77, rest));
    EXPECT_EQ(refused.status, 404) << method << rest;
    EXPECT_EQ(text(json(refused), "/typeKey"), "RunnerScaleSetNotFoundException");
  }
  EXPECT_EQ(admin_call("POST", set_path(77, "/generatejitconfig"), R"({"name":"r"})").status, 404);
  for (std::string const id : {"x", "-1", "99999999999999999999"}) {
    EXPECT_EQ(admin_call("GET", "/_apis/runtime/runnerscalesets/" + id).status, 404) << id;
  }
}

TEST_F(LifeCycle, RunnerGroupsWithAndWithoutTheSlash) {
  for (std::string const path : {"/_apis/runtime/runnergroups/", "/_apis/runtime/runnergroups"}) {
    HttpResponse const found = admin_call("GET", path + "?groupName=default");
    EXPECT_EQ(found.status, 200);
    EXPECT_EQ(number(json(found), "/count"), 1);
    EXPECT_EQ(number(json(found), "/value/0/id"), 1);
    EXPECT_TRUE(json(found).at_pointer("/value/0/isDefaultGroup").as_bool());
    EXPECT_EQ(number(json(admin_call("GET", path)), "/count"), 2);
    EXPECT_EQ(number(json(admin_call("GET", path + "?groupName=none")), "/count"), 0);
  }
}

TEST_F(LifeCycle, OfARunner) {
  std::int64_t const set = create_set("set");
  HttpResponse const made = admin_call("POST", set_path(set, "/generatejitconfig"),
                                       R"({"name":"runner-1","workFolder":""})");
  EXPECT_EQ(made.status, 200);
  std::int64_t const id = number(json(made), "/runner/id");
  EXPECT_EQ(text(json(made), "/runner/name"), "runner-1");
  EXPECT_EQ(number(json(made), "/runner/runnerScaleSetId"), set);
  EXPECT_FALSE(text(json(made), "/encodedJITConfig").empty());

  HttpResponse const taken =
      admin_call("POST", set_path(set, "/generatejitconfig"), R"({"name":"Runner-1"})");
  EXPECT_EQ(taken.status, 409);
  EXPECT_EQ(
      text(json(taken), "/typeName"),
      "GitHub.DistributedTask.WebApi.TaskAgentExistsException, GitHub.DistributedTask.WebApi");

  std::string const agents = "/_apis/distributedtask/pools/0/agents";
  EXPECT_EQ(number(json(admin_call("GET", agents + "?agentName=RUNNER-1")), "/count"), 1);
  EXPECT_EQ(number(json(admin_call("GET", agents + "?agentName=none")), "/count"), 0);
  EXPECT_EQ(number(json(admin_call("GET", agents)), "/count"), 1);
  std::string const one = agents + "/" + std::to_string(id);
  EXPECT_EQ(text(json(admin_call("GET", one)), "/status"), "offline");
  EXPECT_EQ(admin_call("DELETE", one).status, 204);
  EXPECT_EQ(admin_call("DELETE", one).status, 204) << "also when it does not exist";
  HttpResponse const gone = admin_call("GET", one);
  EXPECT_EQ(gone.status, 404);
  EXPECT_EQ(text(json(gone), "/typeKey"), "TaskAgentNotFoundException");
}

TEST_F(LifeCycle, BadRunnerNamesAreRefused) {
  std::int64_t const set = create_set("set");
  for (std::string const& body :
       {std::string("{}"), R"({"name":")" + std::string(65, 'x') + R"("})",
        std::string(R"({"name":null})"), std::string(R"({"name":1})")}) {
    EXPECT_EQ(admin_call("POST", set_path(set, "/generatejitconfig"), body).status, 400) << body;
  }
}

TEST_F(LifeCycle, UnknownRoutesAnswerInTheShapeOfTheirPart) {
  HttpResponse const broker = admin_call("GET", "/_apis/runtime/nothing");
  EXPECT_EQ(broker.status, 404);
  EXPECT_EQ(broker.body, "404 page not found\n");
  EXPECT_THAT(std::string(broker.header("Content-Type")), HasSubstr("text/plain"));
  EXPECT_EQ(admin_call("POST", set_path(1, "/acquirejobs"), "[5]").body, "404 page not found\n");
  EXPECT_EQ(call("GET", "/api/v3/nothing").status, 404);
  EXPECT_EQ(text(json(call("GET", "/api/v3/nothing")), "/message"), "Not Found");
  EXPECT_THAT(call("GET", "/_sim/nothing").body, HasSubstr("no such control route"));
  EXPECT_EQ(call("GET", "/").status, 404);
  EXPECT_EQ(call("PUT", "/rest/_apis/runtime/runnerscalesets", admin).status, 405);
  EXPECT_EQ(admin_call("GET", set_path(create_set("set"), "/acquirablejobs")).status, 204);
}

TEST_F(LifeCycle, TenantsAreApart) {
  std::int64_t const set = create_set("set");
  std::string const first = admin;
  json_::value const other = json(connect_as(registration_token("orgs/other"), "other"));
  admin = "Bearer " + text(other, "/token");
  EXPECT_EQ(admin_call("GET", set_path(set)).status, 404);
  EXPECT_EQ(create_set("set"), set) << "ids are counted per tenant";
  admin = first;
  EXPECT_EQ(admin_call("GET", set_path(set)).status, 200);
}

TEST_F(LifeCycle, UrlsAreTheCallersOwn) {
  Request request;
  request.url = service_url + "/_apis/runtime/runnerscalesets";
  request.method = "POST";
  request.authorization = admin;
  request.body = R"({"name":"set"})";
  request.headers = {{"Host", "github.example:81"}};
  EXPECT_EQ(text(json(send(request)), "/runnerJitConfigUrl"),
            "http://github.example:81/rest/_apis/runtime/runnerscalesets/1/generatejitconfig");
}

}  // namespace
}  // namespace scaleset::simulator
