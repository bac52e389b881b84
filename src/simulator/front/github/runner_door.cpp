#include "simulator/front/github/runner_door.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <ranges>
#include <utility>

#include "simulator/front/github/errors.hpp"
#include "simulator/front/github/urls.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::string_view kZeroUuid = "00000000-0000-0000-0000-000000000000";
constexpr std::string_view kInstance = "9f6e7c52-0c3d-4a55-8a5f-2d6f1f6d9c11";

struct Definition {
  std::string_view identifier;
  std::string_view name;
  std::string_view path;  // relative to ServerUrl
};

constexpr std::string_view kPlan = "{scopeIdentifier}/_apis/{area}/hubs/{hubName}/plans/{planId}/";

/// The resources of the area "distributedtask" that runners look up.
constexpr auto kDefinitions = std::to_array<Definition>({
    {"134e239e-2df3-4794-a6f6-24f1f19ec8dc", "sessions",
     "_apis/{area}/pools/{poolId}/{resource}/{sessionId}"},
    {"c3a054f6-7a8a-49c0-944e-3a8e5d7adfd7", "messages",
     "_apis/{area}/pools/{poolId}/{resource}/{messageId}"},
    {"fc825784-c92a-4299-9221-998a02d1b54f", "jobrequests",
     "_apis/{area}/pools/{poolId}/{resource}/{requestId}"},
    {"8893bc5b-35b2-4be7-83cb-99e683551db4", "records", "timelines/{timelineId}/{resource}"},
    {"46f5667d-263a-4684-91b1-dff7fdcf64e2", "logs", "{resource}/{logId}"},
    {"858983e4-19bd-4c5e-864c-507b59b58b12", "feed",
     "timelines/{timelineId}/records/{recordId}/{resource}"},
    {"557624af-b29e-4c20-8ab0-0399d2204f3f", "events", "{resource}"},
});

json::object definition_json(Definition const& definition) {
  std::string path(definition.path);
  if (!path.starts_with("_apis/")) path.insert(0, kPlan);
  json::object one;
  one["serviceType"] = "distributedtask";
  one["identifier"] = definition.identifier;
  one["displayName"] = definition.name;
  one["relativeToSetting"] = "fullyQualified";
  one["relativePath"] = path;
  one["description"] = "Resource Location";
  one["serviceOwner"] = kZeroUuid;
  one["locationMappings"] = json::array();
  one["toolId"] = "Framework";
  one["resourceVersion"] = 1;
  one["minVersion"] = "1.0";
  one["maxVersion"] = "6.0";
  one["releasedVersion"] = "0.0";
  return one;
}

json::object access_mapping(std::string const& url) {
  json::object mapping;
  mapping["displayName"] = "Public Access Mapping";
  mapping["moniker"] = "PublicAccessMapping";
  mapping["accessPoint"] = url;
  mapping["serviceOwner"] = kZeroUuid;
  mapping["virtualDirectory"] = "";
  return mapping;
}

/// Null: no tenant has that place.
Tenant const* tenant_at(LiveModel const& live, std::string_view service_id) {
  for (Tenant const& tenant : live.model.world().tenants | std::views::values) {
    if (tenant.service_id == service_id) return &tenant;
  }
  return nullptr;
}

}  // namespace

http::ServerResponse connection_data(Call const& call, LiveModel& live) {
  Tenant const* const tenant = tenant_at(live, call.service_id);
  if (tenant == nullptr) return page_not_found();
  json::array definitions;
  for (Definition const& definition : kDefinitions)
    definitions.push_back(definition_json(definition));
  json::object location;
  location["serviceOwner"] = kZeroUuid;
  location["defaultAccessMappingMoniker"] = "PublicAccessMapping";
  location["lastChangeId"] = 1;
  location["lastChangeId64"] = 1;
  location["accessMappings"] = json::array{access_mapping(runner_server_url(call, *tenant))};
  location["serviceDefinitions"] = std::move(definitions);
  json::object body;
  body["instanceId"] = kInstance;
  body["deploymentType"] = "hosted";
  body["locationServiceData"] = std::move(location);
  return json_reply(200, body);
}

http::ServerResponse runner_v1_create_session(BrokerVisit const& visit) {
  Fields fields(visit.call.body);
  std::string const owner = fields.text("ownerName").value_or("");
  if (!fields.problem().empty()) return broker_error(400, "BadRequest", fields.problem());
  json::object migration;
  migration["brokerBaseUrl"] = broker_url(visit.call);
  json::object body;
  body["sessionId"] = kInstance;
  body["ownerName"] = owner;
  body["BrokerMigrationMessage"] = std::move(migration);
  return json_reply(200, body);
}

http::ServerResponse runner_v1_delete_session(BrokerVisit const&) { return empty_reply(204); }

}  // namespace scaleset::simulator
