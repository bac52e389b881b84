// The batch of job messages inside of an envelope: one that does not decode is kept, never fatal.
#include "base/json_text.hpp"
#include "fuzz.hpp"
#include "protocol/wire/responses.hpp"

void fuzz_one(std::string_view input) {
  scaleset::HttpResponse response;
  response.status = 200;
  response.body = R"({"messageId":1,"messageType":"RunnerScaleSetJobMessages","body":)" +
                  scaleset::base::json_quote(input) + "}";
  auto const message = scaleset::protocol::read_get_message(response, {});
  scaleset::fuzz::require(message || scaleset::fuzz::is_one_line(message.error().to_string()));
}
