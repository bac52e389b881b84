#include "cli/live_picture.hpp"

#include <sys/ioctl.h>

#include <vector>

namespace scaleset::cli {
namespace {

constexpr std::string_view kToTheTop = "\x1b[H";
constexpr std::string_view kClearRestOfLine = "\x1b[K";
constexpr std::string_view kClearRestOfScreen = "\x1b[J";

std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    std::size_t const end = text.find('\n');
    lines.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return lines;
}

/// As many characters (UTF-8) as fit. Some take two columns; those who name a job so may see a
/// line that is cut too late.
std::string_view cut(std::string_view line, std::size_t columns) {
  if (columns == 0) return line;
  std::size_t characters = 0;
  for (std::size_t at = 0; at < line.size(); ++at) {
    bool const begins = (static_cast<unsigned char>(line[at]) & 0xc0U) != 0x80U;
    if (begins && ++characters > columns) return line.substr(0, at);
  }
  return line;
}

}  // namespace

std::string live_picture(std::string_view text, ScreenSize size) {
  auto lines = lines_of(text);
  std::string left_out;
  // The end of the last line moves the cursor to one more.
  if (size.rows > 1 && lines.size() > size.rows - 1) {
    std::size_t const shown = size.rows - 2;
    left_out = "... " + std::to_string(lines.size() - shown) +
               " more lines: enlarge the terminal, or give the name of a scale set";
    lines.resize(shown);
    lines.push_back(left_out);
  }
  std::string picture(kToTheTop);
  for (std::string_view const line : lines)
    picture.append(cut(line, size.columns)).append(kClearRestOfLine).append("\n");
  return picture.append(kClearRestOfScreen);
}

ScreenSize screen_size(int fd) {
  winsize size{};
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0) return {};
  return {size.ws_row, size.ws_col};
}

}  // namespace scaleset::cli
