#include "cli/connection.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>

#include "base/credential_text.hpp"
#include "base/exposure.hpp"
#include "base/owner_key.hpp"
#include "cli/environment.hpp"
#include "cli/given.hpp"
#include "cli/number_flag.hpp"
#include "cli/shell_command.hpp"
#include "client/credentials.hpp"
#include "http/transport_settings.hpp"
#include "protocol/wire/url_problem.hpp"

namespace scaleset::cli {
namespace {

/// Long enough for a person to confirm on another device, but a command that hangs must become an
/// error at some point. (Its standard input is empty, and it cannot read from the terminal.)
constexpr std::chrono::seconds kTokenCommandLimit{60};

Result<ProvidedToken> token_from_command(std::string const& command, std::stop_token stop) {
  auto output = capture_shell_command(command, kTokenCommandLimit, std::move(stop));
  if (!output) return std::unexpected(output.error());
  auto const problem = base::token_problem(base::without_surroundings(output->reveal()));
  if (!problem.empty())
    return fail(ErrorCode::io,
                "what --token-command wrote to its standard output " + problem + ": " + command);
  ProvidedToken provided;
  provided.token = *std::move(output);  // the client takes off what surrounds it
  return provided;
}

/// The command of which a token was asked last.
struct LastCommand {
  std::mutex mutex;
  std::stop_source stop;
};

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

/// The flags of one kind of credentials, and how to leave it out.
struct Way {
  std::vector<CLI::Option*> flags;
  std::function<void()> forget;
};

std::vector<Way> ways_of(CLI::App& command, ConnectionArguments& arguments) {
  return {
      {{command.get_option("--token-file")}, [&arguments] { arguments.token_file.clear(); }},
      {{command.get_option("--token-command")}, [&arguments] { arguments.token_command.clear(); }},
      {{command.get_option("--app-client-id"), command.get_option("--app-installation-id"),
        command.get_option("--app-private-key-file")},
       [&arguments] {
         arguments.app_client_id.clear();
         arguments.app_installation_id = 0;
         arguments.app_private_key_file.clear();
       }}};
}

/// Leaves out what comes from the environment, if the command line has credentials of another kind.
Result<void> choose_credentials(CLI::App const& command, std::vector<Way> const& ways) {
  std::vector<CLI::Option*> all;
  for (Way const& way : ways) all.insert(all.end(), way.flags.begin(), way.flags.end());
  auto const chosen = given(command, all);
  std::vector<std::string> sources;
  for (Way const& way : ways) {
    auto const used = std::ranges::find_first_of(way.flags, chosen);
    if (used == way.flags.end())
      way.forget();
    else
      sources.push_back(source_of(command, **used));
  }
  if (sources.size() <= 1) return {};
  return fail(ErrorCode::invalid_options,
              listed(sources, "and") + " cannot be combined; give only one of them");
}

/// What was meant for the file must not appear in an error that names the file.
std::string refuse_secret(std::string& file) {
  for (std::string_view const start :
       {"ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_", "-----BEGIN"}) {
    if (file.starts_with(start))
      return "this looks like the secret itself; put it into a file that only this user may read, "
             "and give the name of that file";
  }
  return "";
}

}  // namespace

void add_connection_flags(CLI::App& command, ConnectionArguments& arguments, AfterParsing& after) {
  command
      .add_option("--url", arguments.url,
                  "https://github.com/ORG, .../OWNER/REPO, .../enterprises/NAME, or the same on a "
                  "GitHub Enterprise Server")
      ->type_name("URL");
  command
      .add_option("--token-file", arguments.token_file,
                  "File with a personal access token (or set GITHUB_TOKEN)")
      ->type_name("FILE")
      ->check(CLI::Validator(refuse_secret, ""));
  command
      .add_option("--token-command", arguments.token_command,
                  "Shell command that prints a token, run each time one is needed, such as \"gh "
                  "auth token\"")
      ->type_name("CMD");
  command
      .add_option("--app-client-id", arguments.app_client_id,
                  "Client id (or app id) of a GitHub App")
      ->type_name("ID");
  add_number(command, "--app-installation-id", kId, arguments.app_installation_id,
             "Installation id of the GitHub App");
  command
      .add_option("--app-private-key-file", arguments.app_private_key_file,
                  "File with the App's private key (PEM)")
      ->type_name("FILE")
      ->check(CLI::Validator(refuse_secret, ""));
  command
      .add_option("--ca-file", arguments.ca_file,
                  "Certificates (PEM) to trust besides the system's")
      ->type_name("FILE");
  after.emplace_back(
      [&command, ways = ways_of(command, arguments)] { return choose_credentials(command, ways); });
}

TokenProvider token_command(std::string const& command) {
  auto const provide = [command, last = std::make_shared<LastCommand>()] {
    std::stop_token stop;
    {
      std::scoped_lock const lock(last->mutex);
      // One that still runs hangs, or began with what SIGHUP has called out of date.
      last->stop.request_stop();
      last->stop = std::stop_source();
      stop = last->stop.get_token();
    }
    return token_from_command(command, stop);
  };
  return TokenProvider{provide, "the command \"" + command + "\""};
}

Result<Credentials> credentials_from(ConnectionArguments const& arguments) {
  char const* const variable = std::getenv("GITHUB_TOKEN");
  bool const token_is_set = variable != nullptr && *variable != '\0';
  // Even if another credential is given: child processes must not see it.
  auto token = take_secret_from_environment("GITHUB_TOKEN");
  bool const app = !arguments.app_client_id.empty() || arguments.app_installation_id != 0 ||
                   !arguments.app_private_key_file.empty();
  if (app) return app_from(arguments);
  if (!arguments.token_file.empty()) return PersonalAccessToken{secret_file(arguments.token_file)};
  if (!arguments.token_command.empty()) return token_command(arguments.token_command);
  if (token)
    return PersonalAccessToken{
        constant_secret(*std::move(token), "the environment variable GITHUB_TOKEN")};
  return fail(ErrorCode::invalid_options,
              std::string("no credentials: ") +
                  (token_is_set ? "GITHUB_TOKEN is set, but blank; " : "") +
                  "give --token-file FILE, set GITHUB_TOKEN, or give --token-command "
                  "CMD or the three --app-... flags of a GitHub App");
}

std::vector<Error> check_connection(ConnectionArguments& arguments) {
  std::vector<Error> problems;
  auto const add = [&problems](auto const& result, std::string const& flag) {
    if (!result) problems.emplace_back(result.error().code, flag + result.error().message);
  };
  if (arguments.url.empty()) {
    problems.emplace_back(ErrorCode::invalid_options,
                          "--url is missing; give, for example, --url https://github.com/my-org");
  } else {
    std::string const problem = protocol::url_problem(arguments.url);
    if (!problem.empty()) problems.emplace_back(ErrorCode::invalid_config_url, "--url: " + problem);
  }
  auto credentials = credentials_from(arguments);
  add(credentials, "");
  if (credentials) {
    add(client::check_credentials(*credentials), "");
    arguments.credentials = *std::move(credentials);
  }
  add(http::check_transport_options(transport_from(arguments)), "");
  return problems;
}

Result<std::string> canonical_url(ConnectionArguments const& arguments) {
  auto of_any_set = base::OwnerKey::make(arguments.url, "", "");
  if (!of_any_set) return std::unexpected(of_any_set.error());
  return std::move(of_any_set->url);
}

std::vector<std::filesystem::path> secret_files_of(ConnectionArguments const& arguments) {
  std::vector<std::filesystem::path> files;
  for (std::string const& file : {arguments.token_file, arguments.app_private_key_file}) {
    if (!file.empty()) files.emplace_back(file);
  }
  return files;
}

std::string exposed_secret(ConnectionArguments const& arguments) {
  std::string const token = base::exposure_of(arguments.token_file);
  return token.empty() ? base::exposure_of(arguments.app_private_key_file) : token;
}

TransportOptions transport_from(ConnectionArguments const& arguments) {
  TransportOptions transport;
  transport.ca_bundle_file = arguments.ca_file;
  return transport;
}

}  // namespace scaleset::cli
