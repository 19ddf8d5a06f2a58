// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package disk

import (
	"fmt"
	"strings"
	"testing"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// open returns a reader of the disks of the host below root, "" for this host.
func open(t testing.TB, root string, keep func(device string) bool, want snapshot.Want) *sourcetest.Reader {
	t.Helper()
	return &sourcetest.Reader{
		Domain: snapshot.DomainDisk, Source: New(sourcetest.Open(t, source.Options{Root: root}), keep), History: &History{}, Want: want,
	}
}

// diskRoot makes disks of these lines of /proc/diskstats below root, with the minor numbers 0, 1 and so on.
func diskRoot(t testing.TB, root string, disks ...string) {
	t.Helper()
	var text strings.Builder
	for i, disk := range disks {
		fmt.Fprintf(&text, "   8 %7d %s\n", i, disk)
	}
	hosttest.Write(t, root, "proc/diskstats", text.String())
}

func starts(s *snapshot.Snapshot) map[string]int64 {
	all := map[string]int64{}
	for i := range s.Disks.Devices {
		all[s.Disks.Devices[i].Device] = s.Disks.Devices[i].Start
	}
	return all
}

// manyDisks returns a root with n disks, disk0 and so on.
func manyDisks(t testing.TB, n int) (root string) {
	t.Helper()
	root = t.TempDir()
	disks := make([]string, n)
	for i := range disks {
		disks[i] = fmt.Sprintf("disk%d %d 2 3 4 5 6 7 8 0 10 11 0 0 0 0 0 0", i, 1+i)
	}
	diskRoot(t, root, disks...)
	return root
}
