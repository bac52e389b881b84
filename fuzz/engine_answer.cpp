// Fuzzes what an engine for containers sends: answers, events, the progress of a pull, output, and
// names of images that a person writes. What is printed of it is one line; of output nothing is
// lost or added, however it is cut.
#include "backends/docker/codec.hpp"
#include "backends/docker/image_name.hpp"
#include "backends/docker/log_frames.hpp"
#include "fuzz.hpp"

namespace docker = scaleset::backends::docker;

namespace {

bool is_one_line(std::string_view text) { return text.find('\n') == std::string_view::npos; }

void read_answers(std::string_view input) {
  static_cast<void>(docker::parse_created(input));
  static_cast<void>(docker::parse_containers(input));
  static_cast<void>(docker::parse_event(input));
  static_cast<void>(docker::parse_version(input));
  static_cast<void>(docker::parse_image(input));
  static_cast<void>(docker::parse_top(input));
  static_cast<void>(docker::parse_networks(input));
  scaleset::fuzz::require(is_one_line(docker::error_text(input)));
  if (auto const one = docker::parse_container(input))
    scaleset::fuzz::require(is_one_line(one->error) && !one->id.empty());
  if (auto const ending = docker::parse_wait(input))
    scaleset::fuzz::require(is_one_line(ending->error));
  if (auto const step = docker::parse_pull_step(input))
    scaleset::fuzz::require(is_one_line(step->error));
}

}  // namespace

void fuzz_one(std::string_view input) {
  read_answers(input);
  docker::LogFrames whole;
  docker::LogFrames halves;
  auto const half = input.size() / 2;
  std::string const first = halves.take(input.substr(0, half));
  scaleset::fuzz::require(whole.take(input) == first + halves.take(input.substr(half)));
  if (auto const name = docker::ImageName::parse(input)) {
    // What was understood is understood again, as the same.
    auto const again = docker::ImageName::parse(name->text());
    scaleset::fuzz::require(again.has_value() && *again == *name);
  }
}
