#include "base/owner_key.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::base {
namespace {

OwnerKey key(std::string_view url, std::string_view group = "default",
             std::string_view name = "set") {
  return OwnerKey::make(url, group, name).value();
}

TEST(OwnerKey, IsTheSameHoweverTheScaleSetIsWritten) {
  OwnerKey const plain = key("https://github.com/my-org");
  EXPECT_EQ(plain.url, "https://github.com/my-org");
  for (std::string_view const url :
       {"https://github.com/my-org/", "https://github.com/My-Org", "HTTPS://GitHub.com/my-org//",
        "https://github.com:443/my-org", "https://github.com/my-org?tab=members#top"}) {
    EXPECT_EQ(key(url), plain) << url;
    EXPECT_EQ(key(url).hash(), plain.hash()) << url;
  }
  EXPECT_EQ(key("https://github.com/my-org", "Default", "SET"), plain);
}

TEST(OwnerKey, DiffersInEveryPart) {
  std::vector<OwnerKey> const keys{
      key("https://github.com/my-org"),
      key("http://github.com/my-org"),
      key("https://github.com:8443/my-org"),
      key("https://ghe.example/my-org"),
      key("https://github.com/other-org"),
      key("https://github.com/my-org/my-repo"),
      key("https://github.com/enterprises/my-org"),
      key("https://github.com/my-org", "gpu"),
      key("https://github.com/my-org", "default", "other"),
      key("https://github.com/my-org", "default other", "set"),
  };
  for (std::size_t one = 0; one < keys.size(); ++one) {
    for (std::size_t other = 0; other < one; ++other) {
      EXPECT_NE(keys[one], keys[other]) << one << " " << other;
      EXPECT_NE(keys[one].hash(), keys[other].hash()) << one << " " << other;
    }
  }
}

/// Files and folders are named after it, and a new version must find those of an old one.
TEST(OwnerKey, TheHashNeverChanges) {
  EXPECT_EQ(key("https://github.com/my-org").hash(), "a2f74c657291b342337e7bd334089cd4");
}

TEST(OwnerKey, AnyNameMakesAFileName) {
  for (std::string const& name : {std::string(".."), std::string("/"), std::string(260, 'x')}) {
    EXPECT_THAT(key("https://github.com/o", "default", name).hash(),
                ::testing::MatchesRegex("[0-9a-f]+"));
    EXPECT_EQ(key("https://github.com/o", "default", name).hash().size(), 32U);
  }
}

TEST(OwnerKey, NeedsAUrl) {
  auto const refused = OwnerKey::make("github.com/my-org", "default", "set");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::invalid_argument);
}

}  // namespace
}  // namespace scaleset::base
