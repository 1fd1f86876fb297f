package query

import (
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
)

func TestFilterMatch(t *testing.T) {
	tests := []struct {
		filter string
		want   bool
	}{
		// Operators, one value.
		{"(eq,globalAssetId,asset-7)", true},
		{"(eq,globalAssetId,Asset-7)", false},
		{"(neq,globalAssetId,asset-7)", false},
		{"(neq,globalAssetId,asset-8)", true},
		{"(gt,globalAssetId,asset-6)", true},
		{"(gt,globalAssetId,asset-7)", false},
		{"(gte,globalAssetId,asset-7)", true},
		{"(lt,globalAssetId,asset-8)", true},
		{"(lt,globalAssetId,asset-7)", false},
		{"(lte,globalAssetId,asset-7)", true},
		// Operators, one value or more.
		{"(in,globalAssetId,asset-7)", true},
		{"(in,globalAssetId,a,asset-7,b)", true},
		{"(in,globalAssetId,a,b)", false},
		{"(nin,globalAssetId,a,b)", true},
		{"(nin,globalAssetId,a,asset-7)", false},
		{"(cont,globalAssetId,zzz,set)", true},
		{"(cont,globalAssetId,zzz)", false},
		{"(ncont,globalAssetId,zzz)", true},
		{"(ncont,globalAssetId,zzz,set)", false},
		// Operator names are case-insensitive; blanks around names are dropped.
		{"(EQ,globalAssetId,asset-7)", true},
		{"( nCont , globalAssetId ,zzz)", true},
		// ";" means AND.
		{"(eq,globalAssetId,asset-7);(eq,tags,red)", true},
		{"(eq,globalAssetId,asset-7);(eq,tags,green)", false},
		{"(eq,globalAssetId,asset-7) ; (eq,tags,red)", true},
		// Quoted values.
		{"(eq,description,'node, (rack 4) it''s; up')", true},
		{"(cont,description,(rack)", true},
		{"(cont,description,'(rack 4)')", true},
		{"(cont,description,'''')", true},
		{"(cont,description, up)", true},
		{"(eq,description,'')", false},
		{"(neq,description,)", true},
		// Lists of texts: any of them.
		{"(eq,tags,blue)", true},
		{"(eq,tags,green)", false},
		{"(neq,tags,blue)", true},
		{"(in,tags,green,blue)", true},
		{"(cont,tags,lu)", true},
		// UUIDs whatever their case.
		{"(eq,resourceId," + strings.ToUpper(idOne) + ")", true},
		{"(neq,resourceId," + strings.ToUpper(idOne) + ")", false},
		{"(in,resourcePoolId," + idTwo + "," + strings.ToUpper(idPool) + ")", true},
		{"(cont,resourceId,111A)", true},
		{"(eq,tags," + strings.ToUpper(idTwo) + ")", true},
		{"(in,tags,green," + strings.ToUpper(idTwo) + ")", true},
		{"(gt,resourceId," + noUUID + ")", false},
		// Times as instants.
		{"(eq,createdAt,2026-03-01T14:00:00+02:00)", true},
		{"(lt,createdAt,2026-03-01T12:00:00.5Z)", true},
		{"(gte,createdAt,2026-03-01T12:00:01Z)", false},
		{"(cont,createdAt,2026-03)", true},
		// JSON: leaves compare as what they are.
		{"(eq,extensions/big,9007199254740993)", true},
		{"(eq,extensions/big,9007199254740992)", false},
		{"(gt,extensions/big,9007199254740992)", true},
		{"(eq,extensions/ratio,5e-1)", true},
		{"(eq,extensions/ratio,.5)", false},
		{"(neq,extensions/ratio,half)", true},
		{"(gt,extensions/ratio,half)", false},
		{"(in,extensions/ratio,1,0.50)", true},
		{"(eq,extensions/ok,true)", true},
		{"(eq,extensions/ok,TRUE)", false},
		{"(neq,extensions/ok,false)", true},
		{"(gt,extensions/ok,false)", false},
		{"(eq,extensions/text,8)", true},
		{"(eq,extensions/text,8.0)", false},
		{"(lt,extensions/text,10)", false},
		{"(eq,extensions/created,2026-03-01T12:00:00Z)", true},
		{"(gt,extensions/created,2026-03-01T12:30:00Z)", false},
		{"(eq,extensions/owner," + strings.ToUpper(idTwo) + ")", true},
		{"(cont,extensions/big,0719)", true},
		// Keys with dots and slashes, @key.
		{"(eq,extensions/k8s.machineset.name,workers)", true},
		{"(eq,extensions/labels/a/b,x)", true},
		{"(eq,extensions/labels/@zone,z1)", true},
		{"(eq,extensions/labels/@key,zone)", true},
		{"(eq,extensions/labels/@key,region)", false},
		{"(in,extensions/@key,nothing,ok)", true},
		// Arrays: any element.
		{"(eq,extensions/disks/size,200)", true},
		{"(gt,extensions/disks/size,200)", false},
		{"(eq,extensions/disks/ssd,true)", true},
		{"(neq,extensions/disks/size,10)", true},
		// Absent: neq, nin and ncont match, nothing else does.
		{"(eq,resourceTypeId," + noUUID + ")", false},
		{"(neq,resourceTypeId," + noUUID + ")", true},
		{"(lt,resourceTypeId," + noUUID + ")", false},
		{"(lte,resourceTypeId," + noUUID + ")", false},
		{"(cont,resourceTypeId,'')", false},
		{"(gt,extensions/missing,1)", false},
		{"(gte,extensions/missing,1)", false},
		{"(lt,extensions/missing,1)", false},
		{"(lte,extensions/missing,1)", false},
		{"(in,extensions/missing,1)", false},
		{"(nin,extensions/missing,1)", true},
		{"(cont,extensions/missing,1)", false},
		{"(ncont,extensions/missing,1)", true},
		{"(neq,extensions/null,1)", true},
		{"(eq,extensions/empty,1)", false},
		{"(neq,extensions/empty,1)", true},
		{"(neq,extensions/labels,1)", true},
		{"(neq,elements/x,1)", true},
	}
	for _, tt := range tests {
		t.Run(tt.filter, func(t *testing.T) {
			f, err := ParseFilter(resourceSchema, []string{tt.filter}, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if got := f.Match(sample()); got != tt.want {
				t.Errorf("Match = %v, want %v", got, tt.want)
			}
		})
	}
}

func TestFilterParametersAreANDed(t *testing.T) {
	f, err := ParseFilter(resourceSchema, []string{"(eq,tags,red)", "", " ", "(eq,globalAssetId,other)"}, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if f.Match(sample()) {
		t.Error("matches although the second filter does not hold")
	}
	if got, want := f.String(), "(eq,globalAssetId,other);(eq,tags,red)"; got != want {
		t.Errorf("String = %s, want %s", got, want)
	}
	for _, none := range [][]string{nil, {}, {""}, {"", "  "}} {
		f, err := ParseFilter(resourceSchema, none, Limits{})
		if f != nil || err != nil || !f.Match(sample()) || f.String() != "" || f.Conditions() != nil {
			t.Errorf("ParseFilter(%q) = %v, %v; want nil, which matches all", none, f, err)
		}
	}
}

func TestFilterErrors(t *testing.T) {
	const known = "resourceId, resourceTypeId, resourcePoolId, description, globalAssetId, tags, createdAt, extensions, elements"
	const form = `want (operator,attribute,value), several joined by ";"`
	tests := []struct{ filter, want string }{
		{"(like,tags,x)", `unknown operator "like"; want one of eq, neq, gt, gte, lt, lte, in, nin, cont, ncont`},
		{"(eq,colour,x)", `unknown attribute "colour"; Resource has ` + known},
		{"(eq,Tags,x)", `unknown attribute "Tags"; Resource has ` + known},
		{"(eq,tags)", `eq of "tags" lacks a value`},
		{"(in,tags)", `in of "tags" lacks a value`},
		{"(eq,tags,a,b)", `eq takes one value, not 2; in, nin, cont and ncont take several, and a value that holds a comma stands in single quotes`},
		{"(eq)", "eq lacks an attribute; " + form},
		{"(eq,)", "eq lacks an attribute; " + form},
		{"()", `unknown operator ""; want one of eq, neq, gt, gte, lt, lte, in, nin, cont, ncont`},
		{"eq,tags,x", `a condition is missing at "eq,tags,x"; ` + form},
		{"(eq,tags,x);", "a condition is missing at the end; " + form},
		{"(eq,tags,x)(eq,tags,y)", `"(eq,tags,y)" follows a condition; ` + form},
		{"(eq,tags,x", `a condition does not end with ")"; ` + form},
		{"(eq,tags,'x)", `the quote that starts "'x)" does not end`},
		{"(eq,tags,'x'y)", `"y)" follows a closing quote; a quote inside a quoted value is doubled`},
		{"(eq,tags,it's)", `"it's)" holds '\''; a value with such characters stands in single quotes, each quote in it doubled`},
		{"(eq,tags,a;b)", `"a;b)" holds ';'; a value with such characters stands in single quotes, each quote in it doubled`},
		{"(eq,resourceId,7)", `"7" is not a UUID, as resourceId needs: 8-4-4-4-12 hexadecimal digits`},
		{"(gt,createdAt,yesterday)", `"yesterday" is not an RFC 3339 time, as createdAt needs, for example 2026-01-31T12:00:00Z`},
		{"(eq,extensions,x)", "attribute extensions is an object; name what is in it, for example extensions/key"},
		{"(eq,extensions/,x)", "attribute extensions is an object; name what is in it, for example extensions/key"},
		{"(eq,tags/0,x)", `attribute tags has no parts: "tags/0" leads nowhere`},
		{"(eq,tags,\xff)", "it is not UTF-8"},
		{"(in,tags" + strings.Repeat(",x", 101) + ")", "a condition has more than 100 values"},
		{strings.Repeat("(eq,tags,x);", 32) + "(eq,tags,x)", "it has more than 32 conditions"},
		{"(eq,tags," + strings.Repeat("x", 8192) + ")", "it is longer than 8192 bytes"},
	}
	for _, tt := range tests {
		name := tt.filter
		if len(name) > 40 {
			name = name[:40]
		}
		t.Run(name, func(t *testing.T) {
			f, err := ParseFilter(resourceSchema, []string{tt.filter}, Limits{})
			var mistake *Error
			if !errors.As(err, &mistake) || f != nil {
				t.Fatalf("ParseFilter = %v, %v; want an *Error", f, err)
			}
			if mistake.Parameter != "filter" || mistake.Reason != tt.want {
				t.Errorf("error is\n  %v\nwant\n  filter: %s", mistake, tt.want)
			}
		})
	}
}

func TestFilterLimitsCountOverAllParameters(t *testing.T) {
	limits := Limits{MaxConditions: 2, MaxLength: 40}
	if _, err := ParseFilter(resourceSchema, []string{"(eq,tags,a)", "(eq,tags,b)", "(eq,tags,c)"}, limits); err == nil ||
		err.Error() != "filter: it has more than 2 conditions" {
		t.Errorf("three conditions of two: %v", err)
	}
	if _, err := ParseFilter(resourceSchema, []string{"(eq,tags,aaaaaaaaaaaa)", "(eq,tags,bbbbbbbbbbb)"}, limits); err == nil ||
		err.Error() != "filter: it is longer than 40 bytes" {
		t.Errorf("44 bytes of 40: %v", err)
	}
}

func TestFilterStringIsCanonical(t *testing.T) {
	tests := []struct{ one, other, want string }{
		{"(eq,tags,x);(eq,globalAssetId,y)", "(EQ,globalAssetId,y);(eq,tags,'x')", "(eq,globalAssetId,y);(eq,tags,x)"},
		{"(in,tags,b,a,b)", "(in,tags,'a',b)", "(in,tags,a,b)"},
		{"(eq,tags,x);(eq,tags,x)", "(eq,tags,x)", "(eq,tags,x)"},
		{"(eq,resourceId," + strings.ToUpper(idOne) + ")", "(eq,resourceId," + idOne + ")", "(eq,resourceId," + idOne + ")"},
		{"(eq,tags,'a,b')", "( eq,tags, 'a,b' )", "(eq,tags,'a,b')"},
		{"(eq,tags,)", "(eq,tags,'')", "(eq,tags,'')"},
		{"(eq,'extensions/a\t',x)", "(eq, 'extensions/a\t' ,x)", "(eq,'extensions/a\t',x)"},
		{"(eq,'extensions/a\u00a0',x)", "(eq,'extensions/a\u00a0','x')", "(eq,'extensions/a\u00a0',x)"},
		{"(eq,tags,x\n)", "(eq,tags,'x\n')", "(eq,tags,'x\n')"},
	}
	for _, tt := range tests {
		for _, text := range []string{tt.one, tt.other} {
			f, err := ParseFilter(resourceSchema, []string{text}, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if f.String() != tt.want {
				t.Errorf("%q reads as %q, want %q", text, f, tt.want)
			}
			if again, err := ParseFilter(resourceSchema, []string{f.String()}, Limits{}); err != nil || again.String() != tt.want {
				t.Errorf("%q reads as %q (%v), want itself", f, again, err)
			}
		}
	}
}

func TestFilterLookup(t *testing.T) {
	tests := []struct {
		filter string
		index  Index
		want   []string
		ok     bool
	}{
		{"(eq,resourcePoolId," + strings.ToUpper(idPool) + ")", ByPool, []string{idPool}, true},
		{"(eq,resourcePoolId," + idPool + ")", ByType, nil, false},
		{"(in,resourceId," + idTwo + "," + idOne + ")", ByID, []string{idOne, idTwo}, true},
		{"(in,resourceId," + idTwo + "," + idOne + ");(eq,resourceId," + idTwo + ")", ByID, []string{idTwo}, true},
		{"(eq,resourceId," + idOne + ");(eq,resourceId," + idTwo + ")", ByID, []string{}, true},
		{"(neq,resourceId," + idOne + ")", ByID, nil, false},
		{"(cont,resourceId," + idOne + ")", ByID, nil, false},
		{"(eq,tags,x)", NoIndex, nil, false},
	}
	for _, tt := range tests {
		t.Run(fmt.Sprint(tt.filter, tt.index), func(t *testing.T) {
			f, err := ParseFilter(resourceSchema, []string{tt.filter}, Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if got, ok := f.Lookup(tt.index); ok != tt.ok || !reflect.DeepEqual(got, tt.want) {
				t.Errorf("Lookup = %v, %v; want %v, %v", got, ok, tt.want, tt.ok)
			}
		})
	}
	if _, ok := (*Filter)(nil).Lookup(ByID); ok {
		t.Error("a nil filter pins an index")
	}
}

func TestNewFilterAndAnd(t *testing.T) {
	parent, err := NewFilter(resourceSchema, "resourcePoolId", Equal, strings.ToUpper(idPool))
	if err != nil {
		t.Fatal(err)
	}
	asked, err := ParseFilter(resourceSchema, []string{"(eq,tags,red)"}, Limits{})
	if err != nil {
		t.Fatal(err)
	}
	both := And(parent, nil, asked)
	if want := "(eq,resourcePoolId," + idPool + ");(eq,tags,red)"; both.String() != want {
		t.Errorf("And = %s, want %s", both, want)
	}
	if !both.Match(sample()) {
		t.Error("the conjunction does not match")
	}
	if And() != nil || And(nil, nil) != nil {
		t.Error("And of nothing is not nil")
	}
	if And(parent).String() != parent.String() || asked.String() != "(eq,tags,red)" {
		t.Error("And changed its arguments")
	}
	conditions := both.Conditions()
	if len(conditions) != 2 || conditions[0].Path != "resourcePoolId" || conditions[0].Operator != Equal ||
		!reflect.DeepEqual(conditions[0].Values, []string{idPool}) || conditions[1].Attribute.Name != "tags" {
		t.Errorf("Conditions = %+v", conditions)
	}
	if _, err := NewFilter(resourceSchema, "resourcePoolId", Equal, "x"); err == nil ||
		err.Error() != `filter: "x" is not a UUID, as resourcePoolId needs: 8-4-4-4-12 hexadecimal digits` {
		t.Errorf("NewFilter with a bad UUID: %v", err)
	}
}

func FuzzParseFilter(f *testing.F) {
	for _, seed := range []string{
		"(eq,globalAssetId,asset-7)", "(in,tags,a,'b,c','it''s');(neq,extensions/a/@key,1e3)",
		"(gt,createdAt,2026-03-01T12:00:00Z)", "(cont,resourceId,11AA)", "(eq,tags,", "((", "(eq,'tags',')')", ";", "(eq,extensions/a;b,x)",
		"(eq,'extensions/a\t',x)",
	} {
		f.Add(seed)
	}
	limits := Limits{MaxLength: 1 << 20} // the canonical form may be longer
	f.Fuzz(func(t *testing.T, text string) {
		filter, err := ParseFilter(resourceSchema, []string{text}, limits)
		if err != nil {
			var mistake *Error
			if !errors.As(err, &mistake) || mistake.Reason == "" || len(mistake.Reason) > 600 {
				t.Fatalf("error %#v is no fit answer", err)
			}
			return
		}
		again, err := ParseFilter(resourceSchema, []string{filter.String()}, limits)
		if err != nil {
			t.Fatalf("%q reads as %q, which does not parse: %v", text, filter, err)
		}
		if again.String() != filter.String() {
			t.Fatalf("%q reads as %q, and that as %q", text, filter, again)
		}
		if again.Match(sample()) != filter.Match(sample()) {
			t.Fatalf("%q and its canonical form %q differ in what they match", text, filter)
		}
		if ids, ok := filter.Lookup(ByID); ok && filter.Match(sample()) {
			if len(ids) == 0 {
				t.Fatalf("%q matches, but Lookup says that nothing can", text)
			}
		}
	})
}

func BenchmarkMatch(b *testing.B) {
	o := sample()
	for _, text := range []string{
		"(eq,resourcePoolId," + idPool + ")", "(eq,globalAssetId,asset-7)", "(in,tags,green,blue)",
		"(eq,extensions/text,8)", "(gt,extensions/disks/size,100)", "(gt,createdAt,2026-01-01T00:00:00Z)",
	} {
		f, err := ParseFilter(resourceSchema, []string{text}, Limits{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if !f.Match(o) {
					b.Fatal("no match")
				}
			}
		})
	}
}
