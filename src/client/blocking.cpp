#include <boost/asio/any_io_executor.hpp>

#include "client/client_parts.hpp"
#include "client/runtime.hpp"
#include "scaleset/async/client.hpp"
#include "scaleset/client.hpp"

// The blocking API: each call runs its coroutine on the runtime's loop and waits for it.
namespace scaleset {

struct Client::Impl {
  Impl(std::shared_ptr<Runtime> the_runtime, std::shared_ptr<FinalizedClientOptions const> options,
       std::shared_ptr<HttpTransport> transport)
      : runtime(std::move(the_runtime)) {
    runtime->run_on_loop([&] {
      client = std::make_unique<async::Client>(runtime->executor(), std::move(options),
                                               std::move(transport));
    });
  }
  Impl(Impl const&) = delete;
  Impl& operator=(Impl const&) = delete;
  ~Impl() {
    auto shut_down = [this]() -> Task<void> { return shutdown(client.get()); };
    (void)runtime->wait<void>(shut_down, {});
    runtime->run_on_loop([this] { client.reset(); });
  }
  static Task<void> shutdown(async::Client* client) {
    co_await client->shutdown();
    co_return Result<void>();
  }

  std::shared_ptr<Runtime> runtime;
  std::unique_ptr<async::Client> client;
};

struct MessageSession::Impl {
  Impl(std::shared_ptr<Client::Impl> the_client, std::unique_ptr<async::MessageSession> the_session)
      : client(std::move(the_client)), session(std::move(the_session)) {}
  Impl(Impl const&) = delete;
  Impl& operator=(Impl const&) = delete;
  ~Impl() {
    client->runtime->run_on_loop([this] { session.reset(); });
  }
  template <class T>
  Result<T> wait(std::function<Task<T>()> make_task, CallOptions options) {
    return client->runtime->wait<T>(std::move(make_task), std::move(options));
  }
  template <class T>
  T read(std::function<T(async::MessageSession&)> getter) {
    T value{};
    client->runtime->run_on_loop([&] { value = getter(*session); });
    return value;
  }

