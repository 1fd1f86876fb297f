package httpserver_test

import (
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
)

// alarmExample takes "patch PATH 'BODY'" and "curl ... "$at PATH" -d 'BODY'" apart.
var alarmExample = regexp.MustCompile(`^(patch|curl) (?:-H '[^']*' )?"?(?:\$at)?([^" ]+)"?(?: (?:-d )?'([^']*)')?$`)

// The examples of docs/api.md about alarms, one after the other, as a reader tries
// them.
func TestTheExamplesOfAlarms(t *testing.T) {
	page, err := os.ReadFile("../../docs/api.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(page), "\n## Alarms\n")
	section, _, _ = strings.Cut(section, "\n## ")
	g := newGateway(t, site(0))
	g.alarms.put(alarm(1))
	tried := 0
	for line := range strings.SplitSeq(strings.ReplaceAll(section, "\\\n      ", ""), "\n") {
		command := strings.TrimPrefix(line, "    ")
		if command == line || !strings.HasPrefix(command, "curl ") && !strings.HasPrefix(command, "patch ") {
			continue
		}
		parts := alarmExample.FindStringSubmatch(command)
		if parts == nil {
			t.Errorf("what is %s?", command)
			continue
		}
		method, media, want := http.MethodGet, "Content-Type: application/json", http.StatusOK
		switch {
		case parts[1] == "patch":
			method, media = http.MethodPatch, mergePatch
		case parts[3] != "":
			method, want = http.MethodPost, http.StatusCreated
		}
		path := strings.ReplaceAll(parts[2], "$ID", string(alarmID(1)))
		if a := g.do(method, "/o2ims-infrastructureMonitoring/v1"+path, parts[3], media); a.StatusCode != want {
			t.Errorf("%s: %d %s", command, a.StatusCode, a.body)
		}
		tried++
	}
	if tried != 5 {
		t.Errorf("%d examples were tried", tried)
	}
	filter := regexp.MustCompile("`(\\([a-z]+,[^`]*notificationEventType[^`]*)`").FindStringSubmatch(section)
	if filter == nil {
		t.Fatal("there is no example of a filter")
	}
	g.wantStatus(g.do("POST", alarmSubsPath, `{"callback":"https://smo.example.com/","filter":"`+filter[1]+`"}`), http.StatusCreated)
}
