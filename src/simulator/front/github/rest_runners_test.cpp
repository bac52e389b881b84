#include "simulator/front/testing/running_simulator.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;
using ::testing::HasSubstr;

/// Runners by the REST API (protocol.md E19).
class RestRunners : public RunningSimulator {
 protected:
  RestRunners() : RunningSimulator(with_group()) {}
  static SimulatorOptions with_group() {
    SimulatorOptions chosen = quick_options();
    chosen.model.extra_groups = {"Big"};
    return chosen;
  }
  HttpResponse ask(std::string method, std::string const& rest = "", std::string body = "") {
    return call(std::move(method), "/api/v3/orgs/my-org/actions/runners" + rest, "Bearer PAT",
                std::move(body));
  }
  HttpResponse generate(std::string const& name, std::int64_t group = 1) {
    return ask("POST", "/generate-jitconfig",
               R"({"name":")" + name + R"(","runner_group_id":)" + std::to_string(group) +
                   R"(,"labels":["linux","x64"]})");
  }
  /// A runner of a scale set, registered with E13.
  std::int64_t scale_set_runner() {
    connect();
    return number(json(admin_call("POST", set_path(create_set("set"), "/generatejitconfig"),
                                  R"({"name":"of-set","workFolder":""})")),
                  "/runner/id");
  }
};

TEST_F(RestRunners, AreRegisteredListedAndRemoved) {
  HttpResponse const made = generate("plain", 3);
  ASSERT_EQ(made.status, 201) << made.body;
  boost::json::value const body = json(made);
  EXPECT_EQ(text(body, "/runner/name"), "plain");
  EXPECT_EQ(number(body, "/runner/runner_group_id"), 3);
  EXPECT_EQ(text(body, "/runner/status"), "offline");
  EXPECT_FALSE(body.at_pointer("/runner/busy").as_bool());
  EXPECT_EQ(text(body, "/runner/labels/1/name"), "x64");
  EXPECT_FALSE(text(body, "/encoded_jit_config").empty());
  std::string const id = std::to_string(number(body, "/runner/id"));
  EXPECT_EQ(json(ask("GET", "/" + id)), body.at("runner"));
  EXPECT_EQ(number(json(ask("GET")), "/total_count"), 1);
  EXPECT_EQ(ask("DELETE", "/" + id).status, 204);
  EXPECT_EQ(ask("DELETE", "/" + id).status, 404);
  EXPECT_EQ(ask("GET", "/" + id).status, 404);
  EXPECT_EQ(number(json(ask("GET")), "/total_count"), 0);
}

TEST_F(RestRunners, ExistInEveryScopeAndWithoutThePrefix) {
  std::string const body = R"({"name":"n","runner_group_id":1,"labels":["a"]})";
  for (std::string const place :
       {"/repos/o/r", "/enterprises/e", "/api/v3/repos/o/two", "/api/v3/enterprises/f"}) {
    std::string const runners = place + "/actions/runners";
    EXPECT_EQ(call("POST", runners + "/generate-jitconfig", "token PAT", body).status, 201);
    EXPECT_EQ(number(json(call("GET", runners, "token PAT")), "/runners/0/id"), 1) << place;
    EXPECT_EQ(call("DELETE", runners + "/1", "token PAT").status, 204) << place;
  }
}

TEST_F(RestRunners, WhatIsMissingIsNamed) {
  HttpResponse const without_group = ask("POST", "/generate-jitconfig", R"({"name":"n"})");
  EXPECT_EQ(without_group.status, 422);
  EXPECT_THAT(text(json(without_group), "/message"),
              HasSubstr("object is missing required key: runner_group_id"));
  HttpResponse const no_labels =
      ask("POST", "/generate-jitconfig", R"({"name":"n","runner_group_id":1,"labels":[]})");
  EXPECT_EQ(no_labels.status, 422);
  EXPECT_THAT(no_labels.body, HasSubstr("1 to 100"));
  EXPECT_EQ(ask("POST", "/generate-jitconfig", "nonsense").status, 400);
}

TEST_F(RestRunners, GroupsMustBeTheOwners) {
  EXPECT_EQ(generate("a", 2).status, 403);
  EXPECT_EQ(generate("a", 99999).status, 404);
  EXPECT_EQ(call("POST", "/repos/o/r/actions/runners/generate-jitconfig", "Bearer PAT",
                 R"({"name":"n","runner_group_id":3,"labels":["a"]})")
                .status,
            404)
      << "a repository has only the default group";
}

TEST_F(RestRunners, ATakenNameIsAConflict) {
  EXPECT_EQ(generate("same").status, 201);
  HttpResponse const second = generate("SAME");
  EXPECT_EQ(second.status, 409);
  EXPECT_THAT(text(json(second), "/message"), HasSubstr("Already exists"));
}

TEST_F(RestRunners, ThoseOfScaleSetsAreSeenToo) {
  std::int64_t const id = scale_set_runner();
  generate("plain");
  EXPECT_EQ(number(json(ask("GET")), "/total_count"), 2);
  boost::json::value const found = json(ask("GET", "?name=OF-SET"));
  EXPECT_EQ(number(found, "/total_count"), 1);
  EXPECT_EQ(number(found, "/runners/0/id"), id);
  EXPECT_EQ(text(found, "/runners/0/labels/0/name"), "set");
}

TEST_F(RestRunners, ListsComeInPages) {
  for (int i = 0; i < 5; ++i) generate("r" + std::to_string(i));
  auto const link = [this](std::string const& query) {
    for (auto const& [name, value] : ask("GET", query).headers)
      if (name == "Link") return value;
    return std::string();
  };
  EXPECT_THAT(link("?per_page=2&page=2"),
              ::testing::EndsWith("/orgs/my-org/actions/runners?per_page=2&page=3>; rel=\"next\""));
  EXPECT_EQ(link("?per_page=2&page=3"), "");
  EXPECT_EQ(link("?per_page=5"), "") << "the page is full, but the last one";
  boost::json::value const page = json(ask("GET", "?per_page=2&page=3"));
  EXPECT_EQ(number(page, "/total_count"), 5);
  ASSERT_EQ(page.at("runners").as_array().size(), 1U);
  EXPECT_EQ(text(page, "/runners/0/name"), "r4");
  EXPECT_EQ(json(ask("GET", "?page=18446744073709551615")).at("runners").as_array().size(), 0U);
  EXPECT_EQ(json(ask("GET", "?per_page=x&page=-1")).at("runners").as_array().size(), 5U);
}

TEST_F(RestRunners, NeedACredentialAndAKnownOwner) {
  EXPECT_EQ(call("GET", "/orgs/my-org/actions/runners").status, 401);
  EXPECT_EQ(call("GET", "/orgs/nobody/actions/runners", "Bearer PAT").status, 404);
}

}  // namespace
}  // namespace scaleset::simulator
