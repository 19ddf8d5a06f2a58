// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"time"

	"github.com/superviz-io/hostprobe/internal/probe"
)

// ProcessesConfig has the options of the processes scraper.
type ProcessesConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
}

// ProcessConfig has the options of the process scraper.
type ProcessConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
	// Include and Exclude say which processes have series, by the name of their executable: those that are included and
	// not excluded.
	Include ProcessFilter `mapstructure:"include"`
	Exclude ProcessFilter `mapstructure:"exclude"`
	// ScrapeProcessDelay is how old a process must be to have series.
	ScrapeProcessDelay time.Duration `mapstructure:"scrape_process_delay"`
	// MaskCommandLine takes secrets out of process.command_line.
	MaskCommandLine bool `mapstructure:"mask_command_line"`
	// Top leaves most processes to one sum.
	Top TopConfig `mapstructure:"top"`

	// These are keys of host_metrics, accepted without effect: what may not be read is told once, as a state.
	MuteProcessAllErrors   bool `mapstructure:"mute_process_all_errors"`
	MuteProcessCgroupError bool `mapstructure:"mute_process_cgroup_error"`
	MuteProcessExeError    bool `mapstructure:"mute_process_exe_error"`
	MuteProcessIOError     bool `mapstructure:"mute_process_io_error"`
	MuteProcessNameError   bool `mapstructure:"mute_process_name_error"`
	MuteProcessUserError   bool `mapstructure:"mute_process_user_error"`
}

// ProcessFilter selects processes by name.
type ProcessFilter struct {
	FilterConfig FilterConfig `mapstructure:",squash"`
	Names        []string     `mapstructure:"names"`
}

func (p *ProcessFilter) named(path string) namedFilter {
	return namedFilter{path: path, key: "names", matchType: p.FilterConfig.MatchType, patterns: p.Names}
}

// TopConfig says which processes have series of their own.
type TopConfig struct {
	// Count is how many; 0 is all of them. The others are summed.
	Count int `mapstructure:"count"`
	// By is the order in which they are the first: cpu, memory or io.
	By probe.TopBy `mapstructure:"by"`
}

var topOrders = []probe.TopBy{probe.TopByCPU, probe.TopByMemory, probe.TopByIO}

func (p *ProcessConfig) filter() (keep func(name string) bool, err error) {
	return includeExclude(p.Include.named("scrapers::process::include"), p.Exclude.named("scrapers::process::exclude"))
}

func (p *ProcessConfig) validate() []error {
	_, err := p.filter()
	return []error{
		err,
		atLeast("scrapers::process::scrape_process_delay", p.ScrapeProcessDelay, 0),
		atLeast("scrapers::process::top::count", p.Top.Count, 0),
		oneOf("scrapers::process::top::by", p.Top.By, topOrders),
	}
}
