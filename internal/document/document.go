// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package document writes a snapshot as one tree of names and values: as JSON, straight into the caller's buffer, or node by
// node to a [Tree], which builds the same tree of something else.
//
// Unknown values are omitted, and so is an object with nothing in it. An empty list says that there is nothing to be
// listed. docs/snapshot.md says what each field is; docs/snapshot.schema.json is held to this code by a test.
package document

import (
	"math"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// Options says what of a snapshot goes into its document.
type Options struct {
	// Host is whose snapshot it is.
	Host snapshot.Host
	// Domains are those whose fields are written, if they were read.
	Domains snapshot.Domains
	// Partitions writes the mounts beside how full they are.
	Partitions bool
	// Addresses says how much of a peer's address is written.
	Addresses Addresses
}

// Addresses is how much of the address of a peer is written.
type Addresses uint8

// The forms.
const (
	FullAddresses   Addresses = iota
	AddressPrefixes           // The network of 24 bits, of IPv6 of 48, that it is in.
	NoAddresses
)

// Tree gets a tree node by node. The key of what is in a list is empty.
type Tree interface {
	// Object and List begin a node that the next End ends. An object that is empty then must be taken away again.
	Object(key string)
	List(key string)
	End()
	String(key, value string)
	Int(key string, value int64)
	Float(key string, value float64)
	Bool(key string, value bool)
}

// Append appends the document of s to dst as JSON on one line. It allocates nothing if there is room in dst.
func Append(dst []byte, s *snapshot.Snapshot, o *Options) []byte {
	w := writer{buf: append(dst, '{')}
	w.document(s, o)
	w.buf[len(w.buf)-1] = '}' // There is a time in every document.
	return w.buf
}

// Build tells t the document of s, between the beginning and the end of its root.
func Build(t Tree, s *snapshot.Snapshot, o *Options) {
	w := writer{tree: t}
	w.document(s, o)
}

// document is the one walk over a snapshot, for whatever is made of it.
func (w *writer) document(s *snapshot.Snapshot, o *Options) {
	told := o.Domains & s.Filled
	has := func(d snapshot.Domain) bool { return told.Has(d) }
	w.time(`"timestamp":`, s.Time)
	w.name(`"platform":`, o.Host.OSType)
	w.name(`"hostname":`, o.Host.Name)
	w.int(`"collected_at_us":`, s.Time/1000)
	w.cpu(s, has(snapshot.DomainCPU), has(snapshot.DomainPressure))
	w.memory(s, has(snapshot.DomainMemory), has(snapshot.DomainPressure))
	if has(snapshot.DomainLoad) {
		w.load(&s.Load)
	}
	w.disk(s, o, has(snapshot.DomainFilesystem), has(snapshot.DomainDisk))
	if has(snapshot.DomainNetwork) {
		w.network(&s.Network)
	}
	w.io(s, has(snapshot.DomainDisk), has(snapshot.DomainPressure))
	w.process(s, has(snapshot.DomainProcesses), has(snapshot.DomainProcess))
	if has(snapshot.DomainThermal) {
		w.thermal(&s.Thermal)
	}
	if has(snapshot.DomainSystem) {
		w.contextSwitches(s)
	}
	if has(snapshot.DomainConnections) {
		w.connections(&s.Connections, o.Addresses)
	}
	if has(snapshot.DomainQuota) {
		w.quota(&s.Quota)
	}
	if has(snapshot.DomainContainer) {
		w.container(&s.Runtime)
	}
	if has(snapshot.DomainRuntime) {
		w.runtime(&s.Runtime)
	}
}

// signed is n as far as both JSON's readers and pdata have integers; no host has more of anything.
func signed(n uint64) int64 { return int64(min(n, math.MaxInt64)) }
