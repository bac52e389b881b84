#include "scaleset/async/client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <utility>

#include "client/runtime.hpp"
#include "scaleset/client.hpp"

// The blocking API: each call runs its coroutine on the runtime's loop and waits for it.
namespace scaleset::inline v0 {
namespace {

namespace asio = boost::asio;

Task<void> shut_down(async::Client* client) {
  co_await client->shutdown();
  co_return Result<void>();
}

/// For a client that cannot be waited for. Keeps the runtime until the client is gone.
asio::awaitable<void> shut_down_in_background(std::shared_ptr<Runtime> /*runtime*/,
                                              std::unique_ptr<async::Client> client) {
  co_await client->shutdown();
}

}  // namespace

struct Client::Impl {
  Impl(std::shared_ptr<Runtime> the_runtime, std::shared_ptr<FinalizedClientOptions const> options,
       std::shared_ptr<HttpTransport> transport)
      : runtime(std::move(the_runtime)) {
    // Objects of the loop are made and destroyed on its thread only (ADR 4, ADR 6).
    runtime->run_on_loop([&] {
      client = std::make_unique<async::Client>(runtime->executor(), std::move(options),
                                               std::move(transport));
    });
  }
  Impl(Impl const&) = delete;
  Impl& operator=(Impl const&) = delete;
  ~Impl() {
    if (runtime->is_this_thread()) {
      end_later();
    } else {
      // Ends a token walk that only this client needed. The client may be destroyed only after
      // that.
      (void)runtime->wait("~Client", {}, [this] { return shut_down(client.get()); });
      runtime->run_on_loop([this] { client.reset(); });
    }
  }
  template <class Make>
  auto call(std::string_view method, CallOptions options, Make make_task) const {
    return runtime->wait(method, std::move(options),
                         [this, &make_task] { return make_task(*client); });
  }

  std::shared_ptr<Runtime> runtime;
  std::unique_ptr<async::Client> client;

 private:
  /// The last copy was dropped on the loop's thread, for example in a hook. The code that called
  /// the hook may still use the client, so it is destroyed later.
  void end_later() {
    auto const executor = runtime->executor();
    asio::post(executor, [runtime = std::move(runtime), client = std::move(client)]() mutable {
      auto const loop = runtime->executor();
      asio::co_spawn(loop, shut_down_in_background(std::move(runtime), std::move(client)),
                     asio::detached);
    });
  }
};

struct MessageSession::Impl {
  Impl(std::shared_ptr<Client::Impl> the_client, std::unique_ptr<async::MessageSession> the_session)
      : client(std::move(the_client)), session(std::move(the_session)) {}
  Impl(Impl const&) = delete;
  Impl& operator=(Impl const&) = delete;
  ~Impl() {
    auto& runtime = *client->runtime;
    if (runtime.is_this_thread()) {
      // Later, as in Client::Impl, and before the client.
      auto end = [client = std::move(client), session = std::move(session)]() mutable {
        session.reset();
      };
      asio::post(runtime.executor(), std::move(end));
    } else {
      runtime.run_on_loop([this] { session.reset(); });
    }
  }
  template <class Make>
  auto call(std::string_view method, CallOptions options, Make make_task) const {
    return client->runtime->wait(method, std::move(options),
                                 [this, &make_task] { return make_task(*session); });
  }
  template <class T>
  // For getters. They do not wait for the service, so they are allowed on the loop's thread too,
  // where call() refuses.
  T read(T (*getter)(async::MessageSession const&)) const {
    T value{};
    client->runtime->run_on_loop([&] { value = getter(*session); });
    return value;
  }

