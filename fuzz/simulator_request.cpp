// Fuzzes the simulator with HTTP requests. It answers every request, and still works afterwards.
//
// The input has the method and the target in its first line, then headers up to an empty line, then
// the body.
#include "fuzz.hpp"
#include "simulator/front/testing/socketless.hpp"

namespace {

using scaleset::http::ServerRequest;
using scaleset::simulator::testing::Socketless;

std::string_view take(std::string_view& text, char end) {
  auto const length = std::min(text.find(end), text.size());
  auto const taken = text.substr(0, length);
  text.remove_prefix(std::min(length + 1, text.size()));
  return taken;
}

ServerRequest request_from(std::string_view input) {
  ServerRequest request;
  auto line = take(input, '\n');
  request.method = take(line, ' ');
  request.target = line;
  for (line = take(input, '\n'); !line.empty(); line = take(input, '\n')) {
    std::string name(take(line, ':'));
    request.headers.emplace_back(std::move(name), std::string(line));
  }
  request.body = input;
  return request;
}

}  // namespace

void fuzz_one(std::string_view input) {
  Socketless front;
  auto const response = front.answer(request_from(input));
  scaleset::fuzz::require(response.drop_connection ||
                          (response.status >= 200 && response.status < 600));
  // The simulator still answers an ordinary request.
  ServerRequest state;
  state.method = "GET";
  state.target = "/_sim/state";
  scaleset::fuzz::require(front.answer(std::move(state)).status == 200);
}
