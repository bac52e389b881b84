#include "daemon/config_watch.hpp"

#include <gmock/gmock.h>

#include <fstream>

#include "config/testing/config_text.hpp"
#include "daemon/testing/house_fixture.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

// When a file is read.

FileStamp stamp(std::int64_t size) {
  FileStamp made;
  made.size = size;
  return made;
}

TEST(QuietFile, AFileThatNobodyTouchesIsNotRead) {
  QuietFile file(stamp(1));
  QuietFile::TimePoint const now(1h);
  EXPECT_FALSE(file.note(stamp(1), now));
  EXPECT_FALSE(file.note(stamp(1), now + 1h));
}

TEST(QuietFile, IsReadOnceWhenNobodyHasWrittenItForTwoSeconds) {
  QuietFile file(stamp(1));
  QuietFile::TimePoint const now(1h);
  EXPECT_FALSE(file.note(stamp(2), now));
  EXPECT_FALSE(file.note(stamp(3), now + 1s)) << "it is still being written";
  EXPECT_FALSE(file.note(stamp(3), now + 2s));
  EXPECT_TRUE(file.note(stamp(3), now + 3s));
  EXPECT_FALSE(file.note(stamp(3), now + 4s));
}

TEST(QuietFile, OneThatIsGoneIsToldOnceAndOneThatComesBackIsRead) {
  QuietFile file(stamp(1));
  QuietFile::TimePoint const now(1h);
  EXPECT_FALSE(file.note(std::nullopt, now));
  EXPECT_TRUE(file.note(std::nullopt, now + 2s));
  EXPECT_FALSE(file.note(std::nullopt, now + 1h));
  EXPECT_FALSE(file.note(stamp(1), now + 2h));
  EXPECT_TRUE(file.note(stamp(1), now + 2h + 2s));
}

TEST(QuietFile, WhatWasReadForAnotherReasonIsNotReadAgain) {
  QuietFile file(stamp(1));
  QuietFile::TimePoint const now(1h);
  EXPECT_FALSE(file.note(stamp(2), now));
  file.is_read(stamp(2));
  EXPECT_FALSE(file.note(stamp(2), now + 1h));
}

// Reloads.

class ConfigWatchTest : public testing::HouseTest {
 protected:
  ConfigWatchTest() { stays = true; }
  ~ConfigWatchTest() override {
    stop_watching.emit(boost::asio::cancellation_type::terminal);
    time.advance(0s);
  }

  static std::string text(std::string const& sets, std::string const& head = "") {
    return head + "[credential.main]\ntoken = { file = \"/secret\" }\n[template.linux]\n" +
           "runner_dir = \"/opt/runner\"\n" + sets;
  }
  static std::string org(std::string const& name, std::string const& lines = "") {
    return "[[scale_set]]\nurl = \"https://github.com/" + name + "\"\nname = \"set\"\n" + lines +
           "\n";
  }
  void write(std::string const& content) {
    std::ofstream(file, std::ios::trunc) << content;
    // The time of a file is too coarse to tell two writes apart.
    auto const earlier = std::filesystem::file_time_type::clock::now() - 1h + ++writes * 1s;
    std::filesystem::last_write_time(file, earlier);
  }
  std::expected<ConfigFile, std::vector<std::string>> read() {
    ++reads;
    if (!missing.empty()) return std::unexpected(std::vector{missing.string() + " is not there"});
    auto loaded = config::load_file(file);
    if (!loaded) {
      std::vector<std::string> lines;
      for (auto const& problem : loaded.error()) lines.push_back(to_string(problem, "f"));
      return std::unexpected(std::move(lines));
    }
    ConfigFile made;
    made.house = house_config_of(loaded->config, around);
    for (SetSettings& set : made.house.sets) set.work_dir.clear();
    for (auto const& warning : config::warnings_of(*loaded))
      made.warnings.push_back(to_string(warning, "f"));
    made.loaded = *std::move(loaded);
    made.seen = look_at(watched_files(file, made.house));
    return made;
  }
  /// Serves what the text says, and watches the file.
  void serve(std::string const& content, base::Background* files = nullptr) {
    around.state_dir = "/state";
    around.environment = [](char const*) -> char const* { return nullptr; };
    write(content);
    auto current = read();
    ASSERT_TRUE(current) << current.error().front();
    start(current->house.sets);
    ConfigWatchPorts ports;
    ports.disk = files ? files : &disk;
    ports.secrets = around.secrets;
    ports.house = house.get();
    ports.hooks.log = log;
    ports.hooks.clock = time.clock();
    ports.read = [this] { return read(); };
    ports.apply = [this](HouseConfig const& config) { applied.push_back(config.log_level); };
    watch = std::make_unique<ConfigWatch>(file, *std::move(current), std::move(ports));
    boost::asio::co_spawn(
        context, run_watch(),
        boost::asio::bind_cancellation_slot(stop_watching.slot(), boost::asio::detached));
    time.advance(0s);
    reads = 0;
  }
  void reload() {
    watch->reload("SIGHUP was received",
                  [this](Reloaded const& done) { outcomes.push_back(done); });
    time.advance(0s);
  }
  std::size_t times_logged(std::string const& part) const {
    auto const lines = log->lines();
    return static_cast<std::size_t>(std::ranges::count_if(
        lines, [&](auto const& line) { return line.find(part) != std::string::npos; }));
  }

