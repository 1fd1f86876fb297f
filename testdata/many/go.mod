module github.com/netweave/netweave/testdata/many

go 1.26.0
