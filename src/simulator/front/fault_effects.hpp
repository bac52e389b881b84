#pragma once

#include "simulator/front/service.hpp"

/// What the kinds of faults do (spec 10.9), one function for each stage.
namespace scaleset::simulator {

/// Stage `instead`, and faults without a kind that have a status: the answer.
[[nodiscard]] http::ServerResponse faulty_answer(Service const& service, Call const& call,
                                                 Fault const& fault);

/// Stage `request`: changes the call or the world. False: there was nothing that the fault could do
/// anything to, such as a caller without a session.
[[nodiscard]] bool bend_call(Service& service, Call& call, Fault const& fault);

/// Stage `answer`: changes the answer. False: it is not of a kind that the fault could do anything
/// to, such as a 202 without a message.
[[nodiscard]] bool alter_answer(Service& service, Call const& call, Fault const& fault,
                                http::ServerResponse& response);

/// The part of alter_answer for messages of the queue.
[[nodiscard]] bool alter_message(Service& service, Call const& call, FaultKind kind,
                                 http::ServerResponse& response);

/// What an earlier fault has put aside for this poll: it is answered with that.
[[nodiscard]] std::optional<http::ServerResponse> take_repeat(Service& service, Call const& call);

}  // namespace scaleset::simulator
