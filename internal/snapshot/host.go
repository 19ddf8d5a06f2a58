// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package snapshot

// Host is the identity of a host, which does not change while it runs. An empty string is unknown.
type Host struct {
	Name string
	ID   string // The machine id, see machine-id(5).
	// Arch, OSType, OSVersion and OSDescription are in the values of the semantic conventions for host and os.
	Arch          string
	OSType        string
	OSVersion     string
	OSDescription string
}
