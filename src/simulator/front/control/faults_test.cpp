#include <cmath>

#include "simulator/front/effects/fault_kinds.hpp"
#include "simulator/front/faults/trouble.hpp"
#include "simulator/front/routes.hpp"
#include "simulator/front/testing/running_simulator.hpp"
#include "simulator/front/testing/small_front.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;
using http::ServerResponse;
using std::chrono::milliseconds;
using ::testing::HasSubstr;

constexpr Operation kGetMessage{Area::actions, "get_message"};
constexpr Operation kAdminConnection{Area::rest, "admin_connection"};

Fault fault(std::string const& body) {
  return read_fault(Fields(body), {}, fault_kinds(), operation_names()).value();
}

class TroubleRoutes : public SmallFront, public ::testing::Test {
 protected:
  int registration_status() {
    return call("POST", "/orgs/o/actions/runners/registration-token", "Bearer PAT").status;
  }
  void advance(std::string const& seconds) {
    call("POST", "/_sim/clock/advance", "", R"({"seconds":)" + seconds + "}");
  }
  std::string complaint(std::string const& path, std::string const& body) {
    ServerResponse const response = call("POST", path, "", body);
    EXPECT_EQ(response.status, 400) << body;
    return text(json(response), "/error");
  }
};

TEST_F(TroubleRoutes, ProbabilityIsTheSameInEveryRun) {
  auto const draw = [] {
    SmallFront fresh;
    fresh.add_fault(R"({"route":"registration_token","status":500,"probability":0.3})");
    std::string hits;
    for (int i = 0; i < 200; ++i) {
      int const status =
          fresh.call("POST", "/orgs/o/actions/runners/registration-token", "Bearer P").status;
      hits += status == 500 ? 'x' : '.';
    }
    return hits;
  };
  std::string const first = draw();
  EXPECT_EQ(draw(), first);
  EXPECT_GT(std::ranges::count(first, 'x'), 30);
  EXPECT_LT(std::ranges::count(first, 'x'), 90);
}

TEST_F(TroubleRoutes, OtherCallsDoNotDisturbAFaultsLuck) {
  Faults alone(7);
  Faults disturbed(7);
  for (Faults* faults : {&alone, &disturbed})
    faults->add(fault(R"({"route":"*","status":500,"probability":0.5})"));
  disturbed.add(fault(R"({"route":"*","status":501,"probability":0.5})"));
  auto const always = [](Fault const&) { return true; };
  for (int i = 0; i < 100; ++i) {
    auto const one = alone.use(kGetMessage, {}, FaultStage::instead, always);
    auto const other = disturbed.use(kGetMessage, {}, FaultStage::instead, always);
    EXPECT_EQ(one.has_value(), other && other->status == 500) << i;
  }
}

TEST_F(TroubleRoutes, AWindowOpensAndCloses) {
  add_fault(R"({"route":"registration_token","status":500,"from":"2026-11-23T16:01:00Z",)"
            R"("until":"2026-11-23T16:02:00Z"})");
  EXPECT_EQ(registration_status(), 201);
  advance("60");
  EXPECT_EQ(registration_status(), 500);
  advance("59.999");
  EXPECT_EQ(registration_status(), 500);
  advance("0.001");
  EXPECT_EQ(registration_status(), 201);
  EXPECT_TRUE(json(call("GET", "/_sim/faults")).at("faults").as_array().empty());
}

TEST_F(TroubleRoutes, FaultsAreListedAndRemovedOneByOne) {
  add_fault(R"({"kind":"slow_body","bodyMilliseconds":5,"probability":0.5})");
  add_fault(R"({"route":"rest","status":500,"headers":{"A":"b"},"body":"x","drop":"after"})");
  boost::json::value const listed = json(call("GET", "/_sim/faults"));
  EXPECT_EQ(boost::json::serialize(listed.at("faults")),
            R"([{"id":1,"route":"*","kind":"slow_body","bodyMilliseconds":5,"probability":5E-1,)"
            R"("hits":0},{"id":2,"route":"rest","status":500,"headers":{"A":"b"},"body":"x",)"
            R"("drop":"after","hits":0}])");
  EXPECT_EQ(listed.at("kinds").as_array().size(), fault_kinds().size());
  EXPECT_EQ(call("DELETE", "/_sim/faults/2").status, 204);
  EXPECT_EQ(call("DELETE", "/_sim/faults/2").status, 404);
  EXPECT_EQ(registration_status(), 201);
}

