#include "backends/docker/codec.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

namespace scaleset::backends::docker {
namespace {

namespace json = boost::json;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;
using ::testing::SizeIs;

/// The member that a JSON pointer leads to, as text; empty if there is none.
std::string at(std::string const& text, char const* pointer) {
  boost::system::error_code error;
  json::value const whole = json::parse(text);
  auto const* const found = whole.find_pointer(pointer, error);
  return found == nullptr ? std::string() : json::serialize(*found);
}

TEST(FormatContainer, SaysOnlyWhatIsGiven) {
  ContainerSpec spec;
  spec.image = "runner:1";
  std::string const text = format_container(spec);
  EXPECT_EQ(text, R"({"Image":"runner:1","Env":[],"Labels":{},"HostConfig":{"Init":true,)"
                  R"("CgroupnsMode":"private","LogConfig":{"Type":"json-file","Config":)"
                  R"({"max-size":"10485760","max-file":"1"}}}})");
}

TEST(FormatContainer, SaysEverything) {
  ContainerSpec spec;
  spec.image = "runner:1";
  spec.entrypoint = {"sh", "-c"};
  spec.command = {"read -r line"};
  spec.environment = {{"A", "1=2"}};
  spec.labels = {{"owner", "x"}};
  spec.user = "1001";
  spec.hostname = "r1";
  spec.stdin_once = true;
  spec.cpus = 1.5;
  spec.memory = 512;
  spec.pids = 100;
  spec.shm = 64;
  spec.init = false;
  spec.no_new_privileges = true;
  spec.read_only_root = true;
  spec.drop_capabilities = {"ALL"};
  spec.add_capabilities = {"CHOWN"};
  spec.tmpfs = {{"/tmp", "size=1g"}};
  spec.network = "net";
  spec.extra_hosts = {"github.com:10.0.0.1"};
  spec.mounts.resize(2);
  spec.mounts[0].source = "/srv/cache";
  spec.mounts[0].target = "/cache";
  spec.mounts[0].read_only = true;
  spec.mounts[1].source = "volume";
  spec.log_bytes = 5;
  std::string const text = format_container(spec);
  EXPECT_EQ(at(text, "/Entrypoint"), R"(["sh","-c"])");
  EXPECT_EQ(at(text, "/Cmd"), R"(["read -r line"])");
  EXPECT_EQ(at(text, "/Env"), R"(["A=1=2"])");
  EXPECT_EQ(at(text, "/Labels"), R"({"owner":"x"})");
  EXPECT_EQ(at(text, "/User"), R"("1001")");
  EXPECT_EQ(at(text, "/Hostname"), R"("r1")");
  for (char const* const flag : {"/OpenStdin", "/StdinOnce", "/AttachStdin"})
    EXPECT_EQ(at(text, flag), "true") << flag;
  EXPECT_EQ(at(text, "/Tty"), "") << "the streams would be mixed";
  EXPECT_EQ(at(text, "/HostConfig/NanoCpus"), "1500000000");
  EXPECT_EQ(at(text, "/HostConfig/Memory"), "512");
  EXPECT_EQ(at(text, "/HostConfig/MemorySwap"), "512") << "no swap beyond the memory";
  EXPECT_EQ(at(text, "/HostConfig/PidsLimit"), "100");
  EXPECT_EQ(at(text, "/HostConfig/ShmSize"), "64");
  EXPECT_EQ(at(text, "/HostConfig/Init"), "false");
  EXPECT_EQ(at(text, "/HostConfig/SecurityOpt"), R"(["no-new-privileges"])");
  EXPECT_EQ(at(text, "/HostConfig/ReadonlyRootfs"), "true");
  EXPECT_EQ(at(text, "/HostConfig/CapDrop"), R"(["ALL"])");
  EXPECT_EQ(at(text, "/HostConfig/CapAdd"), R"(["CHOWN"])");
  EXPECT_EQ(at(text, "/HostConfig/Tmpfs"), R"({"/tmp":"size=1g"})");
  EXPECT_EQ(at(text, "/HostConfig/NetworkMode"), R"("net")");
  EXPECT_EQ(at(text, "/HostConfig/ExtraHosts"), R"(["github.com:10.0.0.1"])");
  EXPECT_EQ(at(text, "/HostConfig/Mounts/0"),
            R"({"Type":"bind","Source":"/srv/cache","Target":"/cache","ReadOnly":true})");
  EXPECT_EQ(at(text, "/HostConfig/Mounts/1/Type"), R"("volume")");
  EXPECT_EQ(at(text, "/HostConfig/LogConfig/Config/max-size"), R"("5")");
}

TEST(ParseCreated, HasTheIdAndTheWarnings) {
  auto const created = parse_created(R"({"Id":"abc","Warnings":["no swap limit"]})");
  ASSERT_TRUE(created);
  EXPECT_EQ(created->id, "abc");
  EXPECT_THAT(created->warnings, ElementsAre("no swap limit"));
  EXPECT_THAT(parse_created(R"({"Id":"abc","Warnings":null})")->warnings, IsEmpty());
}

TEST(ParseContainers, ReadsWhatTheListSays) {
  auto const all = parse_containers(
      R"([{"Id":"1","Names":["/r1","/alias"],"Labels":{"owner":"x"},"State":"running"},)"
      R"({"Id":"2","Names":null,"Labels":null,"State":"created"},)"
      R"({"Id":"3","State":"removing"},{"Id":"4","State":"paused"},{"Id":"5","State":"dead"}])");
  ASSERT_TRUE(all);
  ASSERT_THAT(*all, SizeIs(5));
  EXPECT_EQ((*all)[0].name, "r1");
  EXPECT_THAT((*all)[0].labels, ElementsAre(Pair("owner", "x")));
  EXPECT_EQ((*all)[0].phase, ContainerPhase::running);
  EXPECT_EQ((*all)[1].name, "");
  EXPECT_EQ((*all)[1].phase, ContainerPhase::created);
  EXPECT_EQ((*all)[2].phase, ContainerPhase::exited);
  EXPECT_EQ((*all)[3].phase, ContainerPhase::running) << "its processes exist";
  EXPECT_EQ((*all)[4].phase, ContainerPhase::exited);
  EXPECT_THAT(*parse_containers("[]"), IsEmpty());
}

TEST(ParseContainer, SaysHowItEnded) {
  auto const one = parse_container(
      R"({"Id":"1","Name":"/r1","Config":{"Labels":{"owner":"x"}},)"
      R"("State":{"Status":"exited","ExitCode":137,"OOMKilled":true,"Error":"no\nspace"}})");
  ASSERT_TRUE(one);
  EXPECT_EQ(one->name, "r1");
  EXPECT_THAT(one->labels, ElementsAre(Pair("owner", "x")));
  EXPECT_EQ(one->phase, ContainerPhase::exited);
  EXPECT_EQ(one->exit_code, 137);
  EXPECT_TRUE(one->out_of_memory);
  EXPECT_EQ(one->error, "no space");
  auto const running = parse_container(R"({"Id":"1","State":{"Status":"running","ExitCode":0}})");
  ASSERT_TRUE(running);
  EXPECT_EQ(running->exit_code, std::nullopt) << "it has none yet";
}

TEST(ParseWait, HasTheCodeAndTheEnginesError) {
  EXPECT_EQ(parse_wait(R"({"StatusCode":143})")->code, 143);
  EXPECT_EQ(parse_wait(R"({"StatusCode":0,"Error":null})")->error, "");
  EXPECT_EQ(parse_wait(R"({"StatusCode":1,"Error":{"Message":"gone"}})")->error, "gone");
  EXPECT_EQ(parse_wait(R"({"StatusCode":99999999999})")->code, 2147483647);
}

TEST(ParseEvent, NamesWhatHappenedToWhom) {
  auto const event =
      parse_event(R"({"status":"die","id":"1","Type":"container","Action":"die","Actor":{"ID":"1",)"
                  R"("Attributes":{"exitCode":"143","name":"r1","owner":"x"}},"timeNano":1})");
  ASSERT_TRUE(event);
  EXPECT_EQ(event->type, "container");
  EXPECT_EQ(event->action, "die");
  EXPECT_EQ(event->id, "1");
  EXPECT_EQ(event->attributes.at("exitCode"), "143");
  EXPECT_EQ(parse_event(R"({"Type":"container","Action":"exec_start: sh -c x"})")->action,
            "exec_start");
}

TEST(ParsePullStep, ShowsProgressAndErrors) {
  auto const step = parse_pull_step(
      R"({"status":"Downloading","progressDetail":{"current":5,"total":9},"id":"a1"})");
  ASSERT_TRUE(step);
  EXPECT_EQ(step->layer, "a1");
  EXPECT_EQ(step->status, "Downloading");
  EXPECT_EQ(step->current, 5);
  EXPECT_EQ(step->total, 9);
  EXPECT_EQ(step->error, "");
  EXPECT_EQ(parse_pull_step(R"({"errorDetail":{"message":"denied"},"error":"denied"})")->error,
            "denied");
  EXPECT_EQ(parse_pull_step(R"({"error":"old"})")->error, "old") << "engines before 1.48";
  EXPECT_EQ(parse_pull_step(R"({"errorDetail":{"message":"new"}})")->error, "new");
}

TEST(ParseVersion, TellsPodmanFromDocker) {
  auto const docker =
      parse_version(R"({"Version":"20.10.24","ApiVersion":"1.41","Os":"linux","Arch":"amd64",)"
                    R"("Components":[{"Name":"Engine"}]})");
  ASSERT_TRUE(docker);
  EXPECT_EQ(docker->version, "20.10.24");
  EXPECT_EQ(docker->api, "1.41");
  EXPECT_EQ(docker->arch, "amd64");
  EXPECT_FALSE(docker->is_podman);
  EXPECT_TRUE(
      parse_version(
          R"({"Version":"4.3","ApiVersion":"1.41","Components":[{"Name":"Podman Engine"}]})")
          ->is_podman);
}

TEST(ParseImage, HasWhatItIsFor) {
  auto const image = parse_image(
      R"({"Id":"sha256:1","Os":"linux","Architecture":"arm64","RepoDigests":["a@sha256:2"]})");
  ASSERT_TRUE(image);
  EXPECT_EQ(image->arch, "arm64");
  EXPECT_THAT(image->digests, ElementsAre("a@sha256:2"));
}

TEST(ParseTop, HasTheCommandLines) {
  EXPECT_THAT(*parse_top(R"({"Titles":["UID","PID","CMD"],"Processes":[["0","1","init"],)"
                         R"(["0","2","bin/Runner.Worker spawnclient"]]})"),
              ElementsAre("init", "bin/Runner.Worker spawnclient"));
  EXPECT_THAT(*parse_top(R"({"Titles":["USER","COMMAND"],"Processes":[["root","sh"]]})"),
              ElementsAre("sh"))
      << "Podman";
  EXPECT_THAT(*parse_top(R"({"Titles":["CMD"],"Processes":null})"), IsEmpty());
  EXPECT_FALSE(parse_top(R"({"Titles":["PID"],"Processes":[["1"]]})"));
  EXPECT_FALSE(parse_top(R"({"Titles":["PID","CMD"],"Processes":[["1"]]})"));
  EXPECT_FALSE(parse_top(R"({"Titles":["CMD"],"Processes":["1"]})"));
}

TEST(FormatNetwork, KeepsContainersApart) {
  NetworkSpec spec;
  spec.name = "set";
  spec.labels = {{"owner", "x"}};
  std::string const text = format_network(spec);
  EXPECT_EQ(at(text, "/Name"), R"("set")");
  EXPECT_EQ(at(text, "/Labels/owner"), R"("x")");
  EXPECT_EQ(at(text, "/Options/com.docker.network.bridge.enable_icc"), R"("false")");
  EXPECT_EQ(at(text, "/IPAM"), "");
  spec.subnet = "10.1.2.0/28";
  spec.containers_may_talk = true;
  EXPECT_EQ(at(format_network(spec), "/IPAM/Config/0/Subnet"), R"("10.1.2.0/28")");
  EXPECT_EQ(at(format_network(spec), "/Options/com.docker.network.bridge.enable_icc"), R"("true")");
}

TEST(ParseNetworks, ReadsTheList) {
  auto const all = parse_networks(R"([{"Id":"1","Name":"set","Labels":{"owner":"x"}}])");
  ASSERT_TRUE(all);
  ASSERT_THAT(*all, SizeIs(1));
  EXPECT_EQ(all->front().name, "set");
  EXPECT_THAT(all->front().labels, ElementsAre(Pair("owner", "x")));
}

TEST(ErrorText, IsOneLine) {
  EXPECT_EQ(error_text(R"({"message":"No such container: r1\n"})"), "No such container: r1");
  EXPECT_EQ(error_text("404 page not found\n"), "404 page not found");
  EXPECT_EQ(error_text(""), "the engine gives no reason");
  EXPECT_EQ(error_text(R"({"message":""})"), R"({"message":""})");
  EXPECT_THAT(error_text(std::string(1000, 'x')), SizeIs(300));
}

TEST(LabelFilter, NamesEachLabel) {
  EXPECT_EQ(label_filter({{"a", "1"}, {"b", "\"2\""}}), R"({"label":["a=1","b=\"2\""]})");
}

