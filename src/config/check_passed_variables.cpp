#include <map>
#include <string>
#include <string_view>

#include "config/check_parts.hpp"

namespace scaleset::config {
namespace {

/// Which variables lead to secrets, and the key that says so.
class SecretVariables {
 public:
  explicit SecretVariables(DaemonConfig const& config) {
    for (auto const& [name, credential] : config.credentials) add("credential." + name, credential);
    for (std::size_t i = 0; i < config.scale_sets.size(); ++i)
      if (auto const& own = config.scale_sets[i].credential.own; own)
        add("scale_set[" + std::to_string(i) + "].credential", *own);
  }
  /// Null: none of them.
  [[nodiscard]] std::string const* key_of(std::string const& variable) const {
    auto const found = keys_.find(variable);
    return found == keys_.end() ? nullptr : &found->second;
  }

 private:
  void add(std::string const& path, CredentialConfig const& credential) {
    if (credential.token) add(path + ".token", *credential.token);
    if (credential.app) add(path + ".app.private_key", credential.app->private_key);
    if (credential.proxy) add(path + ".proxy.password", credential.proxy->password);
  }
  void add(std::string const& path, SecretSource const& source) {
    if (!source.env.empty()) keys_.emplace(source.env, path + ".env");
    // The runners are this user's, and the folder is readable for it.
    if (!source.systemd.empty()) keys_.emplace("CREDENTIALS_DIRECTORY", path + ".systemd");
  }

  std::map<std::string, std::string> keys_;
};

void check(TemplateConfig const& what, SecretVariables const& secrets, Spot const& spot) {
  for (std::size_t i = 0; i < what.pass_env.size(); ++i) {
    std::string const& variable = what.pass_env[i];
    auto const* key = secrets.key_of(variable);
    if (key == nullptr) continue;
    spot.in("pass_env", i)
        .report("", "`pass_env` would hand " + variable +
                        " to runners and their jobs, and with it the secret of `" + *key +
                        "`; take it out of the list");
  }
}

}  // namespace

void check_passed_variables(DaemonConfig const& config, Spot const& file) {
  SecretVariables const secrets(config);
  for (auto const& [name, what] : config.templates)
    check(what, secrets, file.in("template").in(name));
  for (std::size_t i = 0; i < config.scale_sets.size(); ++i)
    if (auto const& own = config.scale_sets[i].what.own; own)
      check(*own, secrets, file.in("scale_set", i).in("template"));
}

}  // namespace scaleset::config