TEST_F(TroubleRoutes, BadFaultsOfAKindAreNamed) {
  std::string const path = "/_sim/faults";
  EXPECT_THAT(complaint(path, R"({"kind":"nothing"})"), HasSubstr("kind: there is none"));
  EXPECT_THAT(complaint(path, R"({"kind":"bom","status":500})"),
              HasSubstr("status: does not go with a kind"));
  EXPECT_THAT(complaint(path, R"({"kind":"numeric_job_id","route":"create_session"})"),
              HasSubstr("route: numeric_job_id is for these only: get_message"));
  EXPECT_THAT(complaint(path, R"({"kind":"bom","ttlSeconds":5})"),
              HasSubstr("ttlSeconds: is not a field of this"));
  EXPECT_THAT(complaint(path, R"({"kind":"token_short_ttl","ttlSeconds":-1})"),
              HasSubstr("ttlSeconds: must be from 0 to 86400"));
  EXPECT_THAT(complaint(path, R"({"kind":"bom","probability":1.5})"),
              HasSubstr("probability: must be a number from 0 to 1"));
  EXPECT_THAT(complaint(path, R"({"kind":"bom","probability":1e400})"), HasSubstr("probability"));
  EXPECT_THAT(complaint(path, R"({"kind":"bom","from":"soon"})"),
              HasSubstr("from: must be a time"));
  EXPECT_THAT(complaint(path, R"({"kind":"bom","until":"2026-11-23T16:02:00Z","seconds":1})"),
              HasSubstr("seconds: does not go with until"));
  EXPECT_THAT(complaint(path, R"({"route":"*","statuss":500})"), HasSubstr("statuss"));
}

TEST_F(TroubleRoutes, AnAlterationWaitsForAnAnswerItCanAlter) {
  create_set();
  open_session();
  add_fault(R"({"kind":"numeric_job_id","count":1})");
  EXPECT_EQ(poll().status, 202);
  queue_job();
  EXPECT_EQ(entries(poll()).at(0).at("jobId"), 1448);
  EXPECT_NE(entries(poll()).at(0).at("jobId"), 1448);
}

TEST_F(TroubleRoutes, AnEvictedSessionIsGone) {
  prepare();
  EXPECT_EQ(call("DELETE", "/_sim/sessions/" + values["sessionId"]).status, 204);
  EXPECT_EQ(call("DELETE", "/_sim/sessions/" + values["sessionId"]).status, 404);
  EXPECT_EQ(poll().status, 401);
  EXPECT_EQ(admin("PATCH", "/1/sessions/" + values["sessionId"]).status, 404);
}

TEST_F(TroubleRoutes, JobsAreShownAndCancelledByTheirId) {
  prepare();
  std::string const path = "/_sim/jobs/" + values["jobId"];
  EXPECT_EQ(text(json(call("GET", path)), "/state"), "assigned");
  EXPECT_EQ(call("DELETE", path).status, 202);
  EXPECT_EQ(text(json(call("GET", path)), "/state"), "completed");
  EXPECT_EQ(call("GET", "/_sim/jobs/nothing").status, 404);
  EXPECT_EQ(json(call("GET", "/_sim/clock")).at("virtual").as_bool(), true);
}

Latency latency(std::string const& body) {
  return read_latency(Fields(body), operation_names()).value();
}

