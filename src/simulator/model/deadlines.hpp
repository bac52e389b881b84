#pragma once

#include <optional>

#include "simulator/model/entities.hpp"
#include "simulator/model/options.hpp"

/// When each thing of the world happens of its own accord; nothing: never. One place, used both to
/// set the timer and to decide whether the moment has come, so that the two cannot disagree.
namespace scaleset::simulator {

/// Queue TTL, reassignment, acquire-to-assign, assignment timeout, lock, cancel timeout: whichever
/// is first.
[[nodiscard]] std::optional<Timestamp> deadline(ModelOptions const& options, Job const& job);
/// The batch window, the session's end or dormancy.
[[nodiscard]] std::optional<Timestamp> batch_deadline(ModelOptions const& options,
                                                      Queue const& queue);
[[nodiscard]] std::optional<Timestamp> session_deadline(ModelOptions const& options,
                                                        ScaleSet const& set);
[[nodiscard]] std::optional<Timestamp> dormancy_deadline(ModelOptions const& options,
                                                         ScaleSet const& set);
/// Going offline for want of contact, or removal when never online.
[[nodiscard]] std::optional<Timestamp> contact_deadline(ModelOptions const& options,
                                                        Runner const& runner);
/// When an offered but not acquired job is due to be delivered again.
[[nodiscard]] std::optional<Timestamp> redelivery_deadline(ModelOptions const& options,
                                                           Runner const& runner);
/// The shortest of the times above: nothing that begins now is due before it has passed.
[[nodiscard]] std::chrono::milliseconds shortest_time(ModelOptions const& options) noexcept;
/// The earliest of all.
[[nodiscard]] std::optional<Timestamp> deadline(ModelOptions const& options, World const& world);

}  // namespace scaleset::simulator
