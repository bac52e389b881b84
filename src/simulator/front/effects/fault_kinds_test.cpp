#include "simulator/front/effects/fault_kinds.hpp"

#include <functional>
#include <ostream>
#include <set>

#include "base/base64.hpp"
#include "simulator/front/routes.hpp"
#include "simulator/front/testing/small_front.hpp"

namespace scaleset::simulator {

static std::ostream& operator<<(std::ostream& out, FaultKind const& kind) {
  return out << kind.name;
}

namespace {

using namespace testing;
using http::ServerResponse;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::StartsWith;
namespace json_ = boost::json;

TEST(FaultKinds, AreDistinctAndDescribed) {
  std::set<std::string_view> names;
  for (FaultKind const& kind : fault_kinds()) {
    EXPECT_EQ(kind_named(fault_kinds(), kind.name), &kind);
    EXPECT_TRUE(names.insert(kind.name).second) << "twice: " << kind.name;
    EXPECT_FALSE(kind.description.empty());
    FaultParameter const& parameter = kind.parameter;
    EXPECT_TRUE(parameter.name.empty() ||
                (parameter.usual >= parameter.least && parameter.usual <= parameter.most));
  }
  EXPECT_EQ(kind_named(fault_kinds(), "nothing"), nullptr);
}

TEST(FaultKinds, ActAtTheStageOfTheirEffect) {
  EXPECT_EQ(kind_named(fault_kinds(), "empty_body")->stage(), FaultStage::instead);
  EXPECT_EQ(kind_named(fault_kinds(), "acquire_subset")->stage(), FaultStage::request);
  EXPECT_EQ(kind_named(fault_kinds(), "numeric_job_id")->stage(), FaultStage::answer);
}

TEST(FaultKinds, HitOnlyOperationsThatExist) {
  OperationNames const operations = operation_names();
  for (FaultKind const& kind : fault_kinds()) {
    if (kind.routes == "*") continue;
    std::string routes(kind.routes);
    for (std::size_t begin = 0; begin < routes.size();) {
      std::size_t const end = std::min(routes.find(' ', begin), routes.size());
      std::string const route = routes.substr(begin, end - begin);
      EXPECT_TRUE(operations.contains(route)) << kind.name << ": " << route;
      EXPECT_TRUE(can_hit(kind, route));
      begin = end + 1;
    }
    EXPECT_FALSE(can_hit(kind, "runner_token")) << kind.name;
    EXPECT_FALSE(can_hit(kind, "get_")) << kind.name;
  }
}

bool is_of_acquire_profile(FaultKind const& kind) {
  return kind.name == "acquire_subset" || kind.name == "acquire_nothing" ||
         kind.name == "zero_request_ids";
}

/// What a client sees of each kind. Every kind must have a check here.
class EveryKind : public SmallFront, public ::testing::TestWithParam<FaultKind> {
 protected:
  EveryKind()
      : SmallFront(is_of_acquire_profile(GetParam()) ? Profile::acquire : Profile::broker) {}
  using Check = std::function<void(EveryKind&)>;
  using Checks = std::map<std::string_view, Check>;
  static Checks const& checks();  // of all kinds
  static Checks checks_of_answers();
  static Checks checks_of_sessions();
  static Checks checks_of_tokens_and_messages();
  static Checks checks_of_entries();

