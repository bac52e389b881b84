#include "protocol/wire/permissions.hpp"

namespace scaleset::protocol {
namespace {

std::string explain_app(int status, std::string const& answer) {
  if (status == 401) {
    return "GitHub refused the App's own token " + answer +
           ": the client id and the private key do not belong together, the key was deleted, or "
           "this machine's clock is wrong";
  }
  if (status == 403) {
    return "GitHub refused the App " + answer +
           ": its installation is suspended, or may not be used from this address";
  }
  return "GitHub knows no such installation of the App " + answer +
         ": check the installation id (the number at the end of the installation's URL) and that "
         "the App with this client id is installed there";
}

std::string explain_token(int status, std::string const& answer, ConfigUrl const& url) {
  std::string const needed = "it needs " + needed_permission(url.scope);
  if (status == 401) {
    return "GitHub refused the token " + answer + " for " + url.display() +
           ": the token is wrong, expired or revoked; " + needed;
  }
  if (status == 403) {
    return "GitHub refused the token " + answer + " for " + url.display() +
           ": the token lacks a right, or its owner does; " + needed;
  }
  return "GitHub shows the token no " + url.display() + " " + answer +
         ": the name is wrong, the App is not installed there, or the token lacks a right; " +
         needed;
}

std::string explain_registration(std::string const& answer, ConfigUrl const& url) {
  return "GitHub refused the registration token it had just given " + answer + " for " +
         url.display() +
         ": check that the config URL is exactly the one of the page that lists the runners; the "
         "token behind it needs " +
         needed_permission(url.scope);
}

}  // namespace

std::string needed_permission(ConfigUrl::Scope scope) {
  switch (scope) {
    case ConfigUrl::Scope::organization:
      return "the admin:org scope (classic) or \"Self-hosted runners: read and write\" "
             "(fine-grained or GitHub App)";
    case ConfigUrl::Scope::repository:
      return "the repo scope (classic) or \"Administration: read and write\" (fine-grained or "
             "GitHub App)";
    case ConfigUrl::Scope::enterprise:
      return "the manage_runners:enterprise scope (classic; fine-grained tokens and GitHub Apps "
             "cannot register an enterprise's runners)";
  }
  return {};
}

Error explain_refusal(Error error, Operation operation, ConfigUrl const& url,
                      std::string const& github_says) {
  bool const refusal = error.code == ErrorCode::unauthorized ||
                       error.code == ErrorCode::forbidden || error.code == ErrorCode::not_found;
  if (!refusal) return error;
  std::string const answer = "(" + std::to_string(error.http_status) +
                             (github_says.empty() ? "" : " " + github_says) + ")";
  if (operation == Operation::installation_token) {
    error.message = explain_app(error.http_status, answer);
  } else if (operation == Operation::registration_token) {
    error.message = explain_token(error.http_status, answer, url);
  } else {
    error.message = explain_registration(answer, url);
  }
  return error;
}

}  // namespace scaleset::protocol
