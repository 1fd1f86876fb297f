package nouns_test

import (
	"fmt"
	"testing"

	"github.com/netweave/netweave/core/o2"
	"github.com/netweave/netweave/core/query"
	"github.com/netweave/netweave/inbound/http/nouns"
)

// BenchmarkMatchExtensions is what one object costs a filter over extensions.
func BenchmarkMatchExtensions(b *testing.B) {
	schema := query.NewSchema("Resource", nouns.ID("resourceId"), nouns.Name(), nouns.Extensions())
	var objects []any
	for i := range 10_000 {
		o := &o2.Resource{Header: o2.Header{
			ID: o2.DeriveID("b", fmt.Sprint(i)), Name: fmt.Sprintf("acc-%d", i), Volatile: o2.JSON(fmt.Sprintf(`{"mock.temperatureCelsius":%d}`, i%60)),
			Extensions: o2.JSON(fmt.Sprintf(`{"mock.accelerates":"LDPC","mock.firmware":"1.9.0","mock.pcie.lanes":16,"mock.powerWatts":55,"mock.rack":"R%d","mock.serial":"LL-ACC1005C4615A8","mock.sriov.functions":16,"mock.state":"in-service","nativeId":"acc-%d"}`, i%400, i)),
		}}
		objects = append(objects, o)
	}
	for _, text := range []string{"(eq,name,acc-7)", "(eq,extensions/nativeId,acc-7)", "(eq,extensions/mock.rack,R7)", "(gt,extensions/mock.powerWatts,54)", "(eq,extensions/mock.temperatureCelsius,7)", "(eq,extensions/nothing,7)"} {
		f, err := query.ParseFilter(schema, []string{text}, query.Limits{})
		if err != nil {
			b.Fatal(err)
		}
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				f.Match(objects[i%len(objects)])
				i++
			}
		})
	}
}
