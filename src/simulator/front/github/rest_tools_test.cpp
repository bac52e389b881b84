#include "simulator/front/testing/small_front.hpp"

/// What managers of runners ask the REST API besides (protocol.md D.2, D.4).
namespace scaleset::simulator {
namespace {

using namespace testing;
using http::ServerResponse;
using ::testing::EndsWith;
using ::testing::HasSubstr;
namespace json_ = boost::json;

class RestTools : public SmallFront, public ::testing::Test {
 protected:
  RestTools() { prepare(); }
  ServerResponse ask(std::string method, std::string const& path) {
    return call(std::move(method), path, "Bearer PAT");
  }
};

TEST_F(RestTools, DownloadsAreNoRunner) {
  for (std::string const place : {"/orgs/my-org", "/repos/o/r", "/enterprises/e"}) {
    json_::value const list = json(ask("GET", place + "/actions/runners/downloads"));
    ASSERT_EQ(list.as_array().size(), 7U) << place;
    EXPECT_EQ(text(list, "/2/os"), "linux");
    EXPECT_EQ(text(list, "/2/architecture"), "x64");
    EXPECT_EQ(text(list, "/2/filename"), "actions-runner-linux-x64-2.338.0.tar.gz");
    EXPECT_THAT(text(list, "/2/download_url"), EndsWith(text(list, "/2/filename")));
  }
}

TEST_F(RestTools, TheRateLimitIsTheOneThatIsSet) {
  json_::value const usual = json(ask("GET", "/api/v3/rate_limit"));
  EXPECT_EQ(usual.at_pointer("/resources/core/limit"), 5000);
  EXPECT_EQ(usual.at_pointer("/rate/remaining"), 5000);
  call("POST", "/_sim/rate-limit", "", R"({"route":"rest","limit":10,"windowSeconds":60})");
  json_::value const set = json(ask("GET", "/rate_limit"));
  EXPECT_EQ(set.at_pointer("/resources/core/limit"), 10);
  EXPECT_EQ(set.at_pointer("/resources/core/used"), 1);
  EXPECT_EQ(set.at_pointer("/resources/core/remaining"), 9);
  EXPECT_EQ(call("GET", "/rate_limit").status, 401);
}

TEST_F(RestTools, RunnerGroupsAreListedInPages) {
  json_::value const groups = json(ask("GET", "/orgs/my-org/actions/runner-groups?per_page=100"));
  EXPECT_EQ(groups.at("total_count"), 1);
  EXPECT_EQ(groups.at_pointer("/runner_groups/0/id"), 1);
  EXPECT_EQ(text(groups, "/runner_groups/0/name"), "Default");
  EXPECT_TRUE(groups.at_pointer("/runner_groups/0/default").as_bool());
  EXPECT_EQ(json(ask("GET", "/orgs/new-org/actions/runner-groups")).at("total_count"), 1);
  EXPECT_EQ(ask("GET", "/repos/o/r/actions/runner-groups").status, 404)
      << "a repository has no groups";
}

TEST_F(RestTools, RemoveTokensAreHandedOut) {
  ServerResponse const made = ask("POST", "/orgs/my-org/actions/runners/remove-token");
  EXPECT_EQ(made.status, 201);
  EXPECT_FALSE(text(json(made), "/token").empty());
  EXPECT_FALSE(text(json(made), "/expires_at").empty());
}

TEST_F(RestTools, DeprecationsOfVersions) {
  for (std::string const place : {"/orgs/my-org", "/repos/o/r", "/enterprises/e"}) {
    std::string const versions = place + "/actions/runners/deprecations/";
    json_::value const known = json(ask("GET", versions + "2.336.0"));
    EXPECT_EQ(text(known, "/runner_version"), "2.336.0");
    EXPECT_TRUE(known.at("registration_deprecates_at").is_null());
    EXPECT_EQ(text(known, "/runtime_deprecates_at"), "2026-11-05T08:04:55Z");
    EXPECT_TRUE(json(ask("GET", versions + "2.338.0")).at("runtime_deprecates_at").is_null());
    EXPECT_EQ(ask("GET", versions + "1.0.0").status, 404);
    EXPECT_EQ(call("GET", versions + "2.336.0").status, 401);
  }
  call("PUT", "/_sim/runner-releases", "",
       R"({"releases":[{"version":"2.338.0","registrationEndsAt":"2027-01-01T00:00:00Z"}]})");
  EXPECT_EQ(text(json(ask("GET", "/orgs/my-org/actions/runners/deprecations/2.338.0")),
                 "/registration_deprecates_at"),
            "2027-01-01T00:00:00Z");
}

TEST_F(RestTools, TheReleasesAreShownAndABadChangeIsNamed) {
  EXPECT_EQ(text(json(call("GET", "/_sim/runner-releases")), "/minimum"), "");
  ServerResponse const refused = call("PUT", "/_sim/runner-releases", "", R"({"minimum":"x"})");
  EXPECT_EQ(refused.status, 400);
  EXPECT_THAT(refused.body, HasSubstr("minimum: must be three numbers"));
}

TEST_F(RestTools, ListedRunnersSayTheirVersion) {
  std::string const token = "Bearer " + values["runnerToken"];
  ASSERT_EQ(call("DELETE", "/broker/session", token, "").status, 204);
  ASSERT_EQ(
      call("POST", "/broker/session", token, R"({"agent":{"id":1,"version":"2.336.0"}})").status,
      201);
  EXPECT_EQ(text(json(ask("GET", "/orgs/my-org/actions/runners")), "/runners/0/version"),
            "2.336.0");
}

TEST_F(RestTools, AnAppIsRefusedForAnEnterprise) {
  for (std::string const token : {"Bearer ghs_1_x", "token ghs_1_x"}) {
    ServerResponse const refused =
        call("POST", "/enterprises/e/actions/runners/registration-token", token);
    EXPECT_EQ(refused.status, 403);
    EXPECT_EQ(text(json(refused), "/message"), "Resource not accessible by integration");
    EXPECT_EQ(call("POST", "/orgs/o/actions/runners/registration-token", token).status, 201);
  }
}

class WorkflowJobs : public RestTools {
 protected:
  std::string run() const {
    Tenant const& tenant = *front.live.model.find_tenant("my-org");
    Job const& job = tenant.jobs.empty() ? tenant.finished.back() : tenant.jobs.begin()->second;
    return std::to_string(job.facts.workflow_run_id);
  }
  ServerResponse on_run(std::string method, std::string const& rest) {
    return ask(std::move(method), "/repos/my-org/example/actions/runs/" + run() + rest);
  }
};

TEST_F(WorkflowJobs, AreListedByRunAndShownByNumber) {
  json_::value const jobs = json(on_run("GET", "/jobs"));
  EXPECT_EQ(jobs.at("total_count"), 1);
  EXPECT_EQ(text(jobs, "/jobs/0/status"), "queued");
  EXPECT_EQ(text(jobs, "/jobs/0/labels/0"), "set");
  std::string const number = std::to_string(jobs.at_pointer("/jobs/0/id").as_int64());
  std::string const one = "/repos/my-org/example/actions/jobs/";
  EXPECT_EQ(json(ask("GET", one + number)), jobs.at_pointer("/jobs/0"));
  EXPECT_EQ(ask("GET", one + "7").status, 404);
  EXPECT_EQ(ask("GET", "/repos/o/other/actions/jobs/" + number).status, 404);
  EXPECT_EQ(ask("GET", "/repos/my-org/example/actions/runs/7/jobs").status, 404);
}

TEST_F(WorkflowJobs, AreCancelledWithTheirRun) {
  for (std::string const how : {"/cancel", "/force-cancel"}) {
    if (how == "/force-cancel") queue_job();
    EXPECT_EQ(on_run("POST", how).status, 202) << how;
    EXPECT_EQ(text(json(on_run("GET", "")), "/conclusion"), "cancelled");
    EXPECT_EQ(on_run("POST", how).status, 409);
  }
  EXPECT_EQ(ask("POST", "/repos/my-org/example/actions/runs/7/cancel").status, 404);
}

TEST_F(WorkflowJobs, ThatFailedAreRunAgain) {
  EXPECT_EQ(on_run("POST", "/rerun-failed-jobs").status, 403) << "it still runs";
  std::string const first =
      std::to_string(json(on_run("GET", "/jobs")).at_pointer("/jobs/0/id").as_int64());
  on_run("POST", "/cancel");
  EXPECT_EQ(on_run("POST", "/rerun-failed-jobs").status, 201);
  json_::value const again = json(on_run("GET", ""));
  EXPECT_EQ(text(again, "/status"), "queued");
  EXPECT_EQ(again.at("run_attempt"), 2);
  EXPECT_EQ(ask("GET", "/repos/my-org/example/actions/jobs/" + first).status, 200)
      << "the first attempt is still there";
}

}  // namespace
}  // namespace scaleset::simulator
