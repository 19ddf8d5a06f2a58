// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package quota

import (
	"errors"
	"io/fs"
	"path"
	"strings"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/cgroupfs"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// limitFiles are the requested files of the collector's cgroup and of its ancestors. They stay open until the collector is
// moved to another cgroup. Files that are not requested, or not part of the hierarchies' version, are nil.
type limitFiles struct {
	fs  *pseudofs.FS
	all []*pseudofs.File

	cpuMax            []*source.File[cgroupfs.CPUMax, *cgroupfs.CPUMax] // Version 2.
	cpuQuota          []*source.File[cgroupfs.Amount, *cgroupfs.Amount] // Version 1, like cpuPeriod.
	cpuPeriod         []*source.File[cgroupfs.Amount, *cgroupfs.Amount]
	throttling        *source.File[cgroupfs.CPUStat, *cgroupfs.CPUStat]
	cpuTime           *source.File[cgroupfs.CPUStat, *cgroupfs.CPUStat] // Version 2.
	cpuUser, cpuSys   *source.File[cgroupfs.Count, *cgroupfs.Count]     // Version 1.
	cpuTicks          *source.File[cgroupfs.CPUAcctStat, *cgroupfs.CPUAcctStat]
	memoryUsage       *source.File[cgroupfs.Count, *cgroupfs.Count]
	memoryMax         []*source.File[cgroupfs.Amount, *cgroupfs.Amount]
	memoryStat        *source.File[cgroupfs.MemoryStat, *cgroupfs.MemoryStat] // Version 1.
	memoryEvents      *source.File[cgroupfs.MemoryEvents, *cgroupfs.MemoryEvents]
	tasks             *source.File[cgroupfs.Count, *cgroupfs.Count]
	tasksMax          []*source.File[cgroupfs.Amount, *cgroupfs.Amount]
	ioMax             []*source.File[cgroupfs.IOMax, *cgroupfs.IOMax] // Version 2.
	readBPS, writeBPS *source.File[cgroupfs.ThrottleBPS, *cgroupfs.ThrottleBPS]
}

// newLimitFiles returns the files that want selects, below the collector's root. They are opened when they are first read.
func newLimitFiles(self *pseudofs.FS, locations *[numControllers]location, want *snapshot.QuotaWant) *limitFiles {
	f := &limitFiles{fs: self}
	cpu, acct, memory := locations[controllerCPU].unlessRoot(), locations[controllerCPUAcct].unlessRoot(), locations[controllerMemory].unlessRoot()
	pids, blkio := locations[controllerPIDs].unlessRoot(), &locations[controllerBlkIO]
	if want.CPULimit {
		f.cpuMax = ancestorFiles[cgroupfs.CPUMax](f, cpu.of(2), "cpu.max")
		f.cpuQuota = ancestorFiles[cgroupfs.Amount](f, cpu.of(1), "cpu.cfs_quota_us")
		f.cpuPeriod = ancestorFiles[cgroupfs.Amount](f, cpu.of(1), "cpu.cfs_period_us")
	}
	if want.Throttling {
		f.throttling = groupFile[cgroupfs.CPUStat](f, cpu, "cpu.stat")
	}
	if want.CPUTime {
		if f.cpuTime = f.throttling; f.cpuTime == nil || cpu.version != 2 || acct.version != 2 {
			f.cpuTime = groupFile[cgroupfs.CPUStat](f, acct.of(2), "cpu.stat")
		}
		f.cpuUser = groupFile[cgroupfs.Count](f, acct.of(1), "cpuacct.usage_user")
		f.cpuSys = groupFile[cgroupfs.Count](f, acct.of(1), "cpuacct.usage_sys")
		f.cpuTicks = groupFile[cgroupfs.CPUAcctStat](f, acct.of(1), "cpuacct.stat")
	}
	if want.MemoryUsage {
		f.memoryUsage = groupFile[cgroupfs.Count](f, memory, memory.name("memory.usage_in_bytes", "memory.current"))
	}
	if want.MemoryLimit && memory.version == 1 {
		f.memoryMax = append(f.memoryMax, groupFile[cgroupfs.Amount](f, memory, "memory.limit_in_bytes"))
		f.memoryStat = groupFile[cgroupfs.MemoryStat](f, memory, "memory.stat")
	} else if want.MemoryLimit {
		f.memoryMax = ancestorFiles[cgroupfs.Amount](f, memory, "memory.max")
	}
	if want.OOMKills {
		f.memoryEvents = groupFile[cgroupfs.MemoryEvents](f, memory, memory.name("memory.oom_control", "memory.events"))
	}
	if want.Tasks {
		f.tasks = groupFile[cgroupfs.Count](f, pids, "pids.current")
	}
	if want.TaskLimit {
		f.tasksMax = ancestorFiles[cgroupfs.Amount](f, pids, "pids.max")
	}
	if want.IOLimits {
		f.ioMax = ancestorFiles[cgroupfs.IOMax](f, blkio.of(2), "io.max")
		f.readBPS = groupFile[cgroupfs.ThrottleBPS](f, blkio.of(1), "blkio.throttle.read_bps_device")
		f.writeBPS = groupFile[cgroupfs.ThrottleBPS](f, blkio.of(1), "blkio.throttle.write_bps_device")
	}
	return f
}

// of returns l if its hierarchy is of this version, else a location without any.
func (l *location) of(version int) *location {
	if l.version != version {
		return &location{}
	}
	return l
}

// name returns the name that a file has in the version of the hierarchy.
func (l *location) name(v1, v2 string) string {
	if l.version == 1 {
		return v1
	}
	return v2
}

// groupFile returns a file of the cgroup itself, nil if its location is unknown.
func groupFile[T any, P source.Parser[T]](f *limitFiles, l *location, name string) *source.File[T, P] {
	if l.version == 0 || l.err != nil {
		return nil
	}
	return groupFileAt[T, P](f, l.dir+"/"+name)
}

// groupFileAt returns the file at name, a path relative to the root.
func groupFileAt[T any, P source.Parser[T]](f *limitFiles, name string) *source.File[T, P] {
	file := f.fs.File(name, pseudofs.Single)
	f.all = append(f.all, file)
	return source.NewDirectFile[T, P](file) // On cgroupfs, and below the collector's root, which may not be the pool's.
}

// maxLevels bounds the cgroups, the collector's own and its ancestors, whose limits are read. Container runtimes and systemd
// nest a handful.
const maxLevels = 32

// ancestorFiles returns a file of the cgroup, then the same file of each ancestor up to the mount point. It is nil if the
// location is unknown.
func ancestorFiles[T any, P source.Parser[T]](f *limitFiles, l *location, name string) (files []*source.File[T, P]) {
	if l.version == 0 || l.err != nil {
		return nil
	}
	for dir := l.dir; len(files) < maxLevels; dir = dir[:max(strings.LastIndexByte(dir, '/'), 0)] {
		files = append(files, groupFileAt[T, P](f, dir+"/"+name))
		if len(dir) <= l.top {
			break
		}
	}
	return files
}

// close closes the files that were opened.
func (f *limitFiles) close() {
	for _, file := range f.all {
		file.Close()
	}
}

// readGroupFile returns the contents of a file, nil if there are none. A missing file is no fault: which files a cgroup has
// depends on the controllers that are enabled for it, and the root cgroup has hardly any limit.
func readGroupFile[T any, P source.Parser[T]](sc *source.Scrape, f *source.File[T, P]) P {
	if f == nil {
		return nil
	}
	parsed, err := f.Parse(sc)
	switch {
	case err == nil:
		return parsed
	case errors.Is(err, fs.ErrNotExist) || errors.Is(err, unix.ENODEV):
		return nil
	}
	// The base name only: names of cgroups are arbitrary, and would make each fault another one.
	if sc.Fault(path.Base(f.Name()), err) != source.Malformed {
		return nil
	}
	return parsed
}
