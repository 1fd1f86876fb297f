// Package openstacktest runs a real Keystone, Placement and Nova on loopback for
// tests, as testdata/openstack describes. They end with the test's process, however
// that ends, and several stacks may run beside one another.
package openstacktest
