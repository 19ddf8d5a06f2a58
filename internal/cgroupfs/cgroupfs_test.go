// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/scan"
)

func TestPure(t *testing.T) { hosttest.Pure(t, "scan") }

// parser is what every kernel file's struct is.
type parser interface{ Parse([]byte) error }

// malformed asserts what a parser says of text: the first line it dropped and how many, none if count is 0.
func malformed(t *testing.T, p parser, text string, first, count int) {
	t.Helper()
	err := p.Parse([]byte(text))
	if count == 0 {
		require.NoError(t, err, "%q", text)
		return
	}
	var lines *scan.LineError
	require.ErrorAs(t, err, &lines, "%q", text)
	assert.Equal(t, scan.LineError{First: first, Count: count}, *lines, "%q", text)
}

// implausible asserts that a parser drops one value of text only: its name and line.
func implausible(t *testing.T, p parser, text, field string, line int) {
	t.Helper()
	err := p.Parse([]byte(text))
	var bad *scan.LineError
	require.ErrorAs(t, err, &bad, "%q", text)
	assert.Equal(t, scan.LineError{Field: field, FieldLine: line, Fields: 1}, *bad, "%q", text)
}

func TestFilesNoAllocs(t *testing.T) {
	for name, tt := range map[string]struct {
		parser
		text string
	}{
		"memory.max": {&Amount{}, "1048576\n"}, "memory.current": {&Count{}, "1048576\n"}, "cpu.max": {&CPUMax{}, "50000 100000\n"},
		"cpu.stat": {&CPUStat{}, cpuStatText}, "cpuacct.stat": {&CPUAcctStat{}, "user 33159\nsystem 8518\n"},
		"memory.events": {&MemoryEvents{}, memoryEventsText}, "memory.stat": {&MemoryStat{}, memoryStatText},
		"io.max": {&IOMax{}, ioMaxText}, "read_bps_device": {&ThrottleBPS{}, "8:0 1048576\n8:16 2097152\n"},
	} {
		t.Run(name, func(t *testing.T) {
			text := []byte(tt.text)
			hosttest.NoAllocs(t, func() { _ = tt.Parse(text) })
		})
		t.Run(name+" malformed", func(t *testing.T) {
			text := []byte("user x\noom_kill\n" + tt.text + tt.text)
			hosttest.NoAllocs(t, func() { _ = tt.Parse(text) })
		})
	}
}
