#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "scaleset/client.hpp"
#include "simulator/front/testing/simulator_thread.hpp"

/// The calls of the blocking client that a listener does not need but other programs may.
namespace scaleset::inline v0 {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class BlockingOperations : public ::testing::Test {
 protected:
  BlockingOperations() : client(make_client(service)) {}
  static Client make_client(SimulatorThread const& service) {
    ClientOptions options;
    options.config_url = service.config_url();
    options.credentials = PersonalAccessToken{constant_secret(Secret("ghp_x"))};
    options.transport.proxy = "";
    auto client = Client::create(options);
    if (!client) throw std::runtime_error(client.error().to_string());
    return *std::move(client);
  }
  ScaleSet create_set(std::string name) {
    ScaleSet wanted;
    wanted.name = std::move(name);
    auto created = client.create_scale_set(wanted);
    if (!created) throw std::runtime_error(created.error().to_string());
    return *std::move(created);
  }

  SimulatorThread service;
  Client client;
};

TEST_F(BlockingOperations, ScaleSetsAreListed) {
  EXPECT_TRUE(client.list_scale_sets()->empty());
  create_set("one");
  create_set("two");
  auto const all = client.list_scale_sets();
  ASSERT_TRUE(all) << all.error().to_string();
  EXPECT_EQ(all->size(), 2U);
  EXPECT_EQ(client.list_scale_sets(kDefaultRunnerGroup)->size(), 2U);
}

TEST_F(BlockingOperations, AnUpdateChangesWhatItNames) {
  ScaleSet wanted;
  wanted.name = "set";
  wanted.disable_update = true;
  wanted.labels = {Label("one"), Label("two")};
  auto const created = client.create_scale_set(wanted);
  ASSERT_TRUE(created) << created.error().to_string();
  ScaleSetUpdate rename;
  rename.name = "renamed";
  auto const renamed = client.update_scale_set(created->id, rename);
  ASSERT_TRUE(renamed) << renamed.error().to_string();
  EXPECT_EQ(renamed->name, "renamed");
  EXPECT_TRUE(renamed->disable_update);
  EXPECT_EQ(renamed->labels.size(), 2U);
  ScaleSetUpdate unknown;
  unknown.name = "x";
  EXPECT_EQ(client.update_scale_set(ScaleSetId{4711}, unknown).error().code,
            ErrorCode::scale_set_not_found);
}

TEST_F(BlockingOperations, GroupsAndRunnersAreListed) {
  auto const groups = client.list_runner_groups();
  ASSERT_TRUE(groups) << groups.error().to_string();
  ASSERT_FALSE(groups->empty());
  EXPECT_EQ(groups->front().id, kDefaultRunnerGroup);
  EXPECT_TRUE(groups->front().is_default);
  EXPECT_TRUE(client.list_runners()->empty());
  auto const set = create_set("set");
  ASSERT_TRUE(client.generate_jit_config(set.id, "runner-1"));
  auto const runners = client.list_runners();
  ASSERT_TRUE(runners && runners->size() == 1)
      << "the runner is registered, although it was never started";
  EXPECT_EQ(runners->front().name, "runner-1");
  EXPECT_EQ(runners->front().scale_set, set.id);
  EXPECT_EQ(runners->front().status, "offline");
  EXPECT_EQ(runners->front().busy, false);
}

TEST_F(BlockingOperations, NothingIsAcquirableWhereJobsAreAssigned) {
  auto const jobs = client.acquirable_jobs(create_set("set").id);
  ASSERT_TRUE(jobs) << jobs.error().to_string();
  EXPECT_TRUE(jobs->empty());
}

TEST_F(BlockingOperations, ASessionIsRefreshedAndClosedByItsId) {
  auto const set = create_set("set");
  auto session = client.open_session(set.id, "host");
  ASSERT_TRUE(session) << session.error().to_string();
  auto const id = session->id();
  EXPECT_TRUE(session->refresh());
  EXPECT_EQ(session->id(), id);
  EXPECT_EQ(session->times_recreated(), 0);
  EXPECT_TRUE(client.close_session(set.id, id));
  EXPECT_TRUE(client.close_session(set.id, id)) << "closing a session that is gone is not an error";
  EXPECT_TRUE(client.open_session(set.id, "another")) << "no other session is open";
}

TEST_F(BlockingOperations, AccessInfoAndDebugInfoShowWhatIsUsed) {
  EXPECT_THAT(client.debug_info(), HasSubstr(R"("requests":0)"));
  auto const access = client.access_info();
  ASSERT_TRUE(access) << access.error().to_string();
  EXPECT_THAT(access->service_url, HasSubstr("http://127.0.0.1:"));
  EXPECT_TRUE(access->expires_at.has_value());
  EXPECT_THAT(client.debug_info(), Not(HasSubstr("ghp_x")));
  EXPECT_THAT(client.debug_info(), HasSubstr(R"("requests":2)"));
}

}  // namespace
}  // namespace scaleset::inline v0
