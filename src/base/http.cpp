#include "scaleset/http.hpp"

#include "base/header_lookup.hpp"

namespace scaleset::inline v0 {

std::string_view to_string(HttpMethod method) noexcept {
  switch (method) {
    case HttpMethod::get: return "GET";
    case HttpMethod::post: return "POST";
    case HttpMethod::patch: return "PATCH";
    case HttpMethod::put: return "PUT";
    case HttpMethod::del: return "DELETE";
  }
  return "GET";
}

std::string_view HttpResponse::header(std::string_view name) const noexcept {
  return base::find_header(headers, name);
}

}  // namespace scaleset::inline v0
