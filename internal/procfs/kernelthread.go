// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// flagKernelThread is PF_KTHREAD of include/linux/sched.h.
const flagKernelThread = 0x00200000

// IsKernelThread reports whether the text of /proc/PID/stat is that of a thread of the kernel. kthreadd, the number 2, is one
// in the pid namespace that the kernel started in and in no other.
//
// Source: fs/proc/array.c, do_task_stat; the flags are the seventh field behind the name.
func IsKernelThread(stat []byte) bool {
	const before = 6 // Fields between the name and the flags.
	_, rest := scan.Field(stat[bytes.LastIndexByte(stat, ')')+1:])
	for range before - 1 {
		_, rest = scan.Field(rest)
	}
	flags, _, ok := scan.UintField(rest)
	return ok && flags&flagKernelThread != 0
}
