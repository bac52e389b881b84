// Package simulator runs `scaleset simulate` and its pretend runners as processes, for tests.
//
// TEST_SCALESET names the program. Everything that was started is ended with the test.
package simulator

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Patience is how long anything may take that must happen.
const Patience = 60 * time.Second

// Simulator is a process that plays GitHub's side on a free port of this machine.
type Simulator struct {
	URL    string         // http://127.0.0.1:PORT, or https with --tls
	Roots  *x509.CertPool // to trust, of --tls-ca-file; nil: the system's
	t      testing.TB
	caFile string
	http   http.Client
}

// Binary is the program under test.
func Binary(t testing.TB) string {
	t.Helper()
	binary := os.Getenv("TEST_SCALESET")
	if binary == "" {
		t.Fatal("TEST_SCALESET must name the scaleset program; tests/conformance/run.py sets it")
	}
	return binary
}

// Start listens once it returns. The arguments are those of `scaleset simulate`.
func Start(t testing.TB, arguments ...string) *Simulator {
	t.Helper()
	folder := t.TempDir()
	ready := filepath.Join(folder, "ready.json")
	all := append([]string{"simulate", "--listen", "127.0.0.1:0", "--ready-file", ready}, arguments...)
	process := launch(t, exec.Command(Binary(t), all...), filepath.Join(folder, "log"))
	s := &Simulator{t: t}
	Eventually(t, "the simulator says where it listens", func() bool {
		select {
		case <-process.Done:
			t.Fatalf("the simulator ended at once:\n%s", process.Log())
		default:
		}
		text, err := os.ReadFile(ready)
		if err != nil {
			return false
		}
		var told struct {
			URL    string `json:"url"`
			CAFile string `json:"caFile"`
		}
		if err := json.Unmarshal(text, &told); err != nil {
			t.Fatal(err)
		}
		s.URL, s.caFile = told.URL, told.CAFile
		return true
	})
	if s.caFile != "" {
		s.trust()
	}
	return s
}

func (s *Simulator) trust() {
	s.t.Helper()
	text, err := os.ReadFile(s.caFile)
	if err != nil {
		s.t.Fatal(err)
	}
	s.Roots = x509.NewCertPool()
	if !s.Roots.AppendCertsFromPEM(text) {
		s.t.Fatalf("no certificate is in what --tls-ca-file wrote:\n%s", text)
	}
	s.http.Transport = &http.Transport{TLSClientConfig: &tls.Config{RootCAs: s.Roots}}
}

// RunnerEnvironment lets a runner trust the simulator.
func (s *Simulator) RunnerEnvironment() []string {
	if s.caFile == "" {
		return nil
	}
	return []string{"SSL_CERT_FILE=" + s.caFile}
}

// Process was started by a test.
type Process struct {
	Done <-chan struct{} // closed when it has ended
	cmd  *exec.Cmd
	log  string
}

// Log is all that the process has printed.
func (p *Process) Log() string {
	text, _ := os.ReadFile(p.log)
	return string(text)
}

// ExitCode is to be asked once Done is closed.
func (p *Process) ExitCode() int { return p.cmd.ProcessState.ExitCode() }

// Stop asks the process to end, if it has not yet.
func (p *Process) Stop() { _ = p.cmd.Process.Signal(syscall.SIGTERM) }

// Wait fails the test if the process does not end.
func (p *Process) Wait(t testing.TB) {
	t.Helper()
	select {
	case <-p.Done:
	case <-time.After(Patience):
		t.Fatalf("the process did not end:\n%s", p.Log())
	}
}

func launch(t testing.TB, cmd *exec.Cmd, log string) *Process {
	t.Helper()
	output, err := os.Create(log)
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		_ = cmd.Wait() // how it ended is asked of ProcessState
		output.Close()
		close(done)
	}()
	process := &Process{Done: done, cmd: cmd, log: log}
	t.Cleanup(func() {
		process.Stop()
		select {
		case <-done:
		case <-time.After(Patience):
			_ = cmd.Process.Kill()
			<-done
		}
	})
	return process
}

// RunnerFolder is an unpacked release of the pretend runner.
func RunnerFolder(t testing.TB) string {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "runner")
	if output, err := exec.Command(Binary(t), "simulate", "runner-dir", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return folder
}

// StartRunner starts one runner of a folder made by RunnerFolder, with a work folder of its own.
// It does its one job and ends. The environment is added to ours.
func StartRunner(t testing.TB, release, encodedJITConfig string, environment ...string) *Process {
	t.Helper()
	folder := t.TempDir()
	if output, err := exec.Command("cp", "-a", release+"/.", folder).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	cmd := exec.Command(filepath.Join(folder, "bin", "Runner.Listener"), "run", "--jitconfig", encodedJITConfig)
	cmd.Dir, cmd.Env = folder, append(os.Environ(), environment...)
	return launch(t, cmd, filepath.Join(folder, "log"))
}

