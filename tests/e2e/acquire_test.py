"""The autoscaler with a GitHub Enterprise Server, where jobs are offered and have to be acquired."""

import unittest

from e2e import RunningTest


class Acquire(RunningTest):
    profile = "acquire"

    def test_offered_jobs_are_acquired_and_run(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.queue(6)
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()

    def test_offers_beyond_capacity_outlive_a_killed_autoscaler(self):
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.queue(16, milliseconds=500)
        self.wait_until(lambda: self.jobs_in("running"), "no job started")
        autoscaler.kill()
        autoscaler.wait()
        again = self.start_autoscaler(self.url)
        self.wait_all_done()
        self.stop(again)
        self.assert_nothing_left()

    def test_jobs_offered_before_the_start_are_acquired(self):
        self.queue(2)
        autoscaler = self.start_autoscaler(self.url)
        self.wait_session()
        self.wait_all_done()
        self.stop(autoscaler)
        self.assert_nothing_left()


if __name__ == "__main__":
    unittest.main()
