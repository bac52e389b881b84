// Fuzzes the batch of job messages inside an envelope. A job message that does not decode is kept
// and is never fatal.
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
