// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"go.opentelemetry.io/collector/pdata/pcommon"
	"go.opentelemetry.io/collector/pdata/pmetric"

	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/record"
)

// ContainerConfig has the options of the container scraper, which has no metrics.
type ContainerConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`

	_ struct{} // Prevents unkeyed literals.
}

// containerPoints writes the points of the container that the collector runs in, below a resource of their own.
type containerPoints struct {
	*record.Recorder // Separate from the host's: its batch is this resource.
	attributes       metadata.ResourceAttributesConfig
	filters          []attributeFilter
	host             pcommon.Resource
	version          string
	// detected is what the last scrapes of container and runtime detected; their intervals may be longer than that of quota.
	detected snapshot.Runtime
}

func newContainerPoints(cfg *Config, version string) containerPoints {
	return containerPoints{Recorder: record.New(&cfg.Metrics, cfg.MaxSeries), attributes: cfg.ResourceAttributes, version: version}
}

// update keeps what the snapshot has detected, for the domains that were read.
func (c *containerPoints) update(s *snapshot.Snapshot) {
	now := &s.Runtime
	if s.Filled.Has(snapshot.DomainContainer) {
		c.detected.ContainerRuntime, c.detected.ContainerID = now.ContainerRuntime, now.ContainerID
	}
	if s.Filled.Has(snapshot.DomainRuntime) {
		c.detected.Orchestrator, c.detected.Namespace, c.detected.ContainerName = now.Orchestrator, now.Namespace, now.ContainerName
		c.detected.WorkloadID, c.detected.WorkloadName = now.WorkloadID, now.WorkloadName
	}
}

// record writes the points of the collector's cgroup and returns their number. A resource without points is removed with all
// other empty ones.
func (c *containerPoints) record(metrics pmetric.Metrics, s *snapshot.Snapshot) (points int) {
	rm := metrics.ResourceMetrics().AppendEmpty()
	containerResource(c.attributes, c.host, &c.detected).MoveTo(rm.Resource())
	if !isWanted(c.filters, rm.Resource()) {
		return 0
	}
	c.Begin(describeScope(rm, c.version), pcommon.Timestamp(s.BootTime), pcommon.Timestamp(s.Time))
	recordQuota(c.Recorder, &s.Quota)
	return c.Flush()
}
