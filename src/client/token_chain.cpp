#include "client/token_chain.hpp"

#include <algorithm>
#include <utility>

#include "client/provider_call.hpp"
#include "protocol/wire/app_jwt.hpp"
#include "protocol/wire/requests.hpp"

namespace scaleset::client {
namespace {

namespace asio = boost::asio;
using protocol::IssuedToken;
using protocol::Operation;
using protocol::WallTime;

/// Asking the provider is not a call to the service, but is repeated like one.
// The traits: repeated within the call and also after it was sent, since asking twice does no harm.
constexpr protocol::OperationTraits kProvideToken{
    Operation::installation_token, "ProvideToken", true, true, false, TrafficClass::control};

/// E1: a fresh installation token of the App.
Task<IssuedToken> installation_token(Caller caller) {
  auto const& app = std::get<GitHubApp>(caller.options().credentials());
  auto const pem = app.private_key_pem();
  if (!pem) co_return std::unexpected(pem.error());
  auto const jwt = protocol::make_app_jwt(app.client_id, *pem, caller.now().wall);
  if (!jwt) co_return std::unexpected(jwt.error());
  auto const& url = caller.options().config_url();
  // One JWT for all attempts: it is good for 8 minutes (protocol.md 3.2), and by default the
  // attempts end after 30 s.
  Caller::Builder const request = [&] {
    return protocol::installation_token_request(url, app.installation_id, *jwt,
                                                caller.options().user_agent());
  };
  Caller::Reader<IssuedToken> read = [&url](HttpResponse const& response, WallTime now) {
    return protocol::read_installation_token(response, url, now);
  };
  auto issued =
      co_await caller.call<IssuedToken>(Operation::installation_token, request, std::move(read));
  // An admin token stays valid when the installation token that it was made from expires.
  if (issued) issued->expires_at.reset();
  co_return issued;
}

/// In whole milliseconds, like every time that comes from the service.
Result<IssuedToken> issued_by(Result<ProvidedToken> provided) {
  if (!provided) return std::unexpected(std::move(provided.error()));
  IssuedToken issued;
  issued.token = std::move(provided->token);
  if (provided->expires_at)
    issued.expires_at = std::chrono::floor<std::chrono::milliseconds>(*provided->expires_at);
  return issued;
}

Task<IssuedToken> provided_token(asio::any_io_executor executor, Caller caller,
                                 std::shared_ptr<TokenProvider const> provider) {
  auto const& options = caller.options();
  protocol::RetryMachine retries(kProvideToken, options.retry(), caller.now().steady,
                                 &options.retry_budget());
  for (;;) {
    auto provided = co_await call_provider(executor, provider);
    if (provided) retries.on_success();
    if (provided || provided.error().code == ErrorCode::cancelled)
      co_return issued_by(std::move(provided));
    auto const decision =
        retries.on_failure(provided.error(), caller.now().steady, caller.random());
    if (!decision.retry) co_return issued_by(std::move(provided));
    bool const slept = co_await caller.wait_to_retry(provided.error(), decision.delay);
    if (!slept) co_return fail(ErrorCode::cancelled, "cancelled while waiting to try again");
  }
}

/// Brings `expiry` forward to `other`. An `other` in the past means that a clock is wrong, so it is
/// ignored.
void shorten(std::optional<Timestamp>& expiry, std::optional<Timestamp> other, WallTime now) {
  if (!other || *other <= now) return;
  expiry = std::min(expiry.value_or(*other), *other);
}

/// Gets the token that E2 is called with.
Task<IssuedToken> rest_api_token(asio::any_io_executor executor, Caller caller) {
  auto const& credentials = caller.options().credentials();
  if (std::holds_alternative<GitHubApp>(credentials)) {
    co_return co_await installation_token(caller);
  }
  if (auto const* provider = std::get_if<TokenProvider>(&credentials)) {
    // An aliasing pointer: the provider is a part of the options, which the detached thread must
    // keep alive.
    std::shared_ptr<TokenProvider const> kept(caller.shared_options(), provider);
    co_return co_await provided_token(executor, caller, std::move(kept));
  }
  auto personal = std::get<PersonalAccessToken>(credentials).token();
  if (!personal) co_return std::unexpected(personal.error());
  IssuedToken issued;
  issued.token = *std::move(personal);
  co_return issued;
}

}  // namespace

Task<protocol::AdminConnection> walk_token_chain(asio::any_io_executor executor, Caller caller) {
  auto const& url = caller.options().config_url();
  auto const& agent = caller.options().user_agent();
  auto const api_token = co_await rest_api_token(std::move(executor), caller);
  if (!api_token) co_return std::unexpected(api_token.error());
  Caller::Builder const registration_request = [&] {
    return protocol::registration_token_request(url, api_token->token, agent);
  };
  Caller::Reader<IssuedToken> read_registration = [&url](HttpResponse const& response,
                                                         WallTime now) {
    return protocol::read_registration_token(response, url, now);
  };
  // Not kept for the next walk, although it would be good for an hour: GitHub's client fetches one
  // for each walk, too (protocol.md 3.3).
  auto registration = co_await caller.call<IssuedToken>(
      Operation::registration_token, registration_request, std::move(read_registration));
  if (!registration) co_return std::unexpected(registration.error());
  Caller::Builder const admin_request = [&] {
    return protocol::admin_connection_request(url, registration->token, agent);
  };
  Caller::Reader<protocol::AdminConnection> read_admin = [&url](HttpResponse const& response,
                                                                WallTime now) {
    return protocol::read_admin_connection(response, url, now);
  };
  auto connection = co_await caller.call<protocol::AdminConnection>(
      Operation::admin_connection, admin_request, std::move(read_admin));
  // The admin token itself stays valid; ProvidedToken::expires_at asks for a new one earlier.
  if (connection) shorten(connection->expires_at, api_token->expires_at, caller.now().wall);
  co_return connection;
}

}  // namespace scaleset::client
