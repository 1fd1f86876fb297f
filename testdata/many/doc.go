// Package many tries five backends behind one gateway, as task run:many starts them:
// the mock, a real kube-apiserver, AWS (moto), Dell DTIAS (a contract server) and a
// real OpenStack.
package many
