// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// PIDLimits is what is used of /proc/PID/limits: the resource limits of a process, of each the soft one, the hard one and the
// unit, in columns of fixed width that only spaces separate.
//
//	Limit                     Soft Limit           Hard Limit           Units
//	Max open files            1024                 1048576              files
//
// Source: Documentation/filesystems/proc.rst; getrlimit(2); fs/proc/base.c, proc_pid_limits. Any user may read it. It is empty
// once the process was reaped.
type PIDLimits struct {
	// OpenFiles is the soft RLIMIT_NOFILE, one more than the highest descriptor that the process may open. It is unknown
	// where there is no limit.
	OpenFiles Number

	bad scan.LineError
}

var openFiles = []byte("Max open files ")

// Parse reads the contents of /proc/PID/limits. The error is nil or a *scan.LineError, valid until the next Parse.
func (p *PIDLimits) Parse(b []byte) error {
	*p = PIDLimits{}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		limits, ok := bytes.CutPrefix(line, openFiles)
		if !ok {
			continue
		}
		soft, _ := scan.Field(limits)
		if string(soft) == "unlimited" {
			continue
		}
		n, ok := scan.Uint(soft)
		p.OpenFiles.read(&p.bad, number, "Max open files", n, ok, maxCount)
	}
	return p.bad.Err()
}
