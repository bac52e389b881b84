#include "protocol/wire/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::protocol {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string const kBom = "\xEF\xBB\xBF";

template <class T>
void expect_malformed(Result<T> const& result, std::string const& text) {
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code, ErrorCode::malformed_response);
  EXPECT_THAT(result.error().message, HasSubstr(text));
}

std::string const kScaleSet = R"({"id":5,"name":"arc-runner-set","runnerGroupId":2,
 "runnerGroupName":"Default","labels":[{"type":"System","name":"arc-runner-set"},{"name":"gpu"}],
 "RunnerSetting":{"ephemeral":true,"isElastic":true,"disableUpdate":true},
 "createdOn":"2026-07-26T23:29:36.1234567Z","status":{"any":["shape"]},"enabled":true,
 "statistics":{"totalAvailableJobs":1,"totalAcquiredJobs":2,"totalAssignedJobs":3,
 "totalRunningJobs":4,"totalRegisteredRunners":5,"totalBusyRunners":6,"totalIdleRunners":7}})";

TEST(Codec, DecodesAScaleSet) {
  auto const decoded = decode_scale_set(kScaleSet);
  ASSERT_TRUE(decoded && *decoded);
  ScaleSet const& set = **decoded;
  EXPECT_EQ(set.id, ScaleSetId{5});
  EXPECT_EQ(set.name, "arc-runner-set");
  EXPECT_EQ(set.group, RunnerGroupId{2});
  EXPECT_EQ(set.group_name, "Default");
  ASSERT_EQ(set.labels.size(), 2U);
  EXPECT_EQ(set.labels[0].name, "arc-runner-set");
  EXPECT_EQ(set.labels[1].type, "System");
  EXPECT_TRUE(set.disable_update);
  ASSERT_TRUE(set.created_on.has_value());
  EXPECT_EQ(set.created_on->time_since_epoch().count() % 1000, 123);
  Statistics expected;
  expected.available_jobs = 1;
  expected.acquired_jobs = 2;
  expected.assigned_jobs = 3;
  expected.running_jobs = 4;
  expected.registered_runners = 5;
  expected.busy_runners = 6;
  expected.idle_runners = 7;
  EXPECT_EQ(set.statistics, expected);
  EXPECT_EQ(set.status, "") << "a value of an unknown shape is not text";
  EXPECT_EQ(set.enabled, true);
}

