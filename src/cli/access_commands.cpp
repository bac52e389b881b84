#include <CLI/CLI.hpp>
#include <boost/json/parse.hpp>
#include <memory>

#include "cli/json_output.hpp"
#include "cli/primitive.hpp"

namespace scaleset::cli {
namespace {

namespace json = boost::json;

Result<json::value> token(PrimitiveArguments const&, Client const& client,
                          CallOptions const& options) {
  auto const access = client.access_info(options);
  if (!access) return std::unexpected(access.error());
  return to_json(*access);
}

Result<json::value> debug_info(PrimitiveArguments const&, Client const& client,
                               CallOptions const&) {
  return json::parse(client.debug_info());
}

}  // namespace

void add_token_command(CLI::App& app, Action& action) {
  add_primitive(app, action, std::make_shared<PrimitiveArguments>(),
                {"token",
                 "Check the credentials: prints the service's URL, the expiry and the scopes, "
                 "never the token",
                 "--url https://github.com/my-org --token-file token.txt"},
                token);
}

void add_debug_info_command(CLI::App& app, Action& action) {
  add_primitive(app, action, std::make_shared<PrimitiveArguments>(),
                {"debug-info",
                 "Print what a support request needs: versions, settings, proxy. Contains no "
                 "secret and makes no call",
                 "--url https://github.com/my-org --token-file token.txt"},
                debug_info);
}

}  // namespace scaleset::cli
