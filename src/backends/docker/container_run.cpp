#include "backends/docker/container_run.hpp"

namespace scaleset::backends::docker {

std::vector<InstanceEvent> OutputReader::take(std::string_view piece,
                                              std::string const& runner_name) {
  std::string const text = frames_.take(piece);
  std::vector<OutputEvent> const events = output_.take(text);
  return untold(events, runner_name);
}

std::vector<InstanceEvent> OutputReader::finish(std::string const& runner_name) {
  std::vector<OutputEvent> const events = output_.finish();
  return untold(events, runner_name);
}

void OutputReader::begin_again() {
  frames_ = LogFrames();
  output_ = RunnerOutput();
  seen_ = 0;
}

std::vector<InstanceEvent> OutputReader::untold(std::vector<OutputEvent> const& events,
                                                std::string const& runner_name) {
  std::vector<InstanceEvent> made;
  made.reserve(events.size());
  for (OutputEvent const& event : events) {
    if (++seen_ <= told_) continue;
    told_ = seen_;
    made.push_back(to_event(event, runner_name, output_.version()));
  }
  return made;
}

}  // namespace scaleset::backends::docker
