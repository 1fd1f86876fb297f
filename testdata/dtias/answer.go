package dtias

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
)

// refusal is an answer that says what is wrong.
type refusal struct {
	status  int
	problem Problem
}

func invalid(format string, args ...any) *refusal {
	return &refusal{http.StatusBadRequest, Problem{Code: "INVALID_REQUEST", Message: fmt.Sprintf(format, args...)}}
}

func notFound(what, id string) *refusal {
	return &refusal{http.StatusNotFound, Problem{Code: "RESOURCE_NOT_FOUND", Message: fmt.Sprintf("there is no %s %q", what, id)}}
}

func refuse(w http.ResponseWriter, r *refusal) { reply(w, r.status, r.problem) }

func reply(w http.ResponseWriter, status int, answer any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	if answer != nil {
		_ = json.NewEncoder(w).Encode(answer) // the client may be gone
	}
}

// answer sends an answer, or what the faults make of it.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, struck map[string]Fault, status int, answer any) {
	if _, ok := struck[Hang]; ok {
		select {
		case <-r.Context().Done():
		case <-s.closed:
		}
		return
	}
	if _, ok := struck[Reset]; ok {
		panic(http.ErrAbortHandler)
	}
	if answer == nil {
		w.WriteHeader(status)
		return
	}
	var body bytes.Buffer
	if err := json.NewEncoder(&body).Encode(answer); err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	half := body.Bytes()[:body.Len()/2]
	if _, ok := struck[Truncate]; ok {
		w.WriteHeader(status)
		_, _ = w.Write(half)
		return
	}
	w.Header().Set("Content-Length", strconv.Itoa(body.Len()))
	w.WriteHeader(status)
	if _, ok := struck[Cut]; ok {
		_, _ = w.Write(half)
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(body.Bytes()) // the client may be gone
}