TEST(Latencies, FollowTheirDistribution) {
  Latencies latencies(1);
  EXPECT_EQ(latencies.draw(kGetMessage), milliseconds(0));
  latencies.set(latency(R"({"route":"get_message","kind":"fixed","milliseconds":7})"));
  EXPECT_EQ(latencies.draw(kGetMessage), milliseconds(7));
  EXPECT_EQ(latencies.draw({Area::actions, "delete_message"}), milliseconds(0));
  latencies.set(latency(R"({"route":"*","kind":"uniform","leastMilliseconds":10,)"
                        R"("mostMilliseconds":19})"));
  double sum = 0;
  for (int i = 0; i < 1000; ++i) {
    milliseconds const drawn = latencies.draw({Area::actions, "create_session"});
    EXPECT_TRUE(drawn >= milliseconds(10) && drawn <= milliseconds(19)) << drawn.count();
    sum += static_cast<double>(drawn.count());
  }
  EXPECT_NEAR(sum / 1000, 14.5, 0.5);
  latencies.set(latency(R"({"route":"rest","kind":"exponential","meanMilliseconds":100})"));
  sum = 0;
  for (int i = 0; i < 4000; ++i) {
    milliseconds const drawn = latencies.draw(kAdminConnection);
    EXPECT_LE(drawn, milliseconds(1000)) << "the tail is cut";
    sum += static_cast<double>(drawn.count());
  }
  EXPECT_NEAR(sum / 4000, 100, 10);
  latencies.clear();
  EXPECT_EQ(latencies.draw(kGetMessage), milliseconds(0));
}

TEST(Latencies, AreTheSameForTheSameSeed) {
  auto const draw = [](std::uint64_t seed) {
    Latencies latencies(seed);
    latencies.set(latency(R"({"route":"*","kind":"exponential","meanMilliseconds":1000})"));
    std::vector<milliseconds> drawn(20);
    for (milliseconds& one : drawn) one = latencies.draw(kGetMessage);
    return drawn;
  };
  EXPECT_EQ(draw(3), draw(3));
  EXPECT_NE(draw(3), draw(4));
}

TEST_F(TroubleRoutes, LatenciesAreSetShownAndCleared) {
  ServerResponse const set =
      call("POST", "/_sim/latency", "", R"({"route":"registration_token","milliseconds":60000})");
  EXPECT_EQ(set.status, 201);
  std::string const shown =
      R"([{"route":"registration_token","kind":"fixed","milliseconds":60000}])";
  EXPECT_EQ(set.body, shown);
  EXPECT_EQ(call("GET", "/_sim/latency").body, shown);
  EXPECT_TRUE(
      call("POST", "/orgs/o/actions/runners/registration-token", "Bearer P").drop_connection)
      << "the caller did not wait";
  EXPECT_EQ(call("DELETE", "/_sim/latency").status, 204);
  EXPECT_EQ(registration_status(), 201);
}

TEST_F(TroubleRoutes, BadLatenciesAreNamed) {
  std::string const path = "/_sim/latency";
  EXPECT_THAT(complaint(path, R"({"milliseconds":1})"), HasSubstr("route: must be"));
  EXPECT_THAT(complaint(path, R"({"route":"*"})"), HasSubstr("milliseconds: must be given"));
  EXPECT_THAT(complaint(path, R"({"route":"*","kind":"normal"})"), HasSubstr("kind: must be"));
  EXPECT_THAT(complaint(path, R"({"route":"*","milliseconds":-1})"), HasSubstr("milliseconds"));
  EXPECT_THAT(complaint(path, R"({"route":"*","kind":"uniform","leastMilliseconds":2,)"
                              R"("mostMilliseconds":1})"),
              HasSubstr("must not be less than the least"));
  EXPECT_THAT(complaint(path, R"({"route":"*","milliseconds":1,"extra":1})"), HasSubstr("extra"));
}

