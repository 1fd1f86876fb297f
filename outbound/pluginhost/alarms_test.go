package pluginhost

import (
	"context"
	"iter"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/ports/backend"
	"github.com/netweave/netweave/sdk"
	pluginv1 "github.com/netweave/netweave/sdk/proto/netweave/plugin/v1"
)

// alarming is what a memory that has alarms can do besides: each server is hot.
type alarming struct{ m *memory }

func (a alarming) ListAlarms(context.Context) iter.Seq2[*sdk.Alarm, error] {
	if a.m.cfg.Deaf == "alarms" {
		hang()
	}
	if a.m.cfg.Ill {
		return sdk.List[*sdk.Alarm](nil, sdk.Errorf(sdk.Unavailable, "the cloud behind it is away"))
	}
	a.m.mu.Lock()
	defer a.m.mu.Unlock()
	var all []*sdk.Alarm
	for _, r := range sorted(a.m.resources) {
		all = append(all, &sdk.Alarm{
			ID: "hot/" + r.ID, ResourceID: r.ID, DefinitionID: "hot", ProbableCause: "fan", Severity: sdk.SeverityMajor,
			Description: "91 °C", RaisedAt: time.UnixMilli(1_700_000_000_001), Extensions: map[string]any{"z": 1, "a": "x"},
		})
	}
	return sdk.List(all, nil)
}

func (a alarming) AcknowledgeAlarm(_ context.Context, id string) error {
	a.m.mu.Lock()
	defer a.m.mu.Unlock()
	_, err := get(a.m.resources, strings.TrimPrefix(id, "hot/"))
	return err
}

