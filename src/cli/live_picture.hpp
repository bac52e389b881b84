#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace scaleset::cli {

/// Of a terminal; 0: not known, and then nothing is cut.
struct ScreenSize {
  std::size_t rows = 0;
  std::size_t columns = 0;
};

/// What draws the lines of the text over what a terminal shows, without flicker and without a
/// colour. Lines that are too long are cut, so that none becomes two; if there are too many, the
/// last one says how many are left out. What has scrolled away before stays. Pure.
[[nodiscard]] std::string live_picture(std::string_view text, ScreenSize size);

/// Of the terminal of this descriptor.
[[nodiscard]] ScreenSize screen_size(int fd);

}  // namespace scaleset::cli
