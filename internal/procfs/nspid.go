// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// PIDNamespaceDepth returns the number of pid namespaces in the line NSpid of /proc/PID/status, from that of the procfs that
// is read down to that of the process; 0 if there is no such line, as before Linux 4.1.
//
// Source: fs/proc/array.c, task_state.
func PIDNamespaceDepth(status []byte) (depth int) {
	for len(status) > 0 {
		var line []byte
		line, status = scan.Line(status)
		if numbers, ok := bytes.CutPrefix(line, []byte("NSpid:")); ok {
			return len(bytes.Fields(numbers))
		}
	}
	return 0
}
