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
	// made says that making the points with pdata and nothing else is a floor too.
	made bool
	// scrapes is how many of contrib are measured in a round.
	scrapes int
	// each, if it is not 0, is how many items a scrape reads: the costs are reported per item.
	each    int
	prepare func() error
	cleanup func()
}

var fiveFiles = []string{"proc/stat", "proc/meminfo", "proc/loadavg", "proc/vmstat", "proc/swaps", "proc/uptime"}

const (
	thisHost     = "scrapers: {cpu: {}, memory: {}, load: {}, disk: {}, filesystem: {}, network: {}, paging: {}, processes: {}}"
	fiveScrapers = "scrapers: {cpu: {}, memory: {}, load: {}, paging: {}, system: {}}"
	bigScrapers  = "scrapers: {cpu: {}, disk: {}, network: {}}"
	processes    = "scrapers: {processes: {}}"
	eachProcess  = "scrapers: {process: {}}"
	onlySleepers = "scrapers: {process: {include: {names: [sleep], match_type: strict}}}"
	eachCPU      = "scrapers: {cpu: {metrics: {system.cpu.time: {attributes: [cpu, state]}}}}"
)

// processFiles are read of each process for the defaults of process; processStat for their number alone.
var (
	processStat  = []string{"proc/stat", "proc/[0-9]*/stat"}
	processFiles = append(processStat, "proc/[0-9]*/statm", "proc/[0-9]*/io")
)

// manySleepers is how many processes there are beside those of the host.
const manySleepers = 5000

func works(bigRoot string) []work {
	var many sleepers
	prepare := func() error { return bighost.Make(bigRoot) }
	return []work{
		{
			name: "this host: cpu, memory, load, disk, filesystem, network, paging, processes", config: thisHost,
			root: "/", files: append(slices.Clone(fiveFiles), "proc/diskstats", "proc/net/dev", "proc/[0-9]*/stat"), scrapes: 100,
		},
		{name: "this host: cpu", config: "scrapers: {cpu: {}}", root: "/", files: fiveFiles[:1], scrapes: 2000},
		{name: "this host: filesystem", config: "scrapers: {filesystem: {}}", root: "/", files: nil, scrapes: 2000},
		{
			name: "this host: filesystem, including virtual", root: "/", files: nil, scrapes: 500,
			config: "scrapers: {filesystem: {include_virtual_filesystems: true}}",
		},
		{
			name: "256 CPUs: cpu, memory, load, paging, system", config: fiveScrapers + "\nroot_path: " + bigRoot,
			root: bigRoot, files: fiveFiles, scrapes: 200, prepare: prepare,
		},
		{
			name: "256 CPUs, 512 disks, 1,000 interfaces: cpu, disk, network", config: bigScrapers + "\nroot_path: " + bigRoot,
			root: bigRoot, files: []string{"proc/stat", "proc/diskstats", "proc/1/net/dev"}, made: true, scrapes: 10, prepare: prepare,
		},
		{
			name: "256 CPUs: cpu, one series per CPU", config: eachCPU + "\nroot_path: " + bigRoot,
			root: bigRoot, files: fiveFiles[:1], made: true, scrapes: 10,
		},
		{name: "this host: processes", config: processes, root: "/", files: processStat, scrapes: 200},
		{name: "this host: process, defaults", config: eachProcess, root: "/", files: processFiles, scrapes: 100},
		{
			name: fmt.Sprintf("%d sleepers: process, defaults, per process", manySleepers), config: onlySleepers,
			root: "/", files: processFiles, scrapes: 4, each: manySleepers,
			prepare: func() error { return many.start(manySleepers) }, cleanup: func() { many.stop() },
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
	Pdata     cost    `json:"pdata_alone"`
}

// ratio is host_probe's cost divided by contrib's.
type ratio struct {
	CPU    float64 `json:"cpu"`
	Allocs float64 `json:"allocations"`
	Bytes  float64 `json:"bytes"`
}

// quicker is how many times as many scrapes of host_probe are measured: in about the time of contrib's, the garbage collector
// has found its pace.
const quicker = 10

// measure lets both receivers work in turns and takes the median of each number.
func (w *work) measure(rounds int) (result, error) {
	if w.cleanup != nil {
		defer w.cleanup()
	}
	if w.prepare != nil {
		if err := w.prepare(); err != nil {
			return result{}, err
		}
	}
	var contrib, hostProbe, pdata []cost
	var floor []float64
	for range rounds {
		for _, side := range []struct {
			sidebyside.Receiver
			costs *[]cost
		}{{sidebyside.Contrib, &contrib}, {sidebyside.HostProbe, &hostProbe}} {
			scrapes := w.scrapes
			if side.costs == &hostProbe && w.each == 0 {
				scrapes *= quicker
			}
			c, err := receive(side.Receiver, w.config, scrapes)
			if err != nil {
				return result{}, err
			}
			*side.costs = append(*side.costs, c.of(w.each))
		}
		if w.made {
			pdata = append(pdata, pdataAlone(hostProbe[0].Points, quicker*w.scrapes))
		}
		if len(w.files) == 0 {
			continue
		}
		cpu, err := bareReads(w.root, w.files, w.scrapes)
		if err != nil {
			return result{}, err
		}
		floor = append(floor, cost{CPU: cpu}.of(w.each).CPU)
	}
	r := result{Work: w.name, Contrib: medianOf(contrib), HostProbe: medianOf(hostProbe), Pdata: medianOf(pdata), FloorCPU: median(floor)}
	if r.Contrib.Points == 0 || r.HostProbe.Points == 0 {
		return result{}, fmt.Errorf("a receiver emitted no points")
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

// median is 0 of nothing.
func median(values []float64) float64 {
	if len(values) == 0 {
		return 0
	}
	slices.Sort(values)
	return values[len(values)/2]
}