  std::string with_secret() const {
    return "[credential.main]\ntoken = { file = \"" + secret.string() +
           "\" }\n[template.linux]\nrunner_dir = \"/opt/runner\"\n" + org("one");
  }
  std::vector<std::string> problems() const { return house->snapshot().problems; }

  std::filesystem::path file = folder.path() / "scaleset.toml";
  std::filesystem::path secret = folder.path() / "token";
  std::filesystem::path missing;  // a secret without which the file cannot be used
  base::Background disk{context.get_executor()};
  Surroundings around;
  std::unique_ptr<ConfigWatch> watch;
  boost::asio::cancellation_signal stop_watching;
  std::vector<LogLevel> applied;
  std::vector<Reloaded> outcomes;
  int reads = 0;
  int writes = 0;

  static boost::asio::awaitable<void> to_its_end(Task<void> command) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    auto const done = co_await std::move(command);
    EXPECT_TRUE(done) << done.error().message;
  }

 private:
  boost::asio::awaitable<void> run_watch() {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    co_await watch->run();
  }
};

TEST_F(ConfigWatchTest, AFileThatHasChangedIsUsedAfterTwoQuietSeconds) {
  serve(text(org("one")));
  time.advance(1min);
  EXPECT_EQ(reads, 0);
  write(text(org("one", "max_runners = 3") + org("two")));
  time.advance(1s);
  EXPECT_EQ(reads, 0) << "somebody may still be writing";
  time.advance(4s);
  EXPECT_EQ(reads, 1);
  EXPECT_THAT(house->snapshot().sets, SizeIs(2));
  EXPECT_EQ(snapshot(1).phase, Phase::serving);
  EXPECT_TRUE(logged("max_runners: 10 -> 3 (in force at once)"));
  EXPECT_TRUE(logged("scale set set of https://github.com/two: is new"));
  EXPECT_THAT(applied, SizeIs(1));
}

TEST_F(ConfigWatchTest, AFileThatCannotBeUsedLeavesEverythingAsItWasAndIsToldOnce) {
  serve(text(org("one")));
  auto const before = services["one"].done;
  std::string const huge(2U << 20U, '#');
  for (std::string const& content :
       {std::string("[[scale_set]]\nurl = \"https://gi"), std::string(), huge,
        text(org("one", "max_runers = 3")), text(org("one") + org("one"))}) {
    write(content);
    time.advance(10min);
    EXPECT_THAT(house->snapshot().sets, SizeIs(1));
    EXPECT_EQ(snapshot().phase, Phase::serving);
  }
  EXPECT_EQ(times_logged("the configuration file cannot be used; everything goes on as it was"),
            5U);
  EXPECT_TRUE(logged("did you mean \"max_runners\"?"));
  EXPECT_EQ(services["one"].done, before);
  EXPECT_THAT(applied, IsEmpty());
}

TEST_F(ConfigWatchTest, AFileThatWasRefusedIsUsedWhenItsSecretIsThereAgain) {
  std::ofstream(secret) << "ghp_0123456789abcdef";
  serve(with_secret());
  missing = secret;
  write(with_secret() + "max_runners = 7\n");
  time.advance(10min);
  EXPECT_EQ(snapshot().max_runners, 10);
  EXPECT_THAT(problems(), Contains(HasSubstr("is not there")));
  EXPECT_EQ(times_logged("the configuration file cannot be used"), 1U);
  missing.clear();
  time.advance(31s);
  EXPECT_EQ(snapshot().max_runners, 7);
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigWatchTest, WhatSighupFindsIsTriedAgainToo) {
  std::ofstream(secret) << "ghp_0123456789abcdef";
  serve(with_secret());
  missing = secret;
  reload();
  EXPECT_THAT(problems(), Contains(HasSubstr("is not there")));
  missing.clear();
  time.advance(31s);
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigWatchTest, AFileThatIsGoneIsToldOnce) {
  serve(text(org("one")));
  std::filesystem::remove(file);
  time.advance(10min);
  EXPECT_EQ(times_logged("the configuration file cannot be used; everything goes on as it was"),
            1U);
  EXPECT_EQ(snapshot().phase, Phase::serving);
  write(text(org("one") + org("two")));
  time.advance(10s);
  EXPECT_THAT(house->snapshot().sets, SizeIs(2));
}

