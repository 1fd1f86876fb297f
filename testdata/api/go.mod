module github.com/netweave/netweave/testdata/api

go 1.26.0
