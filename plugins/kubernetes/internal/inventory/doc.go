// Package inventory turns Kubernetes objects into O2-IMS nouns.
//
// Objects are cut down to slim parts the moment they arrive ([Mapper]): a Node
// of 15 KB becomes a few hundred bytes, most of them shared with its siblings.
// A [Model] joins parts into nouns: a Node with its Machine, a Machine with its
// pool, types and label groups with whatever uses them. It keeps no nouns; they
// are built when somebody reads them.
//
// What becomes what:
//
//   - The cluster is the one DeploymentManager.
//   - A MachineSet (machine.openshift.io) or MachineDeployment
//     (cluster.x-k8s.io) is a ResourcePool with its UID as id. Nodes that belong
//     to none of them are grouped by a label into pools with the id "label=value".
//   - A Machine and its Node are one Resource with the Machine's UID as id, so
//     that the id is the same before and after the Node joins. A Node without a
//     readable Machine has its own UID, as has a PersistentVolume.
//   - Instance types in use and StorageClasses are ResourceTypes.
//
// A Machine, MachineSet or MachineDeployment that is being deleted is gone for
// readers from the moment its deletion was accepted.
package inventory
