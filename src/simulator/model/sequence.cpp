#include "simulator/model/sequence.hpp"

#include "simulator/model/model.hpp"
#include "simulator/model/operation_log.hpp"

namespace scaleset::simulator {

Outcome<void> Model::restart_sequence(Timestamp now, std::string_view tenant, ScaleSetId id) {
  record("restart_sequence", seen(now), tenant, id);
  enter(now);
  Outcome<ScaleSet*> const set = require_set(tenant, id);
  if (!set) return std::unexpected(set.error());
  Queue& queue = (*set)->queue;
  queue.next_id = first_message_id(options_.profile);
  // The messages keep their order. Ids of before may now be those of other messages, which is what
  // clients have to cope with (W-11).
  for (Message& message : queue.log) {
    message.id = queue.next_id;
    ++queue.next_id.value;
  }
  wake(**set);
  changed_world();
  return {};
}

}  // namespace scaleset::simulator
