// Fuzzes the body of an error response: the service's JSON, a proxy's HTML, or anything else. The
// error is one line of limited length.
#include "fuzz.hpp"
#include "protocol/wire/http_error.hpp"

void fuzz_one(std::string_view input) {
  if (input.empty()) return;
  constexpr int kStatuses[] = {400, 401, 403, 404, 409, 429, 500, 503};
  scaleset::HttpResponse response;
  response.status = kStatuses[static_cast<unsigned char>(input.front()) % std::size(kStatuses)];
  response.headers = {{"ActivityId", std::string(input.substr(input.size() / 2))}};
  response.body = input.substr(1);
  for (auto const& operation : scaleset::protocol::kOperations) {
    auto const error = scaleset::protocol::error_of(operation.operation, response, {});
    scaleset::fuzz::require(scaleset::fuzz::is_one_line(error.to_string()));
    scaleset::fuzz::require(error.to_string().size() < 8192);
  }
}
