// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"errors"
	"runtime/debug"
	"time"

	"go.opentelemetry.io/collector/component"
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	"go.opentelemetry.io/collector/receiver"
	conventions "go.opentelemetry.io/otel/semconv/v1.9.0"
	"go.uber.org/zap"

	"github.com/superviz-io/hostprobe/internal/pool"
	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/record"
)

// hostScraper takes one snapshot of the host at each scrape and turns it into metrics, and from time to time into a document.
// One controller calls it from one goroutine, so it needs no locks.
type hostScraper struct {
	cfg     *Config
	signals signal // Those that were created.
	users   signal // Of these, those that were not shut down yet.
	logger  *zap.Logger
	version string

	telemetry *telemetry
	health    *health

	probe    *probe.Probe
	want     snapshot.Want // What a snapshot has to have for metrics.
	leases   leases
	resource pcommon.Resource
	turns    turns
	begun    bool                               // The first scrape has been.
	took     [snapshot.NumDomains]time.Duration // What each domain took of the scrape.
	snapshot snapshot.Snapshot
	points   points
	// processes are the points of each process.
	processes processPoints
	// container are the points of the container that we run in.
	container containerPoints
	documents documents
}

func newHostScraper(set receiver.Settings, cfg *Config) (*hostScraper, error) {
	builder, err := metadata.NewTelemetryBuilder(set.TelemetrySettings)
	if err != nil {
		return nil, err
	}
	return &hostScraper{
		cfg:       cfg,
		logger:    set.Logger,
		version:   set.BuildInfo.Version,
		telemetry: newTelemetry(builder),
		health:    newHealth(set.Logger),
		leases:    leases{pools: pool.Shared(cfg.Pools.sizes())},
		turns:     newTurns(cfg),
		points:    newPoints(cfg),
		processes: newProcessPoints(cfg, set.BuildInfo.Version),
		container: newContainerPoints(cfg, set.BuildInfo.Version),
		documents: documents{
			asMap: cfg.Snapshot.Format == "map", domains: documentDomains(cfg), every: ticks(cfg.Snapshot.Interval, cfg.CollectionInterval),
		},
	}, nil
}

// has reports whether the signal is one of those that were created.
func (s *hostScraper) has(of signal) bool {
	hosts.Lock()
	defer hosts.Unlock()
	return s.signals&of != 0
}

func (s *hostScraper) start(context.Context, component.Host) error {
	process := &s.cfg.Scrapers.Process
	disks, disksErr := s.cfg.Scrapers.Disk.filter()
	interfaces, interfacesErr := s.cfg.Scrapers.Network.filter()
	mounts, mountsErr := s.cfg.Scrapers.Filesystem.filter()
	processes, processesErr := process.filter()
	chips, chipsErr := s.cfg.Scrapers.Thermal.filter()
	err := errors.Join(disksErr, interfacesErr, mountsErr, processesErr, chipsErr)
	if err != nil {
		return err
	}
	if s.has(metricsSignal) {
		s.want = wantedParts(s.cfg)
	}
	s.documents.want = s.want
	if s.has(logsSignal) {
		addRates(&s.want, s.documents.domains)
		addDocumentParts(&s.documents.want, s.cfg)
	}
	p, err := probe.Open(probe.Options{
		Root: s.cfg.RootPath, Backend: s.cfg.Backend,
		MaxLength: s.cfg.MaxAttributeLength, CallTimeout: s.cfg.CallTimeout, DiskFilter: disks, InterfaceFilter: interfaces,
		MaxOwners: s.cfg.Scrapers.Connections.MaxOwners, MaxConnections: s.cfg.Scrapers.Connections.MaxConnections,
		ProcessFilter: processes, ProcessDelay: process.ScrapeProcessDelay, MaskCommandLines: process.MaskCommandLine,
		Top: process.Top.Count, TopBy: process.Top.By,
		MountFilter: mounts, VirtualFilesystems: s.cfg.Scrapers.Filesystem.IncludeVirtualFilesystems, ChipFilter: chips,
	})
	if err != nil {
		return err
	}
	s.probe = p
	host := p.Host()
	s.reportNameless(&host)
	s.resource = hostResource(s.cfg.ResourceAttributes, &host)
	s.documents.options = documentOptions(s.cfg, &host)
	s.processes.host, s.processes.filters = s.resource, attributeFilters(s.cfg.ResourceAttributes)
	s.container.host, s.container.filters = s.resource, s.processes.filters
	if !isWanted(s.processes.filters, s.resource) {
		s.turns = turns{} // Nobody would get what is read.
	}
	return nil
}

// shutdown may come before start.
func (s *hostScraper) shutdown(context.Context) error {
	s.telemetry.Shutdown()
	if s.probe != nil {
		s.probe.Close()
		s.probe = nil
	}
	return nil
}

// scrape reads all domains first, as close together as can be, and records them then.
func (s *hostScraper) scrape(ctx context.Context) (pmetric.Metrics, error) {
	began := time.Now()
	due := s.turns.next()
	to := s.documents.isDue(func() { s.telemetry.HostprobeSnapshotsDropped.Add(ctx, 1) })
	if to != nil { // Whatever is read for a document is recorded too, though it may not be its turn.
		due |= s.documents.domains
	}
	defer s.read(ctx, began, due, to != nil)()

	s.container.learn(&s.snapshot)
	metrics := pmetric.NewMetrics()
	recorded := s.snapshot.Filled & s.turns.domains
	if recorded != 0 {
		s.begin(metrics)
	}
	for d := range recorded.All() {
		t := time.Now()
		s.telemetry.recorded(ctx, d, s.record(ctx, d, metrics))
		s.took[d] += time.Since(t)
		for _, c := range s.points.Cuts() {
			s.telemetry.cut(ctx, c)
		}
	}
	s.end()
	metrics.ResourceMetrics().RemoveIf(saysNothing)
	if to != nil {
		s.deliver(ctx, to)
	}
	s.report(ctx, due)
	s.overrun(ctx, began, s.cfg.CollectionInterval)
	return metrics, s.health.end(due)
}

