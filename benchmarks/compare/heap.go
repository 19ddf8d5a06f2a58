// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"github.com/superviz-io/hostprobe/internal/hosttest/pairs"
	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// storm is the heap of this process, in bytes in use after a garbage collection, around so many sockets.
type storm struct {
	Sockets int    `json:"sockets"`
	Work    string `json:"work"`
	Before  uint64 `json:"before"`
	First   uint64 `json:"first_scrapes"`
	Later   uint64 `json:"ten_scrapes_later"`
	Gone    uint64 `json:"when_they_are_gone"`
}

// heapUnder holds sockets open and watches what probes keep of them.
func heapUnder(sockets int) (storms []storm, err error) {
	for _, work := range []struct {
		name string
		want snapshot.Want
	}{{"TCP states and listeners", snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, Listeners: true}}}, {"all parts, all owners", allParts}} {
		s := storm{Sockets: sockets, Work: work.name}
		if err = s.watch(work.want); err != nil {
			return nil, err
		}
		storms = append(storms, s)
	}
	return storms, nil
}

func (m *storm) watch(want snapshot.Want) error {
	p, err := probe.Open(probe.Options{})
	if err != nil {
		return err
	}
	defer p.Close()
	var s snapshot.Snapshot
	heapAfter := func(scrapes int) uint64 {
		for range scrapes {
			p.Begin(&s, 1, &want)
			p.Read(context.Background(), snapshot.DomainConnections)
		}
		var mem runtime.MemStats
		runtime.GC()
		runtime.GC()
		runtime.ReadMemStats(&mem)
		return mem.HeapAlloc
	}
	m.Before = heapAfter(warmUp)
	held, err := pairs.Open(m.Sockets / 2)
	if err != nil {
		return err
	}
	m.First = heapAfter(firstScrapes)
	m.Later = heapAfter(10)
	if err = held.Close(); err != nil {
		return err
	}
	m.Gone = heapAfter(warmUp)
	return nil
}

// firstScrapes are enough for a walk over the descriptors of all processes.
const firstScrapes = 20

// printStorms writes them as the table of docs/connections.md.
func printStorms(w io.Writer, storms []storm) {
	fmt.Fprintln(w, "\n| sockets | work | heap before, kB | after first scrapes, kB | ten scrapes later, kB | after close, kB |")
	fmt.Fprintln(w, "|---:|---|---:|---:|---:|---:|")
	for _, s := range storms {
		fmt.Fprintf(w, "| %d | %s | %d | %d | %d | %d |\n", s.Sockets, s.Work, s.Before>>10, s.First>>10, s.Later>>10, s.Gone>>10)
	}
}