// Whatever an engine sends.

TEST(Codec, RefusesWhatDoesNotFit) {
  for (char const* const text : {"", "null", "1", "\"x\"", "{", "[1]", "{}"}) {
    EXPECT_FALSE(parse_created(text)) << text;
    EXPECT_FALSE(parse_containers(text)) << text;
    EXPECT_FALSE(parse_container(text)) << text;
    EXPECT_FALSE(parse_wait(text)) << text;
    EXPECT_FALSE(parse_event(text)) << text;
    EXPECT_FALSE(parse_version(text)) << text;
    EXPECT_FALSE(parse_image(text)) << text;
    EXPECT_FALSE(parse_top(text)) << text;
    EXPECT_FALSE(parse_networks(text)) << text;
  }
  auto const refused = parse_containers(R"([{"Names":["/r1"]}])");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::malformed_response);
  EXPECT_EQ(refused.error().message, "the engine's answer does not fit: an entry has no Id");
}

TEST(Codec, FieldsOfOtherTypesCountAsMissing) {
  auto const all = parse_containers(R"([{"Id":"1","Names":"x","Labels":[1],"State":7}])");
  ASSERT_TRUE(all);
  EXPECT_EQ(all->front().name, "");
  EXPECT_THAT(all->front().labels, IsEmpty());
  EXPECT_FALSE(parse_wait(R"({"StatusCode":"x"})")) << "it must not look like a success";
  EXPECT_EQ(parse_pull_step(R"({"progressDetail":{"current":1e300}})")->current, 0);
}

}  // namespace
}  // namespace scaleset::backends::docker
