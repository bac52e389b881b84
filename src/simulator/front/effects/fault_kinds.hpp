#pragma once

#include <span>

#include "simulator/front/faults/fault_kind.hpp"

namespace scaleset::simulator {

/// Every kind of fault, once. Parsing, GET /_sim/faults and the tests follow this list.
[[nodiscard]] std::span<FaultKind const> fault_kinds();

/// The parts of the list, each in the file of its effects: kinds that answer instead of the service
/// (answers.cpp), that change the request or the world (requests.cpp), the body of an answer
/// (bodies.cpp), the messages in it (messages.cpp).
[[nodiscard]] std::span<FaultKind const> kinds_that_answer() noexcept;
[[nodiscard]] std::span<FaultKind const> kinds_that_change_requests() noexcept;
[[nodiscard]] std::span<FaultKind const> kinds_that_change_bodies() noexcept;
[[nodiscard]] std::span<FaultKind const> kinds_that_change_messages() noexcept;

}  // namespace scaleset::simulator