TEST(Codec, DecodesWhatOnlySomeServersSay) {
  auto const set = decode_scale_set(
      R"({"id":5,"status":"online","enabled":false,"runnerJitConfigUrl":"https://h/jit"})");
  ASSERT_TRUE(set && *set);
  EXPECT_EQ((*set)->status, "online");
  EXPECT_EQ((*set)->enabled, false);
  EXPECT_EQ((*set)->jit_config_url, "https://h/jit");
  auto const plain = decode_scale_set(R"({"id":5,"enabled":"yes"})");
  ASSERT_TRUE(plain && *plain);
  EXPECT_FALSE((*plain)->enabled.has_value());
}

TEST(Codec, MatchesKeysInAnyCaseAndPrefersTheExactOne) {
  auto const upper =
      decode_scale_set(R"({"ID":5,"NAME":"n","runnersetting":{"DisableUpdate":true}})");
  ASSERT_TRUE(upper && *upper);
  EXPECT_EQ((*upper)->id, ScaleSetId{5});
  EXPECT_EQ((*upper)->name, "n");
  EXPECT_TRUE((*upper)->disable_update);
  EXPECT_EQ((*decode_scale_set(R"({"id":1,"ID":2})"))->id, ScaleSetId{1});
  EXPECT_EQ((*decode_scale_set(R"({"ID":2,"id":1})"))->id, ScaleSetId{1});
  EXPECT_EQ((*decode_scale_set(R"({"id":1,"id":3})"))->id, ScaleSetId{3});
}

TEST(Codec, TakesNullAsMissing) {
  auto const set = decode_scale_set(
      R"({"id":5,"name":null,"labels":null,"RunnerSetting":null,"createdOn":null,"statistics":null})");
  ASSERT_TRUE(set && *set);
  EXPECT_EQ((*set)->name, "");
  EXPECT_TRUE((*set)->labels.empty());
  EXPECT_FALSE((*set)->created_on.has_value());
  EXPECT_FALSE((*set)->statistics.has_value());
  auto const nothing = decode_scale_set("null");
  ASSERT_TRUE(nothing.has_value());
  EXPECT_FALSE(nothing->has_value());
}

TEST(Codec, IgnoresAByteOrderMarkAndWhatFollowsTheFirstValue) {
  for (std::string const& body : {kBom + kScaleSet, kScaleSet + " trailing", kScaleSet + "]}{",
                                  "\r\n " + kScaleSet, kBom + kScaleSet + "\n{}"}) {
    auto const set = decode_scale_set(body);
    ASSERT_TRUE(set && *set) << body;
    EXPECT_EQ((*set)->id, ScaleSetId{5});
  }
}

TEST(Codec, RefusesWhatIsNoJsonObject) {
  expect_malformed(decode_scale_set(""), "empty");
  expect_malformed(decode_scale_set(" \n"), "empty");
  expect_malformed(decode_scale_set(kBom), "empty");
  expect_malformed(decode_scale_set("oops"), "not JSON");
  expect_malformed(decode_scale_set("{\"id\":5"), "not JSON");
  expect_malformed(decode_scale_set("<html>"), "not JSON");
  expect_malformed(decode_scale_set("[]"), "not a JSON object");
  expect_malformed(decode_scale_set("5"), "not a JSON object");
  expect_malformed(decode_scale_set("\"text\""), "not a JSON object");
}

TEST(Codec, WantsIntegersThatAreIntegers) {
  EXPECT_EQ((*decode_scale_set(R"({"id":9223372036854775807})"))->id,
            ScaleSetId{9223372036854775807});
  for (std::string const number :
       {"1.0", "\"1\"", "9223372036854775808", "1e3", "true", "[]", "{}"}) {
    expect_malformed(decode_scale_set("{\"id\":" + number + "}"), "the field id is not a 64-bit");
  }
  expect_malformed(decode_scale_set(R"({"id":1,"name":5})"), "the field name is not text");
  expect_malformed(decode_scale_set(R"({"id":1,"labels":{}})"), "the field labels is not a list");
  expect_malformed(decode_scale_set(R"({"id":1,"RunnerSetting":[]})"),
                   "RunnerSetting is not an object");
}

TEST(Codec, StopsAtADepthNobodyNeeds) {
  std::string const deep = std::string(100000, '[') + std::string(100000, ']');
  expect_malformed(decode_scale_set("{\"x\":" + deep + "}"), "not JSON");
  std::string const fine = std::string(20, '[') + std::string(20, ']');
  EXPECT_TRUE(decode_scale_set("{\"id\":1,\"x\":" + fine + "}").has_value());
}

TEST(Codec, RepairsTextThatIsNotUtf8) {
  auto const set = decode_scale_set("{\"id\":1,\"name\":\"a\xFF\"}");
  ASSERT_TRUE(set && *set);
  EXPECT_EQ((*set)->name, "a\xEF\xBF\xBD");
}

TEST(Codec, AcceptsTheTimesOfGoAndDotNet) {
  auto const created = [](std::string const& time) {
    return decode_scale_set("{\"id\":1,\"createdOn\":\"" + time + "\"}").value()->created_on;
  };
  auto const utc = created("2026-07-26T23:29:36Z");
  ASSERT_TRUE(utc.has_value());
  EXPECT_EQ(created("2026-07-26T23:29:36"), utc);
  EXPECT_EQ(created("2026-07-27T01:29:36+02:00"), utc);
  EXPECT_EQ(created("2026-07-26T23:29:36.0000000Z"), utc);
  EXPECT_EQ(created("2026-07-26T23:29:36.0000000001Z"), utc);
  EXPECT_EQ(created("0001-01-01T00:00:00Z"), std::nullopt);
  EXPECT_EQ(created("0001-01-01T00:00:00"), std::nullopt);
  EXPECT_EQ(created(""), std::nullopt);
  EXPECT_EQ(created("yesterday"), std::nullopt);
  expect_malformed(decode_scale_set(R"({"id":1,"createdOn":5})"), "createdOn is not text");
}

TEST(Codec, DropsHalfReadStatistics) {
  auto const set = decode_scale_set(R"({"id":1,"statistics":{"totalAssignedJobs":"3"}})");
  ASSERT_TRUE(set && *set);
  EXPECT_FALSE((*set)->statistics.has_value());
}

TEST(Codec, DecodesListings) {
  auto const sets = decode_scale_sets("{\"count\":1,\"value\":[" + kScaleSet + "]}");
  ASSERT_TRUE(sets.has_value());
  EXPECT_EQ(sets->count, 1);
  ASSERT_EQ(sets->values.size(), 1U);
  EXPECT_EQ(sets->values[0].id, ScaleSetId{5});

  EXPECT_EQ(decode_runners(R"({"value":[{"id":1},{"id":2}]})")->count, 2);
  EXPECT_EQ(decode_runners(R"({"count":7,"value":[]})")->count, 7);
  for (auto const* nothing : {"null", "{}"})
    expect_malformed(decode_runners(nothing), "neither count nor value");
  EXPECT_EQ(decode_runners(R"({"count":1,"value":null})")->values.size(), 0U);
  for (auto const* holed : {R"({"value":[null,{"id":3}]})", R"({"value":[{"id":3},5]})"})
    expect_malformed(decode_runners(holed), "is not an object");
  expect_malformed(decode_runners(R"({"value":[{"id":"x"}]})"), "the field id");
  expect_malformed(decode_runners(R"({"value":{}})"), "the field value");

  auto const groups = decode_runner_groups(
      R"({"count":1,"value":[{"id":1,"name":"Default","size":2,"isDefaultGroup":true}]})");
  ASSERT_TRUE(groups.has_value());
  EXPECT_EQ(groups->values[0].id, kDefaultRunnerGroup);
  EXPECT_EQ(groups->values[0].name, "Default");
  EXPECT_TRUE(groups->values[0].is_default);
}

TEST(Codec, DecodesARunner) {
  auto const runner = decode_runner(
      R"({"id":12,"name":"runner-1","runnerScaleSetId":5,"os":null,"labels":[{}],"busy":false})");
  ASSERT_TRUE(runner && *runner);
  EXPECT_EQ((*runner)->id, RunnerId{12});
  EXPECT_EQ((*runner)->name, "runner-1");
  EXPECT_EQ((*runner)->scale_set, ScaleSetId{5});
  EXPECT_FALSE(decode_runner("null")->has_value());
}

TEST(Codec, DecodesASession) {
  auto const session = decode_session(
      R"({"sessionId":"4FD0FFB0-d365-4dae-99ff-8dae173984f9","ownerName":"host",
          "runnerScaleSet":{"id":5},"messageQueueUrl":"https://broker/scalesets/message",
          "messageQueueAccessToken":"QTOKEN","statistics":{"totalAssignedJobs":2}})");
  ASSERT_TRUE(session.has_value());
  EXPECT_EQ(session->id, "4fd0ffb0-d365-4dae-99ff-8dae173984f9");
  EXPECT_EQ(session->owner, "host");
  EXPECT_EQ(session->queue.url, "https://broker/scalesets/message");
  EXPECT_EQ(session->queue.token.reveal(), "QTOKEN");
  ASSERT_TRUE(session->statistics.has_value());
  EXPECT_EQ(session->statistics->assigned_jobs, 2);
}

