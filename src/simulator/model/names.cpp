#include "simulator/model/entities.hpp"
#include "simulator/model/options.hpp"

namespace scaleset::simulator {

std::string_view to_string(Profile profile) noexcept {
  return profile == Profile::broker ? "broker" : "acquire";
}

std::string_view to_string(JobState state) noexcept {
  switch (state) {
    case JobState::queued: return "queued";
    case JobState::available: return "available";
    case JobState::acquired: return "acquired";
    case JobState::assigned: return "assigned";
    case JobState::running: return "running";
    case JobState::completed: return "completed";
  }
  return "unknown";
}

std::string_view to_string(EntryKind kind) noexcept {
  switch (kind) {
    case EntryKind::job_available: return "JobAvailable";
    case EntryKind::job_assigned: return "JobAssigned";
    case EntryKind::job_started: return "JobStarted";
    case EntryKind::job_completed: return "JobCompleted";
  }
  return "unknown";
}

}  // namespace scaleset::simulator
