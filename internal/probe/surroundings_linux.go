// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"bytes"
	"os"

	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/runtimes"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// surroundings tells what we run in ourselves. The evidence is in our own root and our own /proc, wherever the host's root
// is, and in our environment, of which a few variables are looked at, by name. It is gathered when the first of both
// domains is read, and again when our control group or our mounts are others: in between, a look costs two system calls.
type surroundings struct {
	options           *Options
	own, host         *pseudofs.FS // One and the same where nobody has named a root. nil before the first look.
	cgroup, mountinfo *pseudofs.File

	tick    uint64
	decided bool
	group   []byte // The text of /proc/self/cgroup that was decided on.
	blind   bool   // The mounts could not be read.
	told    snapshot.Runtime
	faults  []Fault

	hostGroup hostGroup
	available availableRuntimes
}

func newSurroundings(o *Options) *surroundings {
	return &surroundings{options: o}
}

func (s *surroundings) of(d snapshot.Domain) source { return surroundingsSource{s, d} }

// surroundingsSource is one of the two domains that the surroundings are told in.
type surroundingsSource struct {
	*surroundings
	domain snapshot.Domain
}

func (s surroundingsSource) read(sc *scrape) (filled bool) {
	if s.own == nil {
		if err := s.open(); err != nil {
			sc.fault("/", err)
			return false
		}
	}
	if s.tick != sc.tick {
		s.look()
		s.tick = sc.tick
	}
	for i := range s.faults {
		sc.fault(s.faults[i].Source, s.faults[i].Err)
	}
	r := &sc.snapshot.Runtime
	if s.domain == snapshot.DomainContainer {
		r.ContainerRuntime, r.ContainerID = s.told.ContainerRuntime, s.told.ContainerID
		return true
	}
	r.Orchestrator, r.ContainerName = s.told.Orchestrator, s.told.ContainerName
	r.WorkloadID, r.WorkloadName, r.Namespace = s.told.WorkloadID, s.told.WorkloadName, s.told.Namespace
	if sc.want.Runtime.Available {
		s.available.read(sc, s.host)
	}
	return true
}

func (s *surroundings) open() error {
	own, err := pseudofs.OpenFS("")
	if err != nil {
		return err
	}
	host := own
	if s.options.Root != "" {
		if host, err = pseudofs.OpenFS(s.options.Root); err != nil {
			own.Close()
			return err
		}
	}
	s.use(own, host)
	return nil
}

func (s *surroundings) use(own, host *pseudofs.FS) {
	s.own, s.host = own, host
	s.cgroup = own.File("proc/self/cgroup", pseudofs.Single)
	s.mountinfo = own.File("proc/self/mountinfo", pseudofs.Records)
}

func (s *surroundings) close() {
	if s.own == nil {
		return
	}
	s.cgroup.Close()
	s.mountinfo.Close()
	s.own.Close()
	if s.host != s.own {
		s.host.Close()
	}
	s.own, s.host = nil, nil
}

// look decides again if the evidence has changed. What cannot be read is no evidence, for as long as that lasts.
func (s *surroundings) look() {
	s.faults = s.faults[:0]
	group, err := s.cgroup.Read()
	s.note(s.cgroup, err)
	mounts, changed, err := s.mountinfo.ReadChanged()
	if err != nil {
		changed = !s.blind
	}
	if s.decided && !changed && bytes.Equal(group, s.group) {
		s.note(s.mountinfo, err)
		return
	}
	if mounts == nil && err == nil { // Only the group has changed.
		mounts, err = s.mountinfo.Read()
	}
	s.note(s.mountinfo, err)
	s.blind = err != nil
	s.group, s.decided = append(s.group[:0], group...), true
	s.decide(mounts)
}

func (s *surroundings) note(file *pseudofs.File, err error) {
	if err != nil {
		s.faults = append(s.faults, Fault{Source: file.Name(), Err: err})
	}
}

func (s *surroundings) decide(mounts []byte) {
	var info procfs.Mountinfo
	_ = info.Parse(mounts) // A line that the filesystem scraper would tell of says nothing here.
	e := runtimes.Evidence{
		Cgroup: s.group, Mounts: info.Mounts, Files: map[string][]byte{}, Variables: map[string]string{},
		Hostname:     firstLine(s.own, "proc/sys/kernel/hostname"),
		PIDNamespace: s.namespace("pid"), CgroupNamespace: s.namespace("cgroup"),
	}
	if s.host != s.own {
		e.HostGroup = s.hostGroup.find(s.own, s.host, s.group)
	}
	below, head := s.own.Below(), make([]byte, 0, markerSize)
	for _, name := range runtimes.Files() {
		text, err := below.ReadHead([]byte(name), head)
		if err == nil || s.own.Exists(name) {
			e.Files[name] = bytes.Clone(text)
		}
	}
	for _, name := range runtimes.Variables() {
		e.Variables[name] = os.Getenv(name)
	}
	v := runtimes.Detect(&e)
	s.told = snapshot.Runtime{
		ContainerRuntime: v.Runtime, ContainerID: s.text(v.ContainerID), Orchestrator: v.Orchestrator, WorkloadID: s.text(v.WorkloadID),
		WorkloadName: s.text(v.WorkloadName), Namespace: s.text(v.Namespace), ContainerName: s.text(v.ContainerName),
	}
}

// namespace is the inode of our namespace of a kind, 0 where it is unknown.
func (s *surroundings) namespace(kind string) uint64 {
	target, err := s.own.Readlink("proc/self/ns/" + kind)
	if err != nil {
		return 0
	}
	inode, _ := procfs.NamespaceInode([]byte(target))
	return inode
}

// markerSize is as much as is read of a file that marks a container.
const markerSize = 4096

func (s *surroundings) text(name string) string {
	return intern.Text([]byte(name), s.options.maxLength())
}
