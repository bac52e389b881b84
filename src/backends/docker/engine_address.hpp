#pragma once

#include <functional>
#include <optional>
#include <string>

#include "http/byte_stream.hpp"
#include "scaleset/error.hpp"

namespace scaleset::backends::docker {

/// Returns no value for a variable that is not set.
using Environment = std::function<std::optional<std::string>(char const* name)>;

/// Where the engine listens: `host` as in DOCKER_HOST ("unix:///run/docker.sock",
/// "tcp://engine:2376"); if it is empty, what DOCKER_HOST says, or else the usual socket. For TCP,
/// DOCKER_TLS_VERIFY and DOCKER_CERT_PATH (~/.docker if it is not set; ca.pem, cert.pem, key.pem)
/// count as for Docker's own client. Reads the files; blocks. Errors: invalid_options, io.
[[nodiscard]] Result<http::ServerAddress> engine_address(std::string const& host,
                                                         Environment const& environment);

}  // namespace scaleset::backends::docker
