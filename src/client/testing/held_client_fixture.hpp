#pragma once

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/this_coro.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <utility>

#include "base/condition.hpp"
#include "client/testing/client_fixture.hpp"

/// Calls that overlap, without a network: a service that holds an answer until the test releases
/// it.
namespace scaleset::inline v0::async {

class HeldTransport final : public HttpTransport {
 public:
  using Handler = std::function<Result<HttpResponse>(HttpRequest const&)>;
  using Predicate = std::function<bool(HttpRequest const&)>;

  HeldTransport(Handler handler, Predicate held)
      : handler_(std::move(handler)), held_(std::move(held)) {}

  Task<HttpResponse> send(HttpRequest request) override {
    requests.push_back(request);
    while (held_(request)) {
      bool const awake = co_await changed_.wait();
      if (!awake) co_return fail(ErrorCode::cancelled, "cancelled while held");
    }
    co_return handler_(request);
  }
  /// Each held request asks again whether it is to be held.
  void changed() { changed_.notify_all(); }

  std::vector<HttpRequest> requests;

 private:
  Handler handler_;
  Predicate held_;
  base::Condition changed_;
};

/// A call under way.
template <class T>
struct Running {
  std::optional<Result<T>> result;
  boost::asio::cancellation_signal cancel;
};

class HeldClientTest : public ClientTest {
 protected:
  HeldClientTest() {
    held_transport = std::make_shared<HeldTransport>(
        [this](HttpRequest const& request) { return handle(request); },
        [this](HttpRequest const& request) { return held && held(request); });
  }
  ~HeldClientTest() override {
    release();
    for (auto& one : clients) (void)run_task(context, shut_down(one.get()));
  }

  /// Makes another client with `options` as they are now.
  Client& make_client() {
    auto finalized = finalize(options);
    if (!finalized) throw std::runtime_error(finalized.error().message);
    return make_client(*finalized);
  }
  Client& make_client(std::shared_ptr<FinalizedClientOptions const> const& finalized) {
    clients.push_back(std::make_unique<Client>(context.get_executor(), finalized, held_transport));
    return *clients.back();
  }
  static Task<void> shut_down(Client* one) {
    co_await one->shutdown();
    co_return Result<void>();
  }

  /// Begins a call and runs it until it has to wait.
  template <class T>
  std::shared_ptr<Running<T>> begin(Task<T> task) {
    auto running = std::make_shared<Running<T>>();
    auto done = [running](std::exception_ptr error, Result<T> result) {
      if (error) std::rethrow_exception(error);
      running->result = std::move(result);
    };
    boost::asio::co_spawn(
        context, root(std::move(task)),
        boost::asio::bind_cancellation_slot(running->cancel.slot(), std::move(done)));
    run_ready();
    return running;
  }
  template <class T>
  void cancel(std::shared_ptr<Running<T>> const& running) {
    running->cancel.emit(boost::asio::cancellation_type::terminal);
    run_ready();
  }
  /// Runs all handlers that are ready.
  void run_ready() {
    context.restart();
    context.poll();
  }
  void release() {
    held = nullptr;
    held_transport->changed();
    run_ready();
  }
  /// Runs the loop until the call has ended, which threads or short timers may do: at most 10 s.
  template <class T>
  bool wait_for(std::shared_ptr<Running<T>> const& running) {
    auto const end = std::chrono::steady_clock::now() + 10s;
    while (!running->result && std::chrono::steady_clock::now() < end) {
      context.restart();
      context.run_one_for(100ms);
    }
    return running->result.has_value();
  }
  [[nodiscard]] int count(std::string_view part_of_url) const {
    int number = 0;
    for (auto const& request : held_transport->requests)
      number += request.url.find(part_of_url) != std::string::npos ? 1 : 0;
    return number;
  }

  std::function<bool(HttpRequest const&)> held;  // null: nothing
  std::shared_ptr<HeldTransport> held_transport;
  std::vector<std::unique_ptr<Client>> clients;

 private:
  template <class T>
  static Task<T> root(Task<T> task) {
    co_await boost::asio::this_coro::throw_if_cancelled(false);
    co_return co_await std::move(task);
  }
};

}  // namespace scaleset::inline v0::async