TEST_F(ConfigWatchTest, AFileAloneDrainsNothingAndSighupDoes) {
  serve(text(org("one") + org("two")));
  write(text(org("one")));
  time.advance(10s);
  EXPECT_EQ(snapshot(1).phase, Phase::serving);
  EXPECT_TRUE(logged("it is served nevertheless, until SIGHUP drains it name=set"));
  reload();
  time.advance(10s);
  EXPECT_THAT(house->snapshot().sets, SizeIs(1));
}

TEST_F(ConfigWatchTest, ARenamedScaleSetIsServedBesideTheOldOneUntilSighup) {
  serve(text(org("one")));
  write(text(org("two")));
  time.advance(10s);
  EXPECT_EQ(snapshot(0).phase, Phase::serving);
  EXPECT_EQ(snapshot(1).phase, Phase::serving);
  reload();
  time.advance(10s);
  ASSERT_THAT(house->snapshot().sets, SizeIs(1));
  EXPECT_EQ(snapshot().owner, owner("two"));
}

TEST_F(ConfigWatchTest, OneThatWasDeletedAtTheServiceIsMadeAgainAndThatIsTold) {
  stays = true;
  serve(text(org("one") + org("two")));
  spawn(to_its_end(house->sets().at(1)->suspend(fleet::Suspension::drained)));
  time.advance(10s);
  spawn(to_its_end(house->sets().at(1)->delete_scale_set()));
  time.advance(10s);
  ASSERT_THAT(house->snapshot().sets, SizeIs(1));
  reload();
  time.advance(10s);
  EXPECT_THAT(house->snapshot().sets, SizeIs(2));
  ASSERT_THAT(outcomes, SizeIs(1));
  EXPECT_THAT(outcomes[0].lines, ElementsAre(HasSubstr("\"set\" was not served: it is found")));
  EXPECT_TRUE(logged("a scale set that was deleted is made again"));
}

TEST_F(ConfigWatchTest, WhatTheFileIsWarnedOfIsToldAtEachReload) {
  serve(text(org("one")));
  write(text(org("one"), "[budget.spare]\nslots = 3\n"));
  reload();
  reload();
  ASSERT_THAT(outcomes, SizeIs(2));
  for (auto const& outcome : outcomes)
    EXPECT_THAT(outcome.warnings, ElementsAre(HasSubstr("the budget \"spare\"")));
  EXPECT_TRUE(logged("the budget \"spare\""));
}

TEST_F(ConfigWatchTest, SighupReadsAtOnceAndSaysWhatHasChanged) {
  serve(text(org("one")));
  write(text(org("one", "min_idle = 1")));
  reload();
  ASSERT_THAT(outcomes, SizeIs(1));
  EXPECT_TRUE(outcomes[0].used);
  EXPECT_THAT(outcomes[0].lines, ElementsAre(HasSubstr("min_idle: 0 -> 1")));
  time.advance(1min);
  EXPECT_EQ(reads, 1) << "it is not read again because it has changed";
}

TEST_F(ConfigWatchTest, SighupOfABadFileSaysWhatIsWrong) {
  serve(text(org("one")));
  write("rubbish");
  reload();
  ASSERT_THAT(outcomes, SizeIs(1));
  EXPECT_FALSE(outcomes[0].used);
  EXPECT_THAT(outcomes[0].lines, Not(IsEmpty()));
  EXPECT_EQ(snapshot().phase, Phase::serving);
}

TEST_F(ConfigWatchTest, TwoReloadsAtOnceAreDoneOneAfterTheOther) {
  serve(text(org("one")));
  write(text(org("one", "min_idle = 1")));
  watch->reload("the first", [this](Reloaded const& done) {
    outcomes.push_back(done);
    write(text(org("one", "min_idle = 2")));
  });
  watch->reload("the second", [this](Reloaded const& done) { outcomes.push_back(done); });
  time.advance(0s);
  ASSERT_THAT(outcomes, SizeIs(2));
  EXPECT_THAT(outcomes[0].lines, ElementsAre(HasSubstr("0 -> 1")));
  EXPECT_THAT(outcomes[1].lines, ElementsAre(HasSubstr("1 -> 2")));
}

