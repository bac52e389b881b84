#include "simulator/runner/runner_settings.hpp"

#include <array>
#include <boost/json/parse.hpp>
#include <optional>

#include "base/base64.hpp"
#include "base/files.hpp"
#include "base/whole_number.hpp"
#include "simulator/runner/json_reading.hpp"

namespace scaleset::simulator::pretend {
namespace {

namespace json = boost::json;
namespace fs = std::filesystem;

std::unexpected<Error> refuse(std::string_view what) {
  return fail(ErrorCode::invalid_argument,
              "the JIT configuration cannot be used: " + std::string(what));
}

std::string_view trim(std::string_view text) {
  std::size_t const begin = text.find_first_not_of(" \t\r\n");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r\n") - begin + 1);
}

/// One element of ASN.1 DER: tag, length and content.
std::string der(char tag, std::string_view content) {
  std::string length;
  for (std::size_t rest = content.size(); rest > 0; rest >>= 8U) {
    length.insert(length.begin(), static_cast<char>(rest & 0xffU));
  }
  std::string element(1, tag);
  if (content.size() < 0x80) {
    element.push_back(static_cast<char>(content.size()));
  } else {
    element.push_back(static_cast<char>(0x80U | length.size()));
    element.append(length);
  }
  return element.append(content);
}

/// A leading zero keeps a number positive whose top bit is set.
std::string der_integer(std::string_view big_endian) {
  bool const zero_needed =
      big_endian.empty() || (static_cast<unsigned char>(big_endian[0]) & 0x80U) != 0;
  return der(0x02, std::string(zero_needed ? 1 : 0, '\0').append(big_endian));
}

bool is_file_name(std::string_view name) {
  return !name.empty() && name != "." && name != ".." &&
         name.find_first_of(std::string_view("/\0", 2)) == std::string_view::npos;
}

Result<std::map<std::string, Secret>> read_files(std::string_view encoded) {
  std::optional<std::string> const text = base::base64_decode(trim(encoded));
  if (!text) return refuse("it is not base64");
  std::optional<json::object> const object = parse_object(*text);
  if (!object) return refuse("it is not a JSON object");
  std::map<std::string, Secret> files;
  for (auto const& [name, content] : *object) {
    std::optional<std::string> bytes;
    if (content.is_string()) bytes = base::base64_decode(content.as_string());
    if (!bytes || !is_file_name(name))
      return refuse("one of its files is not base64 or has no proper name");
    files.emplace(std::string(name), Secret(std::move(*bytes)));
  }
  return files;
}

std::string content_of(std::map<std::string, Secret> const& files, std::string const& name) {
  auto const found = files.find(name);
  return found == files.end() ? std::string() : found->second.reveal();
}

Result<void> read_runner_file(RunnerSettings& settings, std::string_view text) {
  std::optional<json::object> const object = parse_object(text);
  if (!object) return refuse("its .runner is not a JSON object");
  json::value const* const id = object->if_contains("AgentId");
  bool const is_number = id != nullptr && id->is_int64();
  settings.agent_id =
      is_number ? id->as_int64()
                : base::whole_number<std::int64_t>(text_of(*object, "AgentId")).value_or(0);
  settings.agent_name = text_of(*object, "AgentName");
  settings.server_url = text_of(*object, "ServerUrlV2");
  settings.work_folder = text_of(*object, "WorkFolder");
  if (settings.work_folder.empty()) settings.work_folder = "_work";
  if (settings.server_url.empty()) return refuse("its .runner has no ServerUrlV2");
  if (!settings.server_url.ends_with('/')) settings.server_url.push_back('/');
  settings.first_url = text_of(*object, "ServerUrl");
  if (!settings.first_url.empty() && !settings.first_url.ends_with('/'))
    settings.first_url.push_back('/');
  if (settings.first_url == settings.server_url) settings.first_url.clear();
  return {};
}

Result<void> read_credentials_file(RunnerSettings& settings, std::string_view text) {
  std::optional<json::object> const object = parse_object(text);
  json::value const* const data = object ? object->if_contains("Data") : nullptr;
  if (data == nullptr || !data->is_object()) return refuse("its .credentials has no Data");
  settings.client_id = text_of(data->as_object(), "clientId");
  settings.uses_pss = text_of(data->as_object(), "requireFipsCryptography") == "True";
  settings.authorization_url = text_of(data->as_object(), "authorizationUrl");
  bool const complete = !settings.client_id.empty() && !settings.authorization_url.empty();
  return complete ? Result<void>() : refuse("its .credentials has no clientId or authorizationUrl");
}

}  // namespace

Result<RunnerSettings> read_jit_config(std::string_view encoded) {
  Result<std::map<std::string, Secret>> files = read_files(encoded);
  if (!files) return std::unexpected(files.error());
  Result<base::RsaPrivateKey> key =
      read_rsa_parameters(content_of(*files, ".credentials_rsaparams"));
  if (!key) return std::unexpected(key.error());
  RunnerSettings settings(std::move(*key));
  Result<void> read = read_runner_file(settings, content_of(*files, ".runner"));
  if (read) read = read_credentials_file(settings, content_of(*files, ".credentials"));
  if (!read) return std::unexpected(read.error());
  settings.files = std::move(*files);
  return settings;
}

Result<base::RsaPrivateKey> read_rsa_parameters(std::string_view json_text) {
  constexpr std::array<std::string_view, 8> kInOrder = {"modulus", "exponent", "d",  "p",
                                                        "q",       "dp",       "dq", "inverseQ"};
  std::optional<json::object> const object = parse_object(json_text);
  if (!object) return refuse("its .credentials_rsaparams is not a JSON object");
  std::string numbers = der_integer(std::string_view("\0", 1));  // the version of PKCS#1
  for (std::string_view const name : kInOrder) {
    std::optional<std::string> const number = base::base64_decode(text_of(*object, name));
    if (!number || number->empty()) return refuse("a number of its key is missing");
    numbers.append(der_integer(*number));
  }
  Secret const pem("-----BEGIN RSA PRIVATE KEY-----\n" + base::base64_encode(der(0x30, numbers)) +
                   "\n-----END RSA PRIVATE KEY-----\n");
  Result<base::RsaPrivateKey> key = base::RsaPrivateKey::from_pem(pem);
  if (!key) return refuse("its key is not valid");
  return key;
}

Result<void> write_settings_files(fs::path const& root, RunnerSettings const& settings) {
  for (auto const& [name, content] : settings.files) {
    Result<void> written = base::write_file_atomically(root / name, content.reveal());
    if (!written) return written;
  }
  return {};
}

void remove_settings_files(fs::path const& root, RunnerSettings const& settings) {
  for (auto const& [name, content] : settings.files) {
    std::error_code ignored;
    fs::remove(root / name, ignored);
  }
}

}  // namespace scaleset::simulator::pretend
