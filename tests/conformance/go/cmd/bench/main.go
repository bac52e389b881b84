// bench measures GitHub's Go client against the project's bench_server (bench/server.cpp).
//
//	go run ./cmd/bench [-ca FILE] jit|sessions|one|decode URL
//
// It prints one JSON line, {"client":"go","measure":…,"value":…,"unit":…}. Each measure wants a process of its own:
// what one has used stays resident.
//
//	jit       seconds for 200 JIT configurations, asked for at once through one client
//	sessions  resident bytes that each of 1,000 held sessions costs, over those of a process without any
//	one       resident bytes of a process with one held session
//	decode    microseconds to get and decode a message of 50 jobs, the median of 2,000
package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/actions/scaleset"
)

const (
	configurations = 200
	manySessions   = 1000
	messages       = 2000
	jobsInMessage  = 50
	patience       = 2 * time.Minute
)

func main() {
	ca := flag.String("ca", "", "file of the certificate to trust (PEM)")
	flag.Parse()
	if flag.NArg() != 2 {
		log.Fatal("usage: bench [-ca FILE] jit|sessions|one|decode URL")
	}
	m := measurement{url: flag.Arg(1)}
	if err := m.prepare(*ca); err != nil {
		log.Fatal(err)
	}
	measures := map[string]func() (float64, string, error){"jit": m.jit, "sessions": m.sessions, "one": m.one, "decode": m.decode}
	measure, known := measures[flag.Arg(0)]
	if !known {
		log.Fatalf("there is no measure %q", flag.Arg(0))
	}
	value, unit, err := measure()
	if err != nil {
		log.Fatal(err)
	}
	line, err := json.Marshal(map[string]any{"client": "go", "measure": flag.Arg(0), "url": m.url, "value": value, "unit": unit})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(string(line))
}

type measurement struct {
	url    string
	client *scaleset.Client
	roots  *x509.CertPool // nil: the system's
}

func (m *measurement) prepare(ca string) error {
	var options []scaleset.HTTPOption
	if ca != "" {
		text, err := os.ReadFile(ca)
		if err != nil {
			return err
		}
		m.roots = x509.NewCertPool()
		if !m.roots.AppendCertsFromPEM(text) {
			return fmt.Errorf("%s holds no certificate", ca)
		}
		options = append(options, scaleset.WithRootCAs(m.roots))
	}
	var err error
	m.client, err = scaleset.NewClientWithPersonalAccessToken(scaleset.NewClientWithPersonalAccessTokenConfig{
		GitHubConfigURL: m.url + "/bench-org", PersonalAccessToken: "pat",
	}, options...)
	if err != nil {
		return err
	}
	_, err = m.client.GetRunnerScaleSetByID(context.Background(), 1) // the token chain is no part of any measure
	return err
}

func (m *measurement) jit() (float64, string, error) {
	begin := time.Now()
	err := side(configurations, func(i int) error {
		_, err := m.client.GenerateJitRunnerConfig(context.Background(), &scaleset.RunnerScaleSetJitRunnerSetting{Name: fmt.Sprint("runner-", i)}, 1)
		return err
	})
	return time.Since(begin).Seconds(), "s", err
}

// side runs that many calls side by side; the first error is the result.
func side(count int, call func(int) error) error {
	var all sync.WaitGroup
	failed := make(chan error, count)
	for i := range count {
		all.Go(func() {
			if err := call(i); err != nil {
				failed <- err
			}
		})
	}
	all.Wait()
	close(failed)
	return <-failed
}

func (m *measurement) sessions() (float64, string, error) {
	before, err := resident()
	if err != nil {
		return 0, "", err
	}
	after, err := m.hold(manySessions)
	return float64(after-before) / manySessions, "B", err
}

func (m *measurement) one() (float64, string, error) {
	after, err := m.hold(1)
	return float64(after), "B", err
}

// hold opens that many sessions and is back, with what is resident then, when the server holds a poll of each.
func (m *measurement) hold(count int) (int64, error) {
	failed := make(chan error, count)
	for i := range count {
		session, err := m.client.MessageSessionClient(context.Background(), i+1, "bench")
		if err != nil {
			return 0, err
		}
		go func() {
			_, err := session.GetMessage(context.Background(), 0, 0)
			failed <- fmt.Errorf("a poll ended early: %w", err)
		}()
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		held, err := m.held()
		if err != nil {
			return 0, err
		}
		if held == count {
			return resident()
		}
		select {
		case err := <-failed:
			return 0, err
		default:
		}
		if time.Now().After(deadline) {
			return 0, fmt.Errorf("the server holds %d polls, not %d", held, count)
		}
	}
}

// held asks over a connection for this question alone, which costs no session anything.
func (m *measurement) held() (int, error) {
	transport := &http.Transport{TLSClientConfig: &tls.Config{RootCAs: m.roots}, DisableKeepAlives: true}
	response, err := (&http.Client{Transport: transport}).Get(m.url + "/bench/held")
	if err != nil {
		return 0, err
	}
	defer response.Body.Close()
	var told struct {
		Held int `json:"held"`
	}
	err = json.NewDecoder(response.Body).Decode(&told)
	return told.Held, err
}

// resident is the process's own memory in bytes, after the collector has given back what it can: the most favourable
// reading for Go.
func resident() (int64, error) {
	debug.FreeOSMemory()
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0, err
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, "VmRSS:"); found {
			kilobytes, err := strconv.ParseInt(strings.Fields(value)[0], 10, 64)
			return kilobytes * 1024, err
		}
	}
	return 0, fmt.Errorf("/proc/self/status has no VmRSS")
}

func (m *measurement) decode() (float64, string, error) {
	session, err := m.client.MessageSessionClient(context.Background(), 1, "bench")
	if err != nil {
		return 0, "", err
	}
	var all []float64
	for range messages {
		begin := time.Now()
		message, err := session.GetMessage(context.Background(), 0, 1)
		if err != nil {
			return 0, "", err
		}
		all = append(all, float64(time.Since(begin).Nanoseconds())/1000)
		if len(message.JobAssignedMessages) != jobsInMessage {
			return 0, "", fmt.Errorf("%d jobs arrived", len(message.JobAssignedMessages))
		}
	}
	slices.Sort(all)
	return all[len(all)/2], "us", nil
}
