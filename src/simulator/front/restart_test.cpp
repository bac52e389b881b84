#include <sys/stat.h>

#include <fstream>

#include "simulator/front/testing/running_simulator.hpp"

namespace scaleset::simulator {
namespace {

using namespace testing;
using ::testing::HasSubstr;
namespace json_ = boost::json;

class Restart : public RunningSimulator {
 protected:
  Restart() {
    connect();
    set = create_set("set");
    session = open_session(set);
  }
  std::string start_error() {
    Result<std::unique_ptr<Simulator>> started = Simulator::start(loop.executor(), options);
    if (!started) return started.error().message;
    loop.run((*started)->stop());
    return "";
  }
  void write(std::string const& content) { std::ofstream(options.state_file) << content; }
  std::int64_t set = 0;
  OpenSession session;
};

TEST_F(Restart, EverythingIsAsItWasTokensIncluded) {
  std::string const job = queue_job();
  HttpResponse const before = poll(session, 3);
  admin_call("POST", set_path(set, "/generatejitconfig"), R"({"name":"runner-1"})");
  json_::value const old_state = state();
  restart();
  json_::value new_state = state();
  new_state.at("now") = old_state.at("now");
  EXPECT_EQ(new_state, old_state);
  EXPECT_EQ(admin_call("GET", set_path(set)).status, 200) << "the admin token still holds";
  EXPECT_EQ(poll(session, 3).body, before.body) << "and so does the queue token";
  EXPECT_EQ(admin_call("POST", set_path(set, "/sessions"), "{}").status, 409);
  EXPECT_EQ(acknowledge(session, 100000001).status, 204);
  EXPECT_EQ(call("POST", "/_sim/jobs/" + job + "/cancel").status, 202);
}

TEST_F(Restart, WhatWasAnsweredIsOnDiskBeforeTheAnswer) {
  // As after kill -9: a second simulator is given what the first has written so far.
  auto const saved_state = [&] {
    SimulatorOptions copy = options;
    copy.state_file = folder.path() / "copy.json";
    std::filesystem::copy_file(options.state_file, copy.state_file,
                               std::filesystem::copy_options::overwrite_existing);
    auto other = Simulator::start(loop.executor(), copy).value();
    json_::value const seen = json(call("GET", other->url() + "/_sim/state"));
    loop.run(other->stop());
    return seen;
  };
  queue_job();
  EXPECT_EQ(saved_state().at_pointer("/tenants/0/jobs").as_array().size(), 1U);
  poll(session, 7);
  EXPECT_EQ(number(saved_state(), "/tenants/0/scaleSets/0/undeletedMessages"), 1);
  EXPECT_EQ(number(saved_state(), "/tenants/0/scaleSets/0/advertisedCapacity"), 7);
  EXPECT_EQ(number(saved_state(), "/counters/messagesDelivered"), 1);
  acknowledge(session, 100000001);
  EXPECT_EQ(number(saved_state(), "/tenants/0/scaleSets/0/undeletedMessages"), 0);
  auto const held = begin(poll_request(session, 9, 100000001));
  let_it_arrive();
  EXPECT_EQ(number(saved_state(), "/tenants/0/scaleSets/0/advertisedCapacity"), 9);
}

TEST_F(Restart, TheFileIsTheOwnersAlone) {
  struct stat status{};
  ASSERT_EQ(::stat(options.state_file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder.path()), {}), 1)
      << "nothing is left beside it";
}

TEST_F(Restart, ACorruptFileIsNamedAndLeftAlone) {
  std::string const good = base::read_file(options.state_file).value();
  stop();
  std::vector<std::pair<std::string, std::string>> const cases{
      {"", "it is empty"},
      {good.substr(0, good.find('\n') / 2), "not JSON"},
      {"[]", "must be a JSON object"},
      {"{}", "another format"},
      {R"({"format":3,"profile":"acquire"})", "of the profile \"acquire\""},
      {R"({"format":3,"profile":"broker"})", "no usable keys"},
      {good.substr(0, good.find(",\"world\"")) + "}", "world is missing"},
      {good.substr(0, good.find("\"world\"")) + R"("world":{}})", "now is missing"},
      {good + "[\"begin_poll\"]\n", "operation"},
      {good + "[\"unheard_of\",1]\n", "there is no operation unheard_of"},
      {good + "half a line\n", "operation"},
  };
  for (auto const& [content, problem] : cases) {
    write(content);
    std::string const error = start_error();
    EXPECT_THAT(error, HasSubstr(problem));
    EXPECT_THAT(error, HasSubstr(options.state_file.string()));
    EXPECT_THAT(error, ::testing::Not(HasSubstr("PRIVATE KEY")));
    EXPECT_EQ(base::read_file(options.state_file).value(), content) << "not overwritten";
  }
  write(good);
  EXPECT_EQ(start_error(), "");
}

TEST_F(Restart, ChangesAreAppendedAndTheLastOneMayBeTorn) {
  std::string const before = base::read_file(options.state_file).value();
  create_set("another");
  std::string const after = base::read_file(options.state_file).value();
  ASSERT_TRUE(after.starts_with(before)) << "nothing is written twice";
  EXPECT_LT(after.size() - before.size(), 1000U);
  std::size_t const sets = state().at_pointer("/tenants/0/scaleSets").as_array().size();
  stop();
  write(after.substr(0, after.size() - 1));  // without the end of its line
  start();
  EXPECT_EQ(state().at_pointer("/tenants/0/scaleSets").as_array().size(), sets - 1);
  EXPECT_EQ(base::read_file(options.state_file).value().find("create_scale_set"), std::string::npos)
      << "a start begins with one line that has everything";
}

TEST_F(Restart, TheFileIsWrittenAnewBeforeItsOperationsOutgrowIt) {
  for (int i = 0; i < 300; ++i)
    call("POST", "/_sim/jobs", "",
         R"({"labels":["x"],"displayName":")" + std::string(8000, 'a') + R"("})");
  std::string const text = base::read_file(options.state_file).value();
  EXPECT_GT(text.find('\n'), 1U << 20U) << "the first line has most of the jobs";
  restart();
  EXPECT_GE(state().at_pointer("/tenants/0/jobs").as_array().size(), 300U);
}

TEST_F(Restart, AFileThatCannotBeWrittenIsNamed) {
  options.state_file = folder.path() / "missing" / "state.json";
  EXPECT_THAT(start_error(), HasSubstr("cannot write the state file"));
}

TEST_F(Restart, WhatCannotBeSavedIsNotTold) {
  options.state_file = folder.path() / "inner" / "state.json";
  std::filesystem::create_directory(folder.path() / "inner");
  restart();
  std::filesystem::remove_all(folder.path() / "inner");
  EXPECT_EQ(call("POST", "/orgs/other/actions/runners/registration-token", "Bearer PAT").status,
            500);
  std::filesystem::create_directory(folder.path() / "inner");
  EXPECT_EQ(call("POST", "/orgs/other/actions/runners/registration-token", "Bearer PAT").status,
            201);
}

TEST_F(Restart, WithoutAFileNothingIsKept) {
  options.state_file.clear();
  options.seed = 7;
  restart();
  EXPECT_TRUE(state().at("tenants").as_array().empty());
  EXPECT_EQ(admin_call("GET", set_path(set)).status, 401) << "another key";
  std::string const first =
      text(json(call("POST", "/_sim/jobs", "", R"({"labels":["a"],"tenant":"o"})")), "/jobIds/0");
  restart();
  EXPECT_EQ(
      text(json(call("POST", "/_sim/jobs", "", R"({"labels":["a"],"tenant":"o"})")), "/jobIds/0"),
      first)
      << "the same seed gives the same ids";
}

TEST_F(Restart, APortInUseIsNamed) {
  options.port = static_cast<std::uint16_t>(std::stoi(base::parse_url(simulator->url())->port));
  EXPECT_THAT(start_error(), HasSubstr("cannot listen on 127.0.0.1:"));
}

TEST_F(Restart, StoppingEndsHeldPolls) {
  auto const held = begin(poll_request(session, 1));
  let_it_arrive();
  loop.run(simulator->stop());
  loop.run_until([&] { return held->answer.has_value(); });
  EXPECT_FALSE(*held->answer);
  simulator.reset();
}

}  // namespace
}  // namespace scaleset::simulator
