#include "client/token_source.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include "protocol/app_jwt.hpp"
#include "protocol/requests.hpp"

namespace scaleset::client {

namespace asio = boost::asio;
using protocol::Operation;
using protocol::TokenMachine;

TokenSource::TokenSource(asio::any_io_executor executor, Caller& caller)
    : caller_(caller),
      refreshed_(executor, asio::steady_timer::time_point::max()),
      tasks_(executor, caller.options().hooks().log) {}

Task<TokenSource::Lease> TokenSource::get() {
  for (;;) {
    auto const answer = machine_.need(caller_.now());
    if (answer == TokenMachine::Answer::fail) co_return std::unexpected(machine_.last_error());
    if (answer == TokenMachine::Answer::mint || answer == TokenMachine::Answer::use_and_mint)
      tasks_.spawn(refresh());
    if (answer == TokenMachine::Answer::use || answer == TokenMachine::Answer::use_and_mint) {
      Lease lease;
      lease.connection = machine_.connection();
      lease.generation = machine_.generation();
      co_return lease;
    }
    bool const cancelled = co_await http::is_cancelled();
    if (cancelled) co_return fail(ErrorCode::cancelled, "cancelled while waiting for a token");
    boost::system::error_code
        ignored;  // always operation_aborted: the walk ended, or we were cancelled
    co_await refreshed_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
  }
}

bool TokenSource::rejected(std::uint64_t generation) {
  return machine_.rejected(generation, caller_.now());
}

std::optional<std::chrono::seconds> TokenSource::age() const {
  auto const minted = machine_.minted_at();
  if (!minted) return std::nullopt;
  return std::chrono::duration_cast<std::chrono::seconds>(caller_.now().steady - *minted);
}

asio::awaitable<void> TokenSource::shutdown() {
  tasks_.request_stop();
  co_await tasks_.join();
}

asio::awaitable<void> TokenSource::refresh() {
  auto connection = co_await walk_chain();
  report(std::move(connection));
  refreshed_.cancel();
}

void TokenSource::report(Result<protocol::AdminConnection> outcome) {
  bool const ok = outcome.has_value();
  if (ok) {
    caller_.log().debug("got an admin token", {{"service", outcome->url}});
    machine_.refreshed(*std::move(outcome), caller_.now(), caller_.random());
  } else if (outcome.error().code == ErrorCode::cancelled) {
    machine_.refresh_abandoned();
    return;
  } else {
    std::string const text = outcome.error().to_string();
    caller_.log().warn("could not get a token from GitHub", {{"error", text}});
    machine_.refresh_failed(std::move(outcome.error()), caller_.now(), caller_.random());
  }
  if (auto const& metrics = caller_.options().hooks().metrics) metrics->on_token_refresh(ok);
}

Task<protocol::AdminConnection> TokenSource::walk_chain() {
  auto const& options = caller_.options();
  auto const& url = options.config_url();
  auto api_token = co_await rest_api_token();
  if (!api_token) co_return std::unexpected(api_token.error());
  auto registration_request =
      protocol::registration_token_request(url, *api_token, options.user_agent());
  Caller::Reader<protocol::IssuedToken> read_registration = [&url](HttpResponse const& response,
                                                                   protocol::WallTime now) {
    return protocol::read_registration_token(response, url, now);
  };
  auto registration = co_await caller_.call<protocol::IssuedToken>(
      Operation::registration_token, std::move(registration_request), std::move(read_registration));
  if (!registration) co_return std::unexpected(registration.error());
  auto admin_request =
      protocol::admin_connection_request(url, registration->token, options.user_agent());
  Caller::Reader<protocol::AdminConnection> read_admin = [&url](HttpResponse const& response,
                                                                protocol::WallTime now) {
    return protocol::read_admin_connection(response, url, now);
  };
  co_return co_await caller_.call<protocol::AdminConnection>(
      Operation::admin_connection, std::move(admin_request), std::move(read_admin));
}

/// The personal access token, or a fresh installation token of the App (E1).
Task<Secret> TokenSource::rest_api_token() {
  auto const& options = caller_.options();
  if (auto const* personal = std::get_if<PersonalAccessToken>(&options.credentials()))
    co_return personal->token();
  if (auto const* provider = std::get_if<TokenProvider>(&options.credentials())) {
    auto provided = provider->provide();
    if (!provided) co_return std::unexpected(provided.error());
    co_return provided->token;
  }
  auto const& app = std::get<GitHubApp>(options.credentials());
  auto pem = app.private_key_pem();
  if (!pem) co_return std::unexpected(pem.error());
  auto jwt = protocol::make_app_jwt(app.client_id, *pem, caller_.now().wall);
  if (!jwt) co_return std::unexpected(jwt.error());
  auto const& url = options.config_url();
  auto request =
      protocol::installation_token_request(url, app.installation_id, *jwt, options.user_agent());
  Caller::Reader<protocol::IssuedToken> read = [&url](HttpResponse const& response,
                                                      protocol::WallTime now) {
    return protocol::read_installation_token(response, url, now);
  };
  auto issued = co_await caller_.call<protocol::IssuedToken>(Operation::installation_token,
                                                             std::move(request), std::move(read));
  if (!issued) co_return std::unexpected(issued.error());
  co_return issued->token;
}

}  // namespace scaleset::client
