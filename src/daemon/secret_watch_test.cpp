#include "daemon/secret_watch.hpp"

#include <gmock/gmock.h>

#include <boost/asio/this_coro.hpp>
#include <fstream>

#include "base/testing/coroutine_test.hpp"
#include "scaleset/async/timer.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

FileStamp stamp(std::int64_t size) {
  FileStamp made;
  made.size = size;
  return made;
}

TEST(FileChanges, AreWhatDiffersFromTheLastLook) {
  FileChanges changes({stamp(1), stamp(2)});
  EXPECT_THAT(changes.note({stamp(1), stamp(2)}), IsEmpty());
  EXPECT_THAT(changes.note({stamp(1), stamp(3)}), ElementsAre(1U));
  EXPECT_THAT(changes.note({stamp(1), stamp(3)}), IsEmpty()) << "told once";
  EXPECT_THAT(changes.note({stamp(7), stamp(8)}), ElementsAre(0U, 1U));
}

TEST(FileChanges, AMissingFileIsNoneUntilItIsThereAgain) {
  FileChanges changes({stamp(1)});
  EXPECT_THAT(changes.note({std::nullopt}), IsEmpty());
  EXPECT_THAT(changes.note({stamp(1)}), IsEmpty()) << "the same one came back";
  EXPECT_THAT(changes.note({std::nullopt}), IsEmpty());
  EXPECT_THAT(changes.note({stamp(2)}), ElementsAre(0U));
}

TEST(FileChanges, AFileThatWasNotThereAtFirstIsOne) {
  FileChanges changes({std::nullopt});
  EXPECT_THAT(changes.note({stamp(1)}), ElementsAre(0U));
}

class DiskTest : public base::testing::CoroutineTest {
 protected:
  boost::asio::awaitable<void> look(OneLook* one) {
    std::vector<std::filesystem::path> files{"/"};
    auto const seen = co_await one->at(std::move(files));
    events.push_back(seen ? "seen" : seen.error().message);
  }
  boost::asio::awaitable<void> read(std::shared_ptr<KeptSecrets> secrets,
                                    std::vector<std::filesystem::path> certificates) {
    auto const problems = co_await read_secrets(&disk, std::move(secrets), std::move(certificates));
    events.push_back(problems ? std::to_string(problems->size()) + " problems"
                              : problems.error().message);
  }
  /// The disk answers all that it was asked.
  void answer() {
    disk_loop.restart();
    disk_loop.poll();
    time.advance(0s);
  }

  async::VirtualTime time{context};
  boost::asio::io_context disk_loop{1};
  base::Background disk{disk_loop.get_executor()};
};

TEST_F(DiskTest, WhileALookHangsNoOtherIsBegun) {
  OneLook one(&disk);
  spawn(look(&one));
  time.advance(10s);
  EXPECT_THAT(events, ElementsAre("no answer for 10 s"));
  spawn(look(&one));
  time.advance(0s);
  EXPECT_THAT(events, ElementsAre("no answer for 10 s", "an earlier look still waits"));
  answer();
  spawn(look(&one));
  time.advance(0s);
  answer();
  EXPECT_THAT(events, ElementsAre("no answer for 10 s", "an earlier look still waits", "seen"));
}

TEST_F(DiskTest, SecretsOfADiskThatHangsStayAsTheyWere) {
  base::TemporaryDirectory const folder;
  auto const file = folder.path() / "token";
  std::ofstream(file) << "ghp_first";
  auto const secrets = std::make_shared<KeptSecrets>();
  auto const kept = secrets->keep(PersonalAccessToken{secret_file(file.string())});
  auto const& reader = std::get<PersonalAccessToken>(kept).token;
  std::ofstream(file) << "two words";
  spawn(read(secrets, {}));
  time.advance(10s);
  EXPECT_THAT(events, ElementsAre("the files with secrets cannot be read: no answer for 10 s from "
                                  "their disk; what was read before stays in use"));
  EXPECT_TRUE(reader());
  answer();
  EXPECT_FALSE(reader()) << "the answer came, if late";
}

TEST_F(DiskTest, WhatIsWrongWithSecretsIsReturned) {
  auto const secrets = std::make_shared<KeptSecrets>();
  auto const kept = secrets->keep(PersonalAccessToken{secret_file("/no/such/file")});
  spawn(read(secrets, {"/no/such/certificates"}));
  time.advance(0s);
  answer();
  EXPECT_THAT(events, ElementsAre("1 problems"));
  spawn(read(nullptr, {}));
  time.advance(0s);
  answer();
  EXPECT_THAT(events, ElementsAre("1 problems", "0 problems"));
}

class WatchFilesTest : public base::testing::CoroutineTest {
 protected:
  WatchFilesTest() { write(token, "old"); }

  static void write(std::filesystem::path const& path, std::string const& text) {
    std::ofstream(path) << text;
  }
  void begin(std::vector<std::filesystem::path> files) {
    FileChanges changes(look_at(files));
    spawn(watch(std::move(files), std::move(changes)));
    time.advance(0s);
  }
  boost::asio::awaitable<void> watch(std::vector<std::filesystem::path> files,
                                     FileChanges changes) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    std::function<void(std::filesystem::path const&)> changed =
        [this](std::filesystem::path const& file) { events.push_back(file.filename().string()); };
    co_await watch_files(&disk, std::move(files), std::move(changes), std::move(changed));
    events.emplace_back("ended");
  }

  async::VirtualTime time{context};
  base::Background disk{context.get_executor()};
  base::TemporaryDirectory folder;
  std::filesystem::path token = folder.path() / "token";
};

TEST_F(WatchFilesTest, AChangeIsToldWithinASecond) {
  begin({token});
  time.advance(10s);
  EXPECT_THAT(events, IsEmpty());
  write(token, "another");
  time.advance(1s);
  EXPECT_THAT(events, ElementsAre("token"));
  time.advance(10s);
  EXPECT_THAT(events, ElementsAre("token"));
  cancel();
  time.advance(1s);
  EXPECT_THAT(events, ElementsAre("token", "ended"));
}

TEST_F(WatchFilesTest, AFileOfTheSameSizeThatTookItsPlaceIsAChange) {
  begin({token});
  auto const fresh = folder.path() / "fresh";
  write(fresh, "new");
  std::filesystem::last_write_time(fresh, std::filesystem::last_write_time(token));
  std::filesystem::rename(fresh, token);
  time.advance(1s);
  EXPECT_THAT(events, ElementsAre("token"));
  cancel();
  time.advance(1s);
}

TEST_F(WatchFilesTest, ALinkThatLeadsElsewhereIsAChange) {
  auto const link = folder.path() / "link";
  std::filesystem::create_symlink("token", link);
  begin({link});
  write(folder.path() / "next", "old");
  std::filesystem::remove(link);
  std::filesystem::create_symlink("next", link);
  time.advance(1s);
  EXPECT_THAT(events, ElementsAre("link"));
  cancel();
  time.advance(1s);
}

TEST_F(WatchFilesTest, WithoutFilesThereIsNothingToWatch) {
  begin({});
  EXPECT_THAT(events, ElementsAre("ended"));
}

}  // namespace
}  // namespace scaleset::daemon
