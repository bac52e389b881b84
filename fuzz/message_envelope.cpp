// Fuzzes the answer to a poll. Whatever the service sends, the result is a message, no message, or
// an error.
#include "fuzz.hpp"
#include "protocol/wire/responses.hpp"

void fuzz_one(std::string_view input) {
  scaleset::HttpResponse response;
  response.status = 200;
  response.body = input;
  auto const message = scaleset::protocol::read_get_message(response, {});
  scaleset::fuzz::require(!message || !*message || (*message)->id.value >= 0);
  scaleset::fuzz::require(message || scaleset::fuzz::is_one_line(message.error().to_string()));
}
