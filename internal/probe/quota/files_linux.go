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

// groupFiles are the files of our control group, and of those above it, that are asked for. They stay open as long as the
// group is ours; what its hierarchies do not have is nil.
type limitFiles struct {
	fs  *pseudofs.FS
	all []*pseudofs.File

	cpuMax            []*source.File[cgroupfs.CPUMax, *cgroupfs.CPUMax] // Version 2.
	cpuQuota          []*source.File[cgroupfs.Amount, *cgroupfs.Amount] // Version 1, and the next.
	cpuPeriod         []*source.File[cgroupfs.Amount, *cgroupfs.Amount]
	throttling        *source.File[cgroupfs.CPUStat, *cgroupfs.CPUStat]
	cpuTime           *source.File[cgroupfs.CPUStat, *cgroupfs.CPUStat] // Version 2.
	cpuUser, cpuSys   *source.File[cgroupfs.Amount, *cgroupfs.Amount]   // Version 1.
	cpuTicks          *source.File[cgroupfs.CPUAcctStat, *cgroupfs.CPUAcctStat]
	memoryUsage       *source.File[cgroupfs.Amount, *cgroupfs.Amount]
	memoryMax         []*source.File[cgroupfs.Amount, *cgroupfs.Amount]
	memoryStat        *source.File[cgroupfs.MemoryStat, *cgroupfs.MemoryStat] // Version 1.
	memoryEvents      *source.File[cgroupfs.MemoryEvents, *cgroupfs.MemoryEvents]
	tasks             *source.File[cgroupfs.Amount, *cgroupfs.Amount]
	tasksMax          []*source.File[cgroupfs.Amount, *cgroupfs.Amount]
	ioMax             []*source.File[cgroupfs.IOMax, *cgroupfs.IOMax] // Version 2.
	readBPS, writeBPS *source.File[cgroupfs.ThrottleBPS, *cgroupfs.ThrottleBPS]
}

// newGroupFiles opens nothing yet.
func newLimitFiles(own *pseudofs.FS, places *[numControllers]groupPlace, want *snapshot.QuotaWant) *limitFiles {
	f := &limitFiles{fs: own}
	cpu, acct, memory := &places[controllerCPU], &places[controllerCPUAcct], &places[controllerMemory]
	pids, blkio := &places[controllerPIDs], &places[controllerBlkIO]
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
		f.memoryMax = ancestorFiles[cgroupfs.Amount](f, memory, "memory.max")
	}
	if want.OOMKills {
		f.memoryEvents = groupFile[cgroupfs.MemoryEvents](f, memory, memory.name("memory.oom_control", "memory.events"))
	}
	if want.Tasks {
		f.tasks = groupFile[cgroupfs.Amount](f, pids, "pids.current")
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
func groupFile[T any, P source.Parser[T]](f *limitFiles, p *groupPlace, name string) *source.File[T, P] {
	if p.version == 0 || p.err != nil {
		return nil
	}
	return groupFileAt[T, P](f, p.dir+"/"+name)
}

func groupFileAt[T any, P source.Parser[T]](f *limitFiles, name string) *source.File[T, P] {
	file := f.fs.File(name, pseudofs.Single)
	f.all = append(f.all, file)
	return source.NewDirectFile[T, P](file) // The kernel's own, and in our root, which is not the pool's.
}

// maxGroups is how many groups, our own and those above it, are asked for limits. Runtimes and systemd make a handful.
const maxGroups = 32

// waysUp is a file of the group and the same file of each group above it, as far as they are mounted.
func ancestorFiles[T any, P source.Parser[T]](f *limitFiles, p *groupPlace, name string) (files []*source.File[T, P]) {
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

func (f *limitFiles) close() {
	for _, file := range f.all {
		file.Close()
	}
}

// readGroupFile returns what is in a file, nil if that is nothing. That there is no such file is no fault: which files a
// group has depends on the controllers that were given to it, and at the root hardly any limit exists.
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
	// By the file's name alone: whoever makes groups chooses theirs.
	if sc.Fault(path.Base(f.Name()), err) != source.Malformed {
		return nil
	}
	return parsed
}
