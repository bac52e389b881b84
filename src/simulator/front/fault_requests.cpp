#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "simulator/front/access.hpp"
#include "simulator/front/fault_effects.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

bool keep_requests(Call& call, bool all_but_one) {
  boost::system::error_code error;
  json::value parsed = json::parse(call.body, error);
  if (error || !parsed.is_array()) return false;
  json::array& requests = parsed.as_array();
  if (requests.size() < (all_but_one ? 2U : 1U)) return false;
  if (all_but_one) {
    requests.pop_back();
  } else {
    requests.clear();
  }
  call.body = json::serialize(requests);
  return true;
}

/// Whose session the call is about.
struct SessionName {
  std::string tenant;
  ScaleSetId set;
  std::string session;
};

std::optional<SessionName> session_of(Service const& service, Call const& call) {
  bool const is_admin_call = call.route.operation == Operation::refresh_session ||
                             call.route.operation == Operation::delete_session;
  if (is_admin_call) {
    std::optional<std::string> tenant = admin_tenant(service, call);
    if (!tenant) return std::nullopt;
    return SessionName{std::move(*tenant), ScaleSetId{call.number(0)}, call.route.parameters[1]};
  }
  std::optional<TokenClaims> claims = queue_claims(service, call);
  if (!claims) return std::nullopt;
  return SessionName{std::move(claims->tenant), ScaleSetId{claims->id}, std::move(claims->session)};
}

}  // namespace

bool bend_call(Service& service, Call& call, Fault const& fault) {
  if (fault.kind == FaultKind::acquire_subset) return keep_requests(call, true);
  if (fault.kind == FaultKind::acquire_nothing) return keep_requests(call, false);
  std::optional<SessionName> const name = session_of(service, call);
  if (!name) return false;
  if (fault.kind == FaultKind::session_eviction)
    return service.model.delete_session(service.now(), name->tenant, name->set, name->session)
        .has_value();
  return service.model.restart_sequence(service.now(), name->tenant, name->set).has_value();
}

}  // namespace scaleset::simulator
