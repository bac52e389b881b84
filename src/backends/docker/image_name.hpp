#pragma once

#include <string>
#include <string_view>

#include "scaleset/error.hpp"

namespace scaleset::backends::docker {

/// The name of an image, taken apart as an engine does it: "ubuntu" is
/// "docker.io/library/ubuntu:latest".
struct ImageName {
  ImageName() = default;
  /// Errors: invalid_options, with what is wrong.
  static Result<ImageName> parse(std::string_view text);

  std::string registry;    // "docker.io", "localhost:5000"
  std::string repository;  // "library/ubuntu"
  std::string tag;         // empty if there is a digest alone
  std::string digest;      // "sha256:..."; empty if the name does not pin it
  /// "sha256:..." if it is no name but the id of an image that the engine has. Nobody can pull
  /// that, and all the others are empty.
  std::string id;

  /// As a person may write it: "docker.io/library/ubuntu:latest".
  [[nodiscard]] std::string text() const;
  /// What a pull asks for: the name without the tag, and the tag or the digest.
  [[nodiscard]] std::string name() const { return registry + "/" + repository; }
  [[nodiscard]] std::string const& version() const { return digest.empty() ? tag : digest; }
  /// Under what name credentials for the registry are kept in ~/.docker/config.json.
  [[nodiscard]] std::string registry_key() const;
  friend bool operator==(ImageName const&, ImageName const&) = default;
};

}  // namespace scaleset::backends::docker
