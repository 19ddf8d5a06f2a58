// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"time"

	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/metric"

	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/record"
)

// telemetry records the receiver's own metrics. The options, which carry the attributes, are made once.
type telemetry struct {
	*metadata.TelemetryBuilder
	byScraper [snapshot.NumDomains][]metric.RecordOption
	points    [snapshot.NumDomains][]metric.AddOption
	errors    [snapshot.NumDomains][probe.NumReasons][]metric.AddOption
}

func newTelemetry(b *metadata.TelemetryBuilder) *telemetry {
	t := &telemetry{TelemetryBuilder: b}
	for d := range snapshot.NumDomains {
		scraper := attribute.String("scraper", d.String())
		set := metric.WithAttributeSet(attribute.NewSet(scraper))
		t.byScraper[d], t.points[d] = []metric.RecordOption{set}, []metric.AddOption{set}
		for r := range probe.NumReasons {
			t.errors[d][r] = []metric.AddOption{
				metric.WithAttributeSet(attribute.NewSet(scraper, attribute.String("reason", r.String()))),
			}
		}
	}
	return t
}

// The options of the metrics by protocol.
var (
	ofTCP  = ofProtocol("tcp")
	ofUDP  = ofProtocol("udp")
	ofUnix = ofProtocol("unix")
)

func ofProtocol(name string) []metric.AddOption {
	return []metric.AddOption{metric.WithAttributeSet(attribute.NewSet(attribute.String("protocol", name)))}
}

func (t *telemetry) recordDuration(ctx context.Context, d snapshot.Domain, duration time.Duration) {
	t.HostprobeScraperDuration.Record(ctx, duration.Seconds(), t.byScraper[d]...)
}

func (t *telemetry) recordPoints(ctx context.Context, d snapshot.Domain, points int) {
	t.HostprobeScraperPoints.Add(ctx, int64(points), t.points[d]...)
}

func (t *telemetry) recordError(ctx context.Context, f *probe.Fault) {
	t.HostprobeScraperErrors.Add(ctx, 1, t.errors[f.Domain][f.Reason]...)
}

func (t *telemetry) recordCut(ctx context.Context, c record.Cut) {
	t.HostprobeSeriesCut.Add(ctx, c.Series, metric.WithAttributes(attribute.String("metric", c.Metric)))
}

func (t *telemetry) recordHidden(ctx context.Context, d snapshot.Domain, n uint64) {
	t.HostprobeObjectsHidden.Record(ctx, int64(n), t.byScraper[d]...)
}

func (t *telemetry) recordDiscards(ctx context.Context, pool string, n int64) {
	t.HostprobePoolDiscards.Add(ctx, n, metric.WithAttributes(attribute.String("pool", pool)))
}

// recordSockets records the source of the socket counts and, where owners are read, the share of sockets with a known owner.
func (t *telemetry) recordSockets(ctx context.Context, c *snapshot.Connections) {
	var fallback int64
	if c.Fallback {
		fallback = 1
	}
	t.HostprobeSocketsFallback.Record(ctx, fallback)
	t.recordLists(ctx, c.TCPSocketsSeen, len(c.TCPSockets), ofTCP)
	t.recordLists(ctx, c.UDPSocketsSeen, len(c.UDPSockets), ofUDP)
	t.recordLists(ctx, c.UnixSocketsSeen, len(c.UnixSockets), ofUnix)
	if c.Holdable > 0 {
		t.HostprobeOwnersAttributed.Record(ctx, share(c.Attributed, c.Holdable))
	}
}

// recordLists records the number of sockets seen for a list, and of those that it dropped.
func (t *telemetry) recordLists(ctx context.Context, seen uint64, listed int, options []metric.AddOption) {
	if seen > 0 {
		t.HostprobeSocketsSeen.Add(ctx, int64(seen), options...)
		t.HostprobeSocketsCut.Add(ctx, int64(seen)-int64(listed), options...)
	}
}
