#include "simulator/front/effects/own_answer.hpp"

#include "simulator/front/parts/replies.hpp"
#include "simulator/model/text.hpp"

namespace scaleset::simulator {

http::ServerResponse own_answer(Fault const& fault) {
  http::ServerResponse response = empty_reply(fault.status.value_or(500));
  response.body = fault.body;
  response.headers = fault.headers;
  // Clients decide by Content-Type how to read an error (protocol.md 7.1), so a body without one
  // gets the likely one.
  bool typed = fault.body.empty();
  for (auto const& [name, value] : fault.headers)
    typed = typed || equal_ignoring_case(name, "Content-Type");
  bool const is_json = fault.body.starts_with('{') || fault.body.starts_with('[');
  if (!typed)
    response.headers.emplace_back(
        "Content-Type", is_json ? "application/json; charset=utf-8" : "text/plain; charset=utf-8");
  return response;
}

}  // namespace scaleset::simulator
