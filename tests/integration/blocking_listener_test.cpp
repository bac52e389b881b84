#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>
#include <thread>

#include "scaleset/listener.hpp"
#include "scaleset/strict_listener.hpp"
#include "scaleset/testing/recording_scaler.hpp"
#include "simulator/front/testing/simulator_thread.hpp"

/// The blocking listeners against the simulator, over real sockets.
namespace scaleset::inline v0 {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

class BlockingListener : public ::testing::Test {
 protected:
  BlockingListener() {
    ClientOptions client_options;
    client_options.config_url = service.config_url();
    client_options.credentials = PersonalAccessToken{constant_secret(Secret("ghp_x"))};
    client_options.transport.proxy = "";
    auto created_client = Client::create(client_options);
    if (!created_client) throw std::runtime_error(created_client.error().to_string());
    client = *std::move(created_client);
    ScaleSet wanted;
    wanted.name = "my-set";
    auto created = client->create_scale_set(wanted);
    if (!created) throw std::runtime_error(created.error().to_string());
    options.scale_set = *std::move(created);
    options.owner = "host";
    options.max_runners = 1;
  }

  void queue_jobs(int count) const {
    namespace asio = boost::asio;
    auto const port = service.url().substr(service.url().rfind(':') + 1);
    std::string const body =
        R"({"labels":["my-set"],"count":)" + std::to_string(count) + R"(,"tenant":"my-org"})";
    asio::io_context context;
    asio::ip::tcp::socket socket(context);
    asio::connect(socket, asio::ip::tcp::resolver(context).resolve("127.0.0.1", port));
    asio::write(socket, asio::buffer("POST /_sim/jobs HTTP/1.1\r\nHost: sim\r\nConnection: "
                                     "close\r\nContent-Type: application/json\r\nContent-Length: " +
                                     std::to_string(body.size()) + "\r\n\r\n" + body));
    std::string answer;
    asio::read_until(socket, asio::dynamic_buffer(answer), "\r\n");
    ASSERT_THAT(answer, HasSubstr("201"));
  }

  SimulatorThread service;
  std::optional<Client> client;
  Listener::Options options;
  testing::RecordingScaler scaler;
  std::stop_source stop;
};

TEST_F(BlockingListener, JobsBecomeDesiredRunnersAndMoreWithAHigherMaximum) {
  Listener listener(*client, options);
  std::jthread const user([&] {
    EXPECT_TRUE(scaler.wait_for("desired 0"));
    queue_jobs(3);
    EXPECT_TRUE(scaler.wait_for("desired 1"));
    EXPECT_TRUE(listener.set_max_runners(3));  // the poll is held for 50 s: this cuts it short
    EXPECT_TRUE(scaler.wait_for("desired 3"));
    stop.request_stop();
  });
  auto const ended = listener.run(scaler, stop.get_token());
  EXPECT_TRUE(ended) << ended.error().to_string();
  EXPECT_EQ(scaler.threads().size(), 1U);
  EXPECT_TRUE(client->open_session(options.scale_set.id, "next")) << "the session was closed";
}

TEST_F(BlockingListener, ADeletedScaleSetIsCreatedAgain) {
  Listener listener(*client, options);
  std::jthread const user([&] {
    EXPECT_TRUE(scaler.wait_for("desired 0"));
    EXPECT_TRUE(client->delete_scale_set(options.scale_set.id));
    EXPECT_TRUE(listener.set_max_runners(2));  // the next poll finds that it is gone
    EXPECT_TRUE(scaler.wait_for("desired 0", 2));
    stop.request_stop();
  });
  auto const ended = listener.run(scaler, stop.get_token());
  EXPECT_TRUE(ended) << ended.error().to_string();
  auto const found = client->find_scale_set(kDefaultRunnerGroup, "my-set");
  ASSERT_TRUE(found && *found);
  EXPECT_THAT(scaler.lines(), Contains("replaced " + std::to_string((*found)->id.value)));
}

TEST_F(BlockingListener, InvalidOptionsAreRefused) {
  options.owner = "";
  EXPECT_EQ(Listener(*client, options).run(scaler, {}).error().code, ErrorCode::invalid_argument);
  options.owner = "host";
  options.max_runners = -1;
  EXPECT_EQ(Listener(*client, options).run(scaler, {}).error().code, ErrorCode::invalid_argument);
  options.max_runners = 1;
  EXPECT_EQ(Listener(*client, options).set_max_runners(-1).error().code,
            ErrorCode::invalid_argument);
  options.scale_set.name = "";
  EXPECT_EQ(Listener(*client, options).run(scaler, {}).error().code, ErrorCode::invalid_argument);
}

TEST_F(BlockingListener, RunsOnceAtATime) {
  Listener listener(*client, options);
  scaler.on_line = [&](std::string const& line) {
    if (line != "desired 0") return;
    testing::RecordingScaler second;
    EXPECT_EQ(listener.run(second, {}).error().code, ErrorCode::invalid_argument);
    stop.request_stop();
  };
  EXPECT_TRUE(listener.run(scaler, stop.get_token()));
}

TEST_F(BlockingListener, TheStrictOneHandlesAMessageToo) {
  auto session = client->open_session(options.scale_set.id, "host");
  ASSERT_TRUE(session) << session.error().to_string();
  auto const source = make_message_source(*session);
  StrictListener::Options strict;
  strict.scale_set = options.scale_set.id;
  strict.max_runners = 2;
  StrictListener listener(*source, strict);
  std::jthread const user([&] {
    EXPECT_TRUE(scaler.wait_for("desired 0"));
    queue_jobs(2);
    EXPECT_TRUE(scaler.wait_for("desired 2"));
    stop.request_stop();
  });
  EXPECT_EQ(listener.run(scaler, stop.get_token()).error().code, ErrorCode::cancelled);
  EXPECT_TRUE(session->close());
}

}  // namespace
}  // namespace scaleset::inline v0
