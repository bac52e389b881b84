#include "simulator/front/testing/running_simulator.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;
using ::testing::HasSubstr;

class SavedWorlds : public RunningSimulator {
 protected:
  SavedWorlds() { connect(); }
  HttpResponse put_world(std::string body) {
    return call("PUT", "/_sim/world", "", std::move(body));
  }
};

TEST_F(SavedWorlds, GoBackToWhatTheyWere) {
  std::int64_t const set = create_set("set");
  OpenSession const session = open_session(set);
  queue_job();
  EXPECT_EQ(poll(session, 1).status, 200);
  std::string const saved = call("GET", "/_sim/world").body;
  EXPECT_EQ(acknowledge(session, 100000001).status, 204);
  EXPECT_EQ(admin_call("DELETE", set_path(set)).status, 204);
  EXPECT_EQ(put_world(saved).status, 204);
  EXPECT_EQ(number(json(poll(session, 1)), "/messageId"), 100000001)
      << "the tokens are still good, and the message is back";
}

TEST_F(SavedWorlds, SurviveARestart) {
  create_set("set");
  std::string const saved = call("GET", "/_sim/world").body;
  create_set("later");
  EXPECT_EQ(put_world(saved).status, 204);
  restart();
  EXPECT_EQ(state().at_pointer("/tenants/0/scaleSets").as_array().size(), 1U);
}

TEST_F(SavedWorlds, AHeldPollSeesTheNewOne) {
  std::int64_t const set = create_set("set");
  std::string const empty = call("GET", "/_sim/world").body;
  OpenSession const session = open_session(set);
  auto const held = begin(poll_request(session, 1));
  let_it_arrive();
  EXPECT_EQ(put_world(empty).status, 204);
  EXPECT_EQ(finish(held).status, 401) << "in that world there was no session yet";
}

TEST_F(SavedWorlds, ABodyThatIsNotAWorldIsRefusedAndChangesNothing) {
  create_set("set");
  std::string const before = call("GET", "/_sim/world").body;
  EXPECT_EQ(put_world("{").status, 400);
  HttpResponse const incomplete = put_world("{}");
  EXPECT_EQ(incomplete.status, 400);
  EXPECT_THAT(incomplete.body, HasSubstr("missing"));
  EXPECT_EQ(json(call("GET", "/_sim/world")).at("tenants"),
            boost::json::parse(before).at("tenants"));
}

}  // namespace
}  // namespace scaleset::simulator
