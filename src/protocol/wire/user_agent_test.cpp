#include "protocol/wire/user_agent.hpp"

#include <gtest/gtest.h>

#include "scaleset/version.hpp"

namespace scaleset::protocol {
namespace {

TEST(UserAgent, HasTheReferencesKeysInItsOrder) {
  std::string const version(kVersion);
  EXPECT_FALSE(version.empty());
  EXPECT_EQ(make_user_agent(SystemInfo()),
            R"({"system":"","version":"","commit_sha":"","scale_set_id":0,"subsystem":"",)"
            R"("build_version":")" +
                version + R"(","build_commit_sha":"unknown","kind":"scaleset"})");
}

TEST(UserAgent, EscapesAsGoDoes) {
  SystemInfo info;
  info.system = "a<b>&\"";
  info.version = "1.2";
  info.commit_sha = "abc";
  info.subsystem = "line\nfeed";
  info.scale_set_id = 42;
  std::string const text = make_user_agent(info);
  EXPECT_TRUE(text.starts_with(
      R"({"system":"a\u003cb\u003e\u0026\"","version":"1.2","commit_sha":"abc","scale_set_id":42,"subsystem":"line\nfeed","build_version":)"))
      << text;
  EXPECT_EQ(text.find('\n'), std::string::npos);
}

}  // namespace
}  // namespace scaleset::protocol
