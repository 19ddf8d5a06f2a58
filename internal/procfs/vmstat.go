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
		field, name := v.field(key)
		if field == nil {
			continue
		}
		n, _, ok := scan.UintField(rest)
		field.read(&v.bad, number, name, n, ok, maxCount)
	}
	if v.Pgmajfault.Known && v.Pgfault.Known && v.Pgmajfault.N > v.Pgfault.N { // A part of them.
		v.Pgmajfault = Number{}
		v.bad.AddField(0, "pgmajfault")
	}
	return v.bad.Err()
}

// field returns where the value of a key goes, and the key; nil for a key that is not used.
func (v *Vmstat) field(key []byte) (field *Number, name string) {
	switch string(key) {
	case "pgpgin":
		return &v.Pgpgin, "pgpgin"
	case "pgpgout":
		return &v.Pgpgout, "pgpgout"
	case "pswpin":
		return &v.Pswpin, "pswpin"
	case "pswpout":
		return &v.Pswpout, "pswpout"
	case "pgfault":
		return &v.Pgfault, "pgfault"
	case "pgmajfault":
		return &v.Pgmajfault, "pgmajfault"
	case "oom_kill":
		return &v.OOMKill, "oom_kill"
	}
	return nil, ""
}