TEST_F(ConfigWatchTest, WhatConcernsTheProcessIsPutIntoForce) {
  serve(text(org("one")));
  write(text(org("one"), "log = { level = \"debug\" }\n"));
  reload();
  EXPECT_THAT(applied, ElementsAre(LogLevel::debug));
}

TEST_F(ConfigWatchTest, AChangedStateFolderWaitsForARestart) {
  serve(text(org("one"), "state_dir = \"/first\"\n"));
  write(text(org("one"), "state_dir = \"/second\"\n"));
  reload();
  EXPECT_TRUE(logged("(after a restart; until then the old value counts)"));
  EXPECT_EQ(snapshot().phase, Phase::serving);
}

TEST_F(ConfigWatchTest, ASecretThatChangesIsTriedAtOnce) {
  std::ofstream(secret) << "a";
  serve(with_secret());
  services["one"].answer = testing::make_response(401, R"({"message":"Bad credentials"})");
  time.advance(1h);
  services["one"].answer.reset();
  services["one"].messages = {testing::PretendService::message(1, "JobAssigned", "", 1)};
  std::ofstream(secret) << "another";
  time.advance(5s);
  EXPECT_TRUE(logged("a file with a secret has changed; it is read again"));
  EXPECT_THAT(services["one"].done, Contains("acknowledge 1"));
  EXPECT_EQ(reads, 0);
}

// What is wrong is told by status as well as by the log.

TEST_F(ConfigWatchTest, AFileThatCannotBeUsedIsAProblemUntilItIsMended) {
  std::ofstream(secret) << "ghp_x";
  serve(with_secret());
  EXPECT_THAT(problems(), IsEmpty());
  write(with_secret() + "max_runers = 3\nmin_idl = 2\n");
  time.advance(10s);
  EXPECT_THAT(problems(), ElementsAre(AllOf(HasSubstr("the configuration file cannot be used"),
                                            HasSubstr("max_runers"), HasSubstr("(and 1 more)"))));
  std::filesystem::remove(file);
  time.advance(10s);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("No such file")));
  write(with_secret());
  time.advance(10s);
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigWatchTest, ATokenFileThatIsEmptiedIsAProblemUntilItIsMended) {
  std::ofstream(secret) << "ghp_x";
  around.secrets = std::make_shared<KeptSecrets>();
  serve(with_secret());
  EXPECT_THAT(problems(), IsEmpty());
  std::ofstream(secret, std::ios::trunc) << "";
  time.advance(5s);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr(secret.string() + " is empty")));
  EXPECT_TRUE(logged(secret.string() + " is empty"));
  std::ofstream(secret) << "ghp_another";
  time.advance(5s);
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigWatchTest, ATokenFileThatIsEmptyAtTheStartIsAProblem) {
  std::ofstream(secret) << "";
  around.secrets = std::make_shared<KeptSecrets>();
  serve(with_secret());
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("is empty")));
}

TEST_F(ConfigWatchTest, ATokenFileThatIsRemovedIsToldAndWhatItSaidStaysInUse) {
  std::ofstream(secret) << "ghp_x";
  around.secrets = std::make_shared<KeptSecrets>();
  serve(with_secret());
  std::filesystem::remove(secret);
  time.advance(1min);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("what was read from it before stays in use")));
  EXPECT_EQ(times_logged("is not there any more"), 1U);
  std::ofstream(secret) << "ghp_x";
  time.advance(5s);
  EXPECT_THAT(problems(), IsEmpty());
}

TEST_F(ConfigWatchTest, ADiskThatHangsIsToldAndDelaysNothingElse) {
  boost::asio::io_context nobody;
  base::Background dead(nobody.get_executor());
  serve(text(org("one")), &dead);
  time.advance(1min);
  EXPECT_THAT(problems(), ElementsAre(HasSubstr("does not answer")));
  EXPECT_EQ(times_logged("does not answer"), 1U);
  reload();
  time.advance(1min);
  ASSERT_THAT(outcomes, SizeIs(1));
  EXPECT_THAT(outcomes[0].lines, ElementsAre(HasSubstr("no answer for 30 s from its disk")));
  services["one"].messages = {testing::PretendService::message(1, "JobAssigned", "", 1)};
  time.advance(1min);
  EXPECT_EQ(snapshot().phase, Phase::serving);
  stop_watching.emit(boost::asio::cancellation_type::terminal);
  time.advance(0s);
}

}  // namespace
}  // namespace scaleset::daemon
