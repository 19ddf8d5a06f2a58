// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"
	"slices"

	"github.com/superviz-io/hostprobe/benchmarks/internal/bighost"
	"github.com/superviz-io/hostprobe/benchmarks/internal/sidebyside"
)

// work is what both receivers are given to do.
type work struct {
	name   string
	config string
	// files are what host_probe reads for it: reading them and nothing else is the floor.
	root  string
	files []string
	// scrapes is how many are measured in a round.
	scrapes int
	prepare func() error
}

var fiveFiles = []string{"proc/stat", "proc/meminfo", "proc/loadavg", "proc/vmstat", "proc/swaps", "proc/uptime"}

const (
	fiveScrapers = "scrapers: {cpu: {}, memory: {}, load: {}, paging: {}, system: {}}"
	eachCPU      = "scrapers: {cpu: {metrics: {system.cpu.time: {attributes: [cpu, state]}}}}"
)

func works(bigRoot string) []work {
	prepare := func() error { return bighost.Make(bigRoot) }
	return []work{
		{name: "this host: cpu, memory, load, paging, system", config: fiveScrapers, root: "/", files: fiveFiles, scrapes: 2000},
		{name: "this host: cpu", config: "scrapers: {cpu: {}}", root: "/", files: fiveFiles[:1], scrapes: 2000},
		{
			name: "256 CPUs: cpu, memory, load, paging, system", config: fiveScrapers + "\nroot_path: " + bigRoot,
			root: bigRoot, files: fiveFiles, scrapes: 200, prepare: prepare,
		},
		{
			name: "256 CPUs: cpu, a series for each", config: eachCPU + "\nroot_path: " + bigRoot,
			root: bigRoot, files: fiveFiles[:1], scrapes: 10,
		},
	}
}

// result is a work done by both, for each scrape.
type result struct {
	Work      string  `json:"work"`
	Contrib   cost    `json:"host_metrics"`
	HostProbe cost    `json:"host_probe"`
	Ratio     ratio   `json:"ratio"`
	FloorCPU  float64 `json:"floor_cpu_microseconds"`
}

// ratio is host_probe's cost divided by contrib's.
type ratio struct {
	CPU    float64 `json:"cpu"`
	Allocs float64 `json:"allocations"`
	Bytes  float64 `json:"bytes"`
}

// measure lets both receivers work in turns and takes the median of each number.
func (w *work) measure(rounds int) (result, error) {
	if w.prepare != nil {
		if err := w.prepare(); err != nil {
			return result{}, err
		}
	}
	var contrib, hostProbe []cost
	var floor []float64
	for range rounds {
		for _, side := range []struct {
			sidebyside.Receiver
			costs *[]cost
		}{{sidebyside.Contrib, &contrib}, {sidebyside.HostProbe, &hostProbe}} {
			c, err := receive(side.Receiver, "initial_delay: 0s\ncollection_interval: 1us\n"+w.config, w.scrapes)
			if err != nil {
				return result{}, err
			}
			*side.costs = append(*side.costs, c)
		}
		cpu, err := bareReads(w.root, w.files, w.scrapes)
		if err != nil {
			return result{}, err
		}
		floor = append(floor, cpu)
	}
	r := result{Work: w.name, Contrib: medianOf(contrib), HostProbe: medianOf(hostProbe), FloorCPU: median(floor)}
	if r.Contrib.Points == 0 || r.HostProbe.Points == 0 {
		return result{}, fmt.Errorf("a receiver has made no points")
	}
	r.Ratio = ratio{
		CPU:    r.HostProbe.CPU / r.Contrib.CPU,
		Allocs: r.HostProbe.Allocs / r.Contrib.Allocs,
		Bytes:  r.HostProbe.Bytes / r.Contrib.Bytes,
	}
	return r, nil
}

func medianOf(costs []cost) cost {
	column := func(of func(cost) float64) float64 {
		var values []float64
		for _, c := range costs {
			values = append(values, of(c))
		}
		return median(values)
	}
	return cost{
		Points: int(column(func(c cost) float64 { return float64(c.Points) })),
		CPU:    column(func(c cost) float64 { return c.CPU }),
		Allocs: column(func(c cost) float64 { return c.Allocs }),
		Bytes:  column(func(c cost) float64 { return c.Bytes }),
	}
}

func median(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
