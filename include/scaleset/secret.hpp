#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace scaleset::inline v0 {

/// A string that cannot be printed, formatted or compared by accident, and whose bytes are
/// overwritten when it goes away. Movable and copyable; a moved-from secret is empty. As little
/// thread-safe as a string.
class Secret {
 public:
  Secret() = default;
  /// Takes the text over. Copies that the caller keeps are not wiped.
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(Secret const& other) = default;
  /// Leaves `other` empty and its bytes overwritten.
  Secret(Secret&& other) noexcept;
  /// Overwrites the old text first.
  Secret& operator=(Secret const& other);
  /// Overwrites the old text first, and leaves `other` empty.
  Secret& operator=(Secret&& other) noexcept;
  ~Secret();

  /// The text. The caller is responsible for where it goes.
  [[nodiscard]] std::string const& reveal() const noexcept { return value_; }
  /// Whether there is no text, as in a moved-from secret.
  [[nodiscard]] bool empty() const noexcept { return value_.empty(); }
  /// Whether the text is `other`. Takes as long for a wrong text as for the right one of the same
  /// length.
  [[nodiscard]] bool equals(std::string_view other) const noexcept;

 private:
  void wipe() noexcept;
  std::string value_;
};

}  // namespace scaleset::inline v0
