// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package sysfs understands the text of files below /sys.
//
// Its parsers are pure, as those of package procfs are.
package sysfs

import (
	"bytes"
	"errors"
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// errCPUList says that a text is not a list of CPUs.
var errCPUList = errors.New("malformed CPU list")

// FirstCPU returns the lowest number of a list of CPUs such as "0-3,8" or "2,6", as
// /sys/devices/system/cpu/cpu*/topology/core_cpus_list has it.
//
// Source: Documentation/admin-guide/cputopology.rst; lib/bitmap-str.c, "%*pbl".
func FirstCPU(b []byte) (int, error) {
	list, _ := scan.Line(b)
	end := bytes.IndexAny(list, "-,")
	if end < 0 {
		end = len(list)
	}
	n, ok := scan.Uint(list[:end])
	if !ok || n > math.MaxInt32 {
		return 0, errCPUList
	}
	return int(n), nil
}
