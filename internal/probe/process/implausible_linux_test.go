// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package process

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestImplausibleOfOneProcess: a number of one process that cannot be right costs itself, and the error says which although
// the files of another were read since.
func TestImplausibleOfOneProcess(t *testing.T) {
	const huge = "18446744073709551613"
	root := processHost(t)
	writeProcess(t, root, 12, "three threads", "x")
	hosttest.Edit(t, root, "proc/12/stat", " 20 0 1 0 ", " 20 0 3 0 ")
	for tid, voluntary := range map[string]string{"12": "100", "13": "10", "14": "1"} {
		hosttest.Write(t, root, "proc/12/task/"+tid+"/status", "voluntary_ctxt_switches:\t"+voluntary+"\nnonvoluntary_ctxt_switches:\t2\n")
	}
	p := open(t, options{root: root}, wholeProcess)
	var s snapshot.Snapshot
	require.Empty(t, readProcesses(t, p, &s))
	counters := func(pid uint32) snapshot.ProcessCounters {
		for i := range s.ProcessList.List {
			if s.ProcessList.List[i].PID == pid {
				return s.ProcessList.List[i].Counters
			}
		}
		t.Fatal("it is gone")
		return snapshot.ProcessCounters{}
	}
	whole := [2]snapshot.ProcessCounters{counters(10), counters(12)}
	assert.Equal(t, snapshot.Known(111), whole[1][snapshot.ProcessVoluntarySwitches])
	assert.Equal(t, snapshot.Known(6), whole[1][snapshot.ProcessInvoluntarySwitches])

	hosttest.Write(t, root, "proc/10/statm", "30 "+huge+" 1 1 0 1 0\n")
	hosttest.Write(t, root, "proc/10/io", "rchar: 101\nwchar: "+huge+"\nsyscr: 103\nsyscw: 104\n")
	hosttest.Write(t, root, "proc/12/task/13/status", "voluntary_ctxt_switches:\t"+huge+"\nnonvoluntary_ctxt_switches:\t3\n")
	errs := map[string]string{}
	for _, fault := range readProcesses(t, p, &s) {
		assert.Equal(t, source.Malformed, fault.Reason)
		errs[fault.Source] = fault.Err.Error()
	}
	assert.Equal(t, map[string]string{
		"proc/[pid]/statm":  "resident is implausible",
		"proc/[pid]/io":     "wchar is implausible",
		"proc/[pid]/status": "voluntary_ctxt_switches is implausible",
	}, errs)
	whole[0][snapshot.ProcessWrittenBytes] = snapshot.Quantity{}
	assert.Equal(t, whole[0], counters(10))
	assert.False(t, s.ProcessList.List[0].Resident.Known)
	assert.Equal(t, snapshot.Known(30*4096), s.ProcessList.List[0].Virtual)
	whole[1][snapshot.ProcessVoluntarySwitches] = snapshot.Quantity{}
	whole[1][snapshot.ProcessInvoluntarySwitches] = snapshot.Known(7)
	assert.Equal(t, whole[1], counters(12))

	hosttest.Write(t, root, "proc/12/task/13/status", "voluntary_ctxt_switches:\t12\nnonvoluntary_ctxt_switches:\t3\n")
	readProcesses(t, p, &s)
	assert.Equal(t, snapshot.Known(113), counters(12)[snapshot.ProcessVoluntarySwitches])
}
