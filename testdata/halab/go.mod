module github.com/netweave/netweave/testdata/halab

go 1.26.0
