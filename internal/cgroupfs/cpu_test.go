// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/scan"
)

const cpuStatText = "usage_usec 411623555\nuser_usec 327499664\nsystem_usec 84123891\nnice_usec 0\ncore_sched.force_idle_usec 0\n" +
	"nr_periods 30\nnr_throttled 12\nthrottled_usec 2500000\nnr_bursts 0\nburst_usec 0\n"

func TestCPUMax(t *testing.T) {
	var c CPUMax
	for text, want := range map[string]CPUMax{
		"max 100000\n":   {Period: 100_000},
		"50000 100000\n": {Quota: Number{50_000, true}, Period: 100_000},
		"1000 1000000":   {Quota: Number{1000, true}, Period: 1_000_000},
	} {
		malformed(t, &c, text, 0, 0)
		assert.Equal(t, want, c, "%q", text)
	}
	for _, text := range []string{"", "max\n", "100000\n", "max 0\n", "x 100000\n", "1 x\n", "1  2\n", "1 2 3\n", "1 2\n3 4\n"} {
		malformed(t, &c, text, 1, 1)
		assert.Equal(t, Number{}, c.Quota)
	}
}

func TestCPUStat(t *testing.T) {
	var c CPUStat
	malformed(t, &c, cpuStatText, 0, 0)
	assert.Equal(t, CPUStat{
		UserUsec: Number{327499664, true}, SystemUsec: Number{84123891, true},
		NrThrottled: Number{12, true}, ThrottledUsec: Number{2500000, true},
	}, c)
	malformed(t, &c, "nr_periods 0\nnr_throttled 3\nthrottled_time 123456789\nnr_bursts 0\nburst_time 0\n", 0, 0)
	assert.Equal(t, CPUStat{NrThrottled: Number{3, true}, ThrottledTime: Number{123456789, true}}, c, "version 1")
	malformed(t, &c, "usage_usec 3\nuser_usec 1\nsystem_usec 2\n", 0, 0)
	assert.False(t, c.NrThrottled.Known, "a group without the controller")
	for text, first := range map[string]int{
		"user_usec\n": 1, "user_usec x\n": 1, "usage_usec x\nsystem_usec -1\n": 2, "nr_throttled 1\nnr_throttled 1\n": 2, "throttled_usec  1\n": 1,
	} {
		malformed(t, &c, text, first, 1)
	}
	for _, key := range []string{"user_usec", "system_usec", "nr_throttled", "throttled_usec", "throttled_time"} {
		implausible(t, &c, key+" 18446744073709551613\nusage_usec 18446744073709551613\n", key, 0)
		c.bad = scan.LineError{}
		assert.Equal(t, CPUStat{}, c)
	}
	implausible(t, &c, "user_usec 9223372036854776\nsystem_usec 5\n", "user_usec", 0)
	assert.Equal(t, Number{5, true}, c.SystemUsec)
}

func TestCPUAcctStat(t *testing.T) {
	var c CPUAcctStat
	malformed(t, &c, "user 33159\nsystem 8518\n", 0, 0)
	assert.Equal(t, CPUAcctStat{User: Number{33159, true}, System: Number{8518, true}}, c)
	malformed(t, &c, "user 1\nsystem\n", 2, 1)
	assert.Equal(t, Number{1, true}, c.User, "the other lines are kept")
	assert.False(t, c.System.Known)
	implausible(t, &c, "user 1\nsystem 922337203686\n", "system", 0)
	assert.Equal(t, Number{1, true}, c.User)
}
