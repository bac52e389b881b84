#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/jwt.hpp"
#include "http/certificates.hpp"
#include "scaleset/error.hpp"
#include "simulator/model/entities.hpp"
#include "simulator/model/options.hpp"

namespace scaleset::simulator {

/// What a simulator must not forget: the world, and the keys, so that tokens and JIT configurations
/// it gave out stay good and clients can go on trusting it.
struct SavedState {
  World world;
  base::RsaPrivateKey token_key;
  base::RsaPrivateKey runner_key;
  std::optional<http::Authority> authority;  // none: it has never served HTTPS
};

/// Nothing if there is no such file. Errors: io; malformed_response for a corrupt file or one of
/// the other profile.
[[nodiscard]] Result<std::optional<SavedState>> load_state(std::filesystem::path const& path,
                                                           Profile profile, Timestamp now);

/// Keeps the file up to date: one line with everything, mode 0600, to which one line is appended
/// for each operation on the model, until those outweigh it and it is written anew (by rename).
/// Survives the end of this process at any moment: what is half written at the end of the file is
/// left out when it is read, and nobody was told of it. No fsync, so not the machine's end.
class StateWriter {
 public:
  /// `state` for everything but the world.
  StateWriter(std::filesystem::path path, ModelOptions const& options, SavedState const& state);
  StateWriter(StateWriter&& other) noexcept;
  StateWriter& operator=(StateWriter&&) = delete;
  ~StateWriter();

  /// What happened since the last call, as Model::take_operations() gives it, and what the world
  /// has become. Errors: io; the next call writes everything.
  [[nodiscard]] Result<void> save(std::optional<std::string> const& operations, World const& world);

 private:
  [[nodiscard]] Result<void> write(World const& world);
  [[nodiscard]] bool can_append(std::size_t bytes) const noexcept;
  void close() noexcept;

  std::filesystem::path path_;
  std::string head_;  // {"format":2,...,"world":
  int file_ = -1;     // open for appending; -1: everything must be written
  std::size_t whole_bytes_ = 0;
  std::size_t appended_bytes_ = 0;
};

}  // namespace scaleset::simulator
