#include "protocol/wire/user_agent.hpp"

#include "base/json_text.hpp"
#include "scaleset/version.hpp"

namespace scaleset::protocol {

std::string make_user_agent(SystemInfo const& info) {
  std::string text = "{\"system\":" + base::json_quote(info.system);
  text += ",\"version\":" + base::json_quote(info.version);
  text += ",\"commit_sha\":" + base::json_quote(info.commit_sha);
  text += ",\"scale_set_id\":" + std::to_string(info.scale_set_id);
  text += ",\"subsystem\":" + base::json_quote(info.subsystem);
  text += ",\"build_version\":" + base::json_quote(kVersion);
  text += R"(,"build_commit_sha":"unknown","kind":"scaleset"})";
  return text;
}

}  // namespace scaleset::protocol
