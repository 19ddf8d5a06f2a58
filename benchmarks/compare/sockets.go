// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"fmt"
	"io"
	"runtime"

	"github.com/shirou/gopsutil/v4/net"

	"github.com/superviz-io/hostprobe/benchmarks/internal/sidebyside"
	"github.com/superviz-io/hostprobe/internal/hosttest/pairs"
	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// contest is one way to look at the sockets of this host beside another.
type contest struct {
	Sockets   int     `json:"sockets"`
	Work      string  `json:"work"`
	CPU       float64 `json:"cpu_microseconds"`
	Against   string  `json:"against"`
	OtherCPU  float64 `json:"against_cpu_microseconds"`
	Ratio     float64 `json:"ratio"`
	Target    float64 `json:"target"`
	Allocs    float64 `json:"allocations"`
	OtherMem  float64 `json:"against_bytes"`
	run, base func() (cost, error)
}

var (
	states    = snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true}}
	listeners = snapshot.Want{Connections: snapshot.ConnectionsWant{Listeners: true}}
	byGroup   = snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, Owners: snapshot.OwnerWant{Unit: true, Container: true}}}
	byProcess = snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, Owners: snapshot.OwnerWant{Process: true}}}
	allParts  = snapshot.Want{Connections: snapshot.ConnectionsWant{TCPStates: true, UDPStates: true, UnixStates: true, Listeners: true, Owners: snapshot.OwnerWant{Unit: true, Container: true, Process: true}}}
)

// socketContests holds so many sockets open at a time, and measures what each costs then.
func socketContests(rounds int) (results []contest, err error) {
	for _, sockets := range []int{1_000, 20_000} {
		held, err := pairs.Open(sockets / 2)
		if err != nil {
			return nil, err
		}
		for _, c := range contestsAt(sockets) {
			if err = c.measure(rounds); err != nil {
				return nil, fmt.Errorf("%s: %w; %w", c.Work, err, held.Close())
			}
			c.Sockets = sockets
			results = append(results, c)
		}
		if err = held.Close(); err != nil {
			return nil, err
		}
	}
	return results, nil
}

func contestsAt(sockets int) []contest {
	scrapes := 400_000 / sockets
	const everySocket = "bare dump of every TCP socket"
	contests := []contest{{
		Work: "TCP states", run: probes(states, scrapes), Against: everySocket, base: bareDump(scrapes), Target: 1.4,
	}}
	if sockets < 20_000 {
		return contests
	}
	network := "scrapers: {network: {}}"
	return append(
		contests,
		contest{
			Work: "network scraper, as metrics", run: scraped(sidebyside.HostProbe, network, scrapes),
			Against: "host_metrics, network scraper", base: scraped(sidebyside.Contrib, network, 2), Target: 1.0 / 80,
		},
		contest{
			Work: "listeners only", run: probes(listeners, 50*scrapes),
			Against: everySocket, base: bareDump(scrapes), Target: 1.0 / 50,
		},
		contest{
			Work: "TCP states by cgroup", run: probes(byGroup, scrapes),
			Against: everySocket, base: bareDump(scrapes), Target: 1.3,
		},
		contest{
			Work: "TCP states by process, no new sockets", run: probes(byProcess, scrapes),
			Against: everySocket, base: bareDump(scrapes), Target: 1.5,
		},
		contest{
			Work: "TCP states by process, first scan", run: func() (cost, error) { return firstWalk(sockets) },
			Against: "gopsutil, net.Connections", base: gopsutilConnections, Target: 1.0 / 5,
		},
		contest{
			Work: "all parts, all owners", run: probes(allParts, scrapes),
			Against: everySocket, base: bareDump(scrapes),
		},
	)
}

// measure lets both work in turns and takes the median of each.
func (c *contest) measure(rounds int) error {
	var runs, bases []cost
	for range rounds {
		for _, side := range []struct {
			work  func() (cost, error)
			costs *[]cost
		}{{c.base, &bases}, {c.run, &runs}} {
			runtime.GC()
			n, err := side.work()
			if err != nil {
				return err
			}
			*side.costs = append(*side.costs, n)
		}
	}
	run, base := medianOf(runs), medianOf(bases)
	c.CPU, c.Allocs, c.OtherCPU, c.OtherMem = run.CPU, run.Allocs, base.CPU, base.Bytes
	c.Ratio = c.CPU / c.OtherCPU
	return nil
}

// probes reads sockets so many times with the probe layer, after scrapes that warm it up.
func probes(want snapshot.Want, times int) func() (cost, error) {
	return func() (cost, error) {
		p, err := probe.Open(probe.Options{})
		if err != nil {
			return cost{}, err
		}
		defer p.Close()
		var s snapshot.Snapshot
		read := func() error {
			p.Begin(&s, 1, &want)
			for _, fault := range p.Read(context.Background(), snapshot.DomainConnections) {
				return fault.Err
			}
			return nil
		}
		for range warmUp {
			if err = read(); err != nil {
				return cost{}, err
			}
		}
		before := now()
		for range times {
			if err = read(); err != nil {
				return cost{}, err
			}
		}
		return now().since(before, times), nil
	}
}

// firstWalk lets a probe that knows no process find whose so many sockets are, in as many scrapes as it needs.
func firstWalk(sockets int) (cost, error) {
	p, err := probe.Open(probe.Options{})
	if err != nil {
		return cost{}, err
	}
	defer p.Close()
	before := now()
	for {
		var s snapshot.Snapshot
		p.Begin(&s, 1, &byProcess)
		p.Read(context.Background(), snapshot.DomainConnections)
		if s.Connections.Attributed >= uint64(sockets) {
			return now().since(before, 1), nil
		}
	}
}

func gopsutilConnections() (cost, error) {
	before := now()
	_, err := net.Connections("tcp")
	return now().since(before, 1), err
}

func scraped(r sidebyside.Receiver, config string, scrapes int) func() (cost, error) {
	return func() (cost, error) { return receive(r, config, scrapes) }
}

// printContests writes them as the table of docs/connections.md.
func printContests(w io.Writer, contests []contest) {
	fmt.Fprintln(w, "\nSockets of this host, held open by other processes. Probe layer, unless the row says metrics.")
	fmt.Fprintln(w, "\n| sockets | work | CPU µs | allocations | against | CPU µs | ratio | target |")
	fmt.Fprintln(w, "|---:|---|---:|---:|---|---:|---:|---:|")
	for _, c := range contests {
		target := "–"
		if c.Target > 0 {
			target = fmt.Sprintf("%.3f", c.Target)
		}
		fmt.Fprintf(w, "| %d | %s | %.0f | %.0f | %s | %.0f | **%.3f** | %s |\n", c.Sockets, c.Work, c.CPU, c.Allocs, c.Against, c.OtherCPU, c.Ratio, target)
	}
}
