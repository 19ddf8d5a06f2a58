// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// FileNr is /proc/sys/fs/file-nr: how many file descriptions are open on the whole system, and how many may be.
//
//	607	0	2466170
//
// Source: Documentation/admin-guide/sysctl/fs.rst, "file-max & file-nr"; fs/file_table.c. The middle number, those
// allocated and unused, is always 0 since Linux 2.6.
type FileNr struct {
	Allocated Number
	Max       Number // Not Known where it is LONG_MAX, which is no limit.

	bad scan.LineError
}

// Parse reads the text of /proc/sys/fs/file-nr. The error is nil or a *scan.LineError, valid until the next Parse.
func (f *FileNr) Parse(b []byte) error {
	*f = FileNr{}
	line, _ := scan.Line(b)
	allocated, line, _ := column(line, maxCount)
	unused, line, _ := column(line, maxCount)
	limit, _, ok := column(line, math.MaxUint64)
	if !ok {
		f.bad.Add(1)
		return f.bad.Err()
	}
	if allocated.Known && unused.Known && unused.N <= allocated.N {
		f.Allocated = Number{allocated.N - unused.N, true}
	} else {
		f.bad.AddField(0, "number of allocated file handles") // The kernel adds up what each CPU has counted.
	}
	switch {
	case !limit.Known:
		f.bad.AddField(0, "maximum number of file handles")
	case limit.N < math.MaxInt64:
		f.Max = limit
	}
	return f.bad.Err()
}

// PIDMax is /proc/sys/kernel/pid_max: the number at which process numbers wrap, and so how many tasks there can be.
//
//	4194304
//
// Source: Documentation/admin-guide/sysctl/kernel.rst, "pid_max".
type PIDMax struct {
	Max Number

	bad scan.LineError
}

// Parse reads the text of /proc/sys/kernel/pid_max. The error is nil or a *scan.LineError, valid until the next Parse.
func (p *PIDMax) Parse(b []byte) error {
	*p = PIDMax{}
	line, _ := scan.Line(b)
	digits, _ := scan.Field(line)
	n, ok := scan.Uint(digits)
	p.Max.read(&p.bad, 1, "pid_max", n, ok, math.MaxInt32)
	return p.bad.Err()
}
