#include "daemon/kept_secrets.hpp"

#include <utility>

#include "client/credentials.hpp"

namespace scaleset::daemon {
namespace {

Result<Secret> usable_key(SecretReader const& reader) {
  auto pem = reader();
  if (!pem) return pem;
  auto const same = constant_secret(*pem, reader.source());
  if (auto const key = client::read_app_key(same); !key) return std::unexpected(key.error());
  return pem;
}

}  // namespace

/// One secret, and where it is from.
class KeptSecrets::Kept {
 public:
  explicit Kept(SecretReader::Function read) : read_(std::move(read)) { read_again(); }

  void read_again() {
    auto read = read_();  // which may wait, so not under the mutex
    std::scoped_lock const lock(mutex_);
    value_ = std::move(read);
  }
  [[nodiscard]] Result<Secret> value() const {
    std::scoped_lock const lock(mutex_);
    return value_;
  }

 private:
  SecretReader::Function const read_;
  mutable std::mutex mutex_;
  Result<Secret> value_ = fail(ErrorCode::io, "it was not read yet");
};

SecretReader KeptSecrets::keep(std::string kind, std::string source, SecretReader::Function read) {
  std::string const key = std::move(kind) + " " + source;
  std::shared_ptr<Kept> kept;
  {
    std::scoped_lock const lock(mutex_);
    std::erase_if(kept_, [](auto const& entry) { return entry.second.expired(); });
    if (auto const found = kept_.find(key); found != kept_.end()) kept = found->second.lock();
  }
  if (kept) {
    // Readers that were given out earlier have the same object, and get what is read now.
    kept->read_again();
  } else {
    kept = std::make_shared<Kept>(std::move(read));
    std::scoped_lock const lock(mutex_);
    kept_[key] = kept;
  }
  auto value = [kept = std::move(kept)] { return kept->value(); };
  return {std::move(value), std::move(source)};
}

Credentials KeptSecrets::keep(Credentials credentials) {
  if (auto* personal = std::get_if<PersonalAccessToken>(&credentials); personal && personal->token)
    personal->token = keep("token", personal->token.source(),
                           [read = personal->token] { return client::read_token(read); });
  if (auto* app = std::get_if<GitHubApp>(&credentials); app && app->private_key_pem)
    app->private_key_pem = keep("key", app->private_key_pem.source(),
                                [read = app->private_key_pem] { return usable_key(read); });
  return credentials;
}

SecretReader KeptSecrets::keep_text(SecretReader reader) {
  std::string source = reader.source();
  return keep("text", std::move(source), [read = std::move(reader)] { return read(); });
}

std::vector<std::shared_ptr<KeptSecrets::Kept>> KeptSecrets::all() const {
  std::scoped_lock const lock(mutex_);
  std::vector<std::shared_ptr<Kept>> found;
  found.reserve(kept_.size());
  for (auto const& [key, weak] : kept_)
    if (auto kept = weak.lock()) found.push_back(std::move(kept));
  return found;
}

void KeptSecrets::read_again() {
  for (auto const& kept : all()) kept->read_again();
}

std::vector<std::string> KeptSecrets::problems() const {
  std::vector<std::string> found;
  for (auto const& kept : all())
    if (auto const value = kept->value(); !value) found.push_back(value.error().message);
  return found;
}

}  // namespace scaleset::daemon
