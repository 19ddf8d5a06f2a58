// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package hostprobereceiver

import (
	"encoding/json"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

// fields is what a program or a file says, in lines of fields. A file begins with a slash.
func fields(t testing.TB, command ...string) (lines [][]string) {
	t.Helper()
	var out []byte
	var err error
	if strings.HasPrefix(command[0], "/") {
		out, err = os.ReadFile(command[0])
	} else {
		out, err = exec.Command(command[0], command[1:]...).Output()
	}
	require.NoError(t, err, "%v", command)
	for line := range strings.Lines(string(out)) {
		lines = append(lines, strings.Fields(line))
	}
	return lines
}

// valueOf is the number at a place of the line that begins so.
func valueOf(t testing.TB, lines [][]string, first string, place int) float64 {
	t.Helper()
	for _, line := range lines {
		if len(line) > place && line[0] == first {
			n, err := strconv.ParseFloat(line[place], 64)
			require.NoError(t, err)
			return n
		}
	}
	require.Fail(t, "no such line", first)
	return 0
}

// check holds a number of the document to what another source said before and after it, give or take the doubt.
type check struct {
	what          string
	document      func(map[string]any) any
	other         func() float64
	doubt         float64
	before, after float64
}

// TestLiveDocument: what a document says of this host is what /proc, df, ss and free say of it.
func TestLiveDocument(t *testing.T) {
	s := documentsAlone(t, "template: full\nscrapers: {filesystem: {include_virtual_filesystems: true}}")
	schema := hosttest.Schema(t)
	nextDocument(t, s)
	entry := func(path, key, name string) func(map[string]any) map[string]any {
		return func(tree map[string]any) map[string]any {
			for _, one := range list(tree, path) {
				if one[key] == name {
					return one
				}
			}
			return nil
		}
	}
	value := func(path string) func(map[string]any) any {
		return func(tree map[string]any) any { return at(tree, path) }
	}
	of := func(find func(map[string]any) map[string]any, key string) func(map[string]any) any {
		return func(tree map[string]any) any { return find(tree)[key] }
	}
	count := func(path string) func(map[string]any) any {
		return func(tree map[string]any) any { return json.Number(strconv.Itoa(len(list(tree, path)))) }
	}
	lines := func(command ...string) func() float64 {
		return func() float64 { return float64(len(fields(t, command...))) }
	}
	free := func(row string, place int) func() float64 {
		return func() float64 { return valueOf(t, fields(t, "free", "-b"), row, place) }
	}
	df := func(column string) func() float64 {
		return func() float64 {
			out := fields(t, "df", "-B1", "--output="+column, "/")
			n, err := strconv.ParseFloat(out[1][0], 64)
			require.NoError(t, err)
			return n
		}
	}
	proc := func(file, first string, place int) func() float64 {
		return func() float64 { return valueOf(t, fields(t, "/proc/"+file), first, place) }
	}
	load := func(place int) func() float64 {
		return func() float64 {
			n, err := strconv.ParseFloat(fields(t, "/proc/loadavg")[0][place], 64)
			require.NoError(t, err)
			return n
		}
	}
	root, lo := entry("disk.usage", "path", "/"), entry("network.stats", "interface", "lo")
	const mebibyte = 1 << 20
	checks := []check{
		{what: "free total", document: value("memory.total_bytes"), other: free("Mem:", 1)},
		{what: "free available", document: value("memory.available_bytes"), other: free("Mem:", 6), doubt: 64 * mebibyte},
		{what: "free swap", document: value("memory.swap_total_bytes"), other: free("Swap:", 1)},
		{what: "free swap used", document: value("memory.swap_used_bytes"), other: free("Swap:", 2)},
		{what: "df size", document: of(root, "total_bytes"), other: df("size")},
		{what: "df used", document: of(root, "used_bytes"), other: df("used"), doubt: mebibyte},
		{what: "df avail", document: of(root, "free_bytes"), other: df("avail"), doubt: mebibyte},
		{what: "df iused", document: of(root, "inodes_used"), other: df("iused"), doubt: 64},
		{what: "ss tcp", document: value("connections.tcp_stats.total"), other: lines("ss", "-Htan")},
		{what: "ss tcp listeners", document: value("connections.tcp_stats.listen"), other: lines("ss", "-Htln")},
		{what: "ss udp", document: count("connections.udp_sockets"), other: lines("ss", "-Huan")},
		{what: "ss unix", document: count("connections.unix_sockets"), other: lines("ss", "-Hxa")},
		{what: "ctxt", document: value("context_switches.system_total"), other: proc("stat", "ctxt", 1)},
		{what: "lo", document: of(lo, "bytes_recv"), other: proc("net/dev", "lo:", 1)},
		{what: "load", document: value("load.load_1min"), other: load(0)},
		{what: "load 15", document: value("load.load_15min"), other: load(2)},
	}
	for range 20 { // This host goes on living between two looks.
		for i := range checks {
			checks[i].before = checks[i].other()
		}
		tree := hosttest.Document(t, schema, nextDocument(t, s))
		left := checks[:0:0]
		for i := range checks {
			c := &checks[i]
			c.after = c.other()
			n, ok := c.document(tree).(json.Number)
			require.True(t, ok, c.what)
			got, err := n.Float64()
			require.NoError(t, err)
			if got < min(c.before, c.after)-c.doubt || got > max(c.before, c.after)+c.doubt {
				left = append(left, *c)
			}
		}
		if checks = left; len(checks) == 0 {
			break
		}
	}
	for i := range checks {
		assert.Fail(t, "the document disagrees", "%s: %v, %v", checks[i].what, checks[i].before, checks[i].after)
	}
}
