#include "backends/docker/engine.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/testing/loopback.hpp"

namespace scaleset::backends::docker {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

TEST(CommonApi, IsTheNewestThatBothKnow) {
  EXPECT_EQ(common_api("1.41"), "1.41");
  EXPECT_EQ(common_api("1.40"), "1.40");
  EXPECT_EQ(common_api("1.56"), "1.52");
  for (char const* const api : {"1.39", "2.0", "1", "", "1.x", "1."})
    EXPECT_EQ(common_api(api), std::nullopt) << api;
}

/// Answers each request with the next of `answers`, and remembers what was asked.
class EngineTest : public ::testing::Test {
 protected:
  struct Answer {
    int status = 200;
    std::string body;
  };

  template <class T>
  Result<T> run(Task<T> task) {
    return loop.run(std::move(task));
  }
  void negotiate() {
    answers = {{200, R"({"Version":"20.10.24","ApiVersion":"1.41"})"}};
    ASSERT_TRUE(run(engine.version()));
    asked.clear();
    answers.clear();
  }
  void answer(int status, std::string body = "") { answers.push_back({status, std::move(body)}); }
  void expect_error(Error const& error, ErrorCode code, std::string const& text) {
    EXPECT_EQ(error.code, code);
    EXPECT_EQ(error.message, text);
  }

  http::testing::Loopback loop;
  std::vector<Answer> answers;
  std::vector<http::ServerRequest> asked;
  http::testing::LoopbackServer server{
      loop, [this](http::ServerRequest request) { return handle(std::move(request)); }};
  Engine engine{loop.executor(), address(), nullptr};

