package pluginhost

import "testing"

func TestAPluginRunsAndAnswers(t *testing.T) {
	b := open(t, quick("good"))
	back := b.running(t, memoryConfig{Resources: 3})
	if err := back.Health(t.Context()); err != nil {
		t.Fatal(err)
	}
	s := newSheet()
	if err := back.Snapshot(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	t.Log(s.said())
}
