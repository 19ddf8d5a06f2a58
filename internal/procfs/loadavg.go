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
	One, Five, Fifteen Number

	bad scan.LineError
}

// maxLoad is as many tasks as a kernel has numbers for, PID_MAX_LIMIT. A load is above it when the tasks that wait for I/O, which
// the kernel counts up and down, were counted below zero.
const maxLoad = 4 << 20 * 1_000_000

var loadNames = [...]string{"load of 1 minute", "load of 5 minutes", "load of 15 minutes"}

// Parse reads the text of /proc/loadavg. The error is nil or a *scan.LineError, valid until the next Parse.
func (l *Loadavg) Parse(b []byte) error {
	*l = Loadavg{}
	line, _ := scan.Line(b)
	var read [len(loadNames)]Number
	for i := range read {
		var field []byte
		if field, line = scan.Field(line); len(field) == 0 {
			l.bad.Add(1)
			return l.bad.Err()
		}
		n, ok := scan.Decimal(field, 6)
		if ok && n <= maxLoad {
			read[i] = Number{n, true}
		}
	}
	for i, n := range read {
		if !n.Known {
			l.bad.AddField(0, loadNames[i])
		}
	}
	l.One, l.Five, l.Fifteen = read[0], read[1], read[2]
	return l.bad.Err()
}
