#include "simulator/front/github/urls.hpp"

namespace scaleset::simulator {

std::string service_url(Profile profile, Call const& call, Tenant const& tenant) {
  if (profile == Profile::broker) return call.base_url + "/rest";
  return call.base_url + "/_services/pipelines/" + tenant.service_id;
}

std::string runner_server_url(Call const& call, Tenant const& tenant) {
  return call.base_url + "/_services/pipelines/" + tenant.service_id + "/";
}

std::string broker_url(Call const& call) { return call.base_url + "/broker/"; }

std::string acquire_url(Profile profile, Call const& call, Tenant const& tenant, ScaleSetId set) {
  return service_url(profile, call, tenant) + "/_apis/runtime/runnerscalesets/" +
         std::to_string(set.value) + "/acquirejobs";
}

std::string queue_url(Profile profile, Call const& call, Tenant const& tenant,
                      std::string const& session) {
  if (profile == Profile::broker) return call.base_url + "/scalesets/message";
  return service_url(profile, call, tenant) + "/_apis/runtime/messagequeue?sessionId=" + session;
}

}  // namespace scaleset::simulator
