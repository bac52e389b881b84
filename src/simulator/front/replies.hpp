#pragma once

#include <boost/json/value.hpp>
#include <string>
#include <string_view>

#include "http/server.hpp"
#include "simulator/model/refusal.hpp"

/// Answers in the shapes that each part of the service has (spec 4.3, 7.3, 11.4).
namespace scaleset::simulator {

[[nodiscard]] http::ServerResponse json_reply(int status, boost::json::value const& body);
[[nodiscard]] http::ServerResponse text_reply(int status, std::string text);
[[nodiscard]] http::ServerResponse empty_reply(int status);

/// {"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}
[[nodiscard]] http::ServerResponse rest_error(int status, std::string_view message);

/// {"$id":"1","innerException":null,"message":...,"typeName":...,"typeKey":...,"errorCode":0,"eventId":3000}
[[nodiscard]] http::ServerResponse service_error(int status, std::string_view family,
                                                 std::string_view exception,
                                                 std::string_view message);
/// The status and exception of spec 7.3.
[[nodiscard]] http::ServerResponse service_refusal(Refusal const& refusal);
/// 400 in the service's shape.
[[nodiscard]] http::ServerResponse bad_request(std::string_view message);
/// 401 InvalidTokenException: expired, forged, of another kind or of another tenant.
[[nodiscard]] http::ServerResponse invalid_token();
/// 405 in the shape of the part of the service that the path leads to; `allowed` as in an Allow
/// header.
[[nodiscard]] http::ServerResponse method_not_allowed(std::string_view path,
                                                      std::string_view method, std::string allowed);
/// What the broker's router says to a path it does not have.
[[nodiscard]] http::ServerResponse page_not_found();

/// {"source":"actions-broker-listener","errorKind":...,"statusCode":404,"errorMessage":...}
[[nodiscard]] http::ServerResponse broker_error(int status, std::string_view kind,
                                                std::string_view message);
[[nodiscard]] http::ServerResponse broker_refusal(Refusal const& refusal);
/// {"source":"actions-run-service","statusCode":404,"errorMessage":...}
[[nodiscard]] http::ServerResponse run_service_error(int status, std::string_view message);
[[nodiscard]] http::ServerResponse run_service_refusal(Refusal const& refusal);

/// {"error":"count: must be at least 1"}
[[nodiscard]] http::ServerResponse control_error(int status, std::string_view message);

}  // namespace scaleset::simulator
