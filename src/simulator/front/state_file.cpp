#include "simulator/front/state_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <system_error>

#include "base/files.hpp"
#include "simulator/front/fields.hpp"
#include "simulator/model/world_json.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

constexpr std::int64_t kFormat = 2;
constexpr std::size_t kMaxBytes = 1U << 30U;

std::unexpected<Error> unusable(std::filesystem::path const& path, std::string_view why) {
  return fail(ErrorCode::malformed_response, "the state file " + path.string() +
                                                 " cannot be used: " + std::string(why) +
                                                 "; move it away to start afresh");
}

std::unexpected<Error> cannot_write(std::filesystem::path const& path) {
  return fail(ErrorCode::io, "cannot write the state file " + path.string() + ": " +
                                 std::generic_category().message(errno));
}

Result<base::RsaPrivateKey> read_key(Fields& file, std::string_view name) {
  return base::RsaPrivateKey::from_pem(Secret(file.text(name).value_or("")));
}

bool write_all(int file, std::string_view content) {
  while (!content.empty()) {
    auto const written = ::write(file, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace

Result<std::optional<SavedState>> load_state(std::filesystem::path const& path, Profile profile,
                                             Timestamp now) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  Result<std::string> const text = base::read_file(path, kMaxBytes);
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return unusable(path, "it is empty");
  Fields file(*text);
  if (!file.problem().empty()) return unusable(path, file.problem());
  if (file.integer("format") != kFormat) return unusable(path, "it is of another format");
  std::string const written_by = file.text("profile").value_or("");
  if (written_by != to_string(profile))
    return unusable(path, "it is of the profile \"" + written_by + "\"");
  Result<base::RsaPrivateKey> token_key = read_key(file, "tokenKey");
  Result<base::RsaPrivateKey> runner_key = read_key(file, "runnerKey");
  if (!token_key || !runner_key) return unusable(path, "it has no usable keys");
  json::value const* world_text = file.find("world");
  if (world_text == nullptr) return unusable(path, "world is missing");
  Result<World> world = world_from_json(*world_text, now);
  if (!world) return unusable(path, world.error().message);
  return SavedState{std::move(*world), std::move(*token_key), std::move(*runner_key)};
}

StateWriter::StateWriter(std::filesystem::path path, Profile profile,
                         base::RsaPrivateKey const& token_key,
                         base::RsaPrivateKey const& runner_key)
    : path_(std::move(path)) {
  json::object head;
  head["format"] = kFormat;
  head["profile"] = to_string(profile);
  head["tokenKey"] = token_key.pem().reveal();
  head["runnerKey"] = runner_key.pem().reveal();
  head_ = json::serialize(head);
  head_.back() = ',';
  head_ += "\"world\":";
}

Result<void> StateWriter::write(World const& world) const {
  std::filesystem::path const temporary = path_.string() + ".new";
  int const file = ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) return cannot_write(path_);
  bool const written = write_all(file, head_ + json::serialize(to_json(world)) + "}\n");
  bool const done = ::close(file) == 0 && written;
  if (!done || ::rename(temporary.c_str(), path_.c_str()) != 0) return cannot_write(path_);
  return {};
}

}  // namespace scaleset::simulator
