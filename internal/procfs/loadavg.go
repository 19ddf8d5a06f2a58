// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import "github.com/superviz-io/hostprobe/internal/scan"

// Loadavg is the first three numbers of /proc/loadavg, in millionths of a task.
//
//	0.20 0.18 0.12 1/80 11206
//
// Source: Documentation/filesystems/proc.rst, "loadavg"; fs/proc/loadavg.c.
type Loadavg struct {
	One, Five, Fifteen uint64

	bad scan.LineError
}

// Parse reads the text of /proc/loadavg. The error is nil or a *scan.LineError, valid until the next Parse;
// with an error the numbers mean nothing.
func (l *Loadavg) Parse(b []byte) error {
	*l = Loadavg{}
	line, _ := scan.Line(b)
	for _, average := range [...]*uint64{&l.One, &l.Five, &l.Fifteen} {
		var field []byte
		var ok bool
		field, line = scan.Field(line)
		if *average, ok = scan.Decimal(field, 6); !ok {
			l.bad.Add(1)
			break
		}
	}
	return l.bad.Err()
}
