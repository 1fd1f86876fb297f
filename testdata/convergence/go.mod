module github.com/netweave/netweave/testdata/convergence

go 1.26.0
