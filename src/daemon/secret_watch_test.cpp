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
