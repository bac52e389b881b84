#pragma once

#include <optional>

#include "simulator/model/entities.hpp"
#include "simulator/model/options.hpp"

/// When each thing of the world happens by itself; none means never. Both the timer and the
/// decision whether the moment has come use these functions, so that the two cannot disagree.
namespace scaleset::simulator {

/// The earliest of queue TTL, reassignment, acquire-to-assign, assignment timeout, lock and cancel
/// timeout.
[[nodiscard]] std::optional<Timestamp> deadline(ModelOptions const& options, Job const& job);
/// The earliest of the batch window, the session's end and dormancy.
[[nodiscard]] std::optional<Timestamp> batch_deadline(ModelOptions const& options,
                                                      Queue const& queue);
[[nodiscard]] std::optional<Timestamp> session_deadline(ModelOptions const& options,
                                                        ScaleSet const& set);
[[nodiscard]] std::optional<Timestamp> dormancy_deadline(ModelOptions const& options,
                                                         ScaleSet const& set);
/// When the runner goes offline because nothing was heard of it, or is removed because it never
/// came online.
[[nodiscard]] std::optional<Timestamp> contact_deadline(ModelOptions const& options,
                                                        Runner const& runner);
/// When a job that was offered but not acquired is delivered again.
[[nodiscard]] std::optional<Timestamp> redelivery_deadline(ModelOptions const& options,
                                                           Runner const& runner);
/// The shortest of the times above: nothing that begins now is due before it has passed.
[[nodiscard]] std::chrono::milliseconds shortest_time(ModelOptions const& options) noexcept;
/// The earliest deadline of the whole world.
[[nodiscard]] std::optional<Timestamp> deadline(ModelOptions const& options, World const& world);

}  // namespace scaleset::simulator
