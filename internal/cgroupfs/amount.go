// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import (
	"bytes"
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// Number is a number that a file may lack, or may have no limit for.
type Number struct {
	N     uint64
	Known bool
}

// Amount is a file with one number: memory.current, pids.max, cpu.cfs_quota_us and others. It is unknown where no limit
// is set. Version 2 says "max" then; version 1 says so in pids.max, -1 in cpu.cfs_quota_us, and in memory.limit_in_bytes the
// largest number of bytes that makes whole pages.
//
//	9223372036854771712
//
// Source: Documentation/admin-guide/cgroup-v2.rst, "Interface Files"; cgroup-v1/memory.rst; mm/page_counter.c.
type Amount struct {
	Number

	bad scan.LineError
}

// noBytes is the smallest number of bytes that a 64-bit kernel writes for no limit, with pages of at most 1 MiB.
// noBytes32 is what a 32-bit kernel writes, with pages of 4 KiB.
const (
	noBytes   = 1<<63 - 1<<20
	noBytes32 = (1<<31 - 1) << 12
)

// Parse reads the contents of the file. The error is nil or a *scan.LineError, valid until the next Parse.
func (a *Amount) Parse(b []byte) error {
	*a = Amount{}
	line, rest := scan.Line(b)
	var ok bool
	if a.Number, ok = limitOf(line); !ok || len(rest) > 0 {
		*a = Amount{}
		a.bad.Add(1)
	}
	return a.bad.Err()
}

// limitOf reads a number or one of the words for no limit.
func limitOf(word []byte) (n Number, ok bool) {
	if string(word) == "max" || string(word) == "-1" {
		return Number{}, true
	}
	number, ok := scan.Uint(word)
	if !ok || isUnlimited(number) {
		return Number{}, ok
	}
	return Number{number, true}, true
}

// Count is a file with one number of what a group uses or has used: memory.current, pids.current, cpuacct.usage_user and others.
//
//	1048576
//
// Source: Documentation/admin-guide/cgroup-v2.rst, "Interface Files"; cgroup-v1/cpuacct.rst.
type Count struct {
	Number

	bad scan.LineError
}

// Parse reads the contents of the file. The error is nil or a *scan.LineError, valid until the next Parse.
func (c *Count) Parse(b []byte) error {
	*c = Count{}
	line, rest := scan.Line(b)
	n, ok := scan.Uint(line)
	switch {
	case !ok || len(rest) > 0:
		c.bad.Add(1)
	case n > math.MaxInt64: // It has stepped below zero.
		c.bad.AddField(0, "the number")
	default:
		c.Number = Number{n, true}
	}
	return c.bad.Err()
}

// isUnlimited reports whether n is what a kernel writes for no limit where it writes a number.
func isUnlimited(n uint64) bool { return n >= noBytes || n == noBytes32 }

// keyed is where the number of a key goes, the key, and the largest number that is believed.
type keyed struct {
	dst  *Number
	key  string
	most uint64
}

// parseKeys reads lines of a key and a number ("flat keyed"). field returns no dst for keys that are not used.
func parseKeys(b []byte, bad *scan.LineError, field func(key []byte) keyed) {
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		key, value, _ := bytes.Cut(line, []byte{' '})
		f := field(key)
		if f.dst == nil {
			continue
		}
		n, ok := scan.Uint(value)
		switch {
		case !ok || f.dst.Known:
			bad.Add(number)
		case n > f.most:
			bad.AddField(0, f.key)
		default:
			*f.dst = Number{n, true}
		}
	}
}
