#include "simulator/front/routes.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <set>
#include <string>

#include "simulator/front/routing.hpp"

namespace scaleset::simulator {
namespace {

using ::testing::ElementsAre;

TEST(Routes, AnOperationIsInOneArea) {
  std::map<std::string_view, Area> areas;
  for (Route const& route : routes())
    EXPECT_EQ(areas.emplace(route.name, route.area).first->second, route.area) << route.name;
}

TEST(Routes, NoTwoHaveTheSameMethodAndPath) {
  std::set<std::string> seen;
  for (Route const& route : routes()) {
    std::string const both = std::string(route.method) + " " + std::string(route.path);
    EXPECT_TRUE(seen.insert(both).second) << both;
  }
}

TEST(Routes, OnlyThePollsAnswerLater) {
  std::set<std::string_view> later;
  for (Route const& route : routes()) {
    EXPECT_NE(route.handler.at_once() == nullptr, route.handler.later() == nullptr) << route.name;
    if (route.handler.later() != nullptr) later.insert(route.name);
  }
  EXPECT_THAT(later, ElementsAre("get_message", "runner_get_message"));
}

TEST(Routes, FaultsAreSetOnGitHubsOperationsOnly) {
  OperationNames const names = operation_names();
  for (Route const& route : routes())
    EXPECT_EQ(names.contains(route.name), route.area != Area::control) << route.name;
  EXPECT_FALSE(names.contains("nothing"));
}

std::string found_name(std::string_view method, std::string_view path) {
  std::optional<FoundRoute> const found = find_route(method, path);
  return found ? std::string(found->route->name) : "";
}

TEST(Routing, NamesTheTenantAsInAConfigUrl) {
  std::string const rest = "/actions/runners/7";
  EXPECT_THAT(find_route("GET", "/orgs/o" + rest)->segments, ElementsAre("o", "7"));
  EXPECT_THAT(find_route("GET", "/repos/o/r" + rest)->segments, ElementsAre("o/r", "7"));
  EXPECT_THAT(find_route("GET", "/enterprises/e" + rest)->segments,
              ElementsAre("enterprises/e", "7"));
  EXPECT_EQ(found_name("GET", "/users/u" + rest), "");
  EXPECT_EQ(found_name("GET", "/repos/o" + rest), "");
}

TEST(Routing, KnowsWhereTheServiceIs) {
  std::string const sets = "/_apis/runtime/runnerscalesets/5";
  EXPECT_EQ(find_route("GET", "/rest" + sets)->service_id, "");
  EXPECT_EQ(find_route("GET", "/_services/pipelines/abc" + sets)->service_id, "abc");
  EXPECT_THAT(find_route("GET", "/_services/pipelines/abc" + sets)->segments, ElementsAre("5"));
  EXPECT_EQ(found_name("GET", sets), "");
  EXPECT_EQ(found_name("GET", "/_services/pipelines/abc/_apis/runtime/messagequeue"),
            "get_message");
  EXPECT_EQ(found_name("GET", "/rest/_apis/runtime/messagequeue"), "");
}

TEST(Routing, TakesThePrefixOfGhesAndOneSlashAtTheEnd) {
  EXPECT_EQ(found_name("GET", "/api/v3/orgs/o/actions/runners"), "rest_list_runners");
  EXPECT_EQ(found_name("GET", "/orgs/o/actions/runners/"), "rest_list_runners");
}

TEST(Routing, DecodesSegmentsThatAreOne) {
  EXPECT_THAT(find_route("GET", "/_sim/jobs/a%20b")->segments, ElementsAre("a b"));
  for (std::string const path : {"/_sim/jobs/a%2Fb", "/_sim/jobs/%zz", "/_sim/jobs//"})
    EXPECT_EQ(found_name("GET", path), "") << path;
}

TEST(Routing, NamesTheMethodsOfAPath) {
  EXPECT_EQ(allowed_methods("/_sim/faults"), "GET, POST, DELETE");
  EXPECT_EQ(allowed_methods("/_sim/world"), "GET, PUT");
  EXPECT_EQ(allowed_methods("/_sim/nothing"), "");
}

TEST(Covers, NamesAreaAndEverything) {
  Operation const poll{Area::actions, "get_message"};
  Operation const token{Area::rest, "registration_token"};
  EXPECT_TRUE(covers("get_message", poll));
  EXPECT_FALSE(covers("get_message", token));
  EXPECT_TRUE(covers("rest", token));
  EXPECT_FALSE(covers("rest", poll));
  EXPECT_TRUE(covers("*", poll));
  EXPECT_TRUE(covers("*", token));
}

}  // namespace
}  // namespace scaleset::simulator
