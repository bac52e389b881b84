#include "client/credentials.hpp"

#include <string>

#include "base/credential_text.hpp"

namespace scaleset::client {
namespace {

std::unexpected<Error> refuse(std::string text) {
  return fail(ErrorCode::invalid_options, std::move(text));
}

Result<Secret> checked(Secret const& text, std::string_view source) {
  Secret token(std::string(base::without_surroundings(text.reveal())));
  auto const problem = base::token_problem(token.reveal());
  if (!problem.empty()) return refuse(std::string(source) + " " + problem);
  return token;
}

template <class T>
Result<void> outcome(Result<T> const& result) {
  if (!result) return std::unexpected(result.error());
  return {};
}

Result<void> check_app(GitHubApp const& app) {
  if (app.client_id.empty()) return refuse("the GitHub App has no client id");
  if (app.installation_id <= 0)
    return refuse("the GitHub App's installation id must be a positive number");
  if (app.private_key_pem && app.sign)
    return refuse(
        "the GitHub App has a private key and a function that signs; give only one of them");
  if (app.sign) return {};
  if (!app.private_key_pem)
    return refuse(
        "the GitHub App has neither a private key, such as secret_file(path), nor a function that "
        "signs");
  return outcome(read_app_key(app.private_key_pem));
}

}  // namespace

Result<Secret> read_token(SecretReader const& reader) {
  auto const text = reader();
  if (!text) return std::unexpected(text.error());
  return checked(*text, reader.source());
}

Result<ProvidedToken> checked_token(ProvidedToken provided) {
  auto token = checked(provided.token, "the token of the TokenProvider");
  if (!token) return std::unexpected(std::move(token.error()));
  provided.token = *std::move(token);
  return provided;
}

Result<base::RsaPrivateKey> read_app_key(SecretReader const& reader) {
  auto const pem = reader();
  if (!pem) return std::unexpected(pem.error());
  return base::RsaPrivateKey::from_pem(*pem, "the App's private key (" + reader.source() + ")");
}

Result<void> check_credentials(Credentials const& credentials) {
  if (auto const* personal = std::get_if<PersonalAccessToken>(&credentials)) {
    if (!personal->token)
      return refuse(
          "no credentials: the personal access token has no reader, such as secret_file(path)");
    return outcome(read_token(personal->token));
  }
  if (auto const* provider = std::get_if<TokenProvider>(&credentials)) {
    if (provider->provide) return {};
    return refuse("no credentials: the token provider has no function");
  }
  return check_app(std::get<GitHubApp>(credentials));
}

}  // namespace scaleset::client