  std::shared_ptr<Client::Impl> client;
  std::unique_ptr<async::MessageSession> session;
};

MessageSession::MessageSession(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::optional<Message>> MessageSession::get_message(MessageId last, int max_capacity,
                                                           CallOptions options) {
  return impl_->call("MessageSession::get_message", std::move(options),
                     [&](auto& session) { return session.get_message(last, max_capacity); });
}
Result<void> MessageSession::delete_message(MessageId id, CallOptions options) {
  return impl_->call("MessageSession::delete_message", std::move(options),
                     [&](auto& session) { return session.delete_message(id); });
}
Result<std::vector<RequestId>> MessageSession::acquire_jobs(std::span<RequestId const> ids,
                                                            CallOptions options) {
  return impl_->call("MessageSession::acquire_jobs", std::move(options), [&](auto& session) {
    return session.acquire_jobs(std::vector<RequestId>(ids.begin(), ids.end()));
  });
}
Result<void> MessageSession::refresh(CallOptions options) {
  return impl_->call("MessageSession::refresh", std::move(options),
                     [](auto& session) { return session.refresh(); });
}
Result<void> MessageSession::close(CallOptions options) {
  return impl_->call("MessageSession::close", std::move(options),
                     [](auto& session) { return session.close(); });
}
std::string MessageSession::id() const {
  return impl_->read<std::string>([](auto const& session) { return session.id(); });
}
std::string MessageSession::owner() const {
  return impl_->read<std::string>([](auto const& session) { return session.owner(); });
}
std::optional<Statistics> MessageSession::statistics() const {
  return impl_->read<std::optional<Statistics>>(
      [](auto const& session) { return session.statistics(); });
}
std::int64_t MessageSession::times_recreated() const {
  return impl_->read<std::int64_t>([](auto const& session) { return session.times_recreated(); });
}

Client::Client(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<Client> Client::create(ClientOptions options, std::shared_ptr<Runtime> runtime,
                              std::shared_ptr<HttpTransport> transport) {
  auto finalized = finalize(std::move(options));
  if (!finalized) return std::unexpected(finalized.error());
  // Clients share tokens only on the same loop, hence one common runtime instead of one for each.
  if (!runtime) runtime = client::common_runtime();
  return Client(
      std::make_shared<Impl>(std::move(runtime), *std::move(finalized), std::move(transport)));
}

Result<std::optional<ScaleSet>> Client::find_scale_set(RunnerGroupId group, std::string name,
                                                       CallOptions options) const {
  return impl_->call("Client::find_scale_set", std::move(options),
                     [&](auto& client) { return client.find_scale_set(group, name); });
}
Result<ScaleSet> Client::get_scale_set(ScaleSetId id, CallOptions options) const {
  return impl_->call("Client::get_scale_set", std::move(options),
                     [&](auto& client) { return client.get_scale_set(id); });
}
Result<std::vector<ScaleSet>> Client::list_scale_sets(std::optional<RunnerGroupId> group,
                                                      CallOptions options) const {
  return impl_->call("Client::list_scale_sets", std::move(options),
                     [&](auto& client) { return client.list_scale_sets(group); });
}
Result<ScaleSet> Client::create_scale_set(ScaleSet scale_set, CallOptions options) const {
  return impl_->call("Client::create_scale_set", std::move(options),
                     [&](auto& client) { return client.create_scale_set(scale_set); });
}
Result<ScaleSet> Client::get_or_create_scale_set(ScaleSet wanted, CallOptions options) const {
  return impl_->call("Client::get_or_create_scale_set", std::move(options),
                     [&](auto& client) { return client.get_or_create_scale_set(wanted); });
}
Result<ScaleSet> Client::update_scale_set(ScaleSetId id, ScaleSetUpdate update,
                                          CallOptions options) const {
  return impl_->call("Client::update_scale_set", std::move(options),
                     [&](auto& client) { return client.update_scale_set(id, update); });
}
Result<void> Client::delete_scale_set(ScaleSetId id, CallOptions options) const {
  return impl_->call("Client::delete_scale_set", std::move(options),
                     [&](auto& client) { return client.delete_scale_set(id); });
}
Result<std::optional<RunnerGroup>> Client::find_runner_group(std::string name,
                                                             CallOptions options) const {
  return impl_->call("Client::find_runner_group", std::move(options),
                     [&](auto& client) { return client.find_runner_group(name); });
}
Result<std::vector<RunnerGroup>> Client::list_runner_groups(CallOptions options) const {
  return impl_->call("Client::list_runner_groups", std::move(options),
                     [](auto& client) { return client.list_runner_groups(); });
}
Result<std::vector<JobAvailable>> Client::acquirable_jobs(ScaleSetId id,
                                                          CallOptions options) const {
  return impl_->call("Client::acquirable_jobs", std::move(options),
                     [&](auto& client) { return client.acquirable_jobs(id); });
}
Result<JitConfig> Client::generate_jit_config(ScaleSetId id, std::string runner_name,
                                              std::string work_folder, CallOptions options) const {
  return impl_->call("Client::generate_jit_config", std::move(options), [&](auto& client) {
    return client.generate_jit_config(id, runner_name, work_folder);
  });
}
Result<Runner> Client::get_runner(RunnerId id, CallOptions options) const {
  return impl_->call("Client::get_runner", std::move(options),
                     [&](auto& client) { return client.get_runner(id); });
}
Result<std::optional<Runner>> Client::find_runner(std::string name, CallOptions options) const {
  return impl_->call("Client::find_runner", std::move(options),
                     [&](auto& client) { return client.find_runner(name); });
}
Result<std::vector<Runner>> Client::list_runners(CallOptions options) const {
  return impl_->call("Client::list_runners", std::move(options),
                     [](auto& client) { return client.list_runners(); });
}
Result<void> Client::remove_runner(RunnerId id, CallOptions options) const {
  return impl_->call("Client::remove_runner", std::move(options),
                     [&](auto& client) { return client.remove_runner(id); });
}
Result<MessageSession> Client::open_session(ScaleSetId id, std::string owner, CallOptions options,
                                            SessionOptions session_options) const {
  auto session = impl_->call("Client::open_session", std::move(options), [&](auto& client) {
    return client.open_session(id, owner, session_options);
  });
  if (!session) return std::unexpected(session.error());
  return MessageSession(std::make_shared<MessageSession::Impl>(impl_, *std::move(session)));
}
Result<void> Client::close_session(ScaleSetId id, std::string session_id,
                                   CallOptions options) const {
  return impl_->call("Client::close_session", std::move(options),
                     [&](auto& client) { return client.close_session(id, session_id); });
}
Result<AccessInfo> Client::access_info(CallOptions options) const {
  return impl_->call("Client::access_info", std::move(options),
                     [](auto& client) { return client.access_info(); });
}
std::string Client::debug_info() const {
  std::string info;
  impl_->runtime->run_on_loop([&] { info = impl_->client->debug_info(); });
  return info;
}

}  // namespace scaleset::inline v0
