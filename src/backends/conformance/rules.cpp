#include "backends/conformance/rules.hpp"

namespace scaleset::backends::conformance {

std::vector<Rule> const& rules() {
  static std::vector<Rule> const kRules{
      {"AStartIsIdempotentByName", a_start_is_idempotent_by_name},
      {"TwoStartsAtOnceMakeOneInstance", two_starts_at_once_make_one_instance},
      {"ManyStartAtOnce", many_start_at_once},
      {"ACancelledStartLeavesNothing", a_cancelled_start_leaves_nothing},
      {"AStartThatIsRefusedLeavesNothing", a_start_that_is_refused_leaves_nothing},
      {"ALostAnswerLeavesOneAtMost", a_lost_answer_leaves_one_at_most},
      {"ANameThatOthersHaveIsRefused", a_name_that_others_have_is_refused},
      {"TheWholeLifeIsToldOnce", the_whole_life_is_told_once},
      {"AStopIsIdempotent", a_stop_is_idempotent},
      {"AGracefulStopLetsItEnd", a_graceful_stop_lets_it_end},
      {"AForcedStopEndsWhatDoesNotListen", a_forced_stop_ends_what_does_not_listen},
      {"WhatDoesNotEndWhenAskedIsKilled", what_does_not_end_when_asked_is_killed},
      {"AnExitCodeIsTold", an_exit_code_is_told},
      {"ASignalIsTold", a_signal_is_told},
      {"ARefusedVersionIsTold", a_refused_version_is_told},
      {"ALackOfMemoryIsTold", a_lack_of_memory_is_told},
      {"ARemovalByOthersIsTold", a_removal_by_others_is_told},
      {"TheTailIsTheEndWithoutSecrets", the_tail_is_the_end_without_secrets},
      {"AListSaysWhoseItIsAndWhatItDoes", a_list_says_whose_it_is_and_what_it_does},
      {"WhatIsOfOthersIsLeftAlone", what_is_of_others_is_left_alone},
      {"WhatRunsIsAdopted", what_runs_is_adopted},
      {"WhatWasSaidMeanwhileIsToldLater", what_was_said_meanwhile_is_told_later},
      {"AnEndMeanwhileIsToldLater", an_end_meanwhile_is_told_later},
      {"ADetachedBackendSaysNothingMore", a_detached_backend_says_nothing_more},
      {"AKilledDaemonLeavesNothingHalfDone", a_killed_daemon_leaves_nothing_half_done},
      {"AListThatHangsEnds", a_list_that_hangs_ends},
      {"ACallCanBeCancelled", a_call_can_be_cancelled},
      {"APreparationIsShared", a_preparation_is_shared},
      {"APreparationMayBeLong", a_preparation_may_be_long},
      {"ACancelledPreparationGoesOnForOthers", a_cancelled_preparation_goes_on_for_others},
      {"ItSaysWhetherItWorks", it_says_whether_it_works},
      {"AnEngineThatIsAwayHasNoRoom", an_engine_that_is_away_has_no_room},
      {"WhatOutlivesItsEngineIsWatchedAgain", what_outlives_its_engine_is_watched_again},
  };
  return kRules;
}

Verdict check(Rule const& rule, SubjectMaker const& maker) {
  Verdict verdict;
  try {
    Bench bench(maker);
    auto const exceptions = bench.subject().exceptions();
    auto const found = exceptions.find(std::string(rule.name));
    if (found != exceptions.end()) {
      verdict.exception = found->second;
      return verdict;
    }
    bench.make();
    rule.check(bench);
  } catch (Broken const& broken) {
    verdict.broken = broken.how;
  } catch (std::exception const& other) {
    verdict.broken = std::string("an exception: ") + other.what();
  }
  return verdict;
}

}  // namespace scaleset::backends::conformance