TEST_F(TroubleRoutes, APrimaryRateLimitCountsDownAndRefuses) {
  call("POST", "/_sim/rate-limit", "", R"({"route":"rest","limit":2,"windowSeconds":3600})");
  auto const ask = [&] {
    return call("POST", "/orgs/o/actions/runners/registration-token", "Bearer PAT");
  };
  ServerResponse const first = ask();
  EXPECT_EQ(first.status, 201);
  EXPECT_EQ(header(first, "X-RateLimit-Limit"), "2");
  EXPECT_EQ(header(first, "X-RateLimit-Remaining"), "1");
  EXPECT_EQ(header(first, "X-RateLimit-Used"), "1");
  EXPECT_EQ(header(first, "X-RateLimit-Reset"), "1795453200");
  EXPECT_EQ(header(first, "X-RateLimit-Resource"), "core");
  EXPECT_EQ(header(ask(), "X-RateLimit-Remaining"), "0");
  ServerResponse const refused = ask();
  EXPECT_EQ(refused.status, 403);
  EXPECT_EQ(header(refused, "X-RateLimit-Remaining"), "0");
  EXPECT_EQ(header(refused, "Retry-After"), "");
  EXPECT_THAT(refused.body, HasSubstr("API rate limit exceeded for"));
  EXPECT_THAT(call("GET", "/_sim/rate-limit").body,
              HasSubstr(R"("used":3,"resetAt":"2026-11-23T17:00:00Z")"));
  advance("3600");
  EXPECT_EQ(ask().status, 201) << "a new window";
}

TEST_F(TroubleRoutes, ASecondaryRateLimitSaysWhenToComeBack) {
  call("POST", "/_sim/rate-limit", "",
       R"({"route":"*","limit":0,"windowSeconds":60,"status":429,"secondary":true})");
  ServerResponse const refused =
      call("POST", "/orgs/o/actions/runners/registration-token", "Bearer PAT");
  EXPECT_EQ(refused.status, 429);
  EXPECT_EQ(header(refused, "Retry-After"), "60");
  EXPECT_EQ(header(refused, "X-RateLimit-Limit"), "");
  EXPECT_THAT(refused.body, HasSubstr("You have exceeded a secondary rate limit"));
  EXPECT_EQ(call("GET", "/_sim/state").status, 200) << "control routes have no limit";
  EXPECT_EQ(call("DELETE", "/_sim/rate-limit").status, 204);
  EXPECT_EQ(registration_status(), 201);
}

TEST_F(TroubleRoutes, BadRateLimitsAreNamed) {
  std::string const path = "/_sim/rate-limit";
  EXPECT_THAT(complaint(path, R"({"limit":1,"windowSeconds":1})"), HasSubstr("route: must be"));
  EXPECT_THAT(complaint(path, R"({"route":"*","windowSeconds":1})"),
              HasSubstr("limit: must be given"));
  EXPECT_THAT(complaint(path, R"({"route":"*","limit":1,"windowSeconds":0})"),
              HasSubstr("windowSeconds: must be from"));
  EXPECT_THAT(complaint(path, R"({"route":"*","limit":1,"windowSeconds":1,"status":500})"),
              HasSubstr("status: must be 403 or 429"));
}

class SlowBody : public RunningSimulator {};

TEST_F(SlowBody, ComesInPiecesAndWhole) {
  call("POST", "/_sim/faults", "", R"({"kind":"slow_body","bodyMilliseconds":50,"count":1})");
  auto const begin_time = std::chrono::steady_clock::now();
  HttpResponse const slow =
      call("POST", "/orgs/o/actions/runners/registration-token", "Bearer PAT");
  EXPECT_GE(std::chrono::steady_clock::now() - begin_time, milliseconds(50));
  EXPECT_EQ(slow.status, 201);
  EXPECT_FALSE(text(json(slow), "/token").empty());
}

TEST_F(SlowBody, StopsWithTheSimulator) {
  call("POST", "/_sim/faults", "", R"({"kind":"slow_body","bodyMilliseconds":86400000})");
  Request ask;
  ask.method = "POST";
  ask.url = "/orgs/o/actions/runners/registration-token";
  ask.authorization = "Bearer PAT";
  auto const pending = begin(ask);
  let_it_arrive();
  stop();
  loop.run_until([&] { return pending->answer.has_value(); });
  EXPECT_FALSE(*pending->answer);
}

}  // namespace
}  // namespace scaleset::simulator
