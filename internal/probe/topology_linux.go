// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"slices"
	"strconv"

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sysfs"
)

// topology counts physical cores. Only hotplug changes their number, so it is counted again when the set of online
// CPUs is another, and remembered in between, as is that it is unavailable; what failed is tried again.
type topology struct {
	info   *source.File[procfs.CPUInfo, *procfs.CPUInfo]
	online []int // The CPUs that cores and err are about.
	cores  snapshot.Quantity
	err    error
	calls  *blocking.Pool
	call   coreCall
}

// topologyDir is where the source of the count is reported to be.
const topologyDir = "sys/devices/system/cpu"

func (t *topology) read(sc *source.Scrape, cpu *snapshot.CPU) {
	if !t.covers(cpu.Online) || t.mayPass() {
		t.online = t.online[:0]
		for i := range cpu.Online {
			t.online = append(t.online, cpu.Online[i].Number)
		}
		t.count(sc)
	}
	cpu.PhysicalCount = t.cores
	if t.err != nil {
		sc.Fault(topologyDir, t.err)
	}
}

// mayPass reports whether what was wrong may be over.
func (t *topology) mayPass() bool {
	if t.err == nil {
		return false
	}
	reason := source.ReasonOf(t.err)
	return reason == source.Failed || reason == source.Timeout
}

func (t *topology) covers(online []snapshot.LogicalCPU) bool {
	return slices.EqualFunc(t.online, online, func(number int, cpu snapshot.LogicalCPU) bool {
		return number == cpu.Number
	})
}

func (t *topology) count(sc *source.Scrape) {
	n, err := t.coresInSysfs(sc)
	if err != nil {
		if inInfo := t.coresInCPUInfo(sc); inInfo > 0 {
			n, err = inInfo, nil
		}
	}
	t.cores, t.err = snapshot.Quantity{N: uint64(n), Known: err == nil}, err
}

func (t *topology) coresInSysfs(sc *source.Scrape) (int, error) {
	c := &t.call
	if !t.calls.Pending(c) { // Else it is the thread's.
		c.online = append(c.online[:0], t.online...)
	}
	if err := t.calls.Await(sc.Context, &sc.Budget, c); err != nil {
		return 0, err
	}
	return c.cores, c.err
}

// coreCall counts the cores of CPUs by what /sys says of each. lxcfs serves that directory too, and may hang.
type coreCall struct {
	call   blocking.State
	online []int
	cores  int
	err    error
	buf    []byte
}

// State implements blocking.Call.
func (c *coreCall) State() *blocking.State { return &c.call }

// Do implements blocking.Call.
func (c *coreCall) Do(fs *pseudofs.FS) { c.cores, c.err = c.count(fs) }

// count counts the CPUs that share a core, and so have the same list of siblings, as one.
func (c *coreCall) count(fs *pseudofs.FS) (int, error) {
	var cores []int // The lowest CPU of each core.
	for _, cpu := range c.online {
		dir := topologyDir + "/cpu" + strconv.Itoa(cpu) + "/topology/"
		text, err := fs.ReadFile(dir+"core_cpus_list", c.buf)
		if err != nil { // Before Linux 5.3 it had only the older name.
			text, err = fs.ReadFile(dir+"thread_siblings_list", text)
		}
		if c.buf = text; err != nil {
			return 0, err
		}
		first, err := sysfs.FirstCPU(text)
		if err != nil {
			return 0, err
		}
		cores = append(cores, first)
	}
	slices.Sort(cores)
	return len(slices.Compact(cores)), nil
}

// coresInCPUInfo counts the pairs of package and core, 0 where /proc/cpuinfo does not have them.
func (t *topology) coresInCPUInfo(sc *source.Scrape) int {
	info, _ := t.info.Parse(sc)
	cores := map[[2]uint64]struct{}{}
	for i := range info.CPU {
		if p := &info.CPU[i]; p.PhysicalID.Known && p.CoreID.Known {
			cores[[2]uint64{p.PhysicalID.N, p.CoreID.N}] = struct{}{}
		}
	}
	return len(cores)
}
