// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"
	conventions "go.opentelemetry.io/otel/semconv/v1.9.0"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/record"
)

// ContainerConfig has the options of the container scraper, which has no metrics.
type ContainerConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`

	_ struct{} // Prevents unkeyed literals.
}

// containerPoints writes the points of the container that the collector runs in under a resource of their own.
type containerPoints struct {
	*record.Recorder // Not that of the host: its batch is this resource.
	attributes       metadata.ResourceAttributesConfig
	filters          []attributeFilter
	host             pcommon.Resource
	version          string
	// around is what was known last of what we run in: the scrapers that tell it may have longer intervals.
	around snapshot.Runtime
}

func newContainerPoints(cfg *Config, version string) containerPoints {
	return containerPoints{Recorder: record.New(&cfg.Metrics, cfg.MaxSeries), attributes: cfg.ResourceAttributes, version: version}
}

// learn takes in what s says of what we run in.
func (c *containerPoints) learn(s *snapshot.Snapshot) {
	now := &s.Runtime
	if s.Filled.Has(snapshot.DomainContainer) {
		c.around.ContainerRuntime, c.around.ContainerID = now.ContainerRuntime, now.ContainerID
	}
	if s.Filled.Has(snapshot.DomainRuntime) {
		c.around.Orchestrator, c.around.Namespace, c.around.ContainerName = now.Orchestrator, now.Namespace, now.ContainerName
		c.around.WorkloadID, c.around.WorkloadName = now.WorkloadID, now.WorkloadName
	}
}

// record writes what s says of our control group and returns how many points that made. A resource without points is
// taken away with the others that say nothing.
func (c *containerPoints) record(metrics pmetric.Metrics, s *snapshot.Snapshot) (points int) {
	rm := metrics.ResourceMetrics().AppendEmpty()
	containerResource(c.attributes, c.host, &c.around).MoveTo(rm.Resource())
	if !isWanted(c.filters, rm.Resource()) {
		return 0
	}
	rm.SetSchemaUrl(conventions.SchemaURL)
	sm := rm.ScopeMetrics().AppendEmpty()
	sm.Scope().SetName(metadata.ScopeName)
	sm.Scope().SetVersion(c.version)
	c.Begin(sm.Metrics(), pcommon.Timestamp(s.BootTime), pcommon.Timestamp(s.Time))
	recordQuota(c.Recorder, &s.Quota)
	return c.Flush()
}
