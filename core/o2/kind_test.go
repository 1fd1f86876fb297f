package o2

import "testing"

func TestKinds(t *testing.T) {
	objects := map[Kind]Object{
		KindDeploymentManager: &DeploymentManager{}, KindResourcePool: &ResourcePool{},
		KindResource: &Resource{}, KindResourceType: &ResourceType{}, KindAlarm: &Alarm{},
	}
	if len(Kinds()) != KindCount || len(objects) != KindCount {
		t.Fatalf("%d kinds, %d nouns, want %d", len(Kinds()), len(objects), KindCount)
	}
	for _, k := range Kinds() {
		if got, err := ParseKind(k.String()); k != KindAlarm && (err != nil || got != k) {
			t.Errorf("ParseKind(%q) = %v, %v", k, got, err)
		}
		if objects[k].Kind() != k || objects[k].Head() == nil {
			t.Errorf("the noun of %v says that it is a %v", k, objects[k].Kind())
		}
		if !AllKinds.Has(k) || !SetOf(k).Has(k) || KindSet(0).Has(k) || SetOf().Has(k) {
			t.Errorf("sets disagree about %v", k)
		}
	}
	if SetOf(KindResource).Has(KindResourcePool) || SetOf(Kinds()...) != AllKinds {
		t.Error("sets hold what they should not, or not what they should")
	}
	if got := Kind(200).String(); got != "Kind(200)" {
		t.Errorf("an unknown kind is %q", got)
	}
	if _, err := ParseKind("resource"); err == nil ||
		err.Error() != `unknown object kind "resource": want one of [DeploymentManager ResourcePool Resource ResourceType]` {
		t.Errorf("ParseKind of nonsense gives %v", err)
	}
}

func TestFieldError(t *testing.T) {
	if got := (&FieldError{Attribute: "name", Reason: "is mandatory"}).Error(); got != "name is mandatory" {
		t.Errorf("Error = %q", got)
	}
}
