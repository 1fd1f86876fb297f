// Package convergence shows what netweave promises to subscribers, on built
// binaries, a real kube-apiserver and a real Redis with Sentinels: whatever is
// killed, stopped or cut off, every subscriber ends with the true state, in
// order.
//
//   - The convergence test breaks things at random for a while, and then compares
//     every subscriber's copy with the backend.
//   - The scenarios each break one thing at the worst moment, and are run on
//     netweaves with a planted fault as well, where they must fail.
//   - The partition tests cut processes off in network namespaces.
//
// It has tests alone, behind the build tag integration; `task test` builds what
// they run. CONVERGENCE_DURATION and CONVERGENCE_SEED set how long things are
// broken, and how; CONVERGENCE_FAULT plants a fault. Logs are kept in
// .cache/convergence.
package convergence
