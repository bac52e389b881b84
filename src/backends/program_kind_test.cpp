#include "backends/program_kind.hpp"

#include <gtest/gtest.h>

namespace scaleset::backends {
namespace {

TEST(ProgramOf, KnowsBothProgramsAndScripts) {
  auto const name = [](std::string const& text, char separator = '\0') {
    auto const found = program_of(text, separator);
    if (!found) return std::string("none");
    return (found->first == ProgramKind::worker ? "worker " : "listener ") + found->second;
  };
  using namespace std::string_literals;
  EXPECT_EQ(name("/w/r1/bin/Runner.Listener\0run\0"s), "listener /w/r1/bin/Runner.Listener");
  EXPECT_EQ(name("/bin/sh\0/w/r1/bin/Runner.Worker\0spawnclient\0"s),
            "worker /w/r1/bin/Runner.Worker");
  EXPECT_EQ(name("Runner.Worker"s), "worker Runner.Worker");
  EXPECT_EQ(name("sh\0-c\0Runner.Worker\0"s), "none");
  EXPECT_EQ(name("/w/r1/bin/Runner.Worker.old\0"s), "none");
  EXPECT_EQ(name("/w/Runner.Worker/x\0"s), "none");
  EXPECT_EQ(name(""), "none");
  EXPECT_EQ(name("/bin/sh /r/bin/Runner.Listener run", ' '), "listener /r/bin/Runner.Listener");
  EXPECT_EQ(name("grep -r Runner.Worker", ' '), "none");
}

}  // namespace
}  // namespace scaleset::backends
