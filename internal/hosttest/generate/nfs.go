// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// counts makes counters for lines of text, each larger at the later moment.
type counts struct {
	random *rand.Rand
	moment int
}

func newCounts(moment int) *counts { return &counts{rand.New(rand.NewPCG(5, 6)), moment} }

func (c *counts) next() uint64 {
	before, after := c.random.Uint64N(1e6), c.random.Uint64N(1e4)
	return before + uint64(c.moment)*after
}

// line is a key and n counters.
func (c *counts) line(key string, n int) string {
	var b strings.Builder
	b.WriteString(key)
	for range n {
		fmt.Fprintf(&b, " %d", c.next())
	}
	return b.String() + "\n"
}

// procedures is a line that says how many counters it has.
func (c *counts) procedures(key string, n int) string { return c.line(fmt.Sprintf("%s %d", key, n), n) }

// nfsClient is /proc/net/rpc/nfs of Linux 6.
func nfsClient(moment int) string {
	c := newCounts(moment)
	return c.line("net", 4) + c.line("rpc", 3) + c.procedures("proc3", 22) + c.procedures("proc4", 69)
}

// nfsServer is /proc/net/rpc/nfsd of Linux 6. Operations 0 to 2 of NFSv4 do not exist.
func nfsServer(moment int) string {
	c := newCounts(moment)
	return c.line("rc", 3) + fmt.Sprintf("fh %d 0 0 0 0\n", c.next()) + c.line("io", 2) +
		fmt.Sprintf("th %d 0%s\n", 8+8*moment, strings.Repeat(" 0.000", 10)) +
		"ra 32 0 0 0 0 0 0 0 0 0 0 0\n" + c.line("net", 4) + c.line("rpc", 5) +
		c.procedures("proc3", 22) + c.procedures("proc4", 2) + c.line("proc4ops 76 0 0 0", 73) + c.line("wdeleg_getattr", 1)
}
