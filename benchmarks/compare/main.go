// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Command compare measures contrib's host_metrics and host_probe in one process: the same configuration, back to back
// (a ticker of a microsecond), in turns, the median of several rounds. It prints a table and writes it as JSON.
//
// CPU is the process's own, from getrusage, so it includes the garbage collector's share and no idle time; the time a
// machine sleeps between two scrapes would drown the difference.
//
//	compare -json results.json
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"log"
	"os"
	"runtime"
	"strings"

	"github.com/superviz-io/hostprobe/internal/hosttest/pairs"
)

func main() {
	pairs.HoldIfAsked()
	log.SetFlags(0)
	rounds := flag.Int("rounds", 5, "rounds per receiver; the median is reported")
	file := flag.String("json", "", "output file for the results as JSON")
	only := flag.String("run", "", "run only workloads whose name contains this, or sockets")
	heap := flag.Int("heap", collectorHeap, "live heap bytes beside the receivers, as in a collector")
	flag.Parse()
	if err := run(*rounds, *heap, *file, *only); err != nil {
		log.Fatalf("compare: %v", err)
	}
}

// collectorHeap is about what otelcol-hostprobe keeps alive beside its receiver when it does next to nothing: with the scraper
// load and the exporter nop, the extension pprof says HeapAlloc = 3.3 MB at /debug/pprof/heap?gc=1&debug=1. Alone in a
// process, with a heap of some hundred kilobytes, a receiver would have Go's collector run at every batch of the big root,
// which it does in no collector: how often it runs depends on what is alive.
const collectorHeap = 3 << 20

func run(rounds, heap int, file, only string) error {
	root, err := os.MkdirTemp("", "bighost")
	if err != nil {
		return err
	}
	defer os.RemoveAll(root)
	beside := make([]byte, heap)
	var results []result
	for _, w := range works(root) {
		if !strings.Contains(w.name, only) {
			continue
		}
		r, err := w.measure(rounds)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		results = append(results, r)
	}
	runtime.KeepAlive(beside)
	printTable(os.Stdout, results)
	var contests []contest
	var storms []storm
	if only == "" || only == "sockets" {
		if contests, err = socketContests(rounds); err != nil {
			return err
		}
		printContests(os.Stdout, contests)
		if storms, err = heapUnder(100_000); err != nil {
			return err
		}
		printStorms(os.Stdout, storms)
	}
	if file == "" {
		return nil
	}
	text, err := json.MarshalIndent(struct {
		Works   []result  `json:"works"`
		Sockets []contest `json:"sockets"`
		Heap    []storm   `json:"heap_bytes"`
	}{results, contests, storms}, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(file, append(text, '\n'), 0o644)
}
