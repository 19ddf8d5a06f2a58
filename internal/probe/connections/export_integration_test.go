// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package connections

// What integration tests in package connections_test share with those here.
var (
	Bound        = bound
	ListenerWant = listenerWant
)