TEST(Codec, AcceptsTheFormsOfAUuid) {
  auto const id_of = [](std::string const& id) {
    auto const session = decode_session("{\"sessionId\":\"" + id + "\"}");
    return session ? session->id : "error";
  };
  std::string const normal = "4fd0ffb0-d365-4dae-99ff-8dae173984f9";
  EXPECT_EQ(id_of(normal), normal);
  EXPECT_EQ(id_of("urn:uuid:" + normal), normal);
  EXPECT_EQ(id_of("{" + normal + "}"), normal);
  EXPECT_EQ(id_of("4fd0ffb0d3654dae99ff8dae173984f9"), normal);
  EXPECT_EQ(id_of("00000000-0000-0000-0000-000000000000"), "");
  EXPECT_EQ(id_of(""), "");
  EXPECT_EQ(id_of("../../secrets"), "error");
  EXPECT_EQ(id_of("4fd0ffb0-d365-4dae-99ff-8dae173984fg"), "error");
  EXPECT_EQ(id_of(normal + "0"), "error");
}

TEST(Codec, DecodesEmptySessionsForTheCallerToJudge) {
  for (std::string const body : {"{}", "null"}) {
    auto const session = decode_session(body);
    ASSERT_TRUE(session.has_value());
    EXPECT_TRUE(session->id.empty() && session->queue.url.empty() && session->queue.token.empty());
  }
}

