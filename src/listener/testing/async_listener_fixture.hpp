#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>

#include "listener/testing/fake_service.hpp"
#include "scaleset/async/listener.hpp"
#include "scaleset/testing/recording_hooks.hpp"

namespace scaleset::listener::testing {

/// An async::Listener with a FakeService. Unless a test changes that, it is stopped when the
/// scripted polls are used up.
class ListenerFixture : public ::testing::Test, public async::ListenerHandler {
 protected:
  ListenerFixture() {
    options.hooks.log = log;
    options.hooks.metrics = metrics;
    transport = std::make_shared<scaleset::testing::FakeTransport>(
        [this](HttpRequest const& request) { return service.handle(request); });
    client = std::make_unique<async::Client>(context.get_executor(), *finalize(options), transport);
    service.on_quiet = [this] { listener->stop(); };
  }

  void run() {
    async::Listener::Options listener_options;
    listener_options.scale_set = ScaleSetId{5};
    listener_options.owner = "host";
    listener_options.previous_session = previous_session;
    listener_options.on_session = [this](std::string const& id) {
      service.events.push_back("session " + id.substr(id.empty() ? 0 : 35));
    };
    listener_options.hooks = options.hooks;
    listener = std::make_unique<async::Listener>(context.get_executor(), *client, *this,
                                                 std::move(listener_options));
    boost::asio::co_spawn(context, listener->run(),
                          [this](std::exception_ptr error, Result<void> result) {
                            if (error) std::rethrow_exception(error);
                            service.events.emplace_back(result ? "ended" : "gave up");
                          });
    context.run();
  }
  [[nodiscard]] std::ptrdiff_t count(std::string const& event) const {
    return std::count(service.events.begin(), service.events.end(), event);
  }
  [[nodiscard]] std::string all_lines() const {
    std::string text;
    for (auto const& line : log->lines()) text += line + "\n";
    return text;
  }

  Task<void> apply(Message message) override {
    service.events.push_back("apply " + std::to_string(message.id.value) + " with " +
                             std::to_string(message.jobs.size()) + " jobs");
    assigned_jobs = message.statistics ? message.statistics->assigned_jobs : -1;
    if (apply_failures > 0 && message.id.value != 0) {
      --apply_failures;
      co_return fail(ErrorCode::io, "disk full");
    }
    co_return Result<void>();
  }
  Task<void> quarantine(Message message) override {
    service.events.push_back("quarantine " + std::to_string(message.id.value));
    co_return Result<void>();
  }
  Task<void> keep_offers(std::vector<OpenOffer> offers) override {
    service.events.push_back("keep " + std::to_string(offers.size()) + " offers");
    co_return Result<void>();
  }
  Task<void> idle() override {
    service.events.emplace_back("idle");
    co_return fail(ErrorCode::io, "the idle handler failed");
  }
  bool wants(JobAvailable const& job) override { return job.job.request != unwanted; }
  int capacity() override { return max_runners; }
  Task<ScaleSetId> replace_scale_set() override {
    service.events.emplace_back("replace");
    co_return replacement;
  }

  std::shared_ptr<scaleset::testing::RecordingLogSink> log =
      std::make_shared<scaleset::testing::RecordingLogSink>();
  std::shared_ptr<scaleset::testing::RecordingMetricsSink> metrics =
      std::make_shared<scaleset::testing::RecordingMetricsSink>();
  FakeService service;
  boost::asio::io_context context;
  ClientOptions options = client_options();
  std::shared_ptr<scaleset::testing::FakeTransport> transport;
  std::unique_ptr<async::Client> client;
  std::unique_ptr<async::Listener> listener;
  std::optional<std::string> previous_session;
  int apply_failures = 0;
  int max_runners = 10;
  ScaleSetId replacement{6};
  RequestId unwanted{0};  // an offer that wants() says no to
  std::int64_t assigned_jobs = -1;
};

}  // namespace scaleset::listener::testing
