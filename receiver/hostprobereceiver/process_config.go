// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

// ProcessesConfig has the options of the processes scraper.
type ProcessesConfig struct {
	ScraperConfig `mapstructure:",squash"`
}
