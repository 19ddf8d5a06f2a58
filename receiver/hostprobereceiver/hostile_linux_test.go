// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver/receivertest"
	otlp "go.opentelemetry.io/proto/slim/otlp/metrics/v1"
	"google.golang.org/protobuf/proto"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// hostileRoot is a root on which everything that can have a name has this one, as far as the kernel lets it.
func hostileRoot(t *testing.T, name string) (root string) {
	t.Helper()
	root = threeProcesses(t)
	// No interface and no disk has white space, a colon or a slash in its name; the files of both are parted by them.
	word := strings.Map(func(r rune) rune {
		if strings.ContainsRune(" \t\n\v\f\r:/", r) {
			return '_'
		}
		return r
	}, strings.ToValidUTF8(name, "\x00"))
	if !utf8.ValidString(name) {
		word = strings.ReplaceAll(word, "\x00", "\xff")
	}
	escaped := strings.NewReplacer(" ", `\040`, "\t", `\011`, "\n", `\012`, `\`, `\134`).Replace(name)
	line := strings.ReplaceAll(name, "\n", " ")

	hosttest.Write(t, root, "etc/hostname", "h"+line+"\n") // A line may be a comment.
	hosttest.Write(t, root, "etc/os-release", "PRETTY_NAME=\""+strings.NewReplacer(`"`, "", `\`, "").Replace(line)+"\"\n")
	hosttest.Write(t, root, "etc/passwd", fmt.Sprintf("%s:x:%d:0::/:/bin/sh\n", strings.ReplaceAll(line, ":", ""), os.Getuid()))
	hosttest.Write(t, root, "proc/swaps", "Filename\tType\tSize\tUsed\tPriority\n/"+escaped+" file 1000 10 -2\n")
	hosttest.Write(t, root, "proc/diskstats", "   8       0 "+word+" 1 2 3 4 5 6 7 8 9 10 11\n")
	hosttest.Write(t, root, "proc/net/dev", "Inter-|   Receive                                                |  Transmit\n"+
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed\n"+
		word+": 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16\n")
	hosttest.Write(t, root, "proc/filesystems", "\text4\n")
	hosttest.Write(t, root, "proc/1/mountinfo", "1 1 8:0 / /"+escaped+" rw - ext4 /dev/"+escaped+" rw\n")
	require.NoError(t, os.MkdirAll(filepath.Join(root, name), 0o755))
	for pid, comm := range map[int]string{10: name, 11: ") R 1 (" + name} {
		comm = comm[:min(len(comm), 15)]
		dir := fmt.Sprintf("proc/%d/", pid)
		hosttest.Write(t, root, dir+"stat", fmt.Sprintf("%d (%s) S 1 1 1 0 -1 0 1 0 6 0 100 200 0 0 20 0 3 0 1000 4096 7 0 0 0 0"+
			" 0 0 0 0 0 0 0 0 0 0 0 0 0 300 0 0\n", pid, comm))
		hosttest.Write(t, root, dir+"cmdline", "/bin/"+name+"\x00-x\x00"+name+"\x00")
		hosttest.Write(t, root, dir+"cgroup", "0::/"+line+"\n")
		hosttest.Remove(t, root, dir+"exe")
		hosttest.Link(t, root, dir+"exe", "/usr/bin/"+name)
	}
	return root
}

// TestHostileNames: whatever bytes names are made of, what leaves is valid UTF-8 without control characters, which strict
// readers of protobuf and JSON take, and still one series for each thing.
func TestHostileNames(t *testing.T) {
	names := []string{
		"\xff\xfe", "cut\xc3", "\x1b[31mred", "\xc2\x85next line", "\xed\xa0\x80", "a b\tc\nd\\e", `"quoted" {json: "x"}`, "\x7f", "\u2028",
		strings.Repeat("é", 127), strings.Repeat("\xff", 250), `\xff`,
	}
	random := rand.New(rand.NewPCG(1, 2))
	for range 20 {
		name := make([]byte, 1+random.IntN(40))
		for i := range name {
			for name[i] == 0 || name[i] == '/' {
				name[i] = byte(random.IntN(256))
			}
		}
		names = append(names, string(name))
	}
	for _, name := range names {
		t.Run(fmt.Sprintf("%q", name), func(t *testing.T) {
			s := started(t, receivertest.NewNopSettings(metadata.Type), `
template: full
scrapers: {quota: {enabled: false}} # That of this process.
resource_attributes: {process.cgroup: {enabled: true}}
root_path: `+hostileRoot(t, name))
			batch, _ := s.scrape(context.Background()) // A root of a few files lacks much.
			assertStrict(t, batch)
			keys := map[string]int{}
			for _, rm := range batch.ResourceMetrics().All() {
				for key := range rm.Resource().Attributes().All() {
					keys[key]++
				}
			}
			for key, n := range map[string]int{
				"host.name": 4, "process.pid": 3, "process.executable.name": 3, "process.executable.path": 2, "process.command": 2,
				"process.command_line": 2, "process.owner": 3, "process.cgroup": 3,
			} {
				assert.Equal(t, n, keys[key], key)
			}
			points := pointsOf(t, ofHost(batch))
			for metric, n := range map[string]int{"system.disk.io": 2, "system.network.io": 2, "system.filesystem.usage": 3, "system.paging.usage": 2} {
				found := 0
				for id := range points {
					if strings.HasPrefix(id, metric+"[") {
						found++
					}
				}
				assert.Equal(t, n, found, metric)
			}
		})
	}
}

// ofHost is what a batch says of the host itself.
func ofHost(batch pmetric.Metrics) pmetric.Metrics {
	host := pmetric.NewMetrics()
	for _, rm := range batch.ResourceMetrics().All() {
		if _, ok := rm.Resource().Attributes().Get("process.pid"); !ok {
			rm.CopyTo(host.ResourceMetrics().AppendEmpty())
		}
	}
	return host
}

// assertStrict reads a batch with decoders that, unlike pdata, refuse what the specifications forbid.
func assertStrict(t *testing.T, batch pmetric.Metrics) {
	t.Helper()
	wire, err := (&pmetric.ProtoMarshaler{}).MarshalMetrics(batch)
	require.NoError(t, err)
	require.NoError(t, proto.Unmarshal(wire, &otlp.MetricsData{}))
	text, err := (&pmetric.JSONMarshaler{}).MarshalMetrics(batch)
	require.NoError(t, err)
	var tree any
	require.NoError(t, json.Unmarshal(text, &tree))
	assertClean(t, tree)
}

// assertClean looks for control characters, and for what encoding/json has put in the place of invalid UTF-8, in all text.
func assertClean(t *testing.T, tree any) {
	t.Helper()
	switch v := tree.(type) {
	case string:
		for _, r := range strings.ReplaceAll(v, "\n", "") { // process.cgroup has lines.
			if unicode.IsControl(r) || r == utf8.RuneError {
				assert.Fail(t, "not clean", "%q", v)
				return
			}
		}
	case []any:
		for _, item := range v {
			assertClean(t, item)
		}
	case map[string]any:
		for key, item := range v {
			assertClean(t, key)
			assertClean(t, item)
		}
	}
}
