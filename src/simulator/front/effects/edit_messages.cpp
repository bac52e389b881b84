#include "simulator/front/effects/edit_messages.hpp"

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <utility>

#include "simulator/front/github/visits.hpp"
#include "simulator/front/parts/replies.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::string_view kPoll = "get_message";

/// Parses the body and serializes it again if `edit`, called with the envelope, changed something.
template <class Edit>
bool rewrite(Scene const& scene, http::ServerResponse& response, Edit const& edit) {
  // Also for 202 and errors, in which there is nothing to change: the fault is not used up.
  if (!claims_of_delivery(scene, response)) return false;
  boost::system::error_code error;
  json::value envelope = json::parse(response.body, error);
  if (error || !envelope.is_object() || !edit(envelope.as_object())) return false;
  response.body = json::serialize(envelope);
  return true;
}

/// The same for the list that the envelope holds as a text.
template <class Edit>
bool rewrite_entries(Scene const& scene, http::ServerResponse& response, Edit const& edit) {
  return rewrite(scene, response, [&](json::object& envelope) {
    boost::system::error_code error;
    json::value entries = json::parse(envelope["body"].as_string(), error);
    bool const usable = !error && entries.is_array() && !entries.as_array().empty();
    if (!usable || !edit(entries.as_array())) return false;
    envelope["body"] = json::serialize(entries);
    return true;
  });
}

}  // namespace

std::optional<TokenClaims> claims_of_delivery(Scene const& scene,
                                              http::ServerResponse const& response) {
  if (scene.call.operation.name != kPoll || response.status != 200) return std::nullopt;
  return queue_claims(scene.live, scene.credentials, scene.call);
}

bool edit_envelope(Scene const& scene, http::ServerResponse& response, EditEnvelope edit) {
  return rewrite(scene, response, [&](json::object& envelope) { return edit(scene, envelope); });
}

bool edit_job_messages(Scene const& scene, http::ServerResponse& response, EditJobMessages edit) {
  return rewrite_entries(scene, response,
                         [&](json::array& entries) { return edit(scene, entries); });
}

bool edit_each_job_message(Scene const& scene, http::ServerResponse& response,
                           EditJobMessage edit) {
  return rewrite_entries(scene, response, [&](json::array& entries) {
    bool changed = false;
    // All of them, even after the first change.
    for (json::value& entry : entries) changed = edit(scene, entry.as_object()) || changed;
    return changed;
  });
}

std::optional<http::ServerResponse> take_repeat(Scene const& scene) {
  // The usual case, without a look at the token.
  if (scene.repeats.empty() || scene.call.operation.name != kPoll) return std::nullopt;
  std::optional<TokenClaims> const claims = queue_claims(scene.live, scene.credentials, scene.call);
  if (!claims) return std::nullopt;
  std::optional<std::string> body = scene.repeats.take(claims->session);
  if (!body) return std::nullopt;
  return reply_of_type(200, "application/json; charset=utf-8", std::move(*body));
}

}  // namespace scaleset::simulator
