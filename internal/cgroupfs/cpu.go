// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package cgroupfs

import (
	"bytes"
	"math"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// CPUMax is cpu.max of version 2: how long a group may run on all CPUs together in each period, in microseconds.
//
//	max 100000
//	50000 100000
//
// Source: Documentation/admin-guide/cgroup-v2.rst, "CPU Interface Files".
type CPUMax struct {
	Quota  Number // Not Known where nothing limits.
	Period uint64

	bad scan.LineError
}

// Parse reads the text of cpu.max. The error is nil or a *scan.LineError, valid until the next Parse.
func (c *CPUMax) Parse(b []byte) error {
	*c = CPUMax{}
	line, rest := scan.Line(b)
	quota, period, _ := bytes.Cut(line, []byte{' '})
	var okQuota, okPeriod bool
	c.Quota, okQuota = limitOf(quota)
	c.Period, okPeriod = scan.Uint(period)
	if !okQuota || !okPeriod || c.Period == 0 || len(rest) > 0 {
		*c = CPUMax{}
		c.bad.Add(1)
	}
	return c.bad.Err()
}

// CPUStat is cpu.stat. That of version 1 has no times of tasks, and the throttled time in nanoseconds. In version 2 times
// are there always, and what is throttled only where the group has the controller.
//
//	usage_usec 411623555          nr_periods 0
//	user_usec 327499664           nr_throttled 0
//	system_usec 84123891          throttled_time 0
//	nr_throttled 0
//	throttled_usec 0
//
// Source: Documentation/admin-guide/cgroup-v2.rst; scheduler/sched-bwc.rst, "Statistics".
type CPUStat struct {
	UserUsec, SystemUsec Number
	NrThrottled          Number // Periods in which tasks of the group had to wait.
	ThrottledUsec        Number // Version 2.
	ThrottledTime        Number // Version 1, in nanoseconds.

	bad scan.LineError
}

// Parse reads the text of cpu.stat. The error is nil or a *scan.LineError, valid until the next Parse.
func (c *CPUStat) Parse(b []byte) error {
	*c = CPUStat{}
	parseKeys(b, &c.bad, func(key []byte) keyed {
		switch string(key) {
		case "user_usec":
			return keyed{&c.UserUsec, "user_usec", maxUsec}
		case "system_usec":
			return keyed{&c.SystemUsec, "system_usec", maxUsec}
		case "nr_throttled":
			return keyed{&c.NrThrottled, "nr_throttled", math.MaxInt64}
		case "throttled_usec":
			return keyed{&c.ThrottledUsec, "throttled_usec", maxUsec}
		case "throttled_time":
			return keyed{&c.ThrottledTime, "throttled_time", math.MaxInt64}
		}
		return keyed{}
	})
	return c.bad.Err()
}

// CPUAcctStat is cpuacct.stat of version 1: the time that the tasks of a group have run, in ticks of USER_HZ.
//
//	user 33159
//	system 8518
//
// Source: Documentation/admin-guide/cgroup-v1/cpuacct.rst.
type CPUAcctStat struct {
	User, System Number

	bad scan.LineError
}

// Parse reads the text of cpuacct.stat. The error is nil or a *scan.LineError, valid until the next Parse.
func (c *CPUAcctStat) Parse(b []byte) error {
	*c = CPUAcctStat{}
	parseKeys(b, &c.bad, func(key []byte) keyed {
		switch string(key) {
		case "user":
			return keyed{&c.User, "user", maxTicks}
		case "system":
			return keyed{&c.System, "system", maxTicks}
		}
		return keyed{}
	})
	return c.bad.Err()
}

// maxUsec and maxTicks, of USER_HZ, fit 63 bits in nanoseconds.
const (
	maxUsec  = math.MaxInt64 / 1000
	maxTicks = math.MaxInt64 / 10_000_000
)
