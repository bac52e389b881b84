#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <string_view>

#include "base/jwt.hpp"
#include "scaleset/error.hpp"
#include "scaleset/secret.hpp"

namespace scaleset::simulator::pretend {

/// A JIT configuration (protocol.md 11.1): the files in it, and those settings that the pretend
/// runner uses.
struct RunnerSettings {
  explicit RunnerSettings(base::RsaPrivateKey private_key) : key(std::move(private_key)) {}
  std::map<std::string, Secret> files;  // name in the runner's folder -> content
  std::int64_t agent_id = 0;
  std::string agent_name;
  std::string work_folder;  // relative to the runner's folder
  std::string server_url;   // ServerUrlV2, with a slash at its end
  std::string first_url;  // ServerUrl, with a slash at its end; empty if it is the same or missing
  std::string authorization_url;  // where access tokens are requested
  std::string client_id;
  bool uses_pss = false;  // requireFipsCryptography: assertions are PS256 instead of RS256
  base::RsaPrivateKey key;
};

/// Reads base64 of {"<file>":"<base64 of its content>", ...}, ignoring white space around it.
/// Errors: invalid_argument, without any part of the text; also for a file name that leads out of
/// the folder.
[[nodiscard]] Result<RunnerSettings> read_jit_config(std::string_view encoded);

/// The private key from `.credentials_rsaparams`: a JSON object with the numbers of the key in
/// base64. Errors: invalid_argument.
[[nodiscard]] Result<base::RsaPrivateKey> read_rsa_parameters(std::string_view json_text);

/// Writes the files into the runner's folder. Like the real runner, makes them readable for their
/// owner only. Errors: io.
[[nodiscard]] Result<void> write_settings_files(std::filesystem::path const& root,
                                                RunnerSettings const& settings);
void remove_settings_files(std::filesystem::path const& root, RunnerSettings const& settings);

}  // namespace scaleset::simulator::pretend
