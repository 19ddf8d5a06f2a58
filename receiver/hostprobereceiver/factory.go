// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"go.opentelemetry.io/collector/receiver"

	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// NewFactory creates the factory of the host_probe receiver.
func NewFactory() receiver.Factory {
	return receiver.NewFactory(
		metadata.Type,
		createDefaultConfig,
		receiver.WithMetrics(createMetrics, metadata.MetricsStability),
		receiver.WithLogs(createLogs, metadata.LogsStability),
	)
}
