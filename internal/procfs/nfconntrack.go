// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// NfConntrack is /proc/sys/net/netfilter/nf_conntrack_count or nf_conntrack_max: the connections that are tracked, or may be.
//
//	262144
//
// Source: Documentation/networking/nf_conntrack-sysctl.rst. They are there when the module is, and report the network
// namespace of the process that reads them.
type NfConntrack struct {
	Entries Number

	bad scan.LineError
}

// Parse reads the contents of the file. The error is nil or a *scan.LineError, valid until the next Parse.
func (c *NfConntrack) Parse(b []byte) error {
	*c = NfConntrack{}
	line, _ := scan.Line(b)
	digits, _ := scan.Field(line)
	n, ok := scan.Uint(digits)
	if !ok || n > math.MaxInt64 {
		c.bad.Add(1)
		return c.bad.Err()
	}
	c.Entries = Number{n, true}
	return nil
}
