package monitoringv1

import (
	"encoding/json"
	"net/http"
	"strconv"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/exchange"
	"github.com/netweave/netweave/inbound/http/nouns"
	"github.com/netweave/netweave/inbound/http/reading"
	"github.com/netweave/netweave/ports/alarms"
)

// serviceConfiguration is the configuration as selectors see it.
var serviceConfiguration = reading.Collection[*alarms.ServiceConfiguration]{
	Schema: query.NewSchema("AlarmServiceConfiguration",
		query.Attribute{Name: "retentionPeriod", Type: query.Number, Mandatory: true, Get: func(o any) query.Value {
			return query.Value{Text: strconv.Itoa(nouns.As[*alarms.ServiceConfiguration](o).RetentionDays)}
		}},
		nouns.Object(attributeExtensions, func(c *alarms.ServiceConfiguration) o2.JSON { return c.Extensions }),
	),
	Append: appendConfiguration,
}

func appendConfiguration(b []byte, c *alarms.ServiceConfiguration) []byte {
	b = strconv.AppendInt(append(b, `{"retentionPeriod":`...), int64(c.RetentionDays), 10)
	return append(nouns.AppendObject(append(b, `,"extensions":`...), c.Extensions), '}')
}

// GetAlarmServiceConfiguration answers with the alarm service's configuration.
func (a *API) GetAlarmServiceConfiguration(w http.ResponseWriter, r *http.Request) {
	selector, byDefault, err := a.reading.ParseObject(r, serviceConfiguration.Schema)
	if err != nil {
		a.reading.Fail(w, r, err)
		return
	}
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	c, err := a.services.Configuration.Configuration(ctx, exchange.ScopeOf(ctx))
	if err != nil {
		a.reading.Fail(w, r, err)
		return
	}
	reading.AnswerOne(a.reading, w, r, serviceConfiguration, &c, selector, byDefault)
}

// ReplaceAlarmServiceConfiguration puts another configuration in place.
func (a *API) ReplaceAlarmServiceConfiguration(w http.ResponseWriter, r *http.Request) {
	var in AlarmServiceConfigurationReplacement
	if !a.begin(w, r) {
		return
	}
	err := a.replacement.Read(r, &in)
	var next alarms.ServiceConfiguration
	if err == nil {
		next.RetentionDays = in.RetentionPeriod
		next.Extensions, err = readExtensions(in.Extensions)
	}
	if err != nil {
		a.reading.Fail(w, r, err)
		return
	}
	a.setConfiguration(w, r, func(alarms.ServiceConfiguration) (alarms.ServiceConfiguration, error) { return next, nil })
}

// PatchAlarmServiceConfiguration changes some of the configuration.
func (a *API) PatchAlarmServiceConfiguration(w http.ResponseWriter, r *http.Request) {
	var in AlarmServiceConfigurationPatch
	if !a.begin(w, r) || !a.readPatch(w, r, a.patching, &in, "") {
		return
	}
	a.setConfiguration(w, r, func(c alarms.ServiceConfiguration) (alarms.ServiceConfiguration, error) {
		if in.RetentionPeriod != 0 {
			c.RetentionDays = in.RetentionPeriod
		}
		var err error
		c.Extensions, err = mergePatch(c.Extensions, in.Extensions)
		return c, err
	})
}

// setConfiguration puts what change makes of the present configuration in place,
// and answers with it.
func (a *API) setConfiguration(w http.ResponseWriter, r *http.Request,
	change func(alarms.ServiceConfiguration) (alarms.ServiceConfiguration, error),
) {
	ctx, cancel := a.withDeadline(r)
	defer cancel()
	sc := exchange.ScopeOf(ctx)
	c, err := a.services.Configuration.Configuration(ctx, sc)
	if err == nil {
		c, err = change(c)
	}
	if err == nil {
		c, err = a.services.Configuration.SetConfiguration(ctx, sc, c)
	}
	if err != nil {
		a.reading.Fail(w, r, err)
		return
	}
	a.reading.SendWritten(w, http.StatusOK, appendConfiguration(nil, &c))
}

func readExtensions(raw json.RawMessage) (o2.JSON, error) {
	ext, err := o2.ParseJSON(raw)
	if err != nil {
		return "", &o2.FieldError{Attribute: attributeExtensions, Reason: err.Error()}
	}
	return ext, nil
}
