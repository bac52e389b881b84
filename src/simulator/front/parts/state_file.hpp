#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/jwt.hpp"
#include "base/unique_fd.hpp"
#include "http/certificates.hpp"
#include "scaleset/error.hpp"
#include "simulator/model/entities.hpp"
#include "simulator/model/options.hpp"

namespace scaleset::simulator {

/// What a simulator keeps across restarts: the world, and the keys, so that the tokens and JIT
/// configurations that it issued stay valid and clients go on trusting it.
struct SavedState {
  World world;
  Secret token_key;  // any text
  base::RsaPrivateKey runner_key;
  std::optional<http::Authority> authority;  // none: it has never served HTTPS
};

/// None: there is no such file. Errors: io; malformed_response for a corrupt file or one of
/// the other profile.
[[nodiscard]] Result<std::optional<SavedState>> load_state(std::filesystem::path const& path,
                                                           Profile profile, Timestamp now);

/// Keeps the file up to date: one line with everything, mode 0600, to which one line is appended
/// for each operation on the model, until those outweigh it and it is written anew (by rename).
/// This survives the end of the process at any moment: a line that is half written is left out when
/// the file is read, and no answer has told of it. It does not survive a crash of the machine, as
/// there is no fsync.
class StateWriter {
 public:
  /// Takes everything but the world from `state`.
  StateWriter(std::filesystem::path path, ModelOptions const& options, SavedState const& state);

  /// `operations` are those since the last call, from Model::take_operations(); `world` is the
  /// world after them. Errors: io; the next call writes everything.
  [[nodiscard]] Result<void> save(std::optional<std::string> const& operations, World const& world);

 private:
  [[nodiscard]] Result<void> write(World const& world);
  [[nodiscard]] bool can_append(std::size_t bytes) const noexcept;

  std::filesystem::path path_;
  std::string head_;     // {"format":3,...,"world":
  base::UniqueFd file_;  // open for appending; none: everything must be written
  std::size_t whole_bytes_ = 0;
  std::size_t appended_bytes_ = 0;
};

}  // namespace scaleset::simulator
