#include "simulator/front/testing/small_front.hpp"

/// The Results service (protocol.md D.3, items 9 and 10).
namespace scaleset::simulator {
namespace {

using namespace testing;
using http::ServerResponse;
using ::testing::HasSubstr;
namespace json_ = boost::json;

class Results : public SmallFront, public ::testing::Test {
 protected:
  Results() { prepare(); }
  ServerResponse post(std::string const& target, std::string const& more = "") {
    return call("POST", target, "Bearer " + values["jobToken"],
                R"({"workflow_run_backend_id":"p","workflow_job_run_backend_id":")" +
                    values["jobId"] + "\"" + more + "}");
  }
  ServerResponse receiver(std::string const& method, std::string const& more = "") {
    return post("/twirp/results.services.receiver.Receiver/" + method, more);
  }
  /// The target of the URL that the method answers with.
  std::string upload_target(std::string const& method, std::string const& field = "/logs_url") {
    std::string const url = text(json(receiver(method, kStep)), field);
    return url.substr(std::string_view("http://sim").size());
  }
  ServerResponse put(std::string const& target, std::string body) {
    return call("PUT", target, "", std::move(body));
  }
  json_::value logs() { return json(call("GET", "/_sim/jobs/" + values["jobId"] + "/logs")); }

  static constexpr char const* kStep = R"(,"step_backend_id":"5e0e")";
};

TEST_F(Results, ALogIsUploadedAndShown) {
  ServerResponse const answer = receiver("GetJobLogsSignedBlobURL");
  EXPECT_EQ(text(json(answer), "/blob_storage_type"), "BLOB_STORAGE_TYPE_AZURE");
  EXPECT_GT(json(answer).at("soft_size_limit").as_int64(), 0);
  std::string const target = upload_target("GetJobLogsSignedBlobURL");
  EXPECT_EQ(put(target, "\xef\xbb\xbfone\ntwo\n").status, 201);
  EXPECT_TRUE(json(receiver("CreateJobLogsMetadata", R"(,"line_count":2)")).at("ok").as_bool());
  json_::value const seen = logs();
  EXPECT_EQ(text(seen, "/jobId"), values["jobId"]);
  EXPECT_EQ(text(seen, "/logs/0/kind"), "job");
  EXPECT_EQ(text(seen, "/logs/0/text"), "one\ntwo\n");
  EXPECT_TRUE(seen.at_pointer("/logs/0/complete").as_bool());
  EXPECT_EQ(seen.at_pointer("/logs/0/lines"), 2);
}

TEST_F(Results, AStepsLogComesInParts) {
  std::string const target = upload_target("GetStepLogsSignedBlobURL");
  EXPECT_EQ(put(target, "").status, 201);
  EXPECT_EQ(put(target + "&comp=appendblock", "one\n").status, 201);
  EXPECT_EQ(put("/" + target + "&comp=appendblock", "two\n").status, 201) << "a doubled slash";
  EXPECT_EQ(put(target + "&comp=seal", "").status, 200);
  json_::value const seen = logs();
  EXPECT_EQ(text(seen, "/logs/0/step"), "5e0e");
  EXPECT_EQ(text(seen, "/logs/0/text"), "one\ntwo\n");
}

TEST_F(Results, SummariesAndDiagnosticsAreTakenToo) {
  put(upload_target("GetStepSummarySignedBlobURL", "/summary_url"), "# done");
  put(upload_target("GetJobDiagLogsSignedBlobURL"), "zip");
  EXPECT_EQ(text(logs(), "/logs/0/kind"), "summary");
  EXPECT_EQ(text(logs(), "/logs/1/kind"), "diagnostics");
}

TEST_F(Results, AnUrlIsGoodForItsOwnPlaceOnly) {
  std::string target = upload_target("GetJobLogsSignedBlobURL");
  std::string other = target;
  other.replace(other.find("/job/"), 5, "/step/");
  ServerResponse const refused = put(other, "x");
  EXPECT_EQ(refused.status, 401);
  EXPECT_THAT(refused.body, HasSubstr("AuthenticationFailed"));
  EXPECT_EQ(put(target.substr(0, target.find('?')), "x").status, 401);
}

TEST_F(Results, StepUpdatesAreKept) {
  std::string const updates =
      "/twirp/github.actions.results.api.v1.WorkflowStepUpdateService/WorkflowStepsUpdate";
  EXPECT_EQ(post(updates, R"(,"steps":[{"external_id":"a","name":"Run x","status":3}])").status,
            200);
  EXPECT_EQ(text(logs(), "/steps/0/name"), "Run x");
  EXPECT_EQ(call("POST", updates, "Bearer " + values["runnerToken"], "{}").status, 401);
  EXPECT_EQ(call("POST", updates, "Bearer " + values["jobToken"],
                 R"({"workflow_job_run_backend_id":"other"})")
                .status,
            401);
}

TEST_F(Results, WhatIsWrongIsNamed) {
  EXPECT_EQ(text(json(receiver("Other")), "/code"), "bad_route");
  EXPECT_EQ(text(json(receiver("GetStepLogsSignedBlobURL")), "/code"), "invalid_argument");
  EXPECT_EQ(receiver("GetStepLogsSignedBlobURL", R"(,"step_backend_id":"../x")").status, 400);
  ServerResponse const none = call("GET", "/_sim/jobs/" + values["jobId"] + "/logs");
  EXPECT_EQ(none.status, 404);
  EXPECT_THAT(none.body, HasSubstr("no runner has uploaded"));
  EXPECT_THAT(call("GET", "/_sim/jobs/x/logs").body, HasSubstr("no such job"));
}

TEST_F(Results, NoActionCanBeFetched) {
  ServerResponse const answer =
      call("POST", "/actions/build/p/jobs/j/runnerresolve/actions", "Bearer " + values["jobToken"],
           R"({"actions":[{"action":"actions/checkout","version":"v4","path":""}]})");
  EXPECT_EQ(answer.status, 422);
  EXPECT_THAT(text(json(answer).at("errors").at("actions/checkout@v4"), "/message"),
              HasSubstr("cannot be fetched"));
}

}  // namespace
}  // namespace scaleset::simulator
