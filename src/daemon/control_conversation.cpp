#include "daemon/control_conversation.hpp"

#include <algorithm>
#include <utility>

namespace scaleset::daemon {

void ControlConversation::received(std::string_view bytes) {
  if (step_ == Step::drop) {
    dropped_ += bytes.size();
    if (dropped_ >= kMostDropped) step_ = Step::close;
  }
  if (step_ != Step::read) return;
  line_ += bytes.substr(0, room());
  auto const end = line_.find('\n');
  if (end == std::string::npos) {
    if (room() > 0) return;
    step_ = Step::ask;
    too_long_ = true;
    return answered(
        answer_line(fail(ErrorCode::invalid_argument, "the request is too long: it may have " +
                                                          std::to_string(kLongestRequest) +
                                                          " bytes, its line feed included")));
  }
  step_ = Step::ask;
  // What comes after the line is not looked at: there is one request to a connection.
  auto parsed = parse_control_request(std::string_view(line_).substr(0, end));
  if (!parsed) return answered(answer_line(std::unexpected(parsed.error())));
  request_ = *std::move(parsed);
}

void ControlConversation::answered(std::string line) {
  if (step_ != Step::ask) return;
  answer_ = std::move(line);
  step_ = answer_.empty() ? Step::close : Step::write;
}

void ControlConversation::sent(std::size_t bytes) {
  if (step_ != Step::write) return;
  sent_ = std::min(sent_ + bytes, answer_.size());
  if (sent_ == answer_.size()) step_ = too_long_ ? Step::drop : Step::close;
}

}  // namespace scaleset::daemon
