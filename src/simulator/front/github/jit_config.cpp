#include "simulator/front/github/jit_config.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "base/base64.hpp"
#include "simulator/front/github/urls.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

/// GitHub writes all values as strings (protocol.md D.3, item 1).
json::object runner_file(Call const& call, Tenant const& tenant, Runner const& runner,
                         bool disable_update) {
  json::object file;
  file["AgentId"] = std::to_string(runner.id.value);
  file["AgentName"] = runner.name;
  file["PoolId"] = std::to_string(runner.group.value);
  file["DisableUpdate"] = disable_update ? "True" : "False";
  file["Ephemeral"] = "True";
  // Both URLs end in a slash: the runner resolves relative paths against them (protocol.md 11.4).
  file["ServerUrl"] = runner_server_url(call, tenant);
  file["GitHubUrl"] = call.base_url + "/" + tenant.path;
  file["WorkFolder"] = runner.work_folder;
  // The runner then asks the broker for its messages, which is the only flow that is simulated.
  file["UseV2Flow"] = "true";
  file["ServerUrlV2"] = broker_url(call);
  return file;
}

json::object credentials_file(Call const& call, Runner const& runner) {
  json::object data;
  data["clientId"] = runner.client_id;
  data["authorizationUrl"] = call.base_url + "/_apis/oauth2/token";
  data["requireFipsCryptography"] = "True";
  json::object file;
  file["Scheme"] = "OAuth";
  file["Data"] = std::move(data);
  return file;
}

}  // namespace

std::string make_jit_config(Call const& call, Tenant const& tenant, Runner const& runner,
                            bool disable_update, std::string_view key_file) {
  // Base64 within Base64: each file, and then the object that holds them (protocol.md 11.1).
  auto const encoded = [](json::object const& file) {
    return base::base64_encode(json::serialize(file));
  };
  json::object files;
  files[".runner"] = encoded(runner_file(call, tenant, runner, disable_update));
  files[".credentials"] = encoded(credentials_file(call, runner));
  files[".credentials_rsaparams"] = base::base64_encode(key_file);
  return encoded(files);
}

}  // namespace scaleset::simulator
