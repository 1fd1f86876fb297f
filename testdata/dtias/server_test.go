package dtias

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestTheContractIsHeldStrictly tells what a client may not get away with.
func TestTheContractIsHeldStrictly(t *testing.T) {
	s := New(Options{APIKey: "k"})
	server := httptest.NewServer(s)
	defer server.Close()
	defer s.Close()
	for _, c := range []struct {
		request, key, body, media string
		status                    int
		answer                    string // what it begins with
	}{
		{"GET /v2/version", "k", "", "", 200, `{"version":"2.0.0-contract"}`},
		{"GET /v2/version", "old", "", "", 401, `{"code":"AUTH_FAILED"`},
		{"GET /v2/version?x=1", "k", "", "", 400, `{"code":"INVALID_REQUEST"`},
		{"GET /v2/nothing", "k", "", "", 404, `{"code":"RESOURCE_NOT_FOUND"`},
		{"GET /v2/inventory/sites/site-ams", "k", "", "", 200, `{"id":"site-ams","name":"Amsterdam West","city":"Amsterdam"`},
		{"GET /v2/inventory/sites/site-x", "k", "", "", 404, `{"code":"RESOURCE_NOT_FOUND"`},
		{"GET /v2/inventory/resourcepools?siteId=site-ham", "k", "", "", 200, `{"Rps":[{"id":"rp-ham-dc1-compute"`},
		{"GET /v2/inventory/resourcepools/rp-ham-dc1-compute", "k", "", "", 200, `{"Rp":{"id":"rp-ham-dc1-compute"`},
		{"GET /v2/inventory/resourcepools/..%2Fservers", "k", "", "", 404, `{"code":"RESOURCE_NOT_FOUND","message":"there is no resource pool \"../servers\""`},
		{"GET /v2/inventory/servers?pageSize=1&pageNumber=2", "k", "", "", 200, `{"ServerCount":"40","Full":[{"id":"srv-ams-dc1-002"`},
		{"GET /v2/inventory/servers?resourcePool=rp-ham-dc1-compute&pageSize=1", "k", "", "", 200, `{"ServerCount":"20","Full":[{"id":"srv-ham-dc1-001"`},
		{"GET /v2/inventory/servers?pageNumber=0", "k", "", "", 400, `{"code":"INVALID_REQUEST"`},
		{"GET /v2/inventory/servers?page=1", "k", "", "", 400, `{"code":"INVALID_REQUEST"`},
		{"GET /v2/resourcetypes?pageSize=3&pageNumber=2", "k", "", "", 200, `{"ResourceTypes":[{"id":"st-r760xa-gpu"`},
		{"POST /v2/resourcepools", "k", `{"name":"n","datacenter":"ams-dc1","type":"compute"}`, "text/plain", 415, `{"code":"INVALID_REQUEST"`},
		{"POST /v2/resourcepools", "k", `{"name":"n","datacenter":"ams-dc1","type":"compute","x":1}`, "application/json", 400, `{"code":"INVALID_REQUEST"`},
		{"POST /v2/resourcepools", "k", `{"name":"n","datacenter":"ams-dc1","type":"compute"}`, "application/json", 201, `{"id":"rp-ams-dc1-0001"`},
		{"PUT /v2/resourcepools/rp-ams-dc1-0001", "k", `{"name":"m","metadata":{"a":"b"}}`, "application/json", 200, `{"id":"rp-ams-dc1-0001","name":"m"`},
		{"DELETE /v2/resourcepools/rp-ams-dc1-0001", "k", "", "", 204, ""},
		{"DELETE /v2/resourcepools/rp-ams-dc1-0001", "k", "", "", 404, `{"code":"RESOURCE_NOT_FOUND"`},
		{"DELETE /v2/resourcepools/rp-ams-dc1-compute", "k", "", "", 409, `{"code":"RESOURCE_IN_USE"`},
		{"POST /v2/resources/allocate", "k", `{"serverPoolId":"rp-ams-dc1-compute","serverTypeId":"st-r660-core"}`, "application/json", 400, `{"code":"INVALID_REQUEST"`},
		{"POST /v2/resources/allocate", "k", `{"serverPoolId":"rp-ams-dc1-compute","serverTypeId":"st-r660-core","hostname":"h"}`, "application/json", 201, `{"id":"srv-ams-dc1-023","hostname":"h"`},
		{"PUT /v2/inventory/servers/srv-ams-dc1-023/metadata", "k", `{"hostname":"i","metadata":{"a":"b"}}`, "application/json", 200, `{"id":"srv-ams-dc1-023","hostname":"i"`},
		{"POST /v2/resources/release", "k", `{"id":"srv-ams-dc1-023"}`, "application/json", 200, `{}`},
		{"POST /v2/resources/release", "k", `{"id":"srv-ams-dc1-023"}`, "application/json", 404, `{"code":"RESOURCE_NOT_FOUND"`},
		{"POST /control/faults", "", `{"kind":"wrong"}`, "", 400, `kind is "wrong": it must be one of latency, status,`},
		{"POST /control/faults", "", `{"kind":"status","status":429,"times":1}`, "", 204, ""},
		{"GET /control", "", "", "", 200, `{"faults":[{"kind":"status","times":1,"status":429}],`},
		{"GET /v2/version", "k", "", "", 429, `{"code":""`},
		{"GET /v2/version", "k", "", "", 200, ""},
		{"PUT /control/key", "", `{"apiKey":"new"}`, "", 204, ""},
		{"GET /v2/version", "k", "", "", 401, ""},
	} {
		method, path, _ := strings.Cut(c.request, " ")
		req, err := http.NewRequestWithContext(t.Context(), method, server.URL+path, strings.NewReader(c.body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+c.key)
		if c.media != "" {
			req.Header.Set("Content-Type", c.media)
		}
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		res.Body.Close()
		if err != nil || res.StatusCode != c.status || !strings.HasPrefix(string(body), c.answer) {
			t.Errorf("%s with %s: %d %s (%v), want %d %s", c.request, c.body, res.StatusCode, body, err, c.status, c.answer)
		}
	}
	if n := s.Requests("POST /resources/release"); n != 2 {
		t.Errorf("%d releases were counted, want 2", n)
	}
}

// TestShapes holds the names of attributes to the contract.
func TestShapes(t *testing.T) {
	keys := func(v any) string {
		t.Helper()
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		dec, names, depth := json.NewDecoder(strings.NewReader(string(raw))), []string{}, 0
		isKey := true
		for {
			token, err := dec.Token()
			if err != nil {
				return strings.Join(names, ",")
			}
			if d, ok := token.(json.Delim); ok {
				if d == '{' || d == '[' {
					depth++
				} else {
					depth--
				}
				isKey = true
				continue
			}
			if depth == 1 {
				if isKey {
					names = append(names, token.(string))
				}
				isKey = !isKey
			}
		}
	}
	for want, v := range map[string]any{
		"id,name,city,country,latitude,longitude":                                                                      Site{},
		"datacenter,rack,rackUnit,row,room,building,city,country,latitude,longitude":                                   Location{},
		"id,name,description,datacenter,type,state,serverCount,availableServers,location,metadata,createdAt,updatedAt": Pool{Metadata: map[string]string{}},
		"id,hostname,serverPoolId,type,state,powerState,healthState,location,metadata,createdAt,updatedAt,lastHealthCheck,cpu,memory,storage,network,bios,management": Machine{
			Metadata: map[string]string{}, Storage: []Disk{}, Network: []Port{},
		},
		"vendor,model,architecture,sockets,totalCores,totalThreads,frequencyMhz": CPU{},
		"totalGb,availableGb,type,speedMhz":                                      Memory{},
		"id,type,vendor,model,capacityGb,interface,health":                       Disk{},
		"id,name,macAddress,speedMbps,type,state":                                Port{},
		"id,name,description,vendor,model,generation,formFactor,cpuModel,cpuCores,memoryGb,storageType,storageCapacityGb,networkPorts,networkSpeed,powerWatts,rackUnits": Type{},
	} {
		if got := keys(v); got != want {
			t.Errorf("%T has\n%s, want\n%s", v, got, want)
		}
	}
}