// read takes a snapshot, with what a document needs beyond metrics if it is for one. What it has borrowed for that ends
// with end.
func (s *hostScraper) read(ctx context.Context, began time.Time, due snapshot.Domains, forDocument bool) (end func()) {
	want := &s.want
	if forDocument {
		want = &s.documents.want
	}
	s.health.begin(forDocument)
	s.probe.Begin(&s.snapshot, began.UnixNano(), want)
	if !s.begun && s.cfg.RootPath != "" && s.snapshot.BootTime == 0 {
		s.logger.Warn("proc/stat below root_path does not say when the host has started; is the host's root mounted there?",
			zap.String("root_path", s.cfg.RootPath))
	}
	s.begun = true
	end = func() {}
	if due.Has(snapshot.DomainConnections) {
		s.leases.lend(&s.snapshot.Connections, want)
		end = func() { s.leases.giveBack(&s.snapshot.Connections) }
	}
	for d := range due.All() {
		t := time.Now()
		faults := s.probe.Read(ctx, d)
		for i := range faults {
			s.note(ctx, &faults[i])
		}
		s.took[d] = time.Since(t)
	}
	return end
}

// report tells of the scrape what is not told as it goes.
func (s *hostScraper) report(ctx context.Context, due snapshot.Domains) {
	for d := range due.All() {
		s.telemetry.took(ctx, d, s.took[d])
	}
	if s.snapshot.Filled.Has(snapshot.DomainConnections) {
		s.telemetry.counted(ctx, &s.snapshot.Connections)
	}
	s.countHidden(ctx)
	if s.snapshot.Filled.Has(snapshot.DomainFilesystem) {
		s.telemetry.HostprobeMountsStuck.Record(ctx, int64(s.snapshot.Filesystem.Stuck))
	}
	if n := s.snapshot.Thermal.Cut; n > 0 {
		s.telemetry.cut(ctx, record.Cut{Metric: "hw.temperature", Series: int64(n)})
	}
	s.leases.pools.TakeDiscards(func(pool string, n int64) { s.telemetry.discarded(ctx, pool, n) })
}

func (s *hostScraper) overrun(ctx context.Context, began time.Time, interval time.Duration) {
	if time.Since(began) > interval {
		s.telemetry.HostprobeScrapeOverruns.Add(ctx, 1)
	}
}

// begin makes the one resource that all metrics of the host share.
func (s *hostScraper) begin(metrics pmetric.Metrics) {
	rm := metrics.ResourceMetrics().AppendEmpty()
	rm.SetSchemaUrl(conventions.SchemaURL)
	s.resource.CopyTo(rm.Resource())
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName(metadata.ScopeName)
	sm.Scope().SetVersion(s.version)
	s.points.Begin(sm.Metrics(), pcommon.Timestamp(s.snapshot.BootTime), pcommon.Timestamp(s.snapshot.Time))
}

// end lets go of the batch, which is the pipeline's from now on.
func (s *hostScraper) end() {
	s.points.End()
	s.processes.End()
	s.container.End()
}

// record turns one domain into points and returns how many. A panic costs those that are not written yet.
func (s *hostScraper) record(ctx context.Context, d snapshot.Domain, metrics pmetric.Metrics) (points int) {
	defer func() {
		if v := recover(); v != nil {
			s.points.Discard()
			s.processes.drop(metrics)
			s.container.Discard()
			s.note(ctx, &probe.Fault{
				Domain: d, Source: "record", Reason: probe.Panic,
				Err: &probe.PanicError{Value: v, Stack: debug.Stack()},
			})
		}
	}()
	s.points.record(d, &s.snapshot)
	points = s.points.Flush()
	if d == snapshot.DomainQuota {
		points += s.container.record(metrics, &s.snapshot)
		for _, c := range s.container.Cuts() {
			s.telemetry.cut(ctx, c)
		}
	}
	if d == snapshot.DomainProcess {
		ofProcesses, cut := s.processes.record(metrics, &s.snapshot)
		points += ofProcesses
		if cut > 0 {
			s.telemetry.cut(ctx, record.Cut{Metric: "process", Series: int64(cut)})
		}
	}
	return points
}

// saysNothing reports whether there is a resource without metrics: of a process that nobody wants, of a host of which only
// processes are told, or of what was being recorded when there was a panic.
func saysNothing(rm pmetric.ResourceMetrics) bool {
	return rm.ScopeMetrics().Len() == 0 || rm.ScopeMetrics().At(0).Metrics().Len() == 0
}

// countHidden reports how many objects may not be looked at.
func (s *hostScraper) countHidden(ctx context.Context) {
	if s.snapshot.Filled.Has(snapshot.DomainProcesses) {
		s.telemetry.hid(ctx, snapshot.DomainProcesses, s.snapshot.Processes.Hidden)
	}
	if s.snapshot.Filled.Has(snapshot.DomainProcess) {
		s.telemetry.hid(ctx, snapshot.DomainProcess, s.snapshot.ProcessList.Hidden)
	}
}

func (s *hostScraper) note(ctx context.Context, f *probe.Fault) {
	s.telemetry.failed(ctx, f)
	s.health.note(f)
}
