// Fuzzes the time that a service asks us to wait. It is never negative and never more than five
// minutes.
#include <chrono>

#include "fuzz.hpp"
#include "protocol/wire/http_error.hpp"

void fuzz_one(std::string_view input) {
  scaleset::HttpResponse response;
  response.status = 429;
  auto const half = input.size() / 2;
  response.headers = {{"Retry-After", std::string(input)},
                      {"x-ratelimit-remaining", "0"},
                      {"x-ratelimit-reset", std::string(input.substr(half))}};
  auto const error =
      scaleset::protocol::error_of(scaleset::protocol::Operation::get_scale_set, response, {});
  if (error.retry_after) {
    scaleset::fuzz::require(*error.retry_after >= std::chrono::milliseconds(0));
    scaleset::fuzz::require(*error.retry_after <= std::chrono::minutes(5));
  }
}
