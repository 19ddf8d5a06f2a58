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

// hostScraper takes a snapshot of the host at each scrape and makes metrics of it, and a document when one is due. One controller
// calls it from one goroutine, so it needs no locks.
type hostScraper struct {
	cfg     *Config
	signals signal // The signals that were created.
	users   signal // The signals of these that are not shut down yet.
	logger  *zap.Logger
	version string

	telemetry *telemetry
	health    *health

	probe    *probe.Probe
	want     snapshot.Want // For metrics.
	lists    pooledLists
	resource pcommon.Resource
	schedule schedule
	included includedNames
	begun    bool // After the first scrape.
	snapshot snapshot.Snapshot
	// durations are the times that the domains of a scrape took.
	durations [snapshot.NumDomains]time.Duration
	points    points
	processes processPoints
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
		lists:     pooledLists{pools: pool.Shared(cfg.Pools.sizes())},
		schedule:  newSchedule(cfg),
		points:    newPoints(cfg),
		processes: newProcessPoints(cfg, set.BuildInfo.Version),
		container: newContainerPoints(cfg, set.BuildInfo.Version),
		documents: documents{
			asMap: cfg.Snapshot.Format == SnapshotMap, domains: documentDomains(cfg), period: periodOf(cfg.Snapshot.Interval, cfg.ControllerConfig.CollectionInterval),
		},
	}, nil
}

// has reports whether the signal was created.
func (s *hostScraper) has(of signal) bool {
	hosts.Lock()
	defer hosts.Unlock()
	return s.signals&of != 0
}

func (s *hostScraper) start(context.Context, component.Host) error {
	options, err := probeOptions(s.cfg, &s.included)
	if err != nil {
		return err
	}
	if s.has(metricsSignal) {
		s.want = metricsWant(s.cfg)
	}
	s.logStart()
	s.documents.want = s.want
	if s.has(logsSignal) {
		addRatesWant(&s.want, s.documents.domains)
		addDocumentWant(&s.documents.want, s.cfg, s.documents.domains)
	}
	p, err := probe.Open(options)
	if err != nil {
		return err
	}
	s.probe = p
	host := p.Host()
	s.reportNameless(&host)
	s.resource = hostResource(s.cfg.ResourceAttributes, &host)
	s.documents.options = documentOptions(s.cfg, s.documents.domains, &host)
	s.processes.host, s.processes.filters = s.resource, attributeFilters(s.cfg.ResourceAttributes)
	s.container.host, s.container.filters = s.resource, s.processes.filters
	if !isWanted(s.processes.filters, s.resource) {
		s.schedule = schedule{} // metrics_include or metrics_exclude drops everything.
	}
	return nil
}

