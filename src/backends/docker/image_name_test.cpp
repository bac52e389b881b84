#include "backends/docker/image_name.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::backends::docker {
namespace {

using ::testing::HasSubstr;

std::string const kDigest = "sha256:" + std::string(64, 'a');

std::string whole(std::string const& text) {
  auto const name = ImageName::parse(text);
  return name ? name->text() : name.error().message;
}

TEST(ImageName, ShortNamesAreOfTheHub) {
  EXPECT_EQ(whole("ubuntu"), "docker.io/library/ubuntu:latest");
  EXPECT_EQ(whole("ubuntu:22.04"), "docker.io/library/ubuntu:22.04");
  EXPECT_EQ(whole("octo/runner"), "docker.io/octo/runner:latest");
  EXPECT_EQ(whole("index.docker.io/ubuntu"), "docker.io/library/ubuntu:latest");
  EXPECT_EQ(whole("docker.io/library/ubuntu:latest"), "docker.io/library/ubuntu:latest");
}

TEST(ImageName, TheFirstPartIsARegistryIfItLooksLikeAHost) {
  EXPECT_EQ(whole("ghcr.io/actions/actions-runner:2.336.0"),
            "ghcr.io/actions/actions-runner:2.336.0");
  EXPECT_EQ(whole("localhost/runner"), "localhost/runner:latest");
  EXPECT_EQ(whole("localhost:5000/runner"), "localhost:5000/runner:latest");
  EXPECT_EQ(whole("registry:5000/a/b/c:v1"), "registry:5000/a/b/c:v1");
  EXPECT_EQ(whole("[::1]:5000/runner"), "[::1]:5000/runner:latest");
}

TEST(ImageName, ADigestPinsTheImage) {
  auto const name = ImageName::parse("ghcr.io/a/b:v1@" + kDigest);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->tag, "v1");
  EXPECT_EQ(name->version(), kDigest) << "the digest counts";
  EXPECT_EQ(whole("ubuntu@" + kDigest), "docker.io/library/ubuntu@" + kDigest);
}

TEST(ImageName, AnIdIsNoName) {
  auto const name = ImageName::parse(kDigest);
  ASSERT_TRUE(name);
  EXPECT_EQ(name->id, kDigest);
  EXPECT_EQ(name->text(), kDigest);
  EXPECT_EQ(name->repository, "");
}

TEST(ImageName, OtherTextsAreRefusedWithTheReason) {
  for (char const* const text :
       {"", "Ubuntu", "a//b", "/a", "a/", "-a", "a-", "a b", "ubuntu:", "ubuntu:-x", "ubuntu:a b",
        "ubuntu@sha256:abc", "ubuntu@md5:abc", "ghcr.io/", "re$.io/a", "a@b@c"}) {
    auto const name = ImageName::parse(text);
    ASSERT_FALSE(name) << text;
    EXPECT_EQ(name.error().code, ErrorCode::invalid_options);
    EXPECT_THAT(name.error().message, HasSubstr("is not the name of an image: "));
  }
  EXPECT_FALSE(ImageName::parse("ubuntu:" + std::string(129, 'a')));
  EXPECT_FALSE(ImageName::parse(std::string(300, 'a')));
}

TEST(ImageName, CredentialsOfTheHubHaveAnOldName) {
  EXPECT_EQ(ImageName::parse("ubuntu")->registry_key(), "https://index.docker.io/v1/");
  EXPECT_EQ(ImageName::parse("localhost:5000/a")->registry_key(), "localhost:5000");
}

}  // namespace
}  // namespace scaleset::backends::docker