  /// The message has one job message, in which `pointer` leads to the wanted JSON.
  static void expect_entry(EveryKind& test, std::string_view pointer, std::string const& wanted) {
    json_::array const list = entries(test.poll());
    EXPECT_EQ(json_::serialize(json_::value(list).at(0).at_pointer(pointer)), wanted);
  }
  json_::object token_claims(std::string const& token) {
    std::size_t const first = token.find('.') + 1;
    return json_::parse(
               base::base64url_decode(token.substr(first, token.rfind('.') - first)).value())
        .as_object();
  }
  /// Lets the job of prepare() run, so that a JobStarted is waiting.
  void start_job() {
    json_::value const offer =
        json(call("GET", "/broker/message?sessionId=" + values["runnerSessionId"],
                  "Bearer " + values["runnerToken"]));
    values["requestMessageId"] = text(json_::parse(text(offer, "/body")), "/runner_request_id");
    EXPECT_EQ(call("POST", "/run/1/acquirejob", "Bearer " + values["runnerToken"],
                   R"({"jobMessageId":")" + values["requestMessageId"] + "\"}")
                  .status,
              200);
  }
  ServerResponse poll_after_assignment() { return poll(5, std::stoll(values["messageId"])); }
  ServerResponse connect_again() {
    return call("POST", "/actions/runner-registration", "RemoteAuth " + values["registrationToken"],
                R"({"url":"http://sim/my-org"})");
  }
  ServerResponse acquire(std::string const& body) { return admin_as_queue("/1/acquirejobs", body); }
  ServerResponse admin_as_queue(std::string const& path, std::string const& body) {
    return call("POST", service_path + "/_apis/runtime/runnerscalesets" + path,
                "Bearer " + values["queueToken"], body);
  }
};

EveryKind::Checks EveryKind::checks_of_answers() {
  using T = EveryKind&;
  return {
      {"accepted_at_once",
       [](T t) {
         EXPECT_EQ(t.poll().status, 202);
         EXPECT_EQ(t.poll().status, 200);
       }},
      {"empty_body",
       [](T t) {
         ServerResponse const response = t.poll();
         EXPECT_EQ(response.status, 200);
         EXPECT_EQ(response.body, "");
       }},
      {"html_error",
       [](T t) {
         ServerResponse const response = t.admin("GET", "/1");
         EXPECT_EQ(response.status, 502);
         EXPECT_THAT(response.body, StartsWith("<html>"));
         EXPECT_EQ(header(response, "Content-Type"), "text/html");
       }},
      {"text_error",
       [](T t) {
         ServerResponse const response = t.admin("GET", "/1");
         EXPECT_EQ(response.status, 500);
         EXPECT_THAT(std::string(header(response, "Content-Type")), StartsWith("text/plain"));
       }},
      {"retry_after",
       [](T t) {
         ServerResponse const response = t.admin("GET", "/1");
         EXPECT_EQ(response.status, 503);
         EXPECT_EQ(header(response, "Retry-After"), "1");
       }},
      {"retry_after_date",
       [](T t) {
         EXPECT_EQ(header(t.admin("GET", "/1"), "Retry-After"), "Mon, 23 Nov 2026 16:00:01 GMT");
       }},
      {"secondary_rate_limit",
       [](T t) {
         ServerResponse const response = t.connect_again();
         EXPECT_EQ(response.status, 403);
         EXPECT_EQ(header(response, "Retry-After"), "60");
         EXPECT_THAT(response.body, HasSubstr("secondary rate limit"));
       }},
      {"registration_not_visible",
       [](T t) {
         EXPECT_EQ(t.connect_again().status, 401);
         EXPECT_EQ(t.connect_again().status, 200);
       }},
      {"token_expired",
       [](T t) {
         ServerResponse const response = t.poll();
         EXPECT_EQ(response.status, 401);
         EXPECT_THAT(response.body, HasSubstr("InvalidTokenException"));
       }},
      {"session_conflict",
       [](T t) {
         t.admin("DELETE", "/1/sessions/" + t.values["sessionId"]);
         ServerResponse const response = t.open_session();
         EXPECT_EQ(response.status, 409);
         EXPECT_EQ(text(json(response), "/message"),
                   "The runner scale set set already has an active session for owner "
                   "somebody-else.");
         EXPECT_EQ(t.open_session().status, 200);
       }},
  };
}

EveryKind::Checks EveryKind::checks_of_sessions() {
  using T = EveryKind&;
  return {
      {"session_unknown",
       [](T t) {
         std::string const path = "/1/sessions/" + t.values["sessionId"];
         ServerResponse const response = t.admin("PATCH", path);
         EXPECT_EQ(response.status, 404);
         EXPECT_THAT(response.body, HasSubstr("RunnerAdminException"));
         EXPECT_EQ(t.admin("PATCH", path).status, 200);
       }},
      {"session_expired",
       [](T t) {
         std::string const path = "/1/sessions/" + t.values["sessionId"];
         EXPECT_THAT(t.admin("DELETE", path).body, HasSubstr("SessionExpiredException"));
         EXPECT_EQ(t.admin("DELETE", path).status, 204);
       }},
      {"page_not_found", [](T t) { EXPECT_EQ(t.acquire("[1]").body, "404 page not found\n"); }},
      {"unpruned_delete",
       [](T t) {
         EXPECT_EQ(t.acknowledge(t.values["messageId"]).status, 204);
         EXPECT_EQ(t.poll().status, 200) << "it is still there";
         EXPECT_EQ(t.acknowledge(t.values["messageId"]).status, 204);
         EXPECT_EQ(t.poll().status, 202);
       }},
      {"acquire_subset",
       [](T t) {
         t.queue_job();
         t.poll();
         EXPECT_THAT(t.acquire("[1,2]").body, HasSubstr(R"({"count":1,"value":[1]})"));
         EXPECT_THAT(t.acquire("[2]").body, HasSubstr(R"("value":[2])")) << "it was left";
       }},
      {"acquire_nothing",
       [](T t) {
         t.poll();
         EXPECT_THAT(t.acquire("[1]").body, HasSubstr(R"({"count":0,"value":[]})"));
         EXPECT_THAT(t.acquire("[1]").body, HasSubstr(R"("value":[1])"));
       }},
      {"session_eviction",
       [](T t) {
         EXPECT_EQ(t.poll().status, 401);
         ServerResponse const refreshed = t.admin("PATCH", "/1/sessions/" + t.values["sessionId"]);
         EXPECT_EQ(refreshed.status, 404);
         EXPECT_EQ(t.open_session().status, 200) << "nobody holds one";
       }},
      {"sequence_restart",
       [](T t) {
         t.acknowledge(t.values["messageId"]);
         t.call("POST", "/_sim/jobs/" + t.values["jobId"] + "/cancel");
         EXPECT_EQ(t.values["messageId"], "100000001");
         EXPECT_EQ(json_::serialize(json(t.poll()).at("messageId")), "100000001") << "again";
       }},
      {"bom", [](T t) { EXPECT_THAT(t.admin("GET", "/1").body, StartsWith("\xEF\xBB\xBF{")); }},
      {"slow_body",
       [](T t) {
         EXPECT_EQ(t.admin("GET", "/1").body_takes, std::chrono::milliseconds(1000));
         EXPECT_EQ(t.admin("GET", "/1").body_takes, std::chrono::milliseconds(0));
       }},
      {"unknown_fields",
       [](T t) {
         ServerResponse const response = t.poll();
         EXPECT_TRUE(json(response).as_object().contains("futureField"));
         EXPECT_TRUE(entries(response).at(0).as_object().contains("futureField"));
       }},
  };
}

EveryKind::Checks EveryKind::checks_of_tokens_and_messages() {
  using T = EveryKind&;
  return {
      {"token_unparsable",
       [](T t) { EXPECT_EQ(text(json(t.connect_again()), "/token"), "this-is-no-jwt"); }},
      {"token_without_exp",
       [](T t) {
         t.values["adminToken"] = text(json(t.connect_again()), "/token");
         EXPECT_FALSE(t.token_claims(t.values["adminToken"]).contains("exp"));
         EXPECT_EQ(t.admin("GET", "/1").status, 200) << "and it is good";
       }},
      {"token_short_ttl",
       [](T t) {
         t.values["adminToken"] = text(json(t.connect_again()), "/token");
         EXPECT_EQ(t.admin("GET", "/1").status, 200);
         t.call("POST", "/_sim/clock/advance", "", R"({"seconds":5})");
         EXPECT_EQ(t.admin("GET", "/1").status, 401);
       }},
      {"token_clock_skew",
       [](T t) {
         json_::object const before = t.token_claims(t.values["adminToken"]);
         t.values["adminToken"] = text(json(t.connect_again()), "/token");
         json_::object const skewed = t.token_claims(t.values["adminToken"]);
         EXPECT_EQ(skewed.at("exp").as_int64() - before.at("exp").as_int64(), 3600);
         EXPECT_EQ(skewed.at("iat").as_int64() - before.at("iat").as_int64(), 3600);
         t.call("POST", "/_sim/clock/advance", "", R"({"seconds":3599})");
         EXPECT_EQ(t.admin("GET", "/1").status, 200);
         t.call("POST", "/_sim/clock/advance", "", R"({"seconds":1})");
         EXPECT_EQ(t.admin("GET", "/1").status, 401) << "it holds as long as ever";
       }},
      {"empty_queue_url",
       [](T t) {
         ServerResponse const refreshed = t.admin("PATCH", "/1/sessions/" + t.values["sessionId"]);
         EXPECT_EQ(text(json(refreshed), "/messageQueueUrl"), "");
       }},
      {"statistics_missing",
       [](T t) { EXPECT_FALSE(json(t.poll()).as_object().contains("statistics")); }},
      {"statistics_zero",
       [](T t) {
         EXPECT_THAT(t.poll().body, HasSubstr(R"("totalAssignedJobs":0)"));
         EXPECT_THAT(t.poll().body, HasSubstr(R"("totalAssignedJobs":1)"));
       }},
      {"count_mismatch",
       [](T t) {
         json_::value const list = json(t.admin("GET", ""));
         EXPECT_EQ(list.at("count").as_int64(), 2);
         EXPECT_EQ(list.at("value").as_array().size(), 1U);
       }},
      {"duplicate_delivery",
       [](T t) {
         ServerResponse const first = t.poll();
         EXPECT_EQ(t.acknowledge(t.values["messageId"]).status, 204);
         EXPECT_EQ(t.poll_after_assignment().body, first.body);
         EXPECT_EQ(t.poll_after_assignment().status, 202);
       }},
      {"duplicate_entries",
       [](T t) {
         json_::array const list = entries(t.poll());
         EXPECT_EQ(list.size(), 2U);
         EXPECT_EQ(list.front(), list.back());
       }},
  };
}

EveryKind::Checks EveryKind::checks_of_entries() {
  using T = EveryKind&;
  return {
      {"out_of_order_delivery",
       [](T t) {
         t.call("POST", "/_sim/jobs/" + t.values["jobId"] + "/cancel");
         EXPECT_EQ(json_::serialize(json(t.poll()).at("messageId")), "100000002");
         EXPECT_EQ(json_::serialize(json(t.poll(5, 100000002)).at("messageId")), "100000001");
         EXPECT_EQ(t.poll(5, 100000002).status, 202);
       }},
      {"unknown_message_type",
       [](T t) { EXPECT_NE(text(json(t.poll()), "/messageType"), "RunnerScaleSetJobMessages"); }},
      {"unknown_job_message",
       [](T t) {
         json_::array const list = entries(t.poll());
         ASSERT_EQ(list.size(), 3U);
         EXPECT_EQ(list[0].at("messageType"), "JobPondered");
         EXPECT_EQ(list[1], json_::object());
         EXPECT_EQ(list[2].at("messageType"), "JobAssigned");
       }},
      {"seven_digit_times",
       [](T t) { expect_entry(t, "/queueTime", R"("2026-11-23T16:00:00.0000000Z")"); }},
      {"zoneless_times", [](T t) { expect_entry(t, "/queueTime", R"("2026-11-23T16:00:00")"); }},
      {"empty_times", [](T t) { expect_entry(t, "/queueTime", R"("")"); }},
      {"numeric_job_id", [](T t) { expect_entry(t, "/jobId", "1448"); }},
      {"zero_request_ids",
       [](T t) {
         expect_entry(t, "/runnerRequestId", "0");
         expect_entry(t, "/runnerRequestId", "1");
       }},
      {"completed_on_unknown_runner",
       [](T t) {
         json_::array const list = entries(t.poll());
         ASSERT_EQ(list.size(), 2U);
         EXPECT_EQ(list[1].at("messageType"), "JobCompleted");
         EXPECT_EQ(list[1].at("runnerName"), "runner-of-nobody");
         EXPECT_NE(list[1].at("jobId"), list[0].at("jobId"));
       }},
      {"job_on_unknown_runner",
       [](T t) {
         t.start_job();
         json_::array const list = entries(t.poll_after_assignment());
         EXPECT_EQ(list.at(0).at("messageType"), "JobStarted");
         EXPECT_EQ(list.at(0).at("runnerName"), "runner-of-nobody");
       }},
      {"job_on_other_runner",
       [](T t) {
         std::string const token = t.values["runnerToken"];
         std::string const session = t.values["runnerSessionId"];
         t.start_runner("runner-2");
         t.values["runnerToken"] = token;
         t.values["runnerSessionId"] = session;
         t.start_job();
         EXPECT_EQ(entries(t.poll_after_assignment()).at(0).at("runnerName"), "runner-2");
         EXPECT_EQ(entries(t.poll_after_assignment()).at(0).at("runnerName"), "runner-1");
       }},
  };
}

EveryKind::Checks const& EveryKind::checks() {
  static Checks const all = [] {
    Checks merged;
    for (auto const& part : {checks_of_answers(), checks_of_sessions(),
                             checks_of_tokens_and_messages(), checks_of_entries()})
      merged.insert(part.begin(), part.end());
    return merged;
  }();
  return all;
}

TEST_P(EveryKind, DoesWhatItsDescriptionSays) {
  FaultKind const& kind = GetParam();
  ASSERT_TRUE(checks().contains(kind.name)) << "no check for " << kind.name;
  prepare();
  ServerResponse const added =
      add_fault(R"({"kind":")" + std::string(kind.name) + R"(","count":1})");
  ASSERT_EQ(added.status, 201) << added.body;
  EXPECT_THAT(call("GET", "/_sim/faults").body, HasSubstr(R"("count":1)"));
  checks().at(kind.name)(*this);
  EXPECT_EQ(json(call("GET", "/_sim/faults")).at("faults").as_array().size(), 0U) << "used up";
}

INSTANTIATE_TEST_SUITE_P(Faults, EveryKind,
                         ::testing::ValuesIn(fault_kinds().begin(), fault_kinds().end()),
                         [](auto const& one) { return std::string(one.param.name); });

}  // namespace
}  // namespace scaleset::simulator
