#include "protocol/wire/user_agent.hpp"

#include "protocol/json_text.hpp"
#include "scaleset/version.hpp"

namespace scaleset::protocol {

std::string make_user_agent(SystemInfo const& info) {
  std::string text = "{\"system\":" + json_quote(info.system);
  text += ",\"version\":" + json_quote(info.version);
  text += ",\"commit_sha\":" + json_quote(info.commit_sha);
  text += ",\"scale_set_id\":" + std::to_string(info.scale_set_id);
  text += ",\"subsystem\":" + json_quote(info.subsystem);
  text += ",\"build_version\":" + json_quote(kVersion);
  text += R"(,"build_commit_sha":"unknown","kind":"scaleset"})";
  return text;
}

}  // namespace scaleset::protocol
