package conformance

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/actions/scaleset"
	"github.com/actions/scaleset/listener"

	"scaleset.test/conformance/internal/simulator"
)

const (
	manyJobs    = 200
	manyRunners = 20
	// ofAllRequests fail, in equal parts by a 500, by a 429 and by a connection that is closed.
	ofAllRequests = 0.05
	// runWithin is far beyond what it takes (about half a minute on two cores).
	runWithin = 8 * time.Minute
)

// TestListener lets GitHub's listener with a small scaler take jobs through the service to their end, while requests
// of the client and of the runners fail in ways that both repeat. Nothing may be left behind.
func TestListener(t *testing.T) {
	for _, profile := range []string{"broker", "acquire"} { // one after the other: each has 20 processes
		t.Run(profile, func(t *testing.T) {
			s := simulator.Start(t, "--profile", profile, "--hold-time", "1", "--seed", "7")
			client := newClient(t, s.URL+"/my-org", pat, scaleset.WithRetryMax(8))
			set := createSet(t, client)
			session := must(client.MessageSessionClient(contextOf(t), set.ID, "host"))(t)
			failOften(s)
			s.QueueJobs(simulator.Jobs{Tenant: "my-org", Labels: []string{setName}, Count: manyJobs, Milliseconds: 100})

			ctx, cancel := context.WithTimeout(t.Context(), runWithin)
			defer cancel()
			scaler := &scaler{t: t, ctx: ctx, stop: cancel, client: client, set: set.ID, release: simulator.RunnerFolder(t), alive: map[int]*simulator.Process{}}
			listens := must(listener.New(session, listener.Config{ScaleSetID: set.ID, MaxRunners: manyRunners}))(t)
			if err := listens.Run(ctx, scaler); ctx.Err() == nil || scaler.completed < manyJobs {
				t.Fatalf("the listener ended after %d jobs: %v", scaler.completed, err)
			}
			s.ClearFaults()
			scaler.endTheIdle()
			check(t, session.Close(contextOf(t)))
			equal(t, "the most runners at a time", min(scaler.most, manyRunners), scaler.most)
			checkTheEnd(t, s)
			check(t, client.DeleteRunnerScaleSet(contextOf(t), set.ID))
		})
	}
}

func failOften(s *simulator.Simulator) {
	now := map[string]string{"Retry-After": "0"}
	for _, fault := range []simulator.Fault{{Status: 500}, {Status: 429, Headers: now}, {Drop: "before"}} {
		fault.Route, fault.Probability = "*", ofAllRequests/3
		s.AddFault(fault)
	}
}

func checkTheEnd(t *testing.T, s *simulator.Simulator) {
	t.Helper()
	state := s.State().Tenants[0]
	equal(t, "the number of jobs", len(state.Jobs), manyJobs)
	for _, job := range state.Jobs {
		if job.State != "completed" || job.Result != "succeeded" {
			t.Fatalf("job %s is %s, %s", job.JobID, job.State, job.Result)
		}
	}
	equal(t, "the number of runners left", len(state.Runners), 0)
	equal(t, "the number of messages left", state.ScaleSets[0].UndeletedMessages, 0)
	exchanges, failed := s.Transcript(), 0
	for _, exchange := range exchanges {
		if exchange.Dropped || exchange.Status >= http.StatusInternalServerError || exchange.Status == http.StatusTooManyRequests {
			failed++
		}
	}
	share := float64(failed) / float64(len(exchanges))
	t.Logf("%d of %d requests failed (%.1f %%)", failed, len(exchanges), 100*share)
	if share < ofAllRequests/2 || share > ofAllRequests*2 {
		t.Errorf("that is not about %.0f %%", 100*ofAllRequests)
	}
}

// scaler starts a process for each job that is assigned, as the example of GitHub's client starts containers.
type scaler struct {
	t       *testing.T
	ctx     context.Context
	stop    context.CancelFunc
	client  *scaleset.Client
	set     int
	release string

	mutex     sync.Mutex
	alive     map[int]*simulator.Process // by the runner's id
	named     int
	most      int
	completed int
	ending    bool // idle runners are being stopped
	watchers  sync.WaitGroup
}

// HandleDesiredRunnerCount is told the number of jobs that are assigned.
func (s *scaler) HandleDesiredRunnerCount(_ context.Context, count int) (int, error) {
	wanted := min(count, manyRunners)
	for s.missing(wanted) {
		if err := s.startOne(); err != nil {
			return 0, err
		}
	}
	return wanted, nil
}

func (s *scaler) missing(wanted int) bool {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return len(s.alive) < wanted && s.completed < manyJobs
}

func (s *scaler) startOne() error {
	s.named++
	name := fmt.Sprintf("runner-%d", s.named)
	jit, err := s.client.GenerateJitRunnerConfig(s.ctx, &scaleset.RunnerScaleSetJitRunnerSetting{Name: name, WorkFolder: "_work"}, s.set)
	if err != nil {
		return err
	}
	process := simulator.StartRunner(s.t, s.release, jit.EncodedJITConfig)
	s.mutex.Lock()
	s.alive[jit.Runner.ID] = process
	s.most = max(s.most, len(s.alive))
	s.mutex.Unlock()
	s.watchers.Go(func() {
		<-process.Done
		s.mutex.Lock()
		delete(s.alive, jit.Runner.ID)
		s.mutex.Unlock()
		s.mutex.Lock()
		asked := s.ending && process.ExitCode() == 128+int(syscall.SIGTERM)
		s.mutex.Unlock()
		if process.ExitCode() != 0 && !asked {
			s.t.Errorf("%s ended with exit code %d:\n%s", name, process.ExitCode(), process.Log())
			s.stop()
		}
	})
	return nil
}

// endTheIdle: a process ends a moment before the service counts its job as done, so that a few runners are started for
// nothing. They are what is left when all jobs are done.
func (s *scaler) endTheIdle() {
	s.t.Helper()
	s.mutex.Lock()
	left := maps.Clone(s.alive)
	s.ending = true
	s.mutex.Unlock()
	for id, process := range left {
		process.Stop()
		process.Wait(s.t)
		check(s.t, s.client.RemoveRunner(contextOf(s.t), int64(id)))
	}
	s.watchers.Wait()
}

// HandleJobStarted has nothing to do: all there is to know about a runner is whether its process lives.
func (s *scaler) HandleJobStarted(context.Context, *scaleset.JobStarted) error { return nil }

// HandleJobCompleted counts.
func (s *scaler) HandleJobCompleted(_ context.Context, job *scaleset.JobCompleted) error {
	s.completed++
	if job.Result != "succeeded" {
		s.t.Errorf("job %s ended as %s", job.JobID, job.Result)
	}
	if s.completed == manyJobs {
		s.stop()
	}
	return nil
}

var _ listener.Scaler = (*scaler)(nil)