TEST(Codec, DecodesTokens) {
  auto const issued =
      decode_issued_token(R"({"token":"LLBF","expires_at":"2026-11-23T17:00:00.123-08:00"})");
  ASSERT_TRUE(issued.has_value());
  EXPECT_EQ(issued->token.reveal(), "LLBF");
  EXPECT_TRUE(issued->expires_at.has_value());
  EXPECT_TRUE(decode_issued_token("{}")->token.empty());
  EXPECT_TRUE(decode_issued_token(R"({"token":null})")->token.empty());
  auto const admin = decode_admin_connection(
      R"({"url":"https://b/rest","token":"eyJ","token_schema":"OAuthAccessToken","use_v2_flow":true})");
  ASSERT_TRUE(admin.has_value());
  EXPECT_EQ(admin->url, "https://b/rest");
  EXPECT_EQ(admin->token.reveal(), "eyJ");
}

TEST(Codec, DecodesAJitConfig) {
  auto const config = decode_jit_config(
      R"({"runner":{"id":6858,"name":"runner-1","runnerScaleSetId":5,"os":null},"encodedJITConfig":"ZXk="})");
  ASSERT_TRUE(config.has_value());
  EXPECT_EQ(config->runner.id, RunnerId{6858});
  EXPECT_EQ(config->encoded.reveal(), "ZXk=");
}

TEST(Codec, DecodesRequestIds) {
  auto const ids = decode_request_ids(R"({"count":1,"value":[5,9007199254740993]})");
  ASSERT_TRUE(ids.has_value());
  EXPECT_THAT(*ids, ElementsAre(RequestId{5}, RequestId{9007199254740993}));
  EXPECT_TRUE(decode_request_ids(R"({"count":3,"value":null})")->empty());
  expect_malformed(decode_request_ids(R"({"value":[1.5]})"), "list of numbers above 0");
}

TEST(Codec, DecodesExceptions) {
  auto const exception = decode_exception(
      R"({"$id":"1","innerException":null,"message":"m","typeName":"A.B, A","errorCode":0})");
  ASSERT_TRUE(exception.has_value());
  EXPECT_EQ(exception->type_name, "A.B, A");
  EXPECT_EQ(exception->message, "m");
  EXPECT_EQ(decode_exception(R"({"message":"Bad credentials"})")->message, "Bad credentials");
  EXPECT_EQ(decode_exception("{}")->type_name, "");
  EXPECT_FALSE(decode_exception("null").has_value());
  EXPECT_FALSE(decode_exception("<html>").has_value());
  EXPECT_FALSE(decode_exception("\"a string\"").has_value());
}

TEST(Codec, FindsTheExceptionAGatewayWrapped) {
  auto const wrapped = decode_exception(
      R"({"error":"Bad Request","details":"failed: \"{\\\"typeName\\\":\\\"X.RunnerScaleSetExistsException\\\",\\\"message\\\":\\\"there\\\"}\""})");
  ASSERT_TRUE(wrapped.has_value());
  EXPECT_EQ(wrapped->type_name, "X.RunnerScaleSetExistsException");
  EXPECT_EQ(wrapped->message, "there");
  auto const plain = decode_exception(R"({"details":"it was {\"typeName\":\"T\"}"})");
  EXPECT_EQ(plain->type_name, "T");
  EXPECT_EQ(decode_exception(R"({"details":"nothing \" here"})")->type_name, "");
}

TEST(Codec, DecodesHowARunnerIs) {
  auto const busy = decode_runner(R"({"id":1,"name":"r","status":"online","busy":true})");
  ASSERT_TRUE(busy && *busy);
  EXPECT_EQ((*busy)->status, "online");
  EXPECT_EQ((*busy)->busy, true);
  EXPECT_EQ((*decode_runner(R"({"id":1,"busy":false})"))->busy, false);
  auto const silent = decode_runner(R"({"id":1,"name":"r","status":null,"busy":0})");
  ASSERT_TRUE(silent && *silent) << "a runner is a runner, however little is known of it";
  EXPECT_EQ((*silent)->status, "");
  EXPECT_FALSE((*silent)->busy.has_value());
}

