#pragma once

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <optional>

#include "http/server.hpp"
#include "simulator/front/effects/scene.hpp"

/// Changing what a poll is answered with. All of these answer false, and change nothing, if the
/// answer has no message of the queue in it.
namespace scaleset::simulator {

/// The envelope of the message. `edit` answers whether it changed something.
using EditEnvelope = bool (*)(Scene const& scene, boost::json::object& envelope);
[[nodiscard]] bool edit_envelope(Scene const& scene, http::ServerResponse& response,
                                 EditEnvelope edit);

/// The list of job messages in the envelope, which is not empty.
using EditJobMessages = bool (*)(Scene const& scene, boost::json::array& entries);
[[nodiscard]] bool edit_job_messages(Scene const& scene, http::ServerResponse& response,
                                     EditJobMessages edit);

/// Each job message by itself. True if any of them was changed.
using EditJobMessage = bool (*)(Scene const& scene, boost::json::object& entry);
[[nodiscard]] bool edit_each_job_message(Scene const& scene, http::ServerResponse& response,
                                         EditJobMessage edit);

/// The claims of the poll's token, if the response is a message. None otherwise.
[[nodiscard]] std::optional<TokenClaims> claims_of_delivery(Scene const& scene,
                                                            http::ServerResponse const& response);

/// The message that an earlier fault has put aside for this poll. None: there is none, or the call
/// is not a poll.
[[nodiscard]] std::optional<http::ServerResponse> take_repeat(Scene const& scene);

}  // namespace scaleset::simulator
