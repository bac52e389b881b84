#include "simulator/front/github/rest_tools.hpp"

#include <array>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <utility>

#include "base/rfc3339.hpp"
#include "simulator/front/github/errors.hpp"
#include "simulator/front/github/pages.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::chrono::hours kRemoveTokenTtl{1};

struct Platform {
  std::string_view os;
  std::string_view architecture;
  std::string_view ending;
};
constexpr auto kPlatforms = std::to_array<Platform>({
    {"osx", "x64", ".tar.gz"},
    {"osx", "arm64", ".tar.gz"},
    {"linux", "x64", ".tar.gz"},
    {"linux", "arm", ".tar.gz"},
    {"linux", "arm64", ".tar.gz"},
    {"win", "x64", ".zip"},
    {"win", "arm64", ".zip"},
});

json::object download_json(Platform const& platform, std::string const& version) {
  std::string file = "actions-runner-";
  file.append(platform.os).append("-").append(platform.architecture).append("-").append(version);
  file.append(platform.ending);
  json::object one;
  one["os"] = platform.os;
  one["architecture"] = platform.architecture;
  one["download_url"] =
      "https://github.com/actions/runner/releases/download/v" + version + "/" + file;
  one["filename"] = file;
  one["sha256_checksum"] = "";
  return one;
}

json::object group_view(Group const& group, std::string const& url) {
  json::object one;
  one["id"] = group.id.value;
  one["name"] = group.name;
  one["visibility"] = "all";
  one["default"] = group.is_default;
  one["runners_url"] = url + "/" + std::to_string(group.id.value) + "/runners";
  one["inherited"] = false;
  one["allows_public_repositories"] = group.allows_public;
  one["restricted_to_workflows"] = false;
  one["selected_workflows"] = json::array();
  return one;
}

json::value time_json(std::optional<Timestamp> time) {
  return time ? json::value(base::format_rfc3339(*time)) : json::value(nullptr);
}

}  // namespace

http::ServerResponse rest_runner_groups(UserVisit const& visit) {
  // Whoever asks for its groups may be the first to name the organization.
  std::string const key = visit.live.model.open_tenant(visit.call.segments.front());
  Tenant const& tenant = *visit.live.model.find_tenant(key);
  std::string const place = key.starts_with("enterprises/") ? tenant.path : "orgs/" + tenant.path;
  json::array groups;
  for (Group const& group : tenant.groups) {
    groups.push_back(
        group_view(group, visit.call.base_url + "/api/v3/" + place + "/actions/runner-groups"));
  }
  return page_reply(visit.call, "runner_groups", groups);
}

http::ServerResponse rest_remove_token(UserVisit const& visit, Credentials& credentials) {
  // Runners do not need it here: those of scale sets are removed when they have ended.
  json::object body;
  body["token"] = "A" + credentials.passing_hex(28);
  body["expires_at"] = base::format_rfc3339(visit.live.now() + kRemoveTokenTtl);
  return json_reply(201, body);
}

http::ServerResponse rest_runner_downloads(UserVisit const&, RunnerReleases& releases) {
  json::array downloads;
  for (Platform const& platform : kPlatforms)
    downloads.push_back(download_json(platform, releases.newest().version));
  return json_reply(200, downloads);
}

http::ServerResponse rest_runner_deprecation(UserVisit const& visit, RunnerReleases& releases) {
  RunnerRelease const* const release = releases.find(visit.call.segments[1]);
  if (release == nullptr) return rest_error(404, "Not Found");
  json::object body;
  body["runner_version"] = release->version;
  body["registration_deprecates_at"] = time_json(release->registration_ends);
  body["runtime_deprecates_at"] = time_json(release->runtime_ends);
  return json_reply(200, body);
}

}  // namespace scaleset::simulator