TEST(Codec, DecodesAcquirableJobs) {
  auto const jobs = decode_acquirable_jobs(
      R"({"count":1,"value":[{"acquireJobUrl":"https://h/a","messageType":"","runnerRequestId":7848922,
      "repositoryName":"r","ownerName":"o","jobWorkflowRef":"o/r/.github/workflows/ci.yml@refs/heads/main",
      "eventName":"push","requestLabels":["self-hosted","gpu"]}]})");
  ASSERT_TRUE(jobs.has_value()) << jobs.error().message;
  ASSERT_EQ(jobs->values.size(), 1U);
  auto const& offer = jobs->values.front();
  EXPECT_EQ(offer.job.request, RequestId{7848922});
  EXPECT_EQ(offer.job.repository, "r");
  EXPECT_EQ(offer.job.workflow_ref, "o/r/.github/workflows/ci.yml@refs/heads/main");
  EXPECT_THAT(offer.job.labels, ElementsAre("self-hosted", "gpu"));
  EXPECT_EQ(offer.acquire_url, "https://h/a");
  expect_malformed(decode_acquirable_jobs(R"({"value":[{"runnerRequestId":"x"}]})"),
                   "runnerRequestId");
}

TEST(Codec, DecodesTheWordsOfAScope) {
  EXPECT_THAT(decode_scopes(R"({"scp":"Actions.Read  Actions.Write:a/b"})"),
              ElementsAre("Actions.Read", "Actions.Write:a/b"));
  for (std::string const claims : {"{}", R"({"scp":null})", R"({"scp":["a"]})", "[]", "{", ""}) {
    EXPECT_TRUE(decode_scopes(claims).empty()) << claims;
  }
}

/// An update says what changes and nothing else (W-26).
TEST(Codec, EncodesWhatAnUpdateChanges) {
  ScaleSetUpdate update;
  EXPECT_EQ(encode_scale_set_update(update), "{}");
  update.disable_update = false;
  EXPECT_EQ(encode_scale_set_update(update), R"({"RunnerSetting":{"disableUpdate":false}})");
  update.name = "a<b";
  update.group = RunnerGroupId{3};
  update.labels = std::vector<Label>{Label("a"), Label("b")};
  update.labels->back().type = "";
  update.disable_update = true;
  EXPECT_EQ(encode_scale_set_update(update),
            R"({"name":"a\u003cb","runnerGroupId":3,)"
            R"("labels":[{"type":"System","name":"a"},{"type":"System","name":"b"}],)"
            R"("RunnerSetting":{"disableUpdate":true}})");
}

/// protocol.md A.3, byte for byte.
TEST(Codec, EncodesAsTheReference) {
  ScaleSet one;
  one.name = "set<1>&";
  one.disable_update = true;
  EXPECT_EQ(
      encode_scale_set(one),
      R"({"name":"set\u003c1\u003e\u0026","runnerGroupId":1,"labels":[{"type":"System","name":"set\u003c1\u003e\u0026"}],"RunnerSetting":{"disableUpdate":true},"createdOn":"0001-01-01T00:00:00Z"})");
  ScaleSet two;
  two.name = "n";
  two.group = RunnerGroupId{0};
  two.labels.emplace_back("a");
  two.labels.emplace_back("b");
  two.labels[0].type = "";
  two.labels[1].type = "User";
  EXPECT_EQ(
      encode_scale_set(two),
      R"({"name":"n","labels":[{"type":"System","name":"a"},{"type":"User","name":"b"}],"RunnerSetting":{},"createdOn":"0001-01-01T00:00:00Z"})");
  EXPECT_EQ(encode_jit_config("runner-1", ""), R"({"name":"runner-1","workFolder":""})");
  EXPECT_EQ(
      encode_session("host<1>"),
      R"({"sessionId":"00000000-0000-0000-0000-000000000000","ownerName":"host\u003c1\u003e"})");
  EXPECT_EQ(encode_request_ids({RequestId{5}, RequestId{9007199254740993}}),
            "[5,9007199254740993]");
  EXPECT_EQ(encode_request_ids({}), "[]");
  EXPECT_EQ(encode_registration("http://h/a&b"),
            "{\"url\":\"http://h/a&b\",\"runner_event\":\"register\"}\n");
}

}  // namespace
}  // namespace scaleset::protocol
