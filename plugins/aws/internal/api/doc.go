// Package api asks AWS: EC2, EC2 Auto Scaling and EKS of one region.
//
// A list comes whole or not at all: pages that repeat, items without ids, answers
// that are none of AWS's and answers without the list in them are errors. Reads
// are tried again within the call's deadline; a write is sent again only if AWS
// said that it was not done. Errors are in the sdk's terms and hold no secret.
package api
