#include "simulator/front/routing.hpp"

#include <utility>

#include "base/url.hpp"

namespace scaleset::simulator {
namespace {

// How GHES names its Actions service (protocol.md 1).
constexpr std::string_view kPipelines = "_services/pipelines/";

/// Cuts the first segment off; what is left has no leading slash.
std::string_view take_segment(std::string_view& path) {
  std::size_t const slash = path.find('/');
  std::string_view const segment = path.substr(0, slash);
  path = slash == std::string_view::npos ? std::string_view() : path.substr(slash + 1);
  return segment;
}

/// Takes one segment off the path and decodes it. None: the path cannot be of any route.
std::optional<std::string> take_value(std::string_view& path) {
  std::optional<std::string> decoded = base::percent_decode(take_segment(path), false);
  // A slash within a segment would make "a%2Fb" look like two segments to whoever puts them
  // together again.
  bool const usable = decoded && !decoded->empty() && decoded->find('/') == std::string::npos;
  return usable ? std::move(decoded) : std::nullopt;
}

/// The tenant's path as in a config URL.
std::optional<std::string> take_tenant(std::string_view& path) {
  std::string_view const kind = take_segment(path);
  if (kind != "orgs" && kind != "enterprises" && kind != "repos") return std::nullopt;
  std::optional<std::string> name = take_value(path);
  if (!name || kind == "orgs") return name;
  if (kind == "enterprises") return "enterprises/" + *name;
  std::optional<std::string> const repository = take_value(path);
  if (!repository) return std::nullopt;
  return *name + "/" + *repository;
}

/// Takes what the placeholder {service} or {pipelines} stands for off the path. False: it is not
/// there.
bool take_service(std::string_view& path, bool only_pipelines, std::string& service_id) {
  // github.com's form; its URL does not name the tenant, the token does.
  if (!only_pipelines && path.starts_with("rest/")) {
    path.remove_prefix(5);
    return true;
  }
  if (!path.starts_with(kPipelines)) return false;
  path.remove_prefix(kPipelines.size());
  service_id = std::string(take_segment(path));
  return true;
}

std::optional<FoundRoute> match(Route const& route, std::string_view path) {
  FoundRoute found{&route, {}, {}};
  std::string_view pattern = route.path;
  while (!pattern.empty() && !path.empty()) {
    std::string_view const wanted = take_segment(pattern);
    if (wanted == "{service}" || wanted == "{pipelines}") {
      if (!take_service(path, wanted == "{pipelines}", found.service_id)) return std::nullopt;
    } else if (wanted == "{}" || wanted == "{tenant}" || wanted == "{account}") {
      if (wanted == "{account}" && path.starts_with("repos/")) return std::nullopt;
      std::optional<std::string> value = wanted == "{}" ? take_value(path) : take_tenant(path);
      if (!value) return std::nullopt;
      found.segments.push_back(std::move(*value));
    } else if (wanted != take_segment(path)) {
      return std::nullopt;
    }
  }
  if (!pattern.empty() || !path.empty()) return std::nullopt;
  return found;
}

/// Runners put their own slash behind a URL that ends in one (protocol.md D.3, items 5 and 9). What
/// they call is found in spite of that.
std::string without_doubled_slashes(std::string_view path) {
  std::string single;
  for (char const letter : path) {
    if (letter != '/' || !single.ends_with('/')) single.push_back(letter);
  }
  bool const is_runners = single.starts_with("/run/") || single.starts_with("/results/") ||
                          single.starts_with("/broker/") || single.starts_with("/twirp/");
  return is_runners ? single : std::string(path);
}

}  // namespace

std::optional<FoundRoute> find_route(std::string_view method, std::string_view path) {
  std::string const single = without_doubled_slashes(path);
  path = single;
  if (path.starts_with('/')) path.remove_prefix(1);
  // GHES has the REST API below /api/v3, and a plain config URL always means GHES (protocol.md 2.2,
  // 10.10).
  if (path.starts_with("api/v3/")) path.remove_prefix(7);
  // Go's client asks for runner groups with a slash at the end, others without (protocol.md E9).
  if (path.ends_with('/')) path.remove_suffix(1);
  for (Route const& route : routes()) {
    if (route.method != method) continue;
    std::optional<FoundRoute> found = match(route, path);
    if (found) return found;
  }
  return std::nullopt;
}

std::string allowed_methods(std::string_view path) {
  std::string allowed;
  // Asked only when no route was found, so the search need not be fast.
  for (std::string_view const method : {"GET", "POST", "PUT", "PATCH", "DELETE"}) {
    if (find_route(method, path)) allowed.append(allowed.empty() ? "" : ", ").append(method);
  }
  return allowed;
}

std::vector<ServedRoute> served_routes() {
  std::vector<ServedRoute> served;
  auto const add = [&](Route const& route, std::string_view placeholder,
                       std::string_view in_its_place) {
    std::string path = "/" + std::string(in_its_place);
    path.append(route.path.substr(placeholder.size()));
    served.push_back({std::string(route.method), std::move(path), route.operation()});
  };
  for (Route const& route : routes()) {
    std::string_view const first = route.path.substr(0, route.path.find('/'));
    if (first == "{tenant}" || first == "{account}") {
      add(route, first, "orgs/{}");
      if (first == "{tenant}") add(route, first, "repos/{}/{}");
      add(route, first, "enterprises/{}");
    } else if (first == "{service}") {
      add(route, first, "rest");
    } else if (first == "{pipelines}") {
      add(route, first, "_services/pipelines/{}");
    } else {
      add(route, "", "");
    }
  }
  return served;
}

}  // namespace scaleset::simulator