 private:
  [[nodiscard]] http::ServerAddress address() const {
    http::ServerAddress address;
    address.host = "127.0.0.1";
    address.port = server.port();
    return address;
  }
  boost::asio::awaitable<http::ServerResponse> handle(http::ServerRequest request) {
    asked.push_back(std::move(request));
    http::ServerResponse response;
    if (asked.size() > answers.size()) {
      response.drop_connection = true;
      co_return response;
    }
    response.status = answers[asked.size() - 1].status;
    response.body = answers[asked.size() - 1].body;
    co_return response;
  }
};

TEST_F(EngineTest, SpeaksTheVersionThatBothKnow) {
  answer(200, R"({"Version":"29.0","ApiVersion":"1.56"})");
  auto const version = run(engine.version());
  ASSERT_TRUE(version);
  EXPECT_EQ(version->version, "29.0");
  EXPECT_EQ(asked.front().target, "/version");
  answer(200, "[]");
  ASSERT_TRUE(run(engine.list({})));
  EXPECT_THAT(asked.back().target, StartsWith("/v1.52/containers/json?"));
}

TEST_F(EngineTest, AnEngineThatIsTooOldIsRefused) {
  answer(200, R"({"Version":"18.09","ApiVersion":"1.39"})");
  auto const version = run(engine.version());
  ASSERT_FALSE(version);
  EXPECT_THAT(version.error().message, HasSubstr("speaks API 1.39, and this program needs 1.40"));
}

TEST_F(EngineTest, CreatesAContainerUnderItsName) {
  negotiate();
  answer(201, R"({"Id":"abc"})");
  ContainerSpec spec;
  spec.image = "runner:1";
  auto const created = run(engine.create("linux 1", spec));
  ASSERT_TRUE(created);
  EXPECT_EQ(created->id, "abc");
  EXPECT_EQ(asked[0].method, "POST");
  EXPECT_EQ(asked[0].target, "/v1.41/containers/create?name=linux+1");
  EXPECT_EQ(asked[0].header("Content-Type"), "application/json");
  EXPECT_EQ(asked[0].body, format_container(spec));
}

TEST_F(EngineTest, RefusalsSayWhatAndWhy) {
  answer(404, R"({"message":"No such image: runner:1"})");
  answer(409, R"({"message":"The name is in use"})");
  answer(500, R"({"message":"no space left on device"})");
  expect_error(run(engine.create("r1", {})).error(), ErrorCode::not_found,
               "creating the container r1: No such image: runner:1");
  expect_error(run(engine.create("r1", {})).error(), ErrorCode::conflict,
               "creating the container r1: The name is in use");
  auto const error = run(engine.create("r1", {})).error();
  expect_error(error, ErrorCode::backend, "creating the container r1: no space left on device");
  EXPECT_EQ(error.http_status, 500);
  auto const dead = run(engine.start("r1"));
  ASSERT_FALSE(dead);
  EXPECT_EQ(dead.error().code, ErrorCode::network);
  EXPECT_THAT(dead.error().message, StartsWith("starting the container r1: "));
}

TEST_F(EngineTest, StartsKillsAndRemoves) {
  negotiate();
  for (int const status : {204, 304, 204, 409, 404, 204, 404}) answer(status);
  EXPECT_TRUE(run(engine.start("abc")));
  EXPECT_TRUE(run(engine.start("abc"))) << "it runs already";
  EXPECT_TRUE(run(engine.kill("abc", "SIGINT")));
  EXPECT_TRUE(run(engine.kill("abc", "SIGINT"))) << "it has ended";
  EXPECT_TRUE(run(engine.kill("abc", "SIGINT"))) << "it is gone";
  EXPECT_TRUE(run(engine.remove("abc")));
  EXPECT_TRUE(run(engine.remove("abc"))) << "it is gone";
  EXPECT_EQ(asked[0].target, "/v1.41/containers/abc/start");
  EXPECT_EQ(asked[2].target, "/v1.41/containers/abc/kill?signal=SIGINT");
  EXPECT_EQ(asked[5].method, "DELETE");
  EXPECT_EQ(asked[5].target, "/v1.41/containers/abc?force=1&v=1") << "with its volumes";
}

TEST_F(EngineTest, OtherFailuresOfAnEndAreErrors) {
  for (int i = 0; i < 4; ++i) answer(500, "");
  EXPECT_FALSE(run(engine.start("abc")));
  EXPECT_FALSE(run(engine.kill("abc", "SIGINT")));
  EXPECT_FALSE(run(engine.remove("abc")));
  EXPECT_FALSE(run(engine.remove_network("abc")));
}

TEST_F(EngineTest, LooksAtContainers) {
  answer(200, R"([{"Id":"1","Names":["/r1"],"State":"running"}])");
  answer(200, R"({"Id":"1","Name":"/r1","State":{"Status":"exited","ExitCode":3}})");
  answer(200, R"({"Titles":["CMD"],"Processes":[["init"]]})");
  answer(200, R"({"StatusCode":3})");
  auto const all = run(engine.list({{"owner", "x y"}}));
  ASSERT_TRUE(all);
  EXPECT_THAT(*all, SizeIs(1));
  EXPECT_EQ(asked[0].target,
            "/containers/json?all=1&filters=%7B%22label%22%3A%5B%22owner%3Dx+y%22%5D%7D");
  EXPECT_EQ(run(engine.inspect("r1"))->exit_code, 3);
  EXPECT_THAT(*run(engine.top("r1")), ElementsAre("init"));
  EXPECT_EQ(run(engine.wait("r1"))->code, 3);
  EXPECT_EQ(asked[3].target, "/containers/r1/wait");
}

TEST_F(EngineTest, AnswersThatDoNotFitAreErrorsThatNameTheCall) {
  for (int i = 0; i < 4; ++i) answer(200, "rubbish");
  EXPECT_THAT(run(engine.list({})).error().message, StartsWith("listing the containers: "));
  EXPECT_THAT(run(engine.inspect("r1")).error().message, HasSubstr("looking at the container r1"));
  EXPECT_THAT(run(engine.version()).error().message, HasSubstr("asking the engine"));
  EXPECT_THAT(run(engine.networks({})).error().message, HasSubstr("listing the networks"));
}

TEST_F(EngineTest, AStandardInputThatIsNotHandedOverIsAnError) {
  answer(200, "");
  auto const attached = run(engine.attach_stdin("r1"));
  ASSERT_FALSE(attached);
  EXPECT_THAT(attached.error().message, HasSubstr("does not hand over the connection"));
  EXPECT_EQ(asked[0].target, "/containers/r1/attach?stream=1&stdin=1");
  EXPECT_EQ(asked[0].header("Upgrade"), "tcp");
}

TEST_F(EngineTest, PullsAndReportsProgress) {
  answer(200, "{\"status\":\"Pulling\"}\r\n{\"status\":\"Downloading\",\"id\":\"a\"}\n");
  std::vector<std::string> seen;
  auto const pulled = run(engine.pull(
      ImageName::parse("localhost:5000/a:v1").value(), Secret("credentials"),
      [&seen](PullStep const& step) { seen.push_back(step.layer + " " + step.status); }));
  EXPECT_TRUE(pulled);
  EXPECT_THAT(seen, ElementsAre(" Pulling", "a Downloading"));
  EXPECT_EQ(asked[0].target, "/images/create?fromImage=localhost%3A5000%2Fa&tag=v1");
  EXPECT_EQ(asked[0].header("X-Registry-Auth"), "credentials");
}

TEST_F(EngineTest, APullThatFailsInItsMiddleIsAnError) {
  answer(200, "{\"status\":\"Pulling\"}\n{\"errorDetail\":{\"message\":\"denied\"}}\n");
  answer(200, "rubbish\n");
  answer(404, R"({"message":"manifest unknown"})");
  auto const name = ImageName::parse("a").value();
  expect_error(run(engine.pull(name, {}, nullptr)).error(), ErrorCode::backend,
               "pulling the image docker.io/library/a:latest: denied");
  EXPECT_EQ(run(engine.pull(name, {}, nullptr)).error().code, ErrorCode::malformed_response);
  EXPECT_EQ(run(engine.pull(name, {}, nullptr)).error().code, ErrorCode::not_found);
}

TEST_F(EngineTest, KnowsImages) {
  answer(200, R"({"Id":"sha256:1","Architecture":"amd64"})");
  EXPECT_EQ(run(engine.image(ImageName::parse("ghcr.io/a/b:v1").value()))->arch, "amd64");
  EXPECT_EQ(asked[0].target, "/images/ghcr.io/a/b:v1/json");
}

TEST_F(EngineTest, MakesAndRemovesNetworks) {
  answer(201, R"({"Id":"n1"})");
  answer(200, R"([{"Id":"n1","Name":"set"}])");
  answer(204);
  answer(404);
  NetworkSpec spec;
  spec.name = "set";
  EXPECT_EQ(run(engine.create_network(spec)), "n1");
  EXPECT_EQ(asked[0].body, format_network(spec));
  EXPECT_EQ(run(engine.networks({}))->front().id, "n1");
  EXPECT_TRUE(run(engine.remove_network("n1")));
  EXPECT_TRUE(run(engine.remove_network("n1"))) << "it is gone";
  EXPECT_EQ(asked[2].target, "/networks/n1");
}

}  // namespace
}  // namespace scaleset::backends::docker
