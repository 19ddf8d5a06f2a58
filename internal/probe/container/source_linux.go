// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package container

import (
	"bytes"
	"os"

	"github.com/superviz-io/hostprobe/internal/intern"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/procfs"
	"github.com/superviz-io/hostprobe/internal/pseudofs"
	"github.com/superviz-io/hostprobe/internal/runtimes"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Detection detects the container, the container runtime and the orchestrator that the collector itself runs under. Its evidence
// is the collector's own root, /proc/self and a few environment variables, wherever the root of the host is; package runtimes
// evaluates it. It is collected by the first scrape, and again when the cgroup or the mounts of the collector change.
//
// It is not safe for concurrent use.
type Detection struct {
	root              string // Of the host, "" for the collector's own.
	maxLength         int
	own, host         *pseudofs.FS // The same if no root is configured. nil before the first scrape.
	cgroup, mountinfo *pseudofs.File

	tick             uint64
	detected         bool             // result is valid.
	cgroupText       []byte           // The contents of /proc/self/cgroup that result is based on.
	mountsUnreadable bool             // result is not based on mounts.
	result           snapshot.Runtime // Without Available.
	faults           []source.Fault   // Of the last scan.

	hostCgroup hostCgroup
	available  available
}

// New returns a Detection for the host below root, "" for the collector's own. Names are truncated at maxLength bytes. Nothing is
// opened before the first scrape, and a root that cannot be opened is a fault of each scrape. Close it after the last one.
func New(root string, maxLength int) *Detection {
	return &Detection{root: root, maxLength: maxLength}
}

// Source returns the source of one of the domains container and runtime. Both share one scan per scrape.
func (d *Detection) Source(domain snapshot.Domain) source.Source { return domainSource{d, domain} }

// domainSource is the source of one of the domains.
type domainSource struct {
	detection *Detection
	domain    snapshot.Domain
}

// Read implements source.Source.
func (s domainSource) Read(sc *source.Scrape) (filled bool) { return s.detection.read(sc, s.domain) }

// read fills one domain, after a scan if the scrape has made none yet.
func (d *Detection) read(sc *source.Scrape, domain snapshot.Domain) (filled bool) {
	if d.own == nil {
		if err := d.open(); err != nil {
			sc.Fault("/", err)
			return false
		}
	}
	if d.tick != sc.Tick {
		d.scan()
		d.tick = sc.Tick
	}
	for i := range d.faults {
		sc.Fault(d.faults[i].Source, d.faults[i].Err)
	}
	r := &sc.Snapshot.Runtime
	if domain == snapshot.DomainContainer {
		r.ContainerRuntime, r.ContainerID = d.result.ContainerRuntime, d.result.ContainerID
		return true
	}
	r.Orchestrator, r.ContainerName = d.result.Orchestrator, d.result.ContainerName
	r.WorkloadID, r.WorkloadName, r.Namespace = d.result.WorkloadID, d.result.WorkloadName, d.result.Namespace
	if sc.Want.Runtime.Available {
		d.available.read(sc, d.host)
	}
	return true
}

// open opens the roots.
func (d *Detection) open() error {
	own, err := pseudofs.OpenFS("")
	if err != nil {
		return err
	}
	host := own
	if d.root != "" {
		if host, err = pseudofs.OpenFS(d.root); err != nil {
			own.Close()
			return err
		}
	}
	d.use(own, host)
	return nil
}

// use takes the roots, which Close closes.
func (d *Detection) use(own, host *pseudofs.FS) {
	d.own, d.host = own, host
	d.cgroup = own.File("proc/self/cgroup", pseudofs.Single)
	d.mountinfo = own.File("proc/self/mountinfo", pseudofs.Records)
}

// Close releases the roots and all open files.
func (d *Detection) Close() {
	if d.own == nil {
		return
	}
	d.cgroup.Close()
	d.mountinfo.Close()
	d.own.Close()
	if d.host != d.own {
		d.host.Close()
	}
	d.own, d.host = nil, nil
}

// scan detects again if the evidence has changed. A file is no evidence while it cannot be read.
func (d *Detection) scan() {
	d.faults = d.faults[:0]
	cgroup, err := d.cgroup.Read()
	d.noteErr(d.cgroup, err)
	mounts, changed, err := d.mountinfo.ReadChanged()
	if err != nil {
		changed = !d.mountsUnreadable
	}
	if d.detected && !changed && bytes.Equal(cgroup, d.cgroupText) {
		d.noteErr(d.mountinfo, err)
		return
	}
	if mounts == nil && err == nil { // Only the cgroup has changed.
		mounts, err = d.mountinfo.Read()
	}
	d.noteErr(d.mountinfo, err)
	d.mountsUnreadable = err != nil
	d.cgroupText, d.detected = append(d.cgroupText[:0], cgroup...), true
	d.detect(mounts)
}

// noteErr keeps an error of this scan, to be reported in each domain.
func (d *Detection) noteErr(file *pseudofs.File, err error) {
	if err != nil {
		d.faults = append(d.faults, source.Fault{Source: file.Name(), Err: err})
	}
}

// detect collects the evidence and sets result.
func (d *Detection) detect(mounts []byte) {
	var info procfs.Mountinfo
	_ = info.Parse(mounts) // A malformed line is no evidence. It is a fault of the domain filesystem.
	e := runtimes.Evidence{
		Cgroup: d.cgroupText, Mounts: info.Mounts, Files: map[string][]byte{}, Variables: map[string]string{},
		Hostname:     source.FirstLine(d.own, "proc/sys/kernel/hostname"),
		PIDNamespace: d.namespace("pid"), CgroupNamespace: d.namespace("cgroup"),
	}
	if d.host != d.own {
		e.HostGroup = d.hostCgroup.find(d.own, d.host, d.cgroupText)
	}
	below, head := d.own.Below(), make([]byte, 0, markerSize)
	for _, name := range runtimes.Files() {
		text, err := below.ReadHead([]byte(name), head)
		if err == nil || d.own.Exists(name) {
			e.Files[name] = bytes.Clone(text)
		}
	}
	for _, name := range runtimes.Variables() {
		e.Variables[name] = os.Getenv(name)
	}
	v := runtimes.Detect(&e)
	d.result = snapshot.Runtime{
		ContainerRuntime: v.Runtime, ContainerID: d.text(v.ContainerID), Orchestrator: v.Orchestrator, WorkloadID: d.text(v.WorkloadID),
		WorkloadName: d.text(v.WorkloadName), Namespace: d.text(v.Namespace), ContainerName: d.text(v.ContainerName),
	}
}

// markerSize is the largest number of bytes read of a file that marks a container.
const markerSize = 4096

// text makes a name printable and truncates it.
func (d *Detection) text(name string) string {
	return intern.Text([]byte(name), d.maxLength)
}

// namespace returns the inode of the collector's namespace of a kind, 0 where it is unknown.
func (d *Detection) namespace(kind string) uint64 {
	target, err := d.own.Readlink("proc/self/ns/" + kind)
	if err != nil {
		return 0
	}
	inode, _ := procfs.NamespaceInode([]byte(target))
	return inode
}
