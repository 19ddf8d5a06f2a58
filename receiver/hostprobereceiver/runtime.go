// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import "github.com/superviz-io/hostprobe/internal/snapshot"

// RuntimeConfig has the options of the runtime scraper, which has no metrics.
type RuntimeConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`

	_ struct{} // Prevents unkeyed literals.
}

func wantRuntimeDocument(_ *Config, want *snapshot.Want) { want.Runtime.Available = true }
