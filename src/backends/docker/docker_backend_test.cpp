#include "backends/docker/docker_backend.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backends/docker/labels.hpp"
#include "backends/docker/specification.hpp"
#include "backends/docker/testing/fake_engine.hpp"
#include "http/testing/loopback.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::backends::docker {
namespace {

using namespace std::chrono_literals;
using Fault = FakeEngine::Fault;
using Kind = InstanceEvent::Kind;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

constexpr char const* kListening = "2026-11-23 16:00:00Z: Listening for Jobs\n";
constexpr char const* kRunning = "2026-11-23 16:00:01Z: Running job: build\n";

class DockerBackendTest : public ::testing::Test {
 protected:
  DockerBackendTest() {
    engine.images.insert("docker.io/library/runner:1");
    make();
  }
  ~DockerBackendTest() override { let_go(); }

  void make() {
    DockerOptions options;
    options.owner = owner;
    options.engine = engine.address();
    options.pull = pull;
    auto made = make_docker_backend(
        loop.executor(), options,
        [this](InstanceEvent event) { events.push_back(std::move(event)); }, nullptr);
    ASSERT_TRUE(made);
    backend = std::move(*made);
  }
  void let_go() {
    loop.run(backend->detach());
    backend.reset();
  }
  static std::shared_ptr<Template const> what() {
    auto made = std::make_shared<Template>();
    made->source = "runner:1";
    return made;
  }
  Result<std::string> start(std::string const& name) {
    InstanceSpec spec;
    spec.runner_name = name;
    spec.runner = RunnerId{17};
    spec.scale_set = ScaleSetId{5};
    spec.jit_config = Secret("the-jit-config");
    spec.what = what();
    return loop.run(backend->start(std::move(spec)));
  }
  void expect_no_start(std::string const& name, std::string const& why) {
    auto const started = start(name);
    ASSERT_FALSE(started);
    EXPECT_EQ(started.error().code, ErrorCode::backend);
    EXPECT_THAT(started.error().message, HasSubstr(why));
  }
  Result<std::vector<Instance>> list() { return loop.run(backend->list()); }
  Instance only() {
    auto const all = list();
    EXPECT_TRUE(all && all->size() == 1);
    return all && all->size() == 1 ? all->front() : Instance();
  }
  void wait_for(std::size_t count) {
    loop.run_until([&] { return events.size() >= count; });
  }
  InstanceEvent wait_for_exit() {
    loop.run_until([&] { return !events.empty() && events.back().kind == Kind::exited; });
    return events.back();
  }
  /// Waits for virtual time again and again, until it is so.
  template <class Condition>
  void pass_until(Condition condition) {
    for (int i = 0; i < 2000 && !condition(); ++i) {
      time.advance(100ms);
      loop.context().restart();
      loop.context().run_one_for(10ms);
    }
    EXPECT_TRUE(condition());
  }