// probeOptions are the options of the scrapers as the probe takes them. The filters note the names that they are called with in
// included.
func probeOptions(cfg *Config, included *includedNames) (probe.Options, error) {
	process := &cfg.Scrapers.Process
	disks, disksErr := cfg.Scrapers.Disk.filter()
	interfaces, interfacesErr := cfg.Scrapers.Network.filter()
	mounts, mountsErr := cfg.Scrapers.Filesystem.filter()
	processes, processesErr := process.filter()
	chips, chipsErr := cfg.Scrapers.Thermal.filter()
	return probe.Options{
		Root: cfg.RootPath, Backend: cfg.Backend,
		MaxLength: cfg.MaxAttributeLength, CallTimeout: cfg.CallTimeout,
		DiskFilter:      included.add(snapshot.DomainDisk, cfg.Scrapers.Disk.include()).watch(disks),
		InterfaceFilter: included.add(snapshot.DomainNetwork, cfg.Scrapers.Network.include()).watch(interfaces),

		MaxOwners: cfg.Scrapers.Connections.MaxOwners, MaxConnections: cfg.Scrapers.Connections.MaxConnections,
		ProcessFilter: included.add(snapshot.DomainProcess, process.include()).watch(processes),
		ProcessDelay:  process.ScrapeProcessDelay, MaskCommandLines: process.MaskCommandLine,
		Top: process.Top.Count, TopBy: process.Top.By, ProcessGroups: processGroups(&cfg.ResourceAttributes),
		MountFilter: cfg.Scrapers.Filesystem.watch(included, mounts), VirtualFilesystems: cfg.Scrapers.Filesystem.IncludeVirtualFilesystems,
		ChipFilter: included.add(snapshot.DomainThermal, cfg.Scrapers.Thermal.include()).watch(chips),
	}, errors.Join(disksErr, interfacesErr, mountsErr, processesErr, chipsErr)
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

// scrape takes a snapshot of the domains that are due, records it as metrics, and delivers a document of it when one is due.
func (s *hostScraper) scrape(ctx context.Context) (pmetric.Metrics, error) {
	began := time.Now()
	due := s.schedule.next()
	to := s.documents.next(func() { s.telemetry.HostprobeSnapshotsDropped.Add(ctx, 1) })
	if to != nil { // What is read for a document is recorded as well, whether or not it is due.
		due |= s.documents.domains
	}
	s.takeSnapshot(ctx, began, due, to != nil)
	defer s.lists.release(&s.snapshot.Connections)
	metrics := s.recordAll(ctx)
	if to != nil {
		s.deliver(ctx, to)
	}
	s.report(ctx, due)
	s.reportOverrun(ctx, began, s.cfg.ControllerConfig.CollectionInterval)
	return metrics, s.health.end(due)
}

// takeSnapshot reads the domains, one right after the other, with what a document needs if it is for one. The lists that it
// acquires must be released.
func (s *hostScraper) takeSnapshot(ctx context.Context, began time.Time, due snapshot.Domains, forDocument bool) {
	want := &s.want
	if forDocument {
		want = &s.documents.want
	}
	s.health.begin(forDocument)
	s.probe.Begin(&s.snapshot, began.UnixNano(), want)
	if !s.begun && s.cfg.RootPath != "" && s.snapshot.BootTime == 0 {
		s.logger.Warn("No boot time in proc/stat below root_path; is the host's root directory mounted there?",
			zap.String("root_path", s.cfg.RootPath))
	}
	s.begun = true
	if due.Has(snapshot.DomainConnections) {
		s.lists.acquire(&s.snapshot.Connections, want)
	}
	for d := range due.All() {
		t := time.Now()
		faults := s.probe.Read(ctx, d)
		for i := range faults {
			s.note(ctx, &faults[i])
		}
		s.durations[d] = time.Since(t)
	}
	s.logMissing(due, want)
}

// recordAll records the domains that were filled. The batch is the pipeline's afterwards.
func (s *hostScraper) recordAll(ctx context.Context) pmetric.Metrics {
	s.container.update(&s.snapshot)
	metrics := pmetric.NewMetrics()
	filled := s.snapshot.Filled & s.schedule.domains
	if filled != 0 {
		s.begin(metrics)
	}
	for d := range filled.All() {
		t := time.Now()
		s.telemetry.recordPoints(ctx, d, s.record(ctx, d, metrics))
		s.durations[d] += time.Since(t)
		for _, c := range s.points.Cuts() {
			s.telemetry.recordCut(ctx, c)
		}
	}
	s.points.End()
	s.processes.End()
	s.container.End()
	metrics.ResourceMetrics().RemoveIf(isEmpty)
	return metrics
}

// report records the receiver's own telemetry of a scrape.
func (s *hostScraper) report(ctx context.Context, due snapshot.Domains) {
	for d := range due.All() {
		s.telemetry.recordDuration(ctx, d, s.durations[d])
	}
	filled := &s.snapshot.Filled
	if filled.Has(snapshot.DomainConnections) {
		s.telemetry.recordSockets(ctx, &s.snapshot.Connections)
	}
	if filled.Has(snapshot.DomainProcesses) {
		s.telemetry.recordHidden(ctx, snapshot.DomainProcesses, s.snapshot.Processes.Hidden)
	}
	if filled.Has(snapshot.DomainProcess) {
		s.telemetry.recordHidden(ctx, snapshot.DomainProcess, s.snapshot.ProcessList.Hidden)
	}
	if filled.Has(snapshot.DomainFilesystem) {
		s.telemetry.HostprobeMountsStuck.Record(ctx, int64(s.snapshot.Filesystem.Stuck))
	}
	if n := s.snapshot.Thermal.Cut; n > 0 {
		s.telemetry.recordCut(ctx, record.Cut{Metric: "hw.temperature", Series: int64(n)})
	}
	s.lists.pools.TakeDiscards(func(pool string, n int64) { s.telemetry.recordDiscards(ctx, pool, n) })
}

func (s *hostScraper) reportOverrun(ctx context.Context, began time.Time, interval time.Duration) {
	if time.Since(began) > interval {
		s.telemetry.HostprobeScrapeOverruns.Add(ctx, 1)
	}
}

// begin adds the resource that all metrics of the host share.
func (s *hostScraper) begin(metrics pmetric.Metrics) {
	rm := metrics.ResourceMetrics().AppendEmpty()
	s.resource.CopyTo(rm.Resource())
	s.points.Begin(describeScope(rm, s.version), pcommon.Timestamp(s.snapshot.BootTime), pcommon.Timestamp(s.snapshot.Time))
}

// describeScope gives rm the schema and the scope of the receiver, and returns its metrics.
func describeScope(rm pmetric.ResourceMetrics, version string) pmetric.MetricSlice {
	rm.SetSchemaUrl(conventions.SchemaURL)
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName(metadata.ScopeName)
	sm.Scope().SetVersion(version)
	return sm.Metrics()
}

// record records one domain and returns the number of its points. A panic drops the points that are not written yet.
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
	if record := scrapers[d].record; record != nil {
		record(&s.points, &s.snapshot)
	}
	points = s.points.Flush()
	if d == snapshot.DomainQuota {
		points += s.container.record(metrics, &s.snapshot)
		for _, c := range s.container.Cuts() {
			s.telemetry.recordCut(ctx, c)
		}
	}
	if d == snapshot.DomainProcess {
		processPoints, cut := s.processes.record(metrics, &s.snapshot)
		points += processPoints
		if cut > 0 {
			s.telemetry.recordCut(ctx, record.Cut{Metric: "process", Series: int64(cut)})
		}
	}
	return points
}

// isEmpty reports whether a resource has no metrics: filtered processes, a host of which only processes are recorded, or what was
// being recorded when there was a panic.
func isEmpty(rm pmetric.ResourceMetrics) bool {
	return rm.ScopeMetrics().Len() == 0 || rm.ScopeMetrics().At(0).Metrics().Len() == 0
}

func (s *hostScraper) note(ctx context.Context, f *probe.Fault) {
	s.telemetry.recordError(ctx, f)
	s.health.note(f)
}
