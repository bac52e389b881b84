#include <unistd.h>

#include <string>
#include <system_error>

#include "base/credential_text.hpp"
#include "base/exposure.hpp"
#include "base/jwt.hpp"
#include "base/regular_file.hpp"
#include "base/writable_folder.hpp"
#include "config/load.hpp"
#include "config/spot.hpp"

namespace scaleset::config {
namespace {

using Environment = std::function<char const*(char const*)>;
namespace fs = std::filesystem;

/// What a secret is for, which decides what may be in it.
enum class Use : std::uint8_t { token, key, password };

/// What is wrong with the text; nothing of it is repeated. `place` names where it is from.
std::string problem_of(Secret const& text, Use use, std::string const& place) {
  auto const secret = base::secret_in(text.reveal(), place);
  if (!secret) return secret.error().message;
  if (use == Use::token) {
    std::string const problem = base::token_problem(secret->reveal());
    return problem.empty() ? "" : place + " " + problem;
  }
  if (use == Use::password) return "";
  auto const key = base::RsaPrivateKey::from_pem(*secret, place);
  return key ? "" : key.error().message;
}

bool readable(fs::path const& file) { return ::access(file.c_str(), R_OK) == 0; }

std::string reason() { return std::generic_category().message(errno); }

/// Looks at what the tables of one kind name.
class FileCheck {
 public:
  FileCheck(FileProblems& found, Environment const& environment)
      : found_(found), environment_(environment) {}

  void secret(SecretSource const& source, Use use, bool strict, Spot const& spot) {
    if (!source.file.empty()) secret_file("file", source.file, use, strict, spot);
    if (!source.env.empty()) {
      char const* const value = environment_(source.env.c_str());
      if (value == nullptr || *value == '\0')
        spot.report("env", "the environment variable " + source.env + " is not set");
      else
        contents("env", Secret(value), use, "the environment variable " + source.env, spot);
    }
    if (!source.systemd.empty()) {
      char const* const folder = environment_("CREDENTIALS_DIRECTORY");
      if (folder == nullptr)
        spot.report("systemd",
                    "the service manager has passed no credentials; add "
                    "LoadCredential= to the unit, or use `file`");
      else
        secret_file("systemd", fs::path(folder) / source.systemd, use, strict, spot);
    }
  }

  void credential(CredentialConfig const& credential, Spot const& spot) {
    bool const strict = credential.strict_secrets;
    if (credential.token) secret(*credential.token, Use::token, strict, spot.in("token"));
    if (credential.app)
      secret(credential.app->private_key, Use::key, strict, spot.in("app").in("private_key"));
    if (credential.proxy)
      secret(credential.proxy->password, Use::password, strict, spot.in("proxy").in("password"));
    if (!credential.ca_file.empty() && !readable(credential.ca_file))
      spot.report("ca_file", credential.ca_file.string() + " cannot be read: " + reason());
  }

  static void runner(TemplateConfig const& what, Spot const& spot) {
    std::error_code error;
    folder("work_dir", what.work_dir, spot);
    if (what.runner_dir.empty())
      spot.report("runner_dir",
                  "`runner_dir` is missing; give a folder with an unpacked actions/runner release");
    else if (!fs::is_directory(what.runner_dir, error))
      spot.report("runner_dir", what.runner_dir.string() +
                                    " is not a folder; unpack an actions/runner release there");
  }

  /// That the program makes and writes into, if it is given.
  static void folder(std::string_view key, fs::path const& folder, Spot const& spot) {
    std::string const problem = folder.empty() ? "" : base::unwritable(folder);
    if (!problem.empty()) spot.report(key, problem + "; give a folder that this user may write to");
  }

 private:
  static void contents(std::string_view key, Secret const& text, Use use, std::string const& place,
                       Spot const& spot) {
    std::string const problem = problem_of(text, use, place);
    if (!problem.empty()) spot.report(key, problem);
  }
  void secret_file(std::string_view key, fs::path const& file, Use use, bool strict,
                   Spot const& spot) {
    auto text = base::read_regular_file(file, base::kLargestSecret);
    if (!text) return spot.report(key, text.error().message);
    contents(key, Secret(*std::move(text)), use, "the file " + file.string(), spot);
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
  FileCheck::folder("state_dir", loaded.config.state_dir, file);
  for (auto const& [name, credential] : loaded.config.credentials)
    check.credential(credential, file.in("credential").in(name));
  for (auto const& [name, what] : loaded.config.templates)
    FileCheck::runner(what, file.in("template").in(name));
  for (std::size_t i = 0; i < loaded.config.scale_sets.size(); ++i) {
    ScaleSetConfig const& set = loaded.config.scale_sets[i];
    Spot const spot = file.in("scale_set", i);
    if (set.credential.own) check.credential(*set.credential.own, spot.in("credential"));
    if (set.what.own) FileCheck::runner(*set.what.own, spot.in("template"));
  }
  return found;
}

}  // namespace scaleset::config
