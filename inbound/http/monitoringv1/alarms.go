package monitoringv1

import (
	"encoding/json"
	"errors"
	"net/http"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/inbound/http/body"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/problem"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/alarms"
)

// ListAlarms answers with one page of alarms.
func (a *API) ListAlarms(w http.ResponseWriter, r *http.Request) { a.reading.List(w, r, a.alarm) }

// GetAlarm answers with one alarm.
func (a *API) GetAlarm(w http.ResponseWriter, r *http.Request, id string) {
	a.reading.Get(w, r, a.alarm, id)
}

// PatchAlarm acknowledges or clears an alarm, and answers with what was changed.
func (a *API) PatchAlarm(w http.ResponseWriter, r *http.Request, text string) {
	var in AlarmEventRecordModifications
	if !a.begin(w, r) || !a.readPatch(w, r, a.modifications, &in, wantModification) {
		return
	}
	id, ok := o2.ParseID(text)
	if !ok {
		a.reading.Fail(w, r, reading.UnknownID(nounAlarm, text))
		return
	}
	change := a.services.Alarms.Acknowledge
	if !in.AlarmAcknowledged { // the document allows one of the two alone
		change = a.services.Alarms.Clear
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	if _, err := change(ctx, exchange.ScopeOf(ctx), id); err != nil {
		a.reading.Fail(w, r, told(reading.Named(err, nounAlarm, string(id))))
		return
	}
	changed, err := json.Marshal(in)
	if err != nil {
		a.reading.Fail(w, r, err)
		return
	}
	h := w.Header()
	h["Content-Type"] = []string{"application/json"}
	w.WriteHeader(http.StatusOK)
	_, _ = w.Write(changed) // an error here is the caller's connection
}

// wantModification says what a PATCH of an alarm is to be.
const wantModification = `send {"alarmAcknowledged":true} or {"perceivedSeverity":5}, one of them alone`

// told says what the caller can do about an alarm that cannot be cleared.
func told(err error) error {
	switch {
	case errors.Is(err, alarms.ErrAutomatic):
		return problem.Problem{
			Status: http.StatusConflict,
			Detail: alarms.ErrAutomatic.Error() + ": it ends when its cause is gone; it can be acknowledged",
		}
	case errors.Is(err, alarms.ErrCleared):
		return problem.Problem{Status: http.StatusConflict, Detail: alarms.ErrCleared.Error()}
	}
	return err
}

// readPatch reads a merge patch into dst, and answers the request if it is wrong.
// want, if any, is what every patch is to be.
func (a *API) readPatch(w http.ResponseWriter, r *http.Request, reader *body.Reader, dst any, want string) bool {
	err := reader.Read(r, dst)
	if err == nil {
		return true
	}
	var p problem.Problem
	if errors.As(err, &p) {
		switch {
		case p.Status == http.StatusUnsupportedMediaType:
			w.Header()["Accept-Patch"] = []string{body.MergePatch} // RFC 5789, 2.2
		case p.Status == http.StatusBadRequest && want != "":
			p.Detail += ": " + want
		}
		err = p
	}
	a.reading.Fail(w, r, err)
	return false
}
