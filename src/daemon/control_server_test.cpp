#include "daemon/control_server.hpp"

#include <gmock/gmock.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <stdexcept>

#include "base/testing/coroutine_test.hpp"
#include "base/testing/no_descriptors.hpp"
#include "scaleset/async/timer.hpp"
#include "scaleset/testing/recording_hooks.hpp"

namespace scaleset::daemon {
namespace {

using namespace std::chrono_literals;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kStatus = "{\"command\":\"status\"}\n";

class ControlServerTest : public base::testing::CoroutineTest {
 protected:
  ControlServerTest() {
    server.start();
    time.advance(0s);
  }
  ~ControlServerTest() override {
    if (!stopped) stop();
  }
  void stop() {
    stopped = true;
    spawn(server.stop());
    time.advance(0s);
  }
  base::UniqueFd connect() {
    auto client = connect_to(path);
    EXPECT_TRUE(client) << client.error().message;
    time.advance(0s);
    return client ? *std::move(client) : base::UniqueFd();
  }
  void send(base::UniqueFd const& client, std::string_view text) {
    EXPECT_EQ(::send(client.get(), text.data(), text.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(text.size()));
    time.advance(0s);
  }
  /// What has come so far.
  static std::string received(base::UniqueFd const& client) {
    std::string all;
    std::array<char, 4096> part{};
    for (;;) {
      auto const count = ::read(client.get(), part.data(), part.size());
      if (count <= 0) return all;
      all.append(part.data(), static_cast<std::size_t>(count));
    }
  }
  static bool is_closed(base::UniqueFd const& client) {
    std::array<char, 1> byte{};
    return ::read(client.get(), byte.data(), 1) == 0;
  }
  std::string ask(std::string_view line) {
    auto const client = connect();
    send(client, line);
    return received(client);
  }

  async::VirtualTime time{context};
  std::shared_ptr<scaleset::testing::RecordingLogSink> log =
      std::make_shared<scaleset::testing::RecordingLogSink>();
  base::TemporaryDirectory folder;
  std::filesystem::path path = folder.path() / "s";
  std::vector<ControlRequest> requests;
  std::string answer = "answer\n";
  bool throws = false;
  std::chrono::seconds takes{0};  // the handler
  ControlServer server{context.get_executor(), ControlSocket::open(path).value(),
                       [this](ControlRequest request) { return handle(std::move(request)); }, log};
  bool stopped = false;

 private:
  boost::asio::awaitable<std::string> handle(ControlRequest request) {
    requests.push_back(std::move(request));
    if (throws) throw std::runtime_error("broken");
    if (takes > 0s) {
      bool const slept = co_await async::sleep_for(takes);
      if (!slept) co_return std::string();
    }
    co_return answer;
  }
};

TEST_F(ControlServerTest, AnswersARequestAndCloses) {
  auto const client = connect();
  EXPECT_EQ(server.clients(), 1);
  send(client, kStatus);
  EXPECT_EQ(received(client), "answer\n");
  EXPECT_TRUE(is_closed(client));
  EXPECT_THAT(requests, ::testing::ElementsAre(ControlRequest(ControlVerb::status)));
  EXPECT_EQ(server.clients(), 0);
}

TEST_F(ControlServerTest, ALineMayComeInPieces) {
  auto const client = connect();
  for (char const c : kStatus) send(client, std::string_view(&c, 1));
  EXPECT_EQ(received(client), "answer\n");
}

TEST_F(ControlServerTest, GarbageIsRefusedAndNobodyIsAsked) {
  EXPECT_THAT(ask("GET / HTTP/1.1\r\n\r\n"), HasSubstr("invalid_argument"));
  EXPECT_THAT(ask(std::string(4096, 'x')), HasSubstr("may have 4096 bytes"));
  EXPECT_THAT(requests, IsEmpty());
}

TEST_F(ControlServerTest, ARequestThatIsTooLongIsAnsweredAndNotReset) {
  auto const client = connect();
  send(client, std::string(60000, 'x'));
  EXPECT_THAT(received(client), HasSubstr("the request is too long"));
  EXPECT_THAT(requests, IsEmpty());
  ::shutdown(client.get(), SHUT_WR);
  time.advance(0s);
  EXPECT_TRUE(is_closed(client));
}

TEST_F(ControlServerTest, WhoKeepsALongRequestOpenIsClosedAfterItsTime) {
  auto const client = connect();
  send(client, std::string(60000, 'x'));
  EXPECT_NE(received(client), "");
  time.advance(6s);
  EXPECT_TRUE(is_closed(client));
}

TEST_F(ControlServerTest, HalfALineIsClosedAfterItsTime) {
  auto const client = connect();
  send(client, "{\"comm");
  time.advance(ControlServer::kToAsk - 1ms);
  EXPECT_FALSE(is_closed(client));
  time.advance(1ms);
  EXPECT_TRUE(is_closed(client));
  EXPECT_EQ(server.clients(), 0);
}

TEST_F(ControlServerTest, OneByteNowAndThenGetsNoMoreTime) {
  auto const client = connect();
  for (int i = 0; i < 5; ++i) {
    send(client, " ");
    time.advance(1s);
  }
  EXPECT_TRUE(is_closed(client));
}

TEST_F(ControlServerTest, AClientThatNeverReadsIsGivenUp) {
  answer = std::string(8U << 20U, 'x') + "\n";  // more than the system keeps for it
  auto const client = connect();
  send(client, kStatus);
  EXPECT_EQ(server.clients(), 1);
  time.advance(ControlServer::kToTakeSome);
  EXPECT_EQ(server.clients(), 0);
  EXPECT_THAT(ask("x\n"), HasSubstr("error")) << "others are served";
}

TEST_F(ControlServerTest, ALongAnswerArrivesInPieces) {
  answer = std::string(8U << 20U, 'x') + "\n";
  auto const client = connect();
  send(client, kStatus);
  std::string all;
  for (int i = 0; i < 10000 && all.size() < answer.size(); ++i) {
    all += received(client);
    time.advance(100ms);
  }
  EXPECT_EQ(all, answer);
}

TEST_F(ControlServerTest, AClientThatGoesAwayEndsItsConversation) {
  {
    auto const client = connect();
  }
  time.advance(0s);
  EXPECT_EQ(server.clients(), 0);
  takes = 10s;
  {
    auto const client = connect();
    send(client, kStatus);
  }
  time.advance(10s);
  EXPECT_EQ(server.clients(), 0);
  EXPECT_EQ(requests.size(), 1U) << "what was asked for is done all the same";
}

TEST_F(ControlServerTest, ManyConnectionsAreServedAFewAtATime) {
  std::vector<base::UniqueFd> clients;
  for (int i = 0; i < 200; ++i) {
    auto client = connect_to(path);
    if (client) clients.push_back(*std::move(client));
    time.advance(0s);
  }
  EXPECT_EQ(server.clients(), ControlServer::kMostClients);
  // Those that say nothing make room, and one that asks gets its turn.
  send(clients.back(), kStatus);
  std::string last;
  for (int i = 0; i < 100 && last.empty(); ++i) {
    time.advance(1s);
    last = received(clients.back());
  }
  EXPECT_EQ(last, "answer\n");
  EXPECT_LE(server.clients(), ControlServer::kMostClients);
}

TEST_F(ControlServerTest, AHandlerThatThrowsEndsOneConversationOnly) {
  throws = true;
  EXPECT_EQ(ask(kStatus), "");
  EXPECT_EQ(server.clients(), 0);
  EXPECT_THAT(log->lines(), Contains(HasSubstr("broken")));
  throws = false;
  EXPECT_EQ(ask(kStatus), "answer\n");
}

TEST_F(ControlServerTest, WithoutDescriptorsItTriesAgain) {
  if (base::kSanitizerCannotJudge) GTEST_SKIP();
  auto const waiting = connect_to(path);
  ASSERT_TRUE(waiting);
  send(*waiting, "");
  auto const client = connect_to(path);
  ASSERT_TRUE(client);
  EXPECT_EQ(::send(client->get(), kStatus.data(), kStatus.size(), MSG_NOSIGNAL), 21);
  {
    base::NoDescriptors const none;
    time.advance(0s);
    EXPECT_EQ(received(*client), "");
  }
  time.advance(1s);
  EXPECT_EQ(received(*client), "answer\n");
}

TEST_F(ControlServerTest, AStopGivesUpWhatIsUnderWayAndRemovesTheFile) {
  takes = 1h;
  auto const asking = connect();
  send(asking, kStatus);
  auto const silent = connect();
  stop();
  EXPECT_EQ(server.clients(), 0);
  EXPECT_TRUE(is_closed(asking));
  EXPECT_TRUE(is_closed(silent));
}

}  // namespace
}  // namespace scaleset::daemon