  std::shared_ptr<Client::Impl> client;
  std::unique_ptr<async::MessageSession> session;
};

// MessageSession

MessageSession::MessageSession(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<std::optional<Message>> MessageSession::get_message(MessageId last, int max_capacity,
                                                           CallOptions options) {
  return impl_->wait<std::optional<Message>>(
      [&] { return impl_->session->get_message(last, max_capacity); }, std::move(options));
}
Result<void> MessageSession::delete_message(MessageId id, CallOptions options) {
  return impl_->wait<void>([&] { return impl_->session->delete_message(id); }, std::move(options));
}
Result<std::vector<RequestId>> MessageSession::acquire_jobs(std::span<RequestId const> ids,
                                                            CallOptions options) {
  std::vector<RequestId> copy(ids.begin(), ids.end());
  return impl_->wait<std::vector<RequestId>>(
      [&] { return impl_->session->acquire_jobs(std::move(copy)); }, std::move(options));
}
Result<void> MessageSession::refresh(CallOptions options) {
  return impl_->wait<void>([&] { return impl_->session->refresh(); }, std::move(options));
}
Result<void> MessageSession::close(CallOptions options) {
  return impl_->wait<void>([&] { return impl_->session->close(); }, std::move(options));
}
std::string MessageSession::id() const {
  return impl_->read<std::string>([](auto& session) { return session.id(); });
}
std::string MessageSession::owner() const {
  return impl_->read<std::string>([](auto& session) { return session.owner(); });
}
std::optional<Statistics> MessageSession::statistics() const {
  return impl_->read<std::optional<Statistics>>([](auto& session) { return session.statistics(); });
}
std::int64_t MessageSession::times_recreated() const {
  return impl_->read<std::int64_t>([](auto& session) { return session.times_recreated(); });
}

// Client

ClientParts ClientParts::of(Client const& client) {
  return {client.impl_, *client.impl_->runtime, *client.impl_->client};
}

Client::Client(std::shared_ptr<Impl> impl) : impl_(std::move(impl)) {}

Result<Client> Client::create(ClientOptions options, std::shared_ptr<Runtime> runtime,
                              std::shared_ptr<HttpTransport> transport) {
  auto finalized = finalize(std::move(options));
  if (!finalized) return std::unexpected(finalized.error());
  if (!runtime) runtime = common_runtime();
  return Client(
      std::make_shared<Impl>(std::move(runtime), *std::move(finalized), std::move(transport)));
}

Result<std::optional<ScaleSet>> Client::find_scale_set(RunnerGroupId group, std::string name,
                                                       CallOptions options) const {
  return impl_->runtime->wait<std::optional<ScaleSet>>(
      [&] { return impl_->client->find_scale_set(group, name); }, std::move(options));
}
Result<ScaleSet> Client::get_scale_set(ScaleSetId id, CallOptions options) const {
  return impl_->runtime->wait<ScaleSet>([&] { return impl_->client->get_scale_set(id); },
                                        std::move(options));
}
Result<std::vector<ScaleSet>> Client::list_scale_sets(std::optional<RunnerGroupId> group,
                                                      CallOptions options) const {
  return impl_->runtime->wait<std::vector<ScaleSet>>(
      [&] { return impl_->client->list_scale_sets(group); }, std::move(options));
}
Result<ScaleSet> Client::create_scale_set(ScaleSet scale_set, CallOptions options) const {
  return impl_->runtime->wait<ScaleSet>([&] { return impl_->client->create_scale_set(scale_set); },
                                        std::move(options));
}
Result<ScaleSet> Client::get_or_create_scale_set(ScaleSet wanted, CallOptions options) const {
  return impl_->runtime->wait<ScaleSet>(
      [&] { return impl_->client->get_or_create_scale_set(wanted); }, std::move(options));
}
Result<ScaleSet> Client::update_scale_set(ScaleSetId id, ScaleSetUpdate update,
                                          CallOptions options) const {
  return impl_->runtime->wait<ScaleSet>([&] { return impl_->client->update_scale_set(id, update); },
                                        std::move(options));
}
Result<void> Client::delete_scale_set(ScaleSetId id, CallOptions options) const {
  return impl_->runtime->wait<void>([&] { return impl_->client->delete_scale_set(id); },
                                    std::move(options));
}
Result<std::optional<RunnerGroup>> Client::find_runner_group(std::string name,
                                                             CallOptions options) const {
  return impl_->runtime->wait<std::optional<RunnerGroup>>(
      [&] { return impl_->client->find_runner_group(name); }, std::move(options));
}
Result<std::vector<RunnerGroup>> Client::list_runner_groups(CallOptions options) const {
  return impl_->runtime->wait<std::vector<RunnerGroup>>(
      [&] { return impl_->client->list_runner_groups(); }, std::move(options));
}
Result<std::vector<JobAvailable>> Client::acquirable_jobs(ScaleSetId id,
                                                          CallOptions options) const {
  return impl_->runtime->wait<std::vector<JobAvailable>>(
      [&] { return impl_->client->acquirable_jobs(id); }, std::move(options));
}
Result<JitConfig> Client::generate_jit_config(ScaleSetId id, std::string runner_name,
                                              std::string work_folder, CallOptions options) const {
  return impl_->runtime->wait<JitConfig>(
      [&] { return impl_->client->generate_jit_config(id, runner_name, work_folder); },
      std::move(options));
}
Result<Runner> Client::get_runner(RunnerId id, CallOptions options) const {
  return impl_->runtime->wait<Runner>([&] { return impl_->client->get_runner(id); },
                                      std::move(options));
}
Result<std::optional<Runner>> Client::find_runner(std::string name, CallOptions options) const {
  return impl_->runtime->wait<std::optional<Runner>>(
      [&] { return impl_->client->find_runner(name); }, std::move(options));
}
Result<std::vector<Runner>> Client::list_runners(CallOptions options) const {
  return impl_->runtime->wait<std::vector<Runner>>([&] { return impl_->client->list_runners(); },
                                                   std::move(options));
}
Result<void> Client::remove_runner(RunnerId id, CallOptions options) const {
  return impl_->runtime->wait<void>([&] { return impl_->client->remove_runner(id); },
                                    std::move(options));
}
Result<MessageSession> Client::open_session(ScaleSetId id, std::string owner, CallOptions options,
                                            SessionOptions session_options) const {
  auto session = impl_->runtime->wait<std::unique_ptr<async::MessageSession>>(
      [&] { return impl_->client->open_session(id, owner, session_options); }, std::move(options));
  if (!session) return std::unexpected(session.error());
  return MessageSession(std::make_shared<MessageSession::Impl>(impl_, *std::move(session)));
}

Result<void> Client::close_session(ScaleSetId id, std::string session_id,
                                   CallOptions options) const {
  return impl_->runtime->wait<void>([&] { return impl_->client->close_session(id, session_id); },
                                    std::move(options));
}
Result<AccessInfo> Client::access_info(CallOptions options) const {
  return impl_->runtime->wait<AccessInfo>([&] { return impl_->client->access_info(); },
                                          std::move(options));
}
std::string Client::debug_info() const {
  std::string info;
  impl_->runtime->run_on_loop([&] { info = impl_->client->debug_info(); });
  return info;
}

}  // namespace scaleset
