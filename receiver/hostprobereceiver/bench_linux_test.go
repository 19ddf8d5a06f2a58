// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.opentelemetry.io/collector/component/componenttest"
	"go.opentelemetry.io/collector/receiver/receivertest"

	"github.com/superviz-io/hostprobe/internal/pool"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// BenchmarkScrape sets scrapes of this host, pdata included, beside their floor: one pread of each file they read. The
// promise is at most twice the floor for cpu, memory and load.
func BenchmarkScrape(b *testing.B) {
	minimal := []string{"/proc/stat", "/proc/meminfo", "/proc/loadavg"}
	standard := append([]string{
		"/proc/vmstat", "/proc/swaps", "/proc/uptime", "/proc/sys/fs/file-nr", "/proc/sys/kernel/pid_max",
		"/proc/pressure/cpu", "/proc/pressure/memory", "/proc/pressure/io",
	}, minimal...)
	for _, work := range []struct {
		name, config string
		files        []string
	}{
		{name: "minimal", config: "template: minimal", files: minimal},
		{name: "minimal, each CPU", config: "template: minimal\nmetrics: {system.cpu.time: {attributes: [cpu, state]}}", files: minimal},
		{name: "standard", config: "template: standard", files: standard},
	} {
		b.Run(work.name+"/floor", func(b *testing.B) { benchmarkReads(b, work.files) })
		b.Run(work.name+"/scrape", func(b *testing.B) { benchmarkScrape(b, work.config) })
	}
}

func benchmarkScrape(b *testing.B, config string) {
	s := started(b, receivertest.NewNopSettings(metadata.Type), config)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.scrape(ctx); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkReads(b *testing.B, names []string) {
	var files []*os.File
	for _, name := range names {
		f, err := os.Open(name)
		require.NoError(b, err)
		defer f.Close()
		files = append(files, f)
	}
	buf := make([]byte, 64<<10)
	b.ReportAllocs()
	for b.Loop() {
		for _, f := range files {
			if _, err := syscall.Pread(int(f.Fd()), buf, 0); err != nil {
				b.Fatal(err)
			}
		}
	}
}

// BenchmarkTuning is what docs/tuning.md prints: scrapes of this host that make metrics and a document, by template, without
// connections, and without pools. 200 TCP connections, and as many unix sockets, are open besides what there is.
func BenchmarkTuning(b *testing.B) {
	openSockpairs(b, "tcp4", "127.0.0.1:0")
	openSockpairs(b, "unix", filepath.Join(b.TempDir(), "socket"))
	const lists = "scrapers: {connections: {tcp_connections: true, udp_sockets: true, unix_sockets: true}}\n"
	for _, work := range []struct {
		name, config string
		poolsOff     bool
	}{
		{name: "minimal", config: "template: minimal"},
		{name: "standard", config: "template: standard"},
		{name: "standard without connections", config: "template: standard\nscrapers: {connections: {enabled: false}}"},
		{name: "full", config: "template: full"},
		{name: "connections with all lists", config: lists},
		{name: "connections with all lists, pools off", config: lists, poolsOff: true},
	} {
		for _, with := range []string{"metrics", "document", "both"} {
			b.Run(work.name+"/"+with, func(b *testing.B) {
				cfg, err := load(b, work.config)
				require.NoError(b, err)
				s := startedHost(b, cfg, signalsOf[with])
				if work.poolsOff {
					s.lists.pools = pool.Shared(pool.Sizes{})
				}
				benchmarkSignals(b, s, with)
			})
		}
	}
}

// BenchmarkParts is what single scrapers and parts cost a scrape that makes metrics and a document.
func BenchmarkParts(b *testing.B) {
	openSockpairs(b, "tcp4", "127.0.0.1:0")
	openSockpairs(b, "unix", filepath.Join(b.TempDir(), "socket"))
	parts := func(on string) string {
		const off = "tcp_stats: false, listening_ports: false, protocols: false"
		return "scrapers: {connections: {" + strings.Replace(off, on+": false", on+": true", 1) + ", " +
			map[bool]string{true: on + ": true"}[!strings.Contains(off, on)] + "}}"
	}
	for name, config := range map[string]string{
		"cpu": "scrapers: {cpu: }", "memory": "scrapers: {memory: }", "load": "scrapers: {load: }", "disk": "scrapers: {disk: }",
		"filesystem": "scrapers: {filesystem: }", "pressure": "scrapers: {pressure: }", "processes": "scrapers: {processes: }",
		"process": "scrapers: {process: }", "system, activity": "scrapers: {system: {activity: true}}",
		"network, stats":      "scrapers: {network: {metrics: {system.network.connections: {enabled: false}}}}",
		"network, interfaces": "scrapers: {network: {stats: false, interfaces: true}}",
		"tcp_stats":           parts("tcp_stats"), "listening_ports": parts("listening_ports"), "protocols": parts("protocols"),
		"tcp_connections": parts("tcp_connections"), "udp_sockets": parts("udp_sockets"), "unix_sockets": parts("unix_sockets"),
	} {
		for _, with := range []string{"metrics", "both"} {
			b.Run(name+"/"+with, func(b *testing.B) {
				cfg, err := load(b, config)
				require.NoError(b, err)
				benchmarkSignals(b, startedHost(b, cfg, signalsOf[with]), with)
			})
		}
	}
}

// startedHost returns a started scraper of these signals.
func startedHost(b testing.TB, cfg *Config, signals signal) *hostScraper {
	s, err := sharedHost(receivertest.NewNopSettings(metadata.Type), cfg, signals)
	require.NoError(b, err)
	require.NoError(b, s.start(context.Background(), componenttest.NewNopHost()))
	b.Cleanup(func() {
		assert.NoError(b, s.shutdown(context.Background()))
		s.release(signals)
	})
	return s
}

// signalsOf are the pipelines that the receiver is in for what a benchmark makes.
var signalsOf = map[string]signal{"metrics": metricsSignal, "document": logsSignal, "both": metricsSignal | logsSignal}

func benchmarkSignals(b *testing.B, s *hostScraper, with string) {
	ctx := context.Background()
	scrape := func() {
		if with == "document" {
			_, _ = s.scrapeDocument(ctx)
			return
		}
		_, _ = s.scrape(ctx)
	}
	if with == "both" { // The document of each scrape, without a consumer.
		d := &delivery{queue: make(chan delivered, 1)}
		s.documents.delivery.Store(d)
		s.documents.period = 1
		inner := scrape
		scrape = func() {
			inner()
			<-d.queue
			d.inFlight.Store(false)
		}
	}
	for range 3 {
		scrape()
	}
	var before, after syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &before))
	b.ReportAllocs()
	for b.Loop() {
		scrape()
	}
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &after))
	spent := after.Utime.Nano() + after.Stime.Nano() - before.Utime.Nano() - before.Stime.Nano()
	b.ReportMetric(float64(spent)/float64(b.N)/1000, "cpu-µs/op")
}

// sockpairs is the number of connections that openSockpairs opens.
const sockpairs = 200

// openSockpairs opens connections, which stay open until b ends.
func openSockpairs(b testing.TB, network, address string) {
	l, err := net.Listen(network, address)
	require.NoError(b, err)
	b.Cleanup(func() { l.Close() })
	for range sockpairs {
		client, err := net.Dial(network, l.Addr().String())
		require.NoError(b, err)
		server, err := l.Accept()
		require.NoError(b, err)
		b.Cleanup(func() { client.Close(); server.Close() })
	}
}
