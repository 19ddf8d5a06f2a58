// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/scan"
)

const vmstatText = `nr_free_pages 872860
pgpgin 1190221
pgpgout 700
pswpin 3
pswpout 4
pgfault 5000
pgmajfault 60
drop_pagecache 0
oom_kill 7
`

func TestVmstat(t *testing.T) {
	var v Vmstat
	malformed(t, &v, vmstatText, 0, 0)
	assert.Equal(t, Vmstat{
		Pgpgin: Number{1190221, true}, Pgpgout: Number{700, true}, Pswpin: Number{3, true}, Pswpout: Number{4, true},
		Pgfault: Number{5000, true}, Pgmajfault: Number{60, true}, OOMKill: Number{7, true},
	}, v)

	malformed(t, &v, "pswpin 1\npswpout -1\npgfault\npswpin 2\nnr_dirty x\noom_kill 9", 2, 3)
	v.bad = scan.LineError{}
	assert.Equal(t, Vmstat{Pswpin: Number{1, true}, OOMKill: Number{9, true}}, v)

	for _, key := range []string{"pgpgin", "pgpgout", "pswpin", "pswpout", "pgfault", "pgmajfault"} {
		implausible(t, &v, key+" 18446744073709551613\noom_kill 7\n", key, 0, 1)
		v.bad = scan.LineError{}
		assert.Equal(t, Vmstat{OOMKill: Number{7, true}}, v)
	}
	implausible(t, &v, "pgfault 5\npgmajfault 6\n", "pgmajfault", 0, 1)
	assert.Equal(t, [2]Number{{5, true}}, [2]Number{v.Pgfault, v.Pgmajfault})
}

func FuzzVmstat(f *testing.F) {
	f.Add(vmstatText)
	f.Fuzz(func(t *testing.T, text string) {
		var v Vmstat
		_ = v.Parse([]byte(text))
		var want Number
		for _, line := range strings.Split(text, "\n") {
			fields := strings.FieldsFunc(line, func(r rune) bool { return r == ' ' || r == '\t' })
			if len(fields) > 1 && fields[0] == "oom_kill" && digits(fields[1], 63) && !want.Known {
				n, _ := strconv.ParseUint(fields[1], 10, 64)
				want = Number{n, true}
			}
		}
		assert.Equal(t, want, v.OOMKill)
	})
}
