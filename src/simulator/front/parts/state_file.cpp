#include "simulator/front/parts/state_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <cerrno>
#include <system_error>
#include <utility>

#include "base/files.hpp"
#include "base/resource_limit.hpp"
#include "simulator/front/parts/fields.hpp"
#include "simulator/model/world_json.hpp"

namespace scaleset::simulator {
namespace json = boost::json;
namespace {

// 3 is a whole world followed by operations (ADR 26), with what real runners need (ADR 35).
constexpr std::int64_t kFormat = 3;
// So that a wrong path, such as that of a disk image, does not fill the memory.
constexpr std::size_t kMaxBytes = 1U << 30U;
constexpr std::size_t kLeastRewrite = 1U << 20U;  // bytes of operations
constexpr std::size_t kRewriteFactor = 2;         // times the size of the whole

/// A state that cannot be read is never overwritten: it may be wanted, or be somebody else's file.
std::unexpected<Error> unusable(std::filesystem::path const& path, std::string_view why) {
  return fail(ErrorCode::malformed_response, "the state file " + path.string() +
                                                 " cannot be used: " + std::string(why) +
                                                 "; move it away to start afresh");
}

std::unexpected<Error> cannot_write(std::filesystem::path const& path) {
  return fail(ErrorCode::io, "cannot write the state file " + path.string() + ": " +
                                 base::system_error_text(errno));
}

Result<base::RsaPrivateKey> read_key(Fields& file, std::string_view name) {
  return base::RsaPrivateKey::from_pem(Secret(file.text(name).value_or("")));
}

}  // namespace

Result<std::optional<SavedState>> load_state(std::filesystem::path const& path, Profile profile,
                                             Timestamp now) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return std::nullopt;
  Result<std::string> const text = base::read_file(path, kMaxBytes);
  if (!text) return std::unexpected(text.error());
  if (text->empty()) return unusable(path, "it is empty");
  std::size_t const line_end = text->find('\n');
  std::string_view const whole = std::string_view(*text).substr(0, line_end);
  std::string_view operations;
  if (line_end != std::string::npos) operations = std::string_view(*text).substr(line_end + 1);
  Fields file(whole);
  if (!file.problem().empty()) return unusable(path, file.problem());
  if (file.integer("format") != kFormat) return unusable(path, "it is of another format");
  std::string const written_by = file.text("profile").value_or("");
  // The messages and ids of one profile make no sense in the other (protocol.md 9).
  if (written_by != to_string(profile))
    return unusable(path, "it is of the profile \"" + written_by + "\"");
  std::optional<std::string> token_key = file.text("tokenKey");
  Result<base::RsaPrivateKey> runner_key = read_key(file, "runnerKey");
  if (!token_key || token_key->empty() || !runner_key)
    return unusable(path, "it has no usable keys");
  std::optional<http::Authority> authority;
  if (auto const certificate = file.text("authorityCertificate")) {
    authority = http::Authority::of({*certificate, file.text("authorityKey").value_or("")});
    if (!authority) return unusable(path, "the key of its authority does not fit");
  }
  json::value const* world_text = file.find("world");
  if (world_text == nullptr) return unusable(path, "world is missing");
  json::value const* options = file.find("options");
  if (options == nullptr) return unusable(path, "options are missing");
  Result<World> world = world_from_json(*world_text, *options, operations, now);
  if (!world) return unusable(path, world.error().message);
  return SavedState{std::move(*world), Secret(*std::move(token_key)), std::move(*runner_key),
                    std::move(authority)};
}

StateWriter::StateWriter(std::filesystem::path path, ModelOptions const& options,
                         SavedState const& state)
    : path_(std::move(path)) {
  // What does not change while the simulator runs is serialized once; save() adds the world.
  json::object head;
  head["format"] = kFormat;
  head["profile"] = to_string(options.profile);
  // With new keys, every token and JIT configuration issued before a restart would be refused after
  // it.
  head["tokenKey"] = state.token_key.reveal();
  head["runnerKey"] = state.runner_key.pem().reveal();
  if (state.authority) {
    http::Identity const identity = state.authority->identity();
    head["authorityCertificate"] = identity.certificate;
    head["authorityKey"] = identity.key;
  }
  head["options"] = to_json(options);
  head_ = json::serialize(head);
  // Replaces the closing brace: the world is the last field of the same object.
  head_.back() = ',';
  head_ += "\"world\":";
}

Result<void> StateWriter::save(std::optional<std::string> const& operations, World const& world) {
  // No operations: the world was replaced as a whole.
  if (!operations || !can_append(operations->size())) return write(world);
  if (!base::write_all(file_.get(), *operations)) {
    std::unexpected<Error> failure = cannot_write(path_);
    // A part of a line may have been written. The next save() writes a new file.
    file_.reset();
    return failure;
  }
  appended_bytes_ += operations->size();
  return {};
}

/// False also if somebody has moved our file away or put another in its place.
bool StateWriter::can_append(std::size_t bytes) const noexcept {
  std::size_t const worth_it = std::max(kLeastRewrite, kRewriteFactor * whole_bytes_);
  struct stat ours{};
  struct stat there{};
  return file_.valid() && appended_bytes_ + bytes <= worth_it && ::fstat(file_.get(), &ours) == 0 &&
         ::stat(path_.c_str(), &there) == 0 && ours.st_ino == there.st_ino &&
         ours.st_dev == there.st_dev;
}

Result<void> StateWriter::write(World const& world) {
  // Not appended to any more, even if what follows fails.
  file_.reset();
  std::filesystem::path const temporary = path_.string() + ".new";
  // The keys in it are secrets, hence 0600 below.
  int const flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC;
  base::UniqueFd file(::open(temporary.c_str(), flags, 0600));
  if (!file.valid()) return cannot_write(path_);
  std::string const content = head_ + json::serialize(to_json(world)) + "}\n";
  // Under another name, then renamed: whoever reads the path finds the old state or the new, never
  // half of one. No fsync (ADR 26).
  bool const written = base::write_all(file.get(), content);
  if (!written || ::rename(temporary.c_str(), path_.c_str()) != 0) return cannot_write(path_);
  file_ = std::move(file);
  whole_bytes_ = content.size();
  appended_bytes_ = 0;
  return {};
}

}  // namespace scaleset::simulator
