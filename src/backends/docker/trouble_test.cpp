#include "backends/docker/trouble.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::backends::docker {
namespace {

using ::testing::EndsWith;
using ::testing::HasSubstr;

Trouble of(std::string text, ErrorCode code = ErrorCode::backend) {
  return trouble_of({code, std::move(text)});
}

/// What an engine 20.10 says, and a registry.
TEST(TroubleOf, KnowsWhatEnginesSay) {
  EXPECT_EQ(of("creating the container r1: No such image: nope:1", ErrorCode::not_found),
            Trouble::image_missing);
  EXPECT_EQ(of("pulling the image x: pull access denied for x, repository does not exist or may "
               "require 'docker login'"),
            Trouble::pull_refused);
  EXPECT_EQ(of("manifest unknown: manifest unknown"), Trouble::pull_refused);
  EXPECT_EQ(of("unauthorized: authentication required"), Trouble::pull_refused);
  EXPECT_EQ(of("no matching manifest for linux/amd64 in the manifest list entries"),
            Trouble::platform);
  EXPECT_EQ(of("write /var/lib/docker/x: no space left on device"), Trouble::no_space);
  EXPECT_EQ(of("Conflict. The container name \"/r1\" is already in use by container \"e1\". You "
               "have to remove (or rename) that container to be able to reuse that name.",
               ErrorCode::conflict),
            Trouble::name_taken);
  EXPECT_EQ(of("Range of CPUs is from 0.01 to 2.00, as there are only 2 CPUs available"),
            Trouble::limit);
  EXPECT_EQ(of("Minimum memory limit allowed is 6MB"), Trouble::limit);
  EXPECT_EQ(of("SHM size can not be less than 0"), Trouble::limit);
  EXPECT_EQ(of("network nope not found", ErrorCode::not_found), Trouble::network);
  EXPECT_EQ(of("could not find an available, non-overlapping IPv4 address pool among the defaults "
               "to assign to the network"),
            Trouble::network);
  EXPECT_EQ(of("failed to create shim task: OCI runtime create failed: runc create failed: unable "
               "to start container process: exec: \"/bin/sh\": stat /bin/sh: no such file or "
               "directory: unknown"),
            Trouble::entry);
  EXPECT_EQ(of("something else"), Trouble::other);
}

TEST(TroubleOf, TheConnectionIsToldFromTheEngine) {
  EXPECT_EQ(of("cannot connect to unix:///s: No such file or directory", ErrorCode::network),
            Trouble::unreachable);
  EXPECT_EQ(of("cannot connect to unix:///s: Permission denied", ErrorCode::network),
            Trouble::forbidden);
  EXPECT_EQ(of("the server does not go on", ErrorCode::timeout), Trouble::unreachable);
}

TEST(Explained, SaysWhatToDoAndIsAFaultOfTheBackend) {
  Error const error = explained({ErrorCode::not_found, "No such image: nope:1"});
  EXPECT_EQ(error.code, ErrorCode::backend);
  EXPECT_EQ(error.message, "No such image: nope:1; pull the image, or let this program pull it");
  EXPECT_EQ(explained({ErrorCode::backend, "odd"}).message, "odd");
}

TEST(Explained, ACancellationStaysOne) {
  EXPECT_EQ(explained({ErrorCode::cancelled, "cancelled"}).code, ErrorCode::cancelled);
}

TEST(IsAmbiguous, IfTheAnswerWasLost) {
  for (ErrorCode const code : {ErrorCode::network, ErrorCode::timeout, ErrorCode::cancelled,
                               ErrorCode::malformed_response})
    EXPECT_TRUE(is_ambiguous({code, ""}));
  for (ErrorCode const code : {ErrorCode::not_found, ErrorCode::conflict, ErrorCode::backend})
    EXPECT_FALSE(is_ambiguous({code, ""}));
  EXPECT_FALSE(is_of_connection({ErrorCode::cancelled, ""}));
}

TEST(CheckPlatform, ComparesWhatIsKnown) {
  Image image;
  Version engine;
  engine.os = "linux";
  engine.arch = "amd64";
  EXPECT_TRUE(check_platform(image, engine, "a"));
  image.os = "linux";
  image.arch = "amd64";
  EXPECT_TRUE(check_platform(image, engine, "a"));
  image.arch = "arm64";
  auto const refused = check_platform(image, engine, "a:1");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, ErrorCode::backend);
  EXPECT_THAT(
      refused.error().message,
      HasSubstr("image a:1 is made for linux/arm64, and the engine's machine is linux/amd64"));
}

}  // namespace
}  // namespace scaleset::backends::docker
