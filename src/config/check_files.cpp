#include <unistd.h>

#include <string>
#include <system_error>

#include "base/exposure.hpp"
#include "config/load.hpp"
#include "config/spot.hpp"

namespace scaleset::config {
namespace {

using Environment = std::function<char const*(char const*)>;
namespace fs = std::filesystem;

bool readable(fs::path const& file) { return ::access(file.c_str(), R_OK) == 0; }

std::string reason() { return std::generic_category().message(errno); }

/// Looks at what the tables of one kind name.
class FileCheck {
 public:
  FileCheck(FileProblems& found, Environment const& environment)
      : found_(found), environment_(environment) {}

  void secret(SecretSource const& source, bool strict, Spot const& spot) {
    if (!source.file.empty()) secret_file("file", source.file, strict, spot);
    if (!source.env.empty()) {
      char const* const value = environment_(source.env.c_str());
      if (value == nullptr || *value == '\0')
        spot.report("env", "the environment variable " + source.env + " is not set");
    }
    if (!source.systemd.empty()) {
      char const* const folder = environment_("CREDENTIALS_DIRECTORY");
      if (folder == nullptr)
        spot.report("systemd",
                    "the service manager has passed no credentials; add "
                    "LoadCredential= to the unit, or use `file`");
      else
        secret_file("systemd", fs::path(folder) / source.systemd, strict, spot);
    }
  }

  void credential(CredentialConfig const& credential, Spot const& spot) {
    bool const strict = credential.strict_secrets;
    if (credential.token) secret(*credential.token, strict, spot.in("token"));
    if (credential.app)
      secret(credential.app->private_key, strict, spot.in("app").in("private_key"));
    if (credential.proxy)
      secret(credential.proxy->password, strict, spot.in("proxy").in("password"));
    if (!credential.ca_file.empty() && !readable(credential.ca_file))
      spot.report("ca_file", credential.ca_file.string() + " cannot be read: " + reason());
  }

  void runner(TemplateConfig const& what, Spot const& spot) {
    std::error_code error;
    if (what.runner_dir.empty())
      spot.report("runner_dir",
                  "`runner_dir` is missing; give a folder with an unpacked actions/runner release");
    else if (!fs::is_directory(what.runner_dir, error))
      spot.report("runner_dir", what.runner_dir.string() +
                                    " is not a folder; unpack an actions/runner release there");
  }

 private:
  void secret_file(std::string_view key, fs::path const& file, bool strict, Spot const& spot) {
    if (!readable(file))
      return spot.report(key, "the secret " + file.string() + " cannot be read: " + reason());
    std::string const exposure = base::exposure_of(file);
    if (!exposure.empty()) (strict ? spot : spot.into(found_.warnings)).report(key, exposure);
  }

  FileProblems& found_;
  Environment const& environment_;
};

}  // namespace

FileProblems problems_of_files(Loaded const& loaded, Environment const& environment) {
  FileProblems found;
  FileCheck check(found, environment);
  Spot const file(&loaded.tree, found.errors);
  for (auto const& [name, credential] : loaded.config.credentials)
    check.credential(credential, file.in("credential").in(name));
  for (auto const& [name, what] : loaded.config.templates)
    check.runner(what, file.in("template").in(name));
  for (std::size_t i = 0; i < loaded.config.scale_sets.size(); ++i) {
    ScaleSetConfig const& set = loaded.config.scale_sets[i];
    Spot const spot = file.in("scale_set", i);
    if (set.credential.own) check.credential(*set.credential.own, spot.in("credential"));
    if (set.what.own) check.runner(*set.what.own, spot.in("template"));
  }
  return found;
}

}  // namespace scaleset::config
