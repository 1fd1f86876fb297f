package sdk

import (
	"errors"
	"fmt"
	"reflect"
	"testing"
	"time"
)

type region struct {
	Name  string   `json:"name"`
	Zones []string `json:"zones"`
}

type Credentials struct {
	Token string `json:"token"`
}

type sampleConfig struct {
	Credentials
	Endpoint string            `json:"endpoint"`
	Retries  uint8             `json:"retries"`
	Verify   bool              `json:"verify"`
	Timeout  Duration          `json:"timeout"`
	Regions  []region          `json:"regions"`
	Labels   map[string]string `json:"labels"`
	Default  *region           `json:"default"`
	Untagged int
	hidden   int //nolint:unused // there to be left alone by the decoder
	Ignored  int `json:"-"`
}

func (c sampleConfig) Validate() error {
	switch c.Endpoint {
	case "plain":
		return errors.New("endpoint: plain is not good enough")
	case "later":
		return Errorf(Unavailable, "ask again")
	}
	return nil
}

type pointerConfig struct {
	N int `json:"n"`
}

func (c *pointerConfig) Validate() error {
	if c.N == 0 {
		c.N = 7 // a default
	}
	return nil
}

func TestDecodeConfig(t *testing.T) {
	got, err := decodeConfig[sampleConfig]([]byte(`{
		"token": "t", "endpoint": "https://x", "retries": 3, "verify": true, "timeout": "1m30s",
		"regions": [{"name": "a", "zones": ["1", "2"]}], "labels": {"any.key": "v"}, "default": {"name": "d"}, "untagged": 5}`))
	if err != nil {
		t.Fatal(err)
	}
	want := sampleConfig{
		Credentials: Credentials{Token: "t"}, Endpoint: "https://x", Retries: 3, Verify: true,
		Timeout: Duration(90 * time.Second), Regions: []region{{"a", []string{"1", "2"}}},
		Labels: map[string]string{"any.key": "v"}, Default: &region{Name: "d"}, Untagged: 5,
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, empty := range []string{"", " ", "null", "{}", `{"timeout": null, "default": null}`} {
		if got, err := decodeConfig[sampleConfig]([]byte(empty)); err != nil || !reflect.DeepEqual(got, sampleConfig{}) {
			t.Errorf("%q: got %+v, %v", empty, got, err)
		}
	}
	if got, err := decodeConfig[pointerConfig](nil); err != nil || got.N != 7 {
		t.Errorf("a Validate on the pointer: got %+v, %v", got, err)
	}
}

func TestDecodeConfigRefuses(t *testing.T) {
	const known = "Untagged, default, endpoint, labels, regions, retries, timeout, token, verify"
	for name, tc := range map[string]struct {
		raw  string
		code Code
		want string
	}{
		"unknown key":        {`{"endpont": "x"}`, Invalid, "endpont: unknown key; known are " + known},
		"unknown deep key":   {`{"regions": [{}, {"nam": 1}]}`, Invalid, "regions[1].nam: unknown key; known are name, zones"},
		"behind a pointer":   {`{"default": {"zone": 1}}`, Invalid, "default.zone: unknown key; known are name, zones"},
		"ignored field":      {`{"Ignored": 1}`, Invalid, "Ignored: unknown key; known are " + known},
		"unexported field":   {`{"hidden": 1}`, Invalid, "hidden: unknown key; known are " + known},
		"wrong type":         {`{"endpoint": 5}`, Invalid, "endpoint: found a number where a text is wanted"},
		"wrong deep type":    {`{"regions": [{"name": []}]}`, Invalid, "regions.name: found an array where a text is wanted"},
		"negative":           {`{"retries": -1}`, Invalid, "retries: found a number -1 where a whole number from 0 is wanted"},
		"too large":          {`{"retries": 256}`, Invalid, "retries: found a number 256 where a whole number from 0 is wanted"},
		"text for a flag":    {`{"verify": "yes"}`, Invalid, "verify: found a string where true or false is wanted"},
		"bare duration":      {`{"timeout": 30}`, Invalid, `timeout: 30 is no duration: write a number with a unit in quotes, such as "30s"`},
		"unitless duration":  {`{"timeout": "30"}`, Invalid, `timeout: "30" is no duration: write a number with a unit, such as "30s"`},
		"big number":         {`{"retries": 12345678901234567890}`, Invalid, "retries: found a number 12345678901234567890 where a whole number from 0 is wanted"},
		"an object for text": {`{"endpoint": {}}`, Invalid, "endpoint: found an object where a text is wanted"},
		"a list":             {`[]`, Invalid, "the configuration must be an object with keys and values"},
		"not JSON":           {`{`, Invalid, "the configuration is no JSON: unexpected end of JSON input"},
		"something after":    {`{} {}`, Invalid, "the configuration is no JSON: invalid character '{' after top-level value"},
		"its own validation": {`{"endpoint": "plain"}`, Invalid, "endpoint: plain is not good enough"},
		"its own code":       {`{"endpoint": "later"}`, Unavailable, "ask again"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := decodeConfig[sampleConfig]([]byte(tc.raw))
			e, ok := errors.AsType[*Error](err)
			if !ok {
				t.Fatalf("got %v, want an *Error", err)
			}
			if e.Code != tc.code || e.Error() != tc.want {
				t.Errorf("got %s %q\nwant %s %q", e.Code, e.Error(), tc.code, tc.want)
			}
		})
	}
	_, err := decodeConfig[struct{}]([]byte(`{"x": 1}`))
	if want := "x: unknown key; there is nothing to configure here"; fmt.Sprint(err) != want {
		t.Errorf("got %v, want %s", err, want)
	}
}

func TestDuration(t *testing.T) {
	d := Duration(1500 * time.Millisecond)
	raw, err := d.MarshalJSON()
	if err != nil || string(raw) != `"1.5s"` || d.String() != "1.5s" || d.Std() != 1500*time.Millisecond {
		t.Errorf("got %s, %v, %s, %v", raw, err, d, d.Std())
	}
}
