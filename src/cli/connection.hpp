#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "scaleset/client.hpp"

namespace CLI {
class App;
}

namespace scaleset::cli {

/// Whom to talk to and as whom: what every subcommand that calls the service takes.
struct ConnectionArguments {
  ConnectionArguments() = default;
  std::string url;
  std::string token_file;
  std::string token_command;
  std::string app_client_id;
  std::int64_t app_installation_id = 0;
  std::string app_private_key_file;
  std::string ca_file;
};

/// --url, --token-file, --token-command, the three --app-... flags and --ca-file, each also as
/// SCALESET_... in the environment.
void add_connection_flags(CLI::App& command, ConnectionArguments& arguments);

/// What the flags, or GITHUB_TOKEN, which is taken out of the environment, say. Before any thread
/// is started. Errors: invalid_options, one line that names the flag and the mend.
[[nodiscard]] Result<Credentials> credentials_from(ConnectionArguments const& arguments);

/// What the flags say of the transport: the certificates to trust besides the system's.
[[nodiscard]] TransportOptions transport_from(ConnectionArguments const& arguments);

}  // namespace scaleset::cli
