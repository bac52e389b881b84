#include <utility>

#include "client/async_client_impl.hpp"
#include "client/async_session_impl.hpp"
#include "client/debug_info.hpp"
#include "client/token_chain.hpp"
#include "http/curl_transport.hpp"
#include "http/transport_settings.hpp"
#include "protocol/wire/app_jwt.hpp"
#include "protocol/wire/requests.hpp"
#include "protocol/wire/user_agent.hpp"

namespace scaleset::inline v0::async {

using protocol::AdminConnection;
using protocol::Operation;
using protocol::WallTime;
using Agent = std::string_view;

Client::Client(boost::asio::any_io_executor executor,
               std::shared_ptr<FinalizedClientOptions const> options,
               std::shared_ptr<HttpTransport> transport) {
  // Before it is replaced: clients that were given a transport share tokens only with clients that
  // were given the same one (ADR 19). One that several clients of a process share is still ours.
  bool const users_transport = transport != nullptr && !http::is_curl_transport(*transport);
  if (!transport)
    transport = http::make_curl_transport(executor, options->transport(), options->hooks().log);
  impl_ = std::make_shared<Impl>(std::move(executor), std::move(options), std::move(transport),
                                 users_transport);
}

Client::~Client() = default;

void Client::Impl::set_system_info(SystemInfo info) {
  caller.set_user_agent(protocol::make_user_agent(info));
  system_info = std::move(info);
}

Result<std::shared_ptr<Client::Impl>> Client::Impl::for_session(std::shared_ptr<Impl> const& self,
                                                                SessionOptions const& options) {
  if (!options.system_info && !options.transport) return self;
  auto own = std::make_shared<Impl>(*self);
  if (options.system_info) own->set_system_info(*options.system_info);
  if (options.transport) {
    auto const& finalized = self->caller.options();
    TransportOptions transport = *options.transport;
    // The environment was read when the client was made (ADR 7), so its proxy is the client's.
    if (!transport.proxy) {
      transport.proxy = finalized.transport().proxy;
      transport.no_proxy = finalized.transport().no_proxy;
    }
    auto const usable = http::check_transport_options(transport);
    if (!usable) return std::unexpected(usable.error());
    own->caller.set_transport(
        http::make_curl_transport(self->executor, std::move(transport), finalized.hooks().log));
  }
  return own;
}

SystemInfo const& Client::system_info() const noexcept { return impl_->system_info; }
void Client::set_system_info(SystemInfo info) { impl_->set_system_info(std::move(info)); }

Result<void> Client::reload() {
  impl_->tokens.renew();
  return http::read_certificates_again(*impl_->caller.transport());
}

std::optional<TokenTrouble> Client::token_trouble() const { return impl_->tokens.trouble(); }

boost::asio::awaitable<void> Client::shutdown() { co_await impl_->tokens.shutdown(); }

Task<std::optional<ScaleSet>> Client::find_scale_set(RunnerGroupId group, std::string name) {
  auto build = [group, &name](AdminConnection const& admin, Agent agent) {
    return protocol::find_scale_set_request(admin, group, name, agent);
  };
  auto read = [group, &name](HttpResponse const& response, WallTime now) {
    return protocol::read_find_scale_set(response, group, name, now);
  };
  co_return co_await impl_->admin_call<std::optional<ScaleSet>>(Operation::find_scale_set, build,
                                                                read);
}

Task<std::vector<ScaleSet>> Client::list_scale_sets(std::optional<RunnerGroupId> group) {
  auto build = [group](AdminConnection const& admin, Agent agent) {
    return protocol::list_scale_sets_request(admin, group, agent);
  };
  co_return co_await impl_->admin_call<std::vector<ScaleSet>>(Operation::list_scale_sets, build,
                                                              protocol::read_list_scale_sets);
}

Task<ScaleSet> Client::get_scale_set(ScaleSetId id) {
  auto build = [id](AdminConnection const& admin, Agent agent) {
    return protocol::get_scale_set_request(admin, id, agent);
  };
  auto read = [id](HttpResponse const& response, WallTime now) {
    return protocol::read_get_scale_set(response, id, now);
  };
  co_return co_await impl_->admin_call<ScaleSet>(Operation::get_scale_set, build, read);
}

Task<ScaleSet> Client::create_scale_set(ScaleSet scale_set) {
  auto build = [&scale_set](AdminConnection const& admin, Agent agent) {
    return protocol::create_scale_set_request(admin, scale_set, agent);
  };
  auto read = [&scale_set](HttpResponse const& response, WallTime now) {
    return protocol::read_create_scale_set(response, scale_set.name, now);
  };
  co_return co_await impl_->admin_call<ScaleSet>(Operation::create_scale_set, build, read);
}

Task<ScaleSet> Client::get_or_create_scale_set(ScaleSet wanted) {
  if (wanted.name.empty())
    co_return fail(ErrorCode::invalid_argument,
                   "get_or_create_scale_set needs ScaleSet::name: a scale set is looked up by it");
  // An unset group is not sent when a scale set is created, and the service takes the default one.
  auto const group = wanted.group.value == 0 ? kDefaultRunnerGroup : wanted.group;
  auto found = co_await find_scale_set(group, wanted.name);
  if (!found) co_return std::unexpected(std::move(found.error()));
  // An existing scale set is returned as it is: what differs from `wanted` is not changed.
  if (*found) co_return **std::move(found);
  auto created = co_await create_scale_set(wanted);
  if (created) {
    impl_->caller.log().info("created the scale set",
                             {{"name", created->name}, {"id", created->id.value}});
    co_return created;
  }
  // Any other error is final. Creating is not repeated once the request may have arrived (ADR 8).
  if (created.error().code != ErrorCode::scale_set_exists) co_return created;
  // Somebody else was faster, or our first request did create it and only its answer was lost.
  auto again = co_await find_scale_set(group, wanted.name);
  if (!again) co_return std::unexpected(std::move(again.error()));
  if (!*again) co_return created;
  co_return **std::move(again);
}

Task<ScaleSet> Client::update_scale_set(ScaleSetId id, ScaleSetUpdate update) {
  auto build = [id, &update](AdminConnection const& admin, Agent agent) {
    return protocol::update_scale_set_request(admin, id, update, agent);
  };
  auto read = [id](HttpResponse const& response, WallTime now) {
    return protocol::read_update_scale_set(response, id, now);
  };
  co_return co_await impl_->admin_call<ScaleSet>(Operation::update_scale_set, build, read);
}

Task<void> Client::delete_scale_set(ScaleSetId id) {
  auto build = [id](AdminConnection const& admin, Agent agent) {
    return protocol::delete_scale_set_request(admin, id, agent);
  };
  co_return co_await impl_->admin_call<void>(Operation::delete_scale_set, build,
                                             protocol::read_delete_scale_set);
}

Task<std::optional<RunnerGroup>> Client::find_runner_group(std::string name) {
  auto build = [&name](AdminConnection const& admin, Agent agent) {
    return protocol::find_runner_group_request(admin, name, agent);
  };
  auto read = [&name](HttpResponse const& response, WallTime now) {
    return protocol::read_find_runner_group(response, name, now);
  };
  co_return co_await impl_->admin_call<std::optional<RunnerGroup>>(Operation::find_runner_group,
                                                                   build, read);
}

Task<std::vector<RunnerGroup>> Client::list_runner_groups() {
  co_return co_await impl_->admin_call<std::vector<RunnerGroup>>(
      Operation::list_runner_groups, protocol::list_runner_groups_request,
      protocol::read_list_runner_groups);
}

Task<std::vector<JobAvailable>> Client::acquirable_jobs(ScaleSetId id) {
  auto build = [id](AdminConnection const& admin, Agent agent) {
    return protocol::acquirable_jobs_request(admin, id, agent);
  };
  co_return co_await impl_->admin_call<std::vector<JobAvailable>>(Operation::acquirable_jobs, build,
                                                                  protocol::read_acquirable_jobs);
}

Task<JitConfig> Client::generate_jit_config(ScaleSetId id, std::string runner_name,
                                            std::string work_folder) {
  auto build = [id, &runner_name, &work_folder](AdminConnection const& admin, Agent agent) {
    return protocol::generate_jit_config_request(admin, id, runner_name, work_folder, agent);
  };
  auto read = [id, &runner_name](HttpResponse const& response, WallTime now) {
    return protocol::read_generate_jit_config(response, id, runner_name, now);
  };
  co_return co_await impl_->admin_call<JitConfig>(Operation::generate_jit_config, build, read);
}

Task<Runner> Client::get_runner(RunnerId id) {
  auto build = [id](AdminConnection const& admin, Agent agent) {
    return protocol::get_runner_request(admin, id, agent);
  };
  auto read = [id](HttpResponse const& response, WallTime now) {
    return protocol::read_get_runner(response, id, now);
  };
  co_return co_await impl_->admin_call<Runner>(Operation::get_runner, build, read);
}

Task<std::optional<Runner>> Client::find_runner(std::string name) {
  auto build = [&name](AdminConnection const& admin, Agent agent) {
    return protocol::find_runner_request(admin, name, agent);
  };
  auto read = [&name](HttpResponse const& response, WallTime now) {
    return protocol::read_find_runner(response, name, now);
  };
  co_return co_await impl_->admin_call<std::optional<Runner>>(Operation::find_runner, build, read);
}

Task<std::vector<Runner>> Client::list_runners() {
  co_return co_await impl_->admin_call<std::vector<Runner>>(
      Operation::list_runners, protocol::list_runners_request, protocol::read_list_runners);
}

Task<std::optional<RunnerDeprecation>> Client::find_runner_deprecation(std::string version) {
  auto const& caller = impl_->caller;
  auto const& options = caller.options();
  auto const token = co_await client::rest_api_token(impl_->executor, caller);
  if (!token) co_return std::unexpected(token.error());
  client::Caller::Builder const build = [&] {
    return protocol::runner_deprecation_request(options.config_url(), token->token, version,
                                                impl_->caller.user_agent());
  };
  client::Caller::Reader<std::optional<RunnerDeprecation>> read =
      [&version](HttpResponse const& response, WallTime now) {
        return protocol::read_runner_deprecation(response, version, now);
      };
  co_return co_await impl_->caller.call<std::optional<RunnerDeprecation>>(
      Operation::runner_deprecation, build, std::move(read));
}

Task<void> Client::remove_runner(RunnerId id) {
  auto build = [id](AdminConnection const& admin, Agent agent) {
    return protocol::remove_runner_request(admin, id, agent);
  };
  co_return co_await impl_->admin_call<void>(Operation::remove_runner, build,
                                             protocol::read_remove_runner);
}

Task<std::unique_ptr<MessageSession>> Client::open_session(ScaleSetId id, std::string owner,
                                                           SessionOptions options) {
  auto through = Impl::for_session(impl_, options);
  if (!through) co_return std::unexpected(through.error());
  auto opened = co_await create_session(*through, id, owner, options);
  if (!opened) co_return std::unexpected(opened.error());
  auto impl = std::make_unique<MessageSession::Impl>(*std::move(through), id, std::move(owner),
                                                     options, *std::move(opened));
  co_return std::make_unique<MessageSession>(std::move(impl));
}

Task<void> Client::close_session(ScaleSetId id, std::string session_id) {
  co_return co_await delete_session(impl_, id, std::move(session_id));
}

Task<AccessInfo> Client::access_info() {
  auto const lease = co_await impl_->tokens.get();
  if (!lease) co_return std::unexpected(lease.error());
  AccessInfo info;
  info.service_url = lease->connection.url;
  info.expires_at = lease->connection.expires_at;
  info.scopes = protocol::jwt_scopes(lease->connection.token.reveal());
  co_return info;
}

std::string Client::debug_info() const {
  return client::make_debug_info(impl_->caller, impl_->tokens.age());
}

}  // namespace scaleset::inline v0::async
