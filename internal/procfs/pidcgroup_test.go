// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

const pidCgroupText = "9:name=systemd:/init.scope\n4:memory:/a b/c:d\n2:cpu,cpuacct:/\n1:pids:/../other\n0::/system.slice/x\\x2d1.service\n"

func TestPIDCgroup(t *testing.T) {
	var p PIDCgroup
	malformed(t, &p, pidCgroupText, 0, 0)
	assert.Equal(t, []PIDGroup{
		{9, []byte("name=systemd"), []byte("/init.scope")},
		{4, []byte("memory"), []byte("/a b/c:d")},
		{2, []byte("cpu,cpuacct"), []byte("/")},
		{1, []byte("pids"), []byte("/../other")},
		{0, []byte{}, []byte(`/system.slice/x\x2d1.service`)},
	}, p.Groups)
	for _, controller := range []string{"cpu", "cpuacct"} {
		assert.True(t, p.Groups[2].Has(controller))
		assert.False(t, p.Groups[1].Has(controller))
		assert.False(t, p.Groups[4].Has(controller), "version 2 does not say which it has")
	}
	assert.False(t, p.Groups[2].Has("cpuset"))
	malformed(t, &p, "", 0, 0)
	assert.Empty(t, p.Groups)
	for text, first := range map[string]int{
		"x:memory:/\n": 1, "0::\n": 1, "0::a\n": 1, "0:memory:/\n": 1, "4::/\n": 1, "0::/\n\n": 2, "0::/\n4\n": 2, "-1:cpu:/": 1, ":/": 1,
	} {
		malformed(t, &p, text, first, 1)
	}
}

// FuzzPIDCgroup holds the parser against one that splits with the standard library.
func FuzzPIDCgroup(f *testing.F) {
	f.Add(pidCgroupText, "cpu")
	f.Fuzz(func(t *testing.T, text, controller string) {
		var p PIDCgroup
		_ = p.Parse([]byte(text))
		var got, want []string
		for i := range p.Groups {
			g := &p.Groups[i]
			got = append(got, strconv.FormatUint(g.Hierarchy, 10)+":"+string(g.Controllers)+":"+string(g.Path))
			if controller != "" {
				assert.Equal(t, slices.Contains(strings.Split(string(g.Controllers), ","), controller), g.Has(controller))
			}
		}
		for _, line := range strings.Split(text, "\n") {
			fields := strings.SplitN(line, ":", 3)
			if len(fields) < 3 || !strings.HasPrefix(fields[2], "/") {
				continue
			}
			n, err := strconv.ParseUint(fields[0], 10, 64)
			if err == nil && (n == 0) == (fields[1] == "") {
				want = append(want, strconv.FormatUint(n, 10)+":"+fields[1]+":"+fields[2])
			}
		}
		assert.Equal(t, want, got)
	})
}
