// Package bench is a service of fixed answers, for measuring clients and nothing else.
//
// Any client of the runner scale set API can be pointed at it: the config URL is URL/bench-org. All answers are made
// when it starts; it keeps no state but a count, asks for no token and never fails. Its routes, the first two with or
// without /api/v3 in front:
//
//	POST /orgs/…/actions/runners/registration-token        201, also for /repos/… and /enterprises/…
//	POST /actions/runner-registration                      200: the service is URL/rest, the token lives for a day
//	GET  /rest/_apis/runtime/runnerscalesets/{id}          200
//	POST /rest/_apis/runtime/runnerscalesets/{id}/sessions 200: a session; PATCH (refresh) and DELETE of it also work
//	POST …/runnerscalesets/{id}/generatejitconfig          200 after 50 ms (JITTime), 7 KiB
//	GET  /scalesets/message                                X-ScaleSetMaxCapacity over 0: 200 at once, a message of 50
//	                                                       jobs (27 KB). Capacity 0: held for HoldTime, then 202
//	DELETE /scalesets/message/{id}                         204
//	GET  /bench/held                                       {"held": how many polls are held at this moment}
//
// Over TLS it speaks HTTP/2 to those who offer it.
package bench

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"time"
)

const (
	// JITTime is how long a JIT configuration takes.
	JITTime = 50 * time.Millisecond
	// HoldTime is how long a poll without capacity is held: longer than any measurement, shorter than the clients'
	// patience.
	HoldTime = 60 * time.Second
	// JobsInMessage is GitHub's limit.
	JobsInMessage = 50
)

const statistics = `{"totalAvailableJobs":0,"totalAcquiredJobs":0,"totalAssignedJobs":50,"totalRunningJobs":0,` +
	`"totalRegisteredRunners":0,"totalBusyRunners":0,"totalIdleRunners":0}`

// Server answers. Make one with NewServer.
type Server struct {
	mux      *http.ServeMux
	held     atomic.Int64
	sessions atomic.Int64
	token    string
	message  []byte
	jit      []byte
}

// NewServer makes all answers.
func NewServer() *Server {
	s := &Server{mux: http.NewServeMux(), token: token(time.Now().Add(24 * time.Hour)), message: message(), jit: jitConfig()}
	const sets = "/rest/_apis/runtime/runnerscalesets/{id}"
	for _, prefix := range []string{"", "/api/v3"} {
		for _, scope := range []string{"/orgs/{org}", "/repos/{org}/{repo}", "/enterprises/{name}"} {
			s.mux.HandleFunc("POST "+prefix+scope+"/actions/runners/registration-token",
				fixed(http.StatusCreated, []byte(`{"token":"registration","expires_at":"2099-01-01T00:00:00Z"}`)))
		}
		s.mux.HandleFunc("POST "+prefix+"/actions/runner-registration", s.connect)
	}
	s.mux.HandleFunc("GET "+sets, fixed(http.StatusOK, []byte(`{"id":1,"name":"bench","runnerGroupId":1,"labels":[{"type":"System","name":"bench"}],"RunnerSetting":{}}`)))
	s.mux.HandleFunc("POST "+sets+"/sessions", s.session)
	s.mux.HandleFunc("PATCH "+sets+"/sessions/{session}", s.session)
	s.mux.HandleFunc("DELETE "+sets+"/sessions/{session}", fixed(http.StatusNoContent, nil))
	s.mux.HandleFunc("POST "+sets+"/generatejitconfig", s.generate)
	s.mux.HandleFunc("GET /scalesets/message", s.poll)
	s.mux.HandleFunc("DELETE /scalesets/message/{id}", fixed(http.StatusNoContent, nil))
	s.mux.HandleFunc("GET /bench/held", func(w http.ResponseWriter, _ *http.Request) {
		write(w, http.StatusOK, fmt.Appendf(nil, `{"held":%d}`, s.held.Load()))
	})
	return s
}

func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) { s.mux.ServeHTTP(w, r) }

func fixed(status int, body []byte) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) { write(w, status, body) }
}

func write(w http.ResponseWriter, status int, body []byte) {
	if body != nil {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
	}
	w.WriteHeader(status)
	_, _ = w.Write(body) // who has left does not miss it
}

func base(r *http.Request) string {
	if r.TLS != nil {
		return "https://" + r.Host
	}
	return "http://" + r.Host
}

func (s *Server) connect(w http.ResponseWriter, r *http.Request) {
	write(w, http.StatusOK, fmt.Appendf(nil, `{"url":"%s/rest","token":"%s"}`, base(r), s.token))
}

func (s *Server) session(w http.ResponseWriter, r *http.Request) {
	write(w, http.StatusOK, fmt.Appendf(nil, `{"sessionId":"00000000-0000-4000-8000-%012x","ownerName":"bench",`+
		`"runnerScaleSet":{"id":%s,"name":"bench"},"messageQueueUrl":"%s/scalesets/message","messageQueueAccessToken":"%s","statistics":%s}`,
		s.sessions.Add(1), r.PathValue("id"), base(r), s.token, statistics))
}

func (s *Server) generate(w http.ResponseWriter, _ *http.Request) {
	time.Sleep(JITTime)
	write(w, http.StatusOK, s.jit)
}

func (s *Server) poll(w http.ResponseWriter, r *http.Request) {
	if r.Header.Get("X-ScaleSetMaxCapacity") != "0" {
		write(w, http.StatusOK, s.message)
		return
	}
	s.held.Add(1)
	defer s.held.Add(-1)
	select {
	case <-r.Context().Done():
	case <-time.After(HoldTime):
		w.WriteHeader(http.StatusAccepted)
	}
}

// token is a JWT whose signature nobody can check.
func token(expires time.Time) string {
	part := func(text string) string { return base64.RawURLEncoding.EncodeToString([]byte(text)) }
	return part(`{"alg":"RS256","typ":"JWT"}`) + "." + part(fmt.Sprintf(`{"exp":%d}`, expires.Unix())) + "." + part(strings.Repeat("s", 256))
}

func message() []byte {
	var jobs []string
	for i := range JobsInMessage {
		jobs = append(jobs, fmt.Sprintf(`{"messageType":"JobAssigned","repositoryName":"example-repository","ownerName":"example",`+
			`"workflowRunId":%d,"jobDisplayName":"build and test (%d)","eventName":"push",`+
			`"jobWorkflowRef":"example/example-repository/.github/workflows/ci.yml@refs/heads/main","requestLabels":["bench"],`+
			`"queueTime":"2026-07-26T23:29:35.1234567Z","scaleSetAssignTime":"2026-07-26T23:29:36Z","runnerAssignTime":"0001-01-01T00:00:00Z",`+
			`"jobId":"bd59f43d-2e1a-567a-b5a4-%012x","runnerRequestId":0}`, 30225287326+i, i, i))
	}
	text := encode("[" + strings.Join(jobs, ",") + "]")
	return fmt.Appendf(nil, `{"messageId":100000001,"messageType":"RunnerScaleSetJobMessages","body":%s,"statistics":%s}`, text, statistics)
}

func jitConfig() []byte {
	return fmt.Appendf(nil, `{"runner":{"id":1,"name":"bench","runnerScaleSetId":1},"encodedJITConfig":%s}`, encode(strings.Repeat("c2VjcmV0", 900)))
}

func encode(text string) []byte {
	encoded, err := json.Marshal(text)
	if err != nil {
		panic(err) // a string always encodes
	}
	return encoded
}
