#include "simulator/front/github/workflow_runs.hpp"
#include "simulator/front/testing/running_simulator.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;
using ::testing::HasSubstr;

class Workflows : public RunningSimulator {
 protected:
  Workflows() { connect(); }
  HttpResponse dispatch(std::string body, std::string const& repository = "my-org/r") {
    return call("POST", "/api/v3/repos/" + repository + "/actions/workflows/e2e.yaml/dispatches",
                "Bearer PAT", std::move(body));
  }
  boost::json::value runs(std::string const& query = "",
                          std::string const& repository = "my-org/r") {
    return json(call("GET", "/repos/" + repository + "/actions/workflows/e2e.yaml/runs" + query,
                     "Bearer PAT"));
  }
};

TEST_F(Workflows, ADispatchIsARunUntilItEnds) {
  ASSERT_EQ(dispatch(R"({"ref":"main","inputs":{"scaleset_name":"set"}})").status, 204);
  boost::json::value const listed = runs("?event=workflow_dispatch&created=>=2020-01-01T00:00:00Z");
  ASSERT_EQ(number(listed, "/total_count"), 1);
  EXPECT_EQ(text(listed, "/workflow_runs/0/status"), "queued");
  EXPECT_TRUE(listed.at_pointer("/workflow_runs/0/conclusion").is_null());
  EXPECT_EQ(text(listed, "/workflow_runs/0/head_branch"), "main");
  std::int64_t const id = number(listed, "/workflow_runs/0/id");
  EXPECT_GT(id, INT64_C(1) << 31U);
  std::string const job = text(state(), "/tenants/0/jobs/0/jobId");
  EXPECT_EQ(call("POST", "/_sim/jobs/" + job + "/cancel").status, 202);
  HttpResponse const ended =
      call("GET", "/api/v3/repos/my-org/r/actions/runs/" + std::to_string(id), "Bearer PAT");
  EXPECT_EQ(ended.status, 200);
  EXPECT_EQ(text(json(ended), "/status"), "completed");
  EXPECT_EQ(text(json(ended), "/conclusion"), "cancelled");
  EXPECT_EQ(number(runs("?status=cancelled"), "/total_count"), 1);
  EXPECT_EQ(number(runs("?status=queued"), "/total_count"), 0);
}

TEST_F(Workflows, TheInputsSayWhatTheJobIs) {
  std::int64_t const set =
      number(json(admin_call("POST", "/_apis/runtime/runnerscalesets",
                             R"({"name":"set","labels":[{"name":"linux"},{"name":"big"}]})")),
             "/id");
  OpenSession const session = open_session(set);
  EXPECT_EQ(dispatch(R"({"ref":"refs/tags/v1","inputs":{"labels":"linux, BIG",)"
                     R"("duration_seconds":"7","result":"failed"}})")
                .status,
            204);
  boost::json::value const body = boost::json::parse(text(json(poll(session, 1)), "/body"));
  EXPECT_EQ(text(body, "/0/requestLabels/1"), "BIG");
  EXPECT_EQ(text(body, "/0/ownerName"), "my-org");
  EXPECT_EQ(text(body, "/0/repositoryName"), "r");
  EXPECT_EQ(text(body, "/0/jobWorkflowRef"), "my-org/r/.github/workflows/e2e.yaml@refs/tags/v1");
}

TEST_F(Workflows, GoToTheTenantThatHasAScaleSetForThem) {
  std::int64_t const set = create_set("org-set");
  OpenSession const session = open_session(set);
  registration_token("repos/my-org/r");  // the repository is known, too, but has no scale set
  dispatch(R"({"ref":"main","inputs":{"scaleset_name":"org-set"}})");
  EXPECT_EQ(poll(session, 1).status, 200);
  dispatch(R"({"ref":"main","inputs":{"scaleset_name":"nobodys"}})");
  boost::json::value const world = state();
  EXPECT_EQ(text(world, "/tenants/1/path"), "my-org/r");
  EXPECT_EQ(world.at_pointer("/tenants/1/jobs").as_array().size(), 1U);
  dispatch(R"({"ref":"main","inputs":{"scaleset_name":"x"}})", "new-org/r");
  EXPECT_EQ(text(state(), "/tenants/2/path"), "new-org");
}

TEST_F(Workflows, BadDispatchesAreNamed) {
  HttpResponse const without_ref = dispatch(R"({"inputs":{"scaleset_name":"set"}})");
  EXPECT_EQ(without_ref.status, 422);
  EXPECT_THAT(text(json(without_ref), "/message"), HasSubstr("\"ref\" wasn't supplied"));
  HttpResponse const without_labels = dispatch(R"({"ref":"main"})");
  EXPECT_EQ(without_labels.status, 422);
  EXPECT_EQ(text(json(without_labels), "/message"), "Required input 'scaleset_name' not provided");
  EXPECT_EQ(dispatch("[").status, 400);
  EXPECT_EQ(dispatch(R"({"ref":"m","inputs":{"labels":"a","duration_seconds":"soon"}})").status,
            422);
  EXPECT_EQ(dispatch(R"({"ref":"m","inputs":{"labels":7}})").status, 422);
  EXPECT_EQ(call("POST", "/repos/my-org/r/actions/workflows/e2e.yaml/dispatches").status, 401);
}

TEST_F(Workflows, RunsOfOthersAreNotFound) {
  dispatch(R"({"ref":"main","inputs":{"scaleset_name":"set"}})");
  std::string const id = std::to_string(number(runs(), "/workflow_runs/0/id"));
  EXPECT_EQ(call("GET", "/repos/my-org/other/actions/runs/" + id, "Bearer PAT").status, 404);
  EXPECT_EQ(call("GET", "/repos/MY-ORG/R/actions/runs/" + id, "Bearer PAT").status, 200);
  EXPECT_EQ(call("GET", "/repos/my-org/r/actions/runs/1", "Bearer PAT").status, 404);
  EXPECT_EQ(number(runs("", "my-org/other"), "/total_count"), 0);
  EXPECT_EQ(
      call("GET", "/repos/my-org/r/actions/workflows/e2e.yaml/runs?created=soon", "Bearer PAT")
          .status,
      422);
}

TEST(RunFilters, ReadTimes) {
  RunFilter filter;
  EXPECT_TRUE(read_created(">=2026-11-23T16:00:00Z", filter));
  EXPECT_TRUE(filter.earliest && !filter.latest);
  filter = {};
  EXPECT_TRUE(read_created("<2026-11-23", filter));
  EXPECT_TRUE(!filter.earliest && filter.latest);
  filter = {};
  EXPECT_TRUE(read_created("2026-11-01..2026-11-23", filter));
  EXPECT_EQ(*filter.latest - *filter.earliest, std::chrono::days(22));
  for (std::string_view const bad : {"", "2026-11-23", ">", ">=soon", "a..b"}) {
    filter = {};
    EXPECT_FALSE(read_created(bad, filter) && (filter.earliest || filter.latest)) << bad;
  }
}

}  // namespace
}  // namespace scaleset::simulator
