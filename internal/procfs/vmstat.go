// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import "github.com/superviz-io/hostprobe/internal/scan"

// Vmstat is what is used of /proc/vmstat: counts since boot.
//
//	pgpgin 1190221
//	pswpin 0
//
// Source: mm/vmstat.c, vmstat_text; include/linux/vm_event_item.h.
type Vmstat struct {
	Pgpgin, Pgpgout     Number // KiB read from and written to block devices.
	Pswpin, Pswpout     Number // Pages swapped in and out.
	Pgfault, Pgmajfault Number // All page faults, and those that needed I/O.
	OOMKill             Number // Since Linux 4.13.

	bad scan.LineError
}

// Parse reads the text of /proc/vmstat. The error is nil or a *scan.LineError, valid until the next Parse.
func (v *Vmstat) Parse(b []byte) error {
	*v = Vmstat{}
	for number := 1; len(b) > 0; number++ {
		var line []byte
		line, b = scan.Line(b)
		key, rest := scan.Field(line)
		field := v.field(key)
		if field == nil {
			continue
		}
		if n, _, ok := scan.UintField(rest); !field.set(n, ok) {
			v.bad.Add(number)
		}
	}
	return v.bad.Err()
}

func (v *Vmstat) field(key []byte) *Number {
	switch string(key) {
	case "pgpgin":
		return &v.Pgpgin
	case "pgpgout":
		return &v.Pgpgout
	case "pswpin":
		return &v.Pswpin
	case "pswpout":
		return &v.Pswpout
	case "pgfault":
		return &v.Pgfault
	case "pgmajfault":
		return &v.Pgmajfault
	case "oom_kill":
		return &v.OOMKill
	}
	return nil
}
