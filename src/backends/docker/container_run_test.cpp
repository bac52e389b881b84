#include "backends/docker/container_run.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace scaleset::backends::docker {
namespace {

using Kind = InstanceEvent::Kind;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr char const* kListening = "2026-11-23 16:00:00Z: Listening for Jobs\n";
constexpr char const* kRunning = "2026-11-23 16:00:01Z: Running job: build\n";

/// As an engine sends it.
std::string frame(std::string const& text) {
  std::string head("\x01\0\0\0\0\0\0\0", 8);
  head[7] = static_cast<char>(text.size());
  return head + text;
}

std::vector<Kind> kinds(std::vector<InstanceEvent> const& events) {
  std::vector<Kind> all;
  all.reserve(events.size());
  for (InstanceEvent const& event : events) {
    EXPECT_EQ(event.runner_name, "r1");
    all.push_back(event.kind);
  }
  return all;
}

TEST(OutputReader, ReadsFrames) {
  OutputReader reader;
  EXPECT_THAT(kinds(reader.take(frame("Current runner version: '2.336.0'\n"), "r1")), IsEmpty());
  auto const events = reader.take(frame(kListening) + frame(kRunning), "r1");
  EXPECT_THAT(kinds(events), ElementsAre(Kind::registered, Kind::busy));
  EXPECT_EQ(events.front().version, "2.336.0");
  EXPECT_EQ(reader.output().last_line(), "Running job: build");
}

TEST(OutputReader, TheLastLineMayHaveNoEnd) {
  OutputReader reader;
  EXPECT_THAT(kinds(reader.take(frame("2026-11-23 16:00:00Z: Listening for Jobs"), "r1")),
              IsEmpty());
  EXPECT_THAT(kinds(reader.finish("r1")), ElementsAre(Kind::registered));
}

TEST(OutputReader, WhatComesAgainIsNotToldAgain) {
  OutputReader reader;
  EXPECT_THAT(kinds(reader.take(frame(kListening), "r1")), ElementsAre(Kind::registered));
  reader.begin_again();
  EXPECT_THAT(kinds(reader.take(frame(kListening) + frame(kRunning), "r1")),
              ElementsAre(Kind::busy));
  reader.begin_again();
  EXPECT_THAT(kinds(reader.take(frame(kListening) + frame(kRunning), "r1")), IsEmpty());
}

TEST(ContainerRun, IsFoundByTheBeginningOfItsId) {
  ContainerRun run{Ownership()};
  EXPECT_EQ(run.reference(), "");
  run.id = "0123456789abcdef";
  EXPECT_EQ(run.reference(), "0123456789ab");
}

}  // namespace
}  // namespace scaleset::backends::docker
