#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <variant>

#include "http/server.hpp"
#include "simulator/front/parts/operation.hpp"

namespace scaleset::simulator {

struct Scene;  // effects/scene.hpp: the call that is hit, and what an effect may need to know of it

/// When a fault acts on a call. The order is that of FaultEffect.
enum class FaultStage : std::uint8_t {
  instead,  // answers; the call is not carried out
  request,  // changes what is asked for, or the world; then the call is carried out
  answer,   // changes the answer of a call that was carried out
};

/// Stage `instead`: the answer.
using AnswerInstead = http::ServerResponse (*)(Scene const& scene);
/// Stage `request`. False: there was nothing that it could change, such as a caller's session.
using ChangeRequest = bool (*)(Scene const& scene);
/// Stage `answer`. False: the answer has nothing that it could change, such as a 202 without a
/// message.
using ChangeAnswer = bool (*)(Scene const& scene, http::ServerResponse& response);
using FaultEffect = std::variant<AnswerInstead, ChangeRequest, ChangeAnswer>;

/// The field with a number that a kind takes.
struct FaultParameter {
  std::string_view name;   // empty: the kind takes none
  std::int64_t usual = 0;  // its value if it is not given
  std::int64_t least = 0;
  std::int64_t most = 0;
};

/// A named way for a call to go wrong (protocol.md 10.9). The files of effects/ define them, each
/// kind in one place.
struct FaultKind {
  std::string_view name;
  std::string_view routes;       // the names of operations with spaces between them, or "*"
  std::string_view description;  // one line
  FaultEffect effect;
  FaultParameter parameter = {};

  [[nodiscard]] FaultStage stage() const noexcept {
    return static_cast<FaultStage>(effect.index());
  }
};

/// Whether the kind makes sense for calls of the operation with that name.
[[nodiscard]] bool can_hit(FaultKind const& kind, std::string_view operation) noexcept;
/// Null: none of the kinds has that name.
[[nodiscard]] FaultKind const* kind_named(std::span<FaultKind const> kinds,
                                          std::string_view name) noexcept;

}  // namespace scaleset::simulator