  base::OwnerKey owner = base::OwnerKey::make("https://github.com/org", "default", "linux").value();
  PullPolicy pull = PullPolicy::if_not_present;
  http::testing::Loopback loop;
  async::VirtualTime time{loop.context()};
  FakeEngine engine{loop.context()};
  std::vector<InstanceEvent> events;
  std::unique_ptr<Backend> backend;
};

TEST_F(DockerBackendTest, ARunnerReadsItsJitConfigurationOnce) {
  auto const started = start("linux-1");
  ASSERT_TRUE(started) << started.error().message;
  EXPECT_EQ(*started, engine.at("linux-1").id.substr(0, 12));
  loop.run_until([&] { return engine.at("linux-1").input.ends_with('\n'); });
  EXPECT_EQ(engine.at("linux-1").input, "the-jit-config\n");
  EXPECT_EQ(engine.at("linux-1").phase, "running");
  EXPECT_THAT(engine.at("linux-1").labels, Not(HasSubstr("the-jit-config")));
}

TEST_F(DockerBackendTest, TellsWhatTheRunnerPrints) {
  ASSERT_TRUE(start("linux-1"));
  engine.print("linux-1", "Current runner version: '2.336.0'\n");
  engine.print("linux-1", kListening);
  wait_for(1);
  engine.print("linux-1", kRunning);
  wait_for(2);
  EXPECT_EQ(events[0].kind, Kind::registered);
  EXPECT_EQ(events[0].version, "2.336.0");
  EXPECT_EQ(events[1].kind, Kind::busy);
  EXPECT_THAT(*loop.run(backend->tail("linux-1", 4096)), HasSubstr("Running job"));
}

TEST_F(DockerBackendTest, TheEndIsToldWhenTheContainerIsRemoved) {
  ASSERT_TRUE(start("linux-1"));
  engine.print("linux-1", kListening);
  engine.end("linux-1", 0);
  InstanceEvent const event = wait_for_exit();
  EXPECT_EQ(event.cause, ExitCause::exited);
  EXPECT_EQ(event.exit_code, 0);
  EXPECT_EQ(events.front().kind, Kind::registered) << "what it said last is told before";
  EXPECT_THAT(engine.containers, IsEmpty());
  EXPECT_THAT(*list(), IsEmpty());
}

TEST_F(DockerBackendTest, StopsAndKills) {
  ASSERT_TRUE(start("linux-1"));
  EXPECT_TRUE(loop.run(backend->stop("linux-1", StopMode::graceful)));
  EXPECT_TRUE(loop.run(backend->stop("linux-1", StopMode::graceful)));
  EXPECT_THAT(engine.at("linux-1").signals, ElementsAre("SIGINT"));
  EXPECT_TRUE(loop.run(backend->stop("linux-1", StopMode::force)));
  EXPECT_EQ(wait_for_exit().cause, ExitCause::exited);
  EXPECT_TRUE(loop.run(backend->stop("linux-1", StopMode::force))) << "it is gone";
}

TEST_F(DockerBackendTest, ListsWithOwnerAndActivity) {
  ASSERT_TRUE(start("linux-1"));
  loop.run_until([&] { return engine.at("linux-1").input.ends_with('\n'); });
  Instance const idle = only();
  EXPECT_EQ(idle.owner, owner);
  EXPECT_EQ(idle.runner, RunnerId{17});
  EXPECT_TRUE(idle.alive);
  EXPECT_EQ(idle.activity, Activity::idle);
  engine.at("linux-1").programs.emplace_back("/r/bin/Runner.Worker spawnclient 1 2");
  EXPECT_EQ(only().activity, Activity::busy);
  engine.faults["top"] = Fault::refuse;
  EXPECT_EQ(only().activity, Activity::unknown);
}

TEST_F(DockerBackendTest, WhateverFailsBeforeTheDeliveryLeavesNothing) {
  for (char const* const kind : {"create", "attach", "start"})
    for (Fault const fault : {Fault::refuse, Fault::lose}) {
      engine.faults[kind] = fault;
      expect_no_start("linux-1", "cannot start runner linux-1: ");
      EXPECT_THAT(engine.containers, IsEmpty()) << kind;
      pass_until([&] { return !backend->free_slots(); });
    }
  EXPECT_TRUE(start("linux-1"));
  EXPECT_THAT(events, IsEmpty());
}

TEST_F(DockerBackendTest, ARefusalSaysWhatToDo) {
  engine.faults["create"] = Fault::refuse;
  engine.refusal = "Minimum memory limit allowed is 6MB";
  expect_no_start("linux-1", "Minimum memory limit allowed is 6MB; change the limits");
  EXPECT_FALSE(backend->free_slots()) << "the engine answers";
}

TEST_F(DockerBackendTest, AForeignContainerWithTheNameIsLeftAlone) {
  FakeContainer foreign;
  foreign.id = "f";
  foreign.name = "linux-1";
  engine.containers.emplace("linux-1", foreign);
  expect_no_start("linux-1", "remove that container");
  engine.faults["create"] = Fault::lose;
  expect_no_start("linux-1", "cannot start runner linux-1");
  EXPECT_EQ(engine.calls("remove"), 0);
  EXPECT_THAT(engine.containers, SizeIs(1));
}

TEST_F(DockerBackendTest, NamesThatNoEngineTakesAreRefused) {
  expect_no_start("-x", "no name that an engine takes");
  EXPECT_EQ(engine.calls("create"), 0);
}

TEST_F(DockerBackendTest, TheNextBackendAdoptsWhatRuns) {
  ASSERT_TRUE(start("linux-1"));
  loop.run_until([&] { return engine.at("linux-1").input.ends_with('\n'); });
  engine.print("linux-1", kListening);
  wait_for(1);
  let_go();
  EXPECT_EQ(engine.at("linux-1").phase, "running");
  events.clear();
  make();
  EXPECT_TRUE(only().alive);
  wait_for(1);
  EXPECT_EQ(events[0].kind, Kind::registered) << "its output is read again";
  engine.end("linux-1", 0);
  EXPECT_EQ(wait_for_exit().exit_code, 0);
}

TEST_F(DockerBackendTest, WhatWasNeverGivenItsJitConfigurationIsRemoved) {
  ASSERT_TRUE(start("linux-1"));
  loop.run_until([&] { return engine.at("linux-1").input.ends_with('\n'); });
  let_go();
  engine.at("linux-1").programs = {"timeout 60 head -n 1"};
  make();
  EXPECT_TRUE(only().alive);
  EXPECT_EQ(engine.at("linux-1").phase, "running") << "it may be about to become the runner";
  time.advance(11s);
  ASSERT_TRUE(list());
  EXPECT_EQ(wait_for_exit().runner_name, "linux-1");
  EXPECT_THAT(engine.containers, IsEmpty());
}

TEST_F(DockerBackendTest, AContainerThatWasNeverStartedIsRemoved) {
  ASSERT_TRUE(start("linux-1"));
  let_go();
  engine.at("linux-1").phase = "created";
  make();
  EXPECT_FALSE(only().alive);
  EXPECT_EQ(wait_for_exit().cause, ExitCause::lost);
  EXPECT_THAT(engine.containers, IsEmpty());
}

TEST_F(DockerBackendTest, PreparesImageAndNetworkOnce) {
  engine.images.clear();
  EXPECT_TRUE(loop.run(backend->prepare(what())));
  EXPECT_TRUE(loop.run(backend->prepare(what())));
  EXPECT_EQ(engine.calls("pull"), 1);
  EXPECT_EQ(engine.calls("network"), 1);
  EXPECT_THAT(engine.networks, ElementsAre(network_name(owner)));
}

TEST_F(DockerBackendTest, APullThatFailsSaysWhy) {
  engine.images.clear();
  engine.faults["pull"] = Fault::refuse;
  engine.refusal = "pull access denied for runner";
  auto const prepared = loop.run(backend->prepare(what()));
  ASSERT_FALSE(prepared);
  EXPECT_THAT(prepared.error().message, HasSubstr("check the image's name"));
}

TEST_F(DockerBackendTest, ThePolicySaysWhenToPull) {
  let_go();
  pull = PullPolicy::always;
  make();
  engine.faults["pull"] = Fault::refuse;
  EXPECT_TRUE(loop.run(backend->prepare(what()))) << "the engine has one";
  EXPECT_EQ(engine.calls("pull"), 1);
  let_go();
  pull = PullPolicy::never;
  make();
  engine.images.clear();
  auto const prepared = loop.run(backend->prepare(what()));
  ASSERT_FALSE(prepared);
  EXPECT_THAT(prepared.error().message, HasSubstr("No such image"));
  EXPECT_EQ(engine.calls("pull"), 1);
}

TEST_F(DockerBackendTest, AnEngineThatEndsTakesItsContainersWithIt) {
  ASSERT_TRUE(start("linux-1"));
  loop.run_until([&] { return engine.calls("wait") == 1 && engine.calls("logs") == 1; });
  engine.stop();
  loop.run_until([&] { return backend->free_slots() == 0; });
  EXPECT_THAT(loop.run(backend->probe()).error().message, HasSubstr("start the engine"));
  engine.begin();
  pass_until([&] { return !events.empty(); });
  InstanceEvent const event = wait_for_exit();
  EXPECT_EQ(event.cause, ExitCause::engine);
  EXPECT_FALSE(backend->free_slots());
}

TEST_F(DockerBackendTest, WhatOutlivesItsEngineIsWatchedAgain) {
  ASSERT_TRUE(start("linux-1"));
  engine.print("linux-1", kListening);
  wait_for(1);
  loop.run_until([&] { return engine.calls("wait") == 1; });
  engine.stop_alone();
  loop.run_until([&] { return backend->free_slots() == 0; });
  engine.begin();
  pass_until([&] { return engine.calls("logs") == 2 && engine.calls("wait") == 2; });
  engine.print("linux-1", kRunning);
  pass_until([&] { return events.size() >= 2; });
  EXPECT_EQ(events[1].kind, Kind::busy) << "what was told is not told again";
  engine.end("linux-1", 0);
  pass_until([&] { return events.size() >= 3; });
  EXPECT_EQ(events.back().cause, ExitCause::exited);
}

TEST_F(DockerBackendTest, DetachDoesNotWaitForCallsThatHang) {
  engine.faults["wait"] = Fault::hang;
  engine.faults["logs"] = Fault::hang;
  ASSERT_TRUE(start("linux-1"));
  loop.run_until([&] { return engine.calls("wait") == 1 && engine.calls("logs") == 1; });
  let_go();
  EXPECT_EQ(engine.at("linux-1").phase, "running");
  make();
  ASSERT_TRUE(start("linux-2"));
  let_go();  // before the calls for its end and its output have begun
  EXPECT_EQ(engine.calls("wait"), 1);
  EXPECT_THAT(events, IsEmpty());
  make();
}

TEST_F(DockerBackendTest, ProbeSaysWhatTheEngineIs) {
  EXPECT_EQ(loop.run(backend->probe()), "Docker 20.10.24 (API 1.41)");
  EXPECT_EQ(backend->reference_name(), "container_id");
}

TEST(MakeDockerBackend, RefusesSettingsThatNoEngineTakes) {
  boost::asio::io_context context;
  DockerOptions options;
  options.container.memory = 1;
  auto const made =
      make_docker_backend(context.get_executor(), options, [](InstanceEvent const&) {}, nullptr);
  ASSERT_FALSE(made);
  EXPECT_EQ(made.error().code, ErrorCode::invalid_options);
}

}  // namespace
}  // namespace scaleset::backends::docker