func TestAlarmsOfAPlugin(t *testing.T) {
	t.Parallel()
	back := open(t, quick("good")).running(t, memoryConfig{Resources: 2})
	got, err := back.Alarms(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	of := func(server string) backend.Alarm {
		return backend.Alarm{
			NativeID: "hot/" + server, Resource: server, Definition: "hot", ProbableCause: "fan", Severity: o2.SeverityMajor,
			Description: "91 °C", RaisedAt: time.UnixMilli(1_700_000_000_001).UTC(), Extensions: `{"a":"x","z":1}`,
		}
	}
	if want := []backend.Alarm{of("server-0"), of("server-1")}; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	if err := back.AcknowledgeAlarm(t.Context(), "hot/server-0"); err != nil {
		t.Error(err)
	}
	wantError(t, back.AcknowledgeAlarm(t.Context(), "hot/server-9"), backend.ErrNotFound, backend.SourceCaller, `there is no "server-9"`)
	wantError(t, back.AcknowledgeAlarm(t.Context(), ""), backend.ErrInvalid, backend.SourceCaller, "an acknowledgement needs an alarm's id")
}

func TestAPluginWithoutAlarmsIsNotAsked(t *testing.T) {
	t.Parallel()
	back := open(t, quick("good")).running(t, memoryConfig{ReadOnly: true})
	_, err := back.Alarms(t.Context())
	wantError(t, err, backend.ErrUnsupported, backend.SourceCaller, "it lacks the capability alarms")
	wantError(t, back.AcknowledgeAlarm(t.Context(), "a"), backend.ErrUnsupported, backend.SourceCaller, "it lacks the capability alarms")
}

func TestAnAlarmListHasADeadlineAndABreaker(t *testing.T) {
	t.Parallel()
	cfg := quick("good")
	cfg.Timeouts.Read = 30 * time.Millisecond
	cfg.Breaker = Breaker{Failures: 2, Open: time.Hour}
	back := open(t, cfg).running(t, memoryConfig{Deaf: "alarms"})
	for _, want := range []struct {
		code    error
		source  backend.Source
		message string
	}{
		{backend.ErrTimeout, backend.SourcePlugin, "no answer within the adapter's time-out"},
		{backend.ErrTimeout, backend.SourcePlugin, "no answer within the adapter's time-out"},
		{backend.ErrUnavailable, backend.SourceBackend, "the last calls failed; it is left alone for a moment"},
	} {
		_, err := back.Alarms(t.Context())
		wantError(t, err, want.code, want.source, want.message)
	}

	ill := open(t, quick("good")).running(t, memoryConfig{Ill: true})
	_, err := ill.Alarms(t.Context())
	wantError(t, err, backend.ErrUnavailable, backend.SourceBackend, "the cloud behind it is away")
}

func rawAlarm(id string) *pluginv1.Alarm {
	return &pluginv1.Alarm{Id: id, ResourceId: "r", DefinitionId: "d", Severity: "MINOR"}
}

// ListAlarms lies in as many ways as there are scenarios.
func (r *rawPlugin) ListAlarms(_ *pluginv1.ListAlarmsRequest, stream grpc.ServerStreamingServer[pluginv1.ListAlarmsResponse]) error {
	send := func(alarms ...*pluginv1.Alarm) error {
		return stream.Send(&pluginv1.ListAlarmsResponse{Alarms: alarms})
	}
	bad := rawAlarm("b")
	switch r.scenario {
	case "alarm twice":
		return send(rawAlarm("a"), rawAlarm("a"))
	case "alarm without severity":
		bad.Severity = ""
		return send(rawAlarm("a"), bad)
	case "alarms cut in half":
		if err := send(rawAlarm("a")); err != nil {
			return err
		}
		return status.Error(codes.Internal, "lost track")
	case "alarms without end":
		for i := 0; ; i++ {
			if err := send(rawAlarm(strconv.Itoa(i))); err != nil {
				return err
			}
		}
	case "large alarms":
		bad.Description = strings.Repeat("x", 900)
		for i := range 5 {
			bad.Id = strconv.Itoa(i)
			if err := send(bad); err != nil {
				return err
			}
		}
		return nil
	}
	return send(withUnknown(rawAlarm("a")))
}

func TestAlarmListsThatAreNotBelieved(t *testing.T) {
	t.Parallel()
	cfg := quick("raw")
	cfg.Limits.Alarms, cfg.Limits.AlarmBytes, cfg.Limits.ObjectBytes = 10, 2000, 1000
	b := open(t, cfg)
	for scenario, message := range map[string]string{
		"alarm twice":            `the plugin told of the alarm "a" twice: nothing of the list is believed`,
		"alarm without severity": `the plugin told of a malformed alarm, "b": its severity is "": want CRITICAL, MAJOR, MINOR, WARNING or INDETERMINATE: nothing of the list is believed`,
		"alarms cut in half":     "lost track",
		"alarms without end":     "the plugin told of more than 10 alarms: nothing of the list is believed",
		"large alarms":           "the plugin's alarms take more than 2000 bytes: nothing of the list is believed",
	} {
		t.Run(scenario, func(t *testing.T) {
			back := b.start(t, string(o2.DeriveID("", scenario)), map[string]string{"scenario": scenario})
			eventually(t, "the plugin runs", func() bool { return back.Info().State == backend.StateRunning })
			alarms, err := back.Alarms(t.Context())
			wantError(t, err, backend.ErrBroken, backend.SourcePlugin, message)
			if alarms != nil {
				t.Errorf("an error, and the alarms %v", alarms)
			}
		})
	}
	plain := b.start(t, "plain", map[string]string{"scenario": "plain"})
	eventually(t, "the plugin runs", func() bool { return plain.Info().State == backend.StateRunning })
	if got, err := plain.Alarms(t.Context()); err != nil || len(got) != 1 {
		t.Errorf("an alarm with a field of the future: %v, %v", got, err)
	}
	// It says that it has alarms, and lacks the method.
	wantError(t, plain.AcknowledgeAlarm(t.Context(), "a"), backend.ErrUnsupported, backend.SourceCaller, "method AcknowledgeAlarm not implemented")
}

func TestMalformedAlarmsAreRefused(t *testing.T) {
	long := strings.Repeat("x", maxNativeID+1)
	for name, tc := range map[string]struct {
		change  func(*pluginv1.Alarm)
		because refusedBecause
		detail  string
	}{
		"no id":         {func(a *pluginv1.Alarm) { a.Id = "" }, becauseID, "its id has 0 bytes: want 1 to 1024"},
		"long id":       {func(a *pluginv1.Alarm) { a.Id = long }, becauseID, "its id has 1025 bytes: want 1 to 1024"},
		"no resource":   {func(a *pluginv1.Alarm) { a.ResourceId = "" }, becauseID, "its resource's id has 0 bytes: want 1 to 1024"},
		"no definition": {func(a *pluginv1.Alarm) { a.DefinitionId = "" }, becauseID, "its definition's id has 0 bytes: want 1 to 1024"},
		"too large":     {func(a *pluginv1.Alarm) { a.Description = strings.Repeat("x", 4096) }, becauseSize, "it has 4099 bytes: want at most 4096"},
		"cleared":       {func(a *pluginv1.Alarm) { a.Severity = "CLEARED" }, becauseValue, `its severity is "CLEARED": want CRITICAL, MAJOR, MINOR, WARNING or INDETERMINATE`},
		"unknown severity": {
			func(a *pluginv1.Alarm) { a.Severity = "major" }, becauseValue, `its severity is "major": want CRITICAL, MAJOR, MINOR, WARNING or INDETERMINATE`,
		},
		"raised before 1970": {
			func(a *pluginv1.Alarm) { a.RaisedAtMs = -1 }, becauseValue, "its raising time is -1 ms from 1970: want one before the year 10000, or 0 for none",
		},
		"changed in the year 10000": {
			func(a *pluginv1.Alarm) { a.ChangedAtMs = maxTimeMs + 1 }, becauseValue,
			"its change time is 253402300800000 ms from 1970: want one before the year 10000, or 0 for none",
		},
		"extensions of bytes": {func(a *pluginv1.Alarm) { a.ExtensionsJson = []byte("{\"a\":\"\xff\"}") }, becauseEncoding, "its extensions are not UTF-8"},
	} {
		t.Run(name, func(t *testing.T) {
			sent := rawAlarm("a")
			tc.change(sent)
			_, refused := alarm(sent, 4096)
			if refused == nil || refused.because != tc.because || refused.detail != tc.detail {
				t.Errorf("refused for %+v\nwant %s: %s", refused, tc.because, tc.detail)
			}
		})
	}
	if _, refused := alarm(nil, 4096); refused == nil {
		t.Error("nothing was taken for an alarm")
	}
}
