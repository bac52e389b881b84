#include "http/name_cache.hpp"

#include <utility>

namespace scaleset::http {

std::optional<Result<Addresses>> NameCache::find(std::string const& host, Time now) const {
  auto const found = hosts_.find(host);
  if (found == hosts_.end() || found->second.good_until <= now) return std::nullopt;
  return found->second.answer;
}

Result<Addresses> NameCache::learn(std::string const& host, Result<Addresses> answer, Time now) {
  // The service names hosts as well, and may name another one each time.
  std::erase_if(hosts_, [now](auto const& entry) { return entry.second.stale_until <= now; });
  if (answer) {
    hosts_.insert_or_assign(host, Host{answer, now + kGood, now + kGood + kStale});
    return answer;
  }
  auto const before = hosts_.find(host);
  if (before != hosts_.end() && before->second.answer) {
    before->second.good_until = now + kFailed;
    return before->second.answer;
  }
  hosts_.insert_or_assign(host, Host{answer, now + kFailed, now + kFailed});
  return answer;
}

}  // namespace scaleset::http
