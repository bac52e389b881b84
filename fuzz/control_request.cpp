// Fuzzes what a client of the control socket sends, in two pieces. Whatever it is, it is asked for
// or answered with one line, and little of it is kept.
#include "daemon/control_conversation.hpp"
#include "fuzz.hpp"

void fuzz_one(std::string_view input) {
  using scaleset::daemon::ControlConversation;
  using Step = ControlConversation::Step;
  ControlConversation talk;
  auto const half = input.size() / 2;
  talk.received(input.substr(0, half));
  talk.received(input.substr(half));
  scaleset::fuzz::require(talk.room() <= ControlConversation::kLongestRequest);
  if (talk.step() == Step::ask) {
    // What was understood is understood again.
    auto line = scaleset::daemon::line_of(talk.request());
    line.pop_back();
    scaleset::fuzz::require(line.find('\n') == std::string::npos);
    auto const again = scaleset::daemon::parse_control_request(line);
    scaleset::fuzz::require(again.has_value());
  }
  if (talk.step() == Step::write) {
    auto const line = talk.unsent();
    scaleset::fuzz::require(line.ends_with('\n'));
    scaleset::fuzz::require(line.find('\n') == line.size() - 1);
    auto const answer = scaleset::daemon::parse_control_answer(line.substr(0, line.size() - 1));
    scaleset::fuzz::require(!answer.has_value());
  }
}
