#include "cli/connection.hpp"

#include <CLI/CLI.hpp>

#include "cli/environment.hpp"
#include "cli/shell_command.hpp"

namespace scaleset::cli {
namespace {

/// Long enough for a vault that asks a person for a second factor, but a command that hangs must
/// become an error at some point.
constexpr std::chrono::seconds kTokenCommandLimit{60};

Result<ProvidedToken> token_from_command(std::string const& command) {
  auto const output = capture_shell_command(command, kTokenCommandLimit);
  if (!output) return std::unexpected(output.error());
  auto const end = output->find_last_not_of(" \t\r\n");
  if (end == std::string::npos) {
    return fail(ErrorCode::io, "--token-command wrote nothing to its standard output: " + command);
  }
  ProvidedToken provided;
  provided.token = Secret(output->substr(0, end + 1));
  return provided;
}

Result<Credentials> app_from(ConnectionArguments const& arguments) {
  if (arguments.app_client_id.empty() || arguments.app_installation_id <= 0 ||
      arguments.app_private_key_file.empty()) {
    return fail(ErrorCode::invalid_options,
                "a GitHub App needs all three of --app-client-id, --app-installation-id and "
                "--app-private-key-file");
  }
  return GitHubApp{arguments.app_client_id, arguments.app_installation_id,
                   secret_file(arguments.app_private_key_file)};
}

}  // namespace

void add_connection_flags(CLI::App& command, ConnectionArguments& arguments) {
  command
      .add_option("--url", arguments.url,
                  "https://github.com/ORG, .../OWNER/REPO, .../enterprises/NAME, or the same on a "
                  "GitHub Enterprise Server")
      ->envname("SCALESET_URL");
  command
      .add_option("--token-file", arguments.token_file,
                  "File with a personal access token (or set GITHUB_TOKEN)")
      ->envname("SCALESET_TOKEN_FILE");
  command
      .add_option("--token-command", arguments.token_command,
                  "Shell command that prints a token, run each time one is needed, such as \"gh "
                  "auth token\"")
      ->envname("SCALESET_TOKEN_COMMAND");
  command
      .add_option("--app-client-id", arguments.app_client_id,
                  "Client id (or app id) of a GitHub App")
      ->envname("SCALESET_APP_CLIENT_ID");
  command
      .add_option("--app-installation-id", arguments.app_installation_id,
                  "Installation id of the GitHub App")
      ->envname("SCALESET_APP_INSTALLATION_ID");
  command
      .add_option("--app-private-key-file", arguments.app_private_key_file,
                  "File with the App's private key (PEM)")
      ->envname("SCALESET_APP_PRIVATE_KEY_FILE");
  command
      .add_option("--ca-file", arguments.ca_file,
                  "Certificates (PEM) to trust besides the system's")
      ->envname("SCALESET_CA_FILE");
}

Result<Credentials> credentials_from(ConnectionArguments const& arguments) {
  // Even if another credential is given: child processes must not see it.
  auto token = take_secret_from_environment("GITHUB_TOKEN");
  bool const app = !arguments.app_client_id.empty() || arguments.app_installation_id != 0 ||
                   !arguments.app_private_key_file.empty();
  bool const file = !arguments.token_file.empty();
  bool const command = !arguments.token_command.empty();
  if (static_cast<int>(app) + static_cast<int>(file) + static_cast<int>(command) > 1) {
    return fail(ErrorCode::invalid_options,
                "--token-file, --token-command and the --app-... flags cannot be combined; give "
                "only one of them");
  }
  if (app) return app_from(arguments);
  if (file) return PersonalAccessToken{secret_file(arguments.token_file)};
  if (command) {
    return TokenProvider{
        [command = arguments.token_command] { return token_from_command(command); }};
  }
  if (token) return PersonalAccessToken{constant_secret(*std::move(token))};
  return fail(ErrorCode::invalid_options,
              "no credentials: give --token-file FILE, set GITHUB_TOKEN, or give --token-command "
              "CMD or the three --app-... flags of a GitHub App");
}

TransportOptions transport_from(ConnectionArguments const& arguments) {
  TransportOptions transport;
  transport.ca_bundle_file = arguments.ca_file;
  return transport;
}

}  // namespace scaleset::cli
