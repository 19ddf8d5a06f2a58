// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import "github.com/superviz-io/hostprobe/internal/scan"

// Uptime is /proc/uptime.
//
//	4351.94 6767.97
//
// Source: Documentation/filesystems/proc.rst, "uptime"; fs/proc/uptime.c. It is that of the reader's time namespace.
type Uptime struct {
	// Up is the time since boot, including time suspended, in nanoseconds.
	Up Number

	bad scan.LineError
}

// Parse reads the text of /proc/uptime. The error is nil or a *scan.LineError, valid until the next Parse.
func (u *Uptime) Parse(b []byte) error {
	*u = Uptime{}
	line, _ := scan.Line(b)
	up, _ := scan.Field(line)
	n, ok := scan.Decimal(up, 9)
	u.Up.read(&u.bad, 1, "uptime", n, ok, maxCount)
	return u.bad.Err()
}
