#include "daemon/control.hpp"

#include <unistd.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "base/json_text.hpp"
#include "daemon/set_address.hpp"
#include "daemon/status_json.hpp"

namespace scaleset::daemon {
namespace {

namespace asio = boost::asio;

constexpr std::chrono::seconds kToWrite{20};

std::vector<base::OwnerKey> owners_of(std::vector<SetRunner*> const& sets) {
  std::vector<base::OwnerKey> owners;
  owners.reserve(sets.size());
  for (auto const* set : sets) owners.push_back(set->owner());
  return owners;
}

/// {"set":"https://...","runner":"..."}; `more` are further members, with a comma before each.
std::string about(base::OwnerKey const& set, std::string const& runner = {},
                  std::string const& more = {}) {
  std::string text = "{\"set\":" + base::json_quote(address_of(set), false);
  if (!runner.empty()) text += ",\"runner\":" + base::json_quote(runner, false);
  return text + more + "}";
}

}  // namespace

asio::awaitable<std::string> Control::answer(ControlRequest request) {
  auto result = co_await perform(std::move(request));
  co_return answer_line(result);
}

Task<std::string> Control::perform(ControlRequest request) {
  switch (request.verb) {
    case ControlVerb::status: return status(std::move(request.set));
    case ControlVerb::reload: return ports_.reload();
    case ControlVerb::drain:
      if (request.set.empty()) return drain_all();
      return suspend(std::move(request.set), fleet::Suspension::drained);
    case ControlVerb::pause: return suspend(std::move(request.set), fleet::Suspension::paused);
    case ControlVerb::resume: return suspend(std::move(request.set), fleet::Suspension::none);
    case ControlVerb::add_runner: return add_runner(std::move(request.set));
    case ControlVerb::retire_runner: return retire_runner(std::move(request.runner));
    case ControlVerb::reset_session: return reset_session(std::move(request.set));
    case ControlVerb::delete_set: break;
  }
  return delete_set(std::move(request.set));
}

Result<SetRunner*> Control::find(std::string const& which) const {
  auto const sets = ports_.house->sets();
  auto const found = find_set(owners_of(sets), which);
  if (found) return sets.at(*found);
  if (found.error().code != ErrorCode::not_found) return std::unexpected(found.error());
  std::vector<base::OwnerKey> others;
  auto const unserved = ports_.house->unserved();
  others.reserve(unserved.size());
  for (auto const& [owner, why] : unserved) others.push_back(owner);
  if (auto const other = find_set(others, which))
    return fail(ErrorCode::conflict,
                "the scale set is not served at the moment: " + unserved.at(*other).second);
  return std::unexpected(found.error());
}

Task<std::string> Control::status(std::string which) {
  Snapshot snapshot = ports_.house->snapshot();
  if (!which.empty()) {
    std::vector<base::OwnerKey> owners;
    owners.reserve(snapshot.sets.size());
    for (auto const& set : snapshot.sets) owners.push_back(set.owner);
    auto const found = find_set(owners, which);
    if (!found) co_return std::unexpected(found.error());
    SetSnapshot only = std::move(snapshot.sets.at(*found));
    snapshot.sets.clear();
    snapshot.sets.push_back(std::move(only));
  }
  base::Background::Work<std::string> work = [snapshot = std::move(snapshot),
                                              now = ports_.clock->now()]() -> Result<std::string> {
    return status_json(snapshot, now, ::getpid());
  };
  auto written = co_await ports_.writing->run_at_most<std::string>(kToWrite, std::move(work));
  co_return written;
}

Task<std::string> Control::drain_all() {
  ports_.drain_all("an operator asked for it");
  co_return std::string("{\"draining\":true}");
}

/// It may have ended since.
std::string Control::now_of(base::OwnerKey const& owner) const {
  for (SetRunner const* const set : ports_.house->sets()) {
    if (set->owner() != owner) continue;
    SetSnapshot const now = set->snapshot();
    return about(owner, "",
                 R"(,"state":")" + std::string(to_string(now.readiness)) + R"(","idle":)" +
                     std::to_string(now.counts.idle) + R"(,"busy":)" +
                     std::to_string(now.counts.busy));
  }
  return about(owner);
}

Task<std::string> Control::suspend(std::string which, fleet::Suspension how) {
  auto const set = find(which);
  if (!set) co_return std::unexpected(set.error());
  base::OwnerKey const owner = (*set)->owner();
  auto done = co_await (*set)->suspend(how);
  if (!done) co_return std::unexpected(done.error());
  co_return now_of(owner);
}

Task<std::string> Control::add_runner(std::string which) {
  auto const set = find(which);
  if (!set) co_return std::unexpected(set.error());
  base::OwnerKey const owner = (*set)->owner();  // it may be gone before the answer
  auto added = co_await (*set)->add_runner();
  if (!added) co_return std::unexpected(added.error());
  co_return about(owner, added->name,
                  R"(,"state":"planned","waitsFor":)" + base::json_quote(added->waits_for, false));
}

/// Names of runners are random, so that no two scale sets have the same.
Task<std::string> Control::retire_runner(std::string name) {
  auto const sets = ports_.house->sets();
  auto const has_it = [&name](SetRunner const* set) {
    return set->snapshot().runners.contains(name);
  };
  auto const found = std::ranges::find_if(sets, has_it);
  if (found == sets.end())
    co_return fail(ErrorCode::runner_not_found,
                   "this autoscaler has no runner \"" + name + "\"; `scaleset status` lists them");
  SetRunner* const set = *found;
  std::string const answer = about(set->owner(), name);
  auto done = co_await set->retire_runner(std::move(name));
  if (!done) co_return std::unexpected(done.error());
  co_return answer;
}

Task<std::string> Control::reset_session(std::string which) {
  auto const set = find(which);
  if (!set) co_return std::unexpected(set.error());
  base::OwnerKey const owner = (*set)->owner();
  auto done = co_await (*set)->reset_session();
  if (!done) co_return std::unexpected(done.error());
  co_return now_of(owner);
}

Task<std::string> Control::delete_set(std::string which) {
  auto const set = find(which);
  if (!set) co_return std::unexpected(set.error());
  base::OwnerKey const owner = (*set)->owner();
  auto done = co_await (*set)->delete_scale_set();
  if (!done) co_return std::unexpected(done.error());
  std::string warning;
  if (ports_.house->stays())
    warning =
        R"(,"warning":"the next reload or start makes it again if the configuration file has it")";
  co_return about(owner, "", warning);
}

}  // namespace scaleset::daemon
