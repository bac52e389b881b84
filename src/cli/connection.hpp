#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "cli/name_or_id.hpp"
#include "scaleset/client.hpp"

namespace CLI {
class App;
}

namespace scaleset::cli {

/// The service's URL and the credentials: the arguments of every subcommand that calls the service.
struct ConnectionArguments {
  ConnectionArguments() = default;
  std::string url;
  std::string token_file;
  std::string token_command;
  std::string app_client_id;
  std::int64_t app_installation_id = 0;
  std::string app_private_key_file;
  std::string ca_file;
  Credentials credentials;  // from check_connection()
};

/// --url, --token-file, --token-command, the three --app-... flags and --ca-file. Credentials on
/// the command line go before those of the environment; two kinds in the same place are an error.
void add_connection_flags(CLI::App& command, ConnectionArguments& arguments, AfterParsing& after);

/// What is wrong with the connection, without the network: the URL, the credentials (a file is read
/// once) and the certificates. Keeps the credentials. Removes GITHUB_TOKEN from the environment, so
/// call this before any thread is started. Each text is one line that names the flag and says what
/// to do.
[[nodiscard]] std::vector<Error> check_connection(ConnectionArguments& arguments);

/// The URL as journals and autoscalers write it (OwnerKey), so that it can be compared with theirs.
/// Errors: invalid_argument.
[[nodiscard]] Result<std::string> canonical_url(ConnectionArguments const& arguments);

/// Returns the credentials that the flags give, or else GITHUB_TOKEN. Removes GITHUB_TOKEN from the
/// environment, so call this before any thread is started. Errors: invalid_options; the text is one
/// line that names the flag and says what to do.
[[nodiscard]] Result<Credentials> credentials_from(ConnectionArguments const& arguments);

/// Asks that shell command for a token each time one is needed.
[[nodiscard]] TokenProvider token_command(std::string const& command);

/// The files that the credentials are read from: none, for a token from a command or a variable.
[[nodiscard]] std::vector<std::filesystem::path> secret_files_of(
    ConnectionArguments const& arguments);

/// A warning, with the command that mends it, if the group or others may read the file of the token
/// or of the App's key; else nothing.
[[nodiscard]] std::string exposed_secret(ConnectionArguments const& arguments);

/// Returns the transport options that the flags give: the certificates to trust besides the
/// system's.
[[nodiscard]] TransportOptions transport_from(ConnectionArguments const& arguments);

}  // namespace scaleset::cli