// Eventually fails the test if the condition stays false for as long as Patience.
func Eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(Patience); !condition(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("did not happen: %s", what)
		}
	}
}

// Jobs are to be queued: the fields of POST /_sim/jobs.
type Jobs struct {
	Tenant       string   `json:"tenant"`
	Labels       []string `json:"labels"`
	Count        int      `json:"count,omitempty"`
	Milliseconds int64    `json:"durationMilliseconds"`
}

// QueueJobs returns their ids.
func (s *Simulator) QueueJobs(jobs Jobs) []string {
	s.t.Helper()
	var queued struct {
		JobIDs []string `json:"jobIds"`
	}
	s.call(http.MethodPost, "/_sim/jobs", jobs, &queued)
	return queued.JobIDs
}

// Fault is what goes wrong: the fields of POST /_sim/faults.
type Fault struct {
	Route       string            `json:"route"`
	Kind        string            `json:"kind,omitempty"`
	TTLSeconds  int               `json:"ttlSeconds,omitempty"` // of the kind token_short_ttl
	Status      int               `json:"status,omitempty"`
	Headers     map[string]string `json:"headers,omitempty"`
	Body        string            `json:"body,omitempty"`
	Drop        string            `json:"drop,omitempty"`
	Count       int               `json:"count,omitempty"`
	Probability float64           `json:"probability,omitempty"`
}

// AddFault makes calls fail from now on.
func (s *Simulator) AddFault(fault Fault) {
	s.t.Helper()
	s.call(http.MethodPost, "/_sim/faults", fault, nil)
}

// ClearFaults ends all faults.
func (s *Simulator) ClearFaults() {
	s.t.Helper()
	s.call(http.MethodDelete, "/_sim/faults", nil, nil)
}

// Advance moves a virtual clock.
func (s *Simulator) Advance(by time.Duration) {
	s.t.Helper()
	s.call(http.MethodPost, "/_sim/clock/advance", map[string]float64{"seconds": by.Seconds()}, nil)
}

// State is the part of GET /_sim/state that tests look at.
type State struct {
	Tenants []struct {
		Path      string `json:"path"`
		ScaleSets []struct {
			ID                 int    `json:"id"`
			Name               string `json:"name"`
			AdvertisedCapacity int    `json:"advertisedCapacity"`
			UndeletedMessages  int    `json:"undeletedMessages"`
			Session            *struct {
				Owner string `json:"owner"`
			} `json:"session"`
		} `json:"scaleSets"`
		Runners []struct {
			ID    int    `json:"id"`
			Name  string `json:"name"`
			State string `json:"state"`
		} `json:"runners"`
		Jobs []struct {
			JobID      string `json:"jobId"`
			State      string `json:"state"`
			Result     string `json:"result"`
			RunnerName string `json:"runnerName"`
		} `json:"jobs"`
	} `json:"tenants"`
}

// State asks for what the simulator knows.
func (s *Simulator) State() State {
	s.t.Helper()
	var state State
	s.call(http.MethodGet, "/_sim/state", nil, &state)
	return state
}

// Exchange is one line of GET /_sim/transcript.
type Exchange struct {
	Operation      string      `json:"operation"`
	Method         string      `json:"method"`
	Target         string      `json:"target"`
	RequestHeaders [][2]string `json:"requestHeaders"`
	RequestBody    string      `json:"requestBody"`
	Status         int         `json:"status"`
	ResponseBody   string      `json:"responseBody"`
	Dropped        bool        `json:"dropped"`
}

// Transcript is all that arrived below GitHub's namespace, oldest first, with the secrets of this pretend service.
func (s *Simulator) Transcript() []Exchange {
	s.t.Helper()
	text := s.send(http.MethodGet, "/_sim/transcript?secrets=show", nil)
	var exchanges []Exchange
	for line := range bytes.Lines(text) {
		var exchange Exchange
		if err := json.Unmarshal(line, &exchange); err != nil {
			s.t.Fatalf("a line of the transcript: %v", err)
		}
		exchanges = append(exchanges, exchange)
	}
	return exchanges
}

func (s *Simulator) call(method, path string, body, answer any) {
	s.t.Helper()
	var text []byte
	if body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			s.t.Fatal(err)
		}
	}
	answered := s.send(method, path, text)
	if answer == nil {
		return
	}
	if err := json.Unmarshal(answered, answer); err != nil {
		s.t.Fatalf("%s %s: %v", method, path, err)
	}
}

func (s *Simulator) send(method, path string, body []byte) []byte {
	s.t.Helper()
	request, err := http.NewRequest(method, s.URL+path, bytes.NewReader(body))
	if err != nil {
		s.t.Fatal(err)
	}
	response, err := s.http.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	if response.StatusCode >= 300 {
		s.t.Fatal(fmt.Errorf("%s %s: %s: %s", method, path, response.Status, strings.TrimSpace(string(text))))
	}
	return text
}
