#include "client/token_chain.hpp"

#include <algorithm>
#include <utility>

#include "client/credentials.hpp"
#include "client/own_thread.hpp"
#include "protocol/wire/app_jwt.hpp"
#include "protocol/wire/requests.hpp"

namespace scaleset::client {
namespace {

namespace asio = boost::asio;
using protocol::IssuedToken;
using protocol::Operation;
using protocol::WallTime;

/// Asking the user's function is not a call to the service, but is repeated like one.
// The traits: repeated within the call and also after it was sent, since asking twice does no harm.
constexpr protocol::OperationTraits kProvideToken{
    Operation::installation_token, "ProvideToken", true, true, false, TrafficClass::control};
constexpr protocol::OperationTraits kSignAppToken{
    Operation::installation_token, "SignAppToken", true, true, false, TrafficClass::control};

/// An error of reading a secret, which says nothing about requests by itself.
Error not_sent(Error error) {
  error.request_sent = false;
  error.attempts = 0;
  return error;
}

template <class T>
Task<T> ask_user(asio::any_io_executor executor, Caller caller, protocol::OperationTraits operation,
                 std::string_view who, std::function<Result<T>()> function) {
  auto const& options = caller.options();
  protocol::RetryMachine retries(operation, options.retry(), caller.now().steady,
                                 &options.retry_budget());
  for (;;) {
    caller.asks(who);
    auto answer = co_await call_on_own_thread<T>(executor, who, function);
    caller.asks("");
    if (answer) retries.on_success();
    if (answer || answer.error().code == ErrorCode::cancelled) co_return answer;
    answer.error().request_sent = false;
    auto const decision = retries.on_failure(answer.error(), caller.now().steady, caller.random());
    if (!decision.retry) co_return answer;
    bool const slept = co_await caller.wait_to_retry(answer.error(), decision.delay);
    if (!slept)
      co_return fail(ErrorCode::cancelled,
                     "cancelled while waiting to try again; before that " + answer.error().message);
  }
}

/// Signs with the key or has the user's function sign.
Task<Secret> app_jwt(asio::any_io_executor executor, Caller caller) {
  auto const& app = std::get<GitHubApp>(caller.options().credentials());
  std::string const to_sign = protocol::app_jwt_to_sign(app.client_id, caller.now().wall);
  if (!app.sign) {
    auto const key = read_app_key(app.private_key_pem);
    if (!key) co_return std::unexpected(not_sent(key.error()));
    co_return protocol::signed_app_jwt(to_sign, key->sign(to_sign));
  }
  // The function is the options' and lives as long as the thread that calls it.
  std::function<Result<std::string>()> const sign = [options = caller.shared_options(),
                                                     to_sign]() -> Result<std::string> {
    auto signature = std::get<GitHubApp>(options->credentials()).sign(to_sign);
    if (signature && signature->empty())
      return fail(ErrorCode::invalid_options, "GitHubApp::sign returned an empty signature");
    return signature;
  };
  auto const signature =
      co_await ask_user<std::string>(executor, caller, kSignAppToken, "GitHubApp::sign", sign);
  if (!signature) co_return std::unexpected(signature.error());
  co_return protocol::signed_app_jwt(to_sign, *signature);
}

/// E1: a fresh installation token of the App.
Task<IssuedToken> installation_token(asio::any_io_executor executor, Caller caller) {
  auto const& app = std::get<GitHubApp>(caller.options().credentials());
  auto const jwt = co_await app_jwt(std::move(executor), caller);
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

Task<IssuedToken> provided_token(asio::any_io_executor executor, Caller caller) {
  std::function<Result<ProvidedToken>()> const provide =
      [options = caller.shared_options()]() -> Result<ProvidedToken> {
    auto provided = std::get<TokenProvider>(options->credentials()).provide();
    if (!provided) return provided;
    return checked_token(*std::move(provided));
  };
  std::string_view const given = std::get<TokenProvider>(caller.options().credentials()).name;
  std::string_view const who = given.empty() ? "the TokenProvider" : given;
  auto provided = co_await ask_user<ProvidedToken>(executor, caller, kProvideToken, who, provide);
  co_return issued_by(std::move(provided));
}

/// Brings `expiry` forward to `other`. An `other` in the past means that a clock is wrong, so it is
/// ignored.
void shorten(std::optional<Timestamp>& expiry, std::optional<Timestamp> other, WallTime now) {
  if (!other || *other <= now) return;
  expiry = std::min(expiry.value_or(*other), *other);
}

}  // namespace

Task<IssuedToken> rest_api_token(asio::any_io_executor executor, Caller caller) {
  auto const& credentials = caller.options().credentials();
  if (std::holds_alternative<GitHubApp>(credentials)) {
    co_return co_await installation_token(std::move(executor), caller);
  }
  if (std::holds_alternative<TokenProvider>(credentials)) {
    co_return co_await provided_token(std::move(executor), caller);
  }
  auto personal = read_token(std::get<PersonalAccessToken>(credentials).token);
  if (!personal) co_return std::unexpected(not_sent(personal.error()));
  IssuedToken issued;
  issued.token = *std::move(personal);
  co_return issued;
}

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
