#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/ascii.hpp"
#include "config/check_parts.hpp"
#include "config/key.hpp"
#include "config/load.hpp"
#include "protocol/wire/config_url.hpp"
#include "protocol/wire/name_problem.hpp"
#include "protocol/wire/url_problem.hpp"

namespace scaleset::config {
namespace {

void check_name(std::string_view key, std::string const& what, std::string const& name,
                Spot const& spot) {
  std::string const problem = protocol::name_problem(name);
  if (!problem.empty()) spot.report(key, what + " " + problem);
}

/// Reports a name that is there twice. GitHub ignores the case of names.
void check_twice(std::string const& name, std::set<std::string>& seen, Spot const& spot) {
  if (!seen.insert(base::ascii_lower(name)).second)
    spot.report("", in_quotes(name) + " is in the list twice (capitals do not count)");
}

void check_labels(std::vector<std::string> const& labels, Spot const& set) {
  if (labels.empty()) set.report("labels", "`labels` is empty; name a label, or leave the key out");
  std::set<std::string> seen;
  for (std::size_t i = 0; i < labels.size(); ++i) {
    Spot const spot = set.in("labels", i);
    check_name("", "the label", labels[i], spot);
    if (labels[i].contains(','))
      spot.report("", "the label has a comma; write each label by itself: [\"a\", \"b\"]");
    check_twice(labels[i], seen, spot);
  }
}

void check_url(std::string const& url, Spot const& spot) {
  if (url.empty()) return;  // it is reported as missing
  std::string const problem = protocol::url_problem(url);
  if (!problem.empty()) spot.report("url", problem);
}

void check_repository(std::string const& url, std::string const& name, Spot const& spot) {
  std::string const problem = protocol::name_problem(name);
  if (!problem.empty()) return spot.report("", "the name of the repository " + problem);
  if (name.contains('/'))
    return spot.report("",
                       "a repository is named without its owner, which is in `url`, and without "
                       "slashes; write \"x\" for \"my-org/x\"");
  std::string const of_both = protocol::url_problem(url_of_repository(url, name));
  if (!of_both.empty())
    spot.report("", in_quotes(name) + " cannot be the name of a repository: " + of_both);
}

void check_repositories(ScaleSetConfig const& set, Spot const& spot) {
  // Of a URL that is none, everything else would be what follows from that.
  if (set.repositories.empty() || !protocol::url_problem(set.url).empty()) return;
  std::set<std::string> seen;
  auto const url = protocol::parse_config_url(set.url, false);
  if (url && url->scope != protocol::ConfigUrl::Scope::organization)
    return spot.report("repositories",
                       "`repositories` are those of an organization or a user, and `url` is that "
                       "of the " +
                           url->display() + "; leave one of the two out");
  for (std::size_t i = 0; i < set.repositories.size(); ++i) {
    Spot const one = spot.in("repositories", i);
    check_repository(set.url, set.repositories[i], one);
    check_twice(set.repositories[i], seen, one);
  }
}

}  // namespace

void check_names_of_sets(DaemonConfig const& config, Spot const& file) {
  for (std::size_t i = 0; i < config.scale_sets.size(); ++i) {
    ScaleSetConfig const& set = config.scale_sets[i];
    Spot const spot = file.in("scale_set", i);
    check_url(set.url, spot);
    check_name("name", "the name", set.name, spot);
    check_name("group", "the name of the runner group", set.group, spot);
    if (set.labels) check_labels(*set.labels, spot);
    check_repositories(set, spot);
  }
}

}  // namespace scaleset::config
