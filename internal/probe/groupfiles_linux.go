// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/cgroupfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// groupFiles are the files of our control group, and of those above it, that are asked for. They stay open as long as the
// group is ours; what its hierarchies do not have is nil.
type groupFiles struct {
	fs  *pseudofs.FS
	all []*pseudofs.File

	cpuMax            []*kernelFile[cgroupfs.CPUMax, *cgroupfs.CPUMax] // Version 2.
	cpuQuota          []*kernelFile[cgroupfs.Amount, *cgroupfs.Amount] // Version 1, and the next.
	cpuPeriod         []*kernelFile[cgroupfs.Amount, *cgroupfs.Amount]
	throttling        *kernelFile[cgroupfs.CPUStat, *cgroupfs.CPUStat]
	cpuTime           *kernelFile[cgroupfs.CPUStat, *cgroupfs.CPUStat] // Version 2.
	cpuUser, cpuSys   *kernelFile[cgroupfs.Amount, *cgroupfs.Amount]   // Version 1.
	cpuTicks          *kernelFile[cgroupfs.CPUAcctStat, *cgroupfs.CPUAcctStat]
	memoryUsage       *kernelFile[cgroupfs.Amount, *cgroupfs.Amount]
	memoryMax         []*kernelFile[cgroupfs.Amount, *cgroupfs.Amount]
	memoryStat        *kernelFile[cgroupfs.MemoryStat, *cgroupfs.MemoryStat] // Version 1.
	memoryEvents      *kernelFile[cgroupfs.MemoryEvents, *cgroupfs.MemoryEvents]
	tasks             *kernelFile[cgroupfs.Amount, *cgroupfs.Amount]
	tasksMax          []*kernelFile[cgroupfs.Amount, *cgroupfs.Amount]
	ioMax             []*kernelFile[cgroupfs.IOMax, *cgroupfs.IOMax] // Version 2.
	readBPS, writeBPS *kernelFile[cgroupfs.ThrottleBPS, *cgroupfs.ThrottleBPS]
}

// newGroupFiles opens nothing yet.
func newGroupFiles(own *pseudofs.FS, places *[numControllers]groupPlace, want *snapshot.QuotaWant) *groupFiles {
	f := &groupFiles{fs: own}
	cpu, acct, memory := places[controllerCPU].unlessRoot(), places[controllerCPUAcct].unlessRoot(), places[controllerMemory].unlessRoot()
	pids, blkio := places[controllerPIDs].unlessRoot(), &places[controllerBlkIO]
	if want.CPULimit {
		f.cpuMax = waysUp[cgroupfs.CPUMax](f, cpu.of(2), "cpu.max")
		f.cpuQuota = waysUp[cgroupfs.Amount](f, cpu.of(1), "cpu.cfs_quota_us")
		f.cpuPeriod = waysUp[cgroupfs.Amount](f, cpu.of(1), "cpu.cfs_period_us")
	}
	if want.Throttling {
		f.throttling = groupFile[cgroupfs.CPUStat](f, cpu, "cpu.stat")
	}
	if want.CPUTime {
		if f.cpuTime = f.throttling; f.cpuTime == nil || cpu.version != 2 || acct.version != 2 {
			f.cpuTime = groupFile[cgroupfs.CPUStat](f, acct.of(2), "cpu.stat")
		}
		f.cpuUser = groupFile[cgroupfs.Amount](f, acct.of(1), "cpuacct.usage_user")
		f.cpuSys = groupFile[cgroupfs.Amount](f, acct.of(1), "cpuacct.usage_sys")
		f.cpuTicks = groupFile[cgroupfs.CPUAcctStat](f, acct.of(1), "cpuacct.stat")
	}
	if want.MemoryUsage {
		f.memoryUsage = groupFile[cgroupfs.Amount](f, memory, memory.name("memory.usage_in_bytes", "memory.current"))
	}
	if want.MemoryLimit && memory.version == 1 {
		f.memoryMax = append(f.memoryMax, groupFile[cgroupfs.Amount](f, memory, "memory.limit_in_bytes"))
		f.memoryStat = groupFile[cgroupfs.MemoryStat](f, memory, "memory.stat")
	} else if want.MemoryLimit {
		f.memoryMax = waysUp[cgroupfs.Amount](f, memory, "memory.max")
	}
	if want.OOMKills {
		f.memoryEvents = groupFile[cgroupfs.MemoryEvents](f, memory, memory.name("memory.oom_control", "memory.events"))
	}
	if want.Tasks {
		f.tasks = groupFile[cgroupfs.Amount](f, pids, "pids.current")
	}
	if want.TaskLimit {
		f.tasksMax = waysUp[cgroupfs.Amount](f, pids, "pids.max")
	}
	if want.IOLimits {
		f.ioMax = waysUp[cgroupfs.IOMax](f, blkio.of(2), "io.max")
		f.readBPS = groupFile[cgroupfs.ThrottleBPS](f, blkio.of(1), "blkio.throttle.read_bps_device")
		f.writeBPS = groupFile[cgroupfs.ThrottleBPS](f, blkio.of(1), "blkio.throttle.write_bps_device")
	}
	return f
}

// of is the place if it is of this version, else none.
func (p *groupPlace) of(version int) *groupPlace {
	if p.version != version {
		return &groupPlace{}
	}
	return p
}

// name is that of a file which has two.
func (p *groupPlace) name(first, second string) string {
	if p.version == 1 {
		return first
	}
	return second
}

// groupFile is a file of the group itself, nil if its place is not known.
func groupFile[T any, P parserOf[T]](f *groupFiles, p *groupPlace, name string) *kernelFile[T, P] {
	if p.version == 0 || p.err != nil {
		return nil
	}
	return groupFileAt[T, P](f, p.dir+"/"+name)
}

func groupFileAt[T any, P parserOf[T]](f *groupFiles, name string) *kernelFile[T, P] {
	file := f.fs.File(name, pseudofs.Single)
	f.all = append(f.all, file)
	return &kernelFile[T, P]{file: newServedFile(file, nil)} // The kernel's own, and in our root, which is not the pool's.
}

// maxGroups is how many groups, our own and those above it, are asked for limits. Runtimes and systemd make a handful.
const maxGroups = 32

// waysUp is a file of the group and the same file of each group above it, as far as they are mounted.
func waysUp[T any, P parserOf[T]](f *groupFiles, p *groupPlace, name string) (files []*kernelFile[T, P]) {
	if p.version == 0 || p.err != nil {
		return nil
	}
	for dir := p.dir; len(files) < maxGroups; dir = dir[:max(strings.LastIndexByte(dir, '/'), 0)] {
		files = append(files, groupFileAt[T, P](f, dir+"/"+name))
		if len(dir) <= p.top {
			break
		}
	}
	return files
}

func (f *groupFiles) close() {
	for _, file := range f.all {
		file.Close()
	}
}

// readGroupFile returns what is in a file, nil if that is nothing. That there is no such file is no fault: which files a
// group has depends on the controllers that were given to it, and at the root hardly any limit exists.
func readGroupFile[T any, P parserOf[T]](sc *scrape, f *kernelFile[T, P]) P {
	if f == nil {
		return nil
	}
	parsed, err := f.parse(sc)
	switch {
	case err == nil:
		return parsed
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV):
		return nil
	}
	// By the file's name alone: whoever makes groups chooses theirs.
	if sc.fault(path.Base(f.file.name()), err) != Malformed {
		return nil
	}
	return parsed
}
