#pragma once

#include <string>
#include <string_view>

#include "http/server.hpp"
#include "simulator/model/refusal.hpp"

/// Errors in the shape that each part of the service gives them (protocol.md 4.3, 7.3, 11.4).
namespace scaleset::simulator {

/// {"message":"Bad credentials","documentation_url":"https://docs.github.com/rest","status":"401"}
[[nodiscard]] http::ServerResponse rest_error(int status, std::string_view message);

/// The status and the exception of protocol.md 7.3:
/// {"$id":"1","innerException":null,"message":...,"typeName":...,"typeKey":...,"errorCode":0,"eventId":3000}
[[nodiscard]] http::ServerResponse service_refusal(Refusal const& refusal);
/// 400 in the service's shape.
[[nodiscard]] http::ServerResponse bad_request(std::string_view message);
/// 401 InvalidTokenException: the token has expired, is forged, or is of another kind or tenant.
[[nodiscard]] http::ServerResponse invalid_token();
/// 405 in the service's shape.
[[nodiscard]] http::ServerResponse service_method_not_allowed(std::string_view message);
/// What the broker's router answers to a path that it does not have.
[[nodiscard]] http::ServerResponse page_not_found();

/// {"source":"actions-broker-listener","errorKind":...,"statusCode":404,"errorMessage":...}
[[nodiscard]] http::ServerResponse broker_error(int status, std::string_view kind,
                                                std::string_view message);
[[nodiscard]] http::ServerResponse broker_refusal(Refusal const& refusal);
/// {"source":"actions-run-service","statusCode":404,"errorMessage":...}
[[nodiscard]] http::ServerResponse run_service_error(int status, std::string_view message);
/// 401: the token is not that of the job.
[[nodiscard]] http::ServerResponse not_authorized_for_job();
[[nodiscard]] http::ServerResponse run_service_refusal(Refusal const& refusal);

}  // namespace scaleset::simulator
