// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"go.opentelemetry.io/collector/confmap"
	"go.opentelemetry.io/collector/scraper/scraperhelper"

	"github.com/superviz-io/hostprobe/internal/pool"
	"github.com/superviz-io/hostprobe/internal/probe"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// Config is the configuration of the receiver with all layers applied: what metadata.yaml says, the template, the
// receiver's metrics and resource_attributes, and those of its scrapers.
type Config struct {
	ControllerConfig scraperhelper.ControllerConfig `mapstructure:",squash"`

	// RootPath is the host's root directory when the collector runs in a container; empty is /.
	RootPath string `mapstructure:"root_path"`
	// Template is the set of scrapers and options to start from.
	Template Template `mapstructure:"template"`
	// Backend is where the numbers come from: auto, native or portable.
	Backend probe.Backend `mapstructure:"backend"`
	// CallTimeout is the deadline of one call that may block.
	CallTimeout time.Duration `mapstructure:"call_timeout"`
	// MaxSeries is the largest number of series of one metric in one batch.
	MaxSeries int `mapstructure:"max_series"`
	// MaxAttributeLength is the largest number of bytes of an attribute's value; longer ones are cut at a rune.
	MaxAttributeLength int `mapstructure:"max_attribute_length"`
	// MetadataCollectionInterval is a key of host_metrics, accepted without effect.
	MetadataCollectionInterval time.Duration `mapstructure:"metadata_collection_interval"`

	Pools    PoolsConfig    `mapstructure:"pools"`
	Scrapers ScrapersConfig `mapstructure:"scrapers"`
	Snapshot SnapshotConfig `mapstructure:"snapshot"`

	Metrics            metadata.MetricsConfig            `mapstructure:"metrics"`
	ResourceAttributes metadata.ResourceAttributesConfig `mapstructure:"resource_attributes"`
}

// PoolsConfig sizes the pools, which receivers with the same sizes share.
type PoolsConfig struct {
	TCP       PoolConfig `mapstructure:"tcp"`
	UDP       PoolConfig `mapstructure:"udp"`
	Unix      PoolConfig `mapstructure:"unix"`
	Listeners PoolConfig `mapstructure:"listeners"`
	JSON      PoolConfig `mapstructure:"json"`
}

func (p *PoolsConfig) sizes() pool.Sizes {
	return pool.Sizes{
		TCP:       pool.Size(p.TCP),
		UDP:       pool.Size(p.UDP),
		Unix:      pool.Size(p.Unix),
		Listeners: pool.Size(p.Listeners),
		JSON:      pool.Size(p.JSON),
	}
}

// PoolConfig is the size of a pool's objects: elements of a slice, bytes of a buffer.
type PoolConfig struct {
	// Capacity is what an object starts with.
	Capacity int `mapstructure:"capacity"`
	// Limit is the capacity above which an object is not kept.
	Limit int `mapstructure:"limit"`
}

// ScrapersConfig has the options of each scraper.
type ScrapersConfig struct {
	Connections ConnectionsConfig `mapstructure:"connections"`
	Container   ContainerConfig   `mapstructure:"container"`
	CPU         CPUConfig         `mapstructure:"cpu"`
	Disk        DiskConfig        `mapstructure:"disk"`
	Filesystem  FilesystemConfig  `mapstructure:"filesystem"`
	Load        LoadConfig        `mapstructure:"load"`
	Memory      MemoryConfig      `mapstructure:"memory"`
	NFS         NFSConfig         `mapstructure:"nfs"`
	Network     NetworkConfig     `mapstructure:"network"`
	Paging      PagingConfig      `mapstructure:"paging"`
	Pressure    PressureConfig    `mapstructure:"pressure"`
	Process     ProcessConfig     `mapstructure:"process"`
	Processes   ProcessesConfig   `mapstructure:"processes"`
	Quota       QuotaConfig       `mapstructure:"quota"`
	Runtime     RuntimeConfig     `mapstructure:"runtime"`
	System      SystemConfig      `mapstructure:"system"`
	Thermal     ThermalConfig     `mapstructure:"thermal"`
}

// ScraperConfig is what every scraper can be told.
type ScraperConfig struct {
	Enabled bool `mapstructure:"enabled"`
	// Interval is rounded to a multiple of collection_interval; 0 is every time.
	Interval time.Duration `mapstructure:"interval"`
}

// SnapshotConfig is the form of the snapshot documents.
type SnapshotConfig struct {
	Format   string        `mapstructure:"format"`
	Interval time.Duration `mapstructure:"interval"`
	// Include names the sections of the document; empty is every section that is collected.
	Include []string `mapstructure:"include"`
	// Addresses says how much of a remote address the document shows.
	Addresses string `mapstructure:"addresses"`
}

// baseConfig has the default of every key, and no scraper enabled.
func baseConfig() *Config {
	connections := PoolConfig{Capacity: 64, Limit: 1024}
	return &Config{
		ControllerConfig:           scraperhelper.NewDefaultControllerConfig(),
		Template:                   TemplateStandard,
		Backend:                    probe.BackendAuto,
		CallTimeout:                time.Second,
		MaxSeries:                  20_000,
		MaxAttributeLength:         1024,
		MetadataCollectionInterval: 5 * time.Minute,
		Pools: PoolsConfig{
			TCP:       PoolConfig{Capacity: 256, Limit: 1024},
			UDP:       connections,
			Unix:      connections,
			Listeners: connections,
			JSON:      PoolConfig{Capacity: 16 << 10, Limit: 1 << 20},
		},
		Scrapers: ScrapersConfig{
			Connections: ConnectionsConfig{MaxConnections: 1024, MaxOwners: 100},
			Process:     ProcessConfig{MaskCommandLine: true, Top: TopConfig{By: probe.TopByCPU}},
		},
		Snapshot:           SnapshotConfig{Format: "json", Interval: time.Minute, Addresses: "full"},
		Metrics:            metadata.DefaultMetricsConfig(),
		ResourceAttributes: metadata.DefaultResourceAttributesConfig(),
	}
}

var (
	_ confmap.Unmarshaler = (*Config)(nil)
	_ confmap.Validator   = (*Config)(nil)
)

var (
	backends        = []probe.Backend{probe.BackendAuto, probe.BackendNative, probe.BackendPortable}
	snapshotFormats = []string{"json", "map"}
	addressForms    = []string{"full", "prefix", "none"}
)

// Validate checks what one value says for itself. Errors name the key and what is valid.
func (cfg *Config) Validate() error {
	return errors.Join(
		oneOf("template", cfg.Template, templates),
		oneOf("backend", cfg.Backend, backends),
		cfg.validateRoot(),
		atLeast("call_timeout", cfg.CallTimeout, time.Millisecond),
		atLeast("max_series", cfg.MaxSeries, 1),
		atLeast("max_attribute_length", cfg.MaxAttributeLength, 1),
		atLeast("metadata_collection_interval", cfg.MetadataCollectionInterval, 0),
		cfg.validateScrapers(),
		cfg.Pools.validate(),
		cfg.Snapshot.validate(),
	)
}

func (cfg *Config) validateRoot() error {
	switch {
	case cfg.RootPath == "":
		return nil
	case runtime.GOOS != "linux":
		return errors.New("root_path: only Linux knows a host below another root")
	case !filepath.IsAbs(cfg.RootPath):
		return fmt.Errorf("root_path: %q is not an absolute path", cfg.RootPath)
	}
	info, err := os.Stat(cfg.RootPath)
	if err != nil {
		return fmt.Errorf("root_path: %w", err)
	}
	if !info.IsDir() {
		return fmt.Errorf("root_path: %q is not a directory", cfg.RootPath)
	}
	return nil
}

func (cfg *Config) validateScrapers() error {
	var errs []error
	enabled := false
	for d := range snapshot.NumDomains {
		spec := &scrapers[d]
		enabled = enabled || isEnabled(cfg, d)
		errs = append(errs, atLeast("scrapers::"+d.String()+"::interval", spec.config(&cfg.Scrapers).Interval, 0))
		if spec.validate != nil {
			errs = append(errs, spec.validate(&cfg.Scrapers))
		}
	}
	if !enabled {
		errs = append(errs, fmt.Errorf("scrapers: nothing is left to collect; valid scrapers: %s", strings.Join(scraperNames(), ", ")))
	}
	return errors.Join(errs...)
}

// maxPoolCapacity is what a pool may be told to start with: a slice that there is no memory for would end the collector, at
// the first scrape.
const maxPoolCapacity = 1 << 24

func (p *PoolsConfig) validate() error {
	var errs []error
	for _, size := range []struct {
		key string
		*PoolConfig
	}{{"tcp", &p.TCP}, {"udp", &p.UDP}, {"unix", &p.Unix}, {"listeners", &p.Listeners}, {"json", &p.JSON}} {
		key := "pools::" + size.key
		errs = append(errs,
			atLeast(key+"::capacity", size.Capacity, 1),
			atMost(key+"::capacity", size.Capacity, maxPoolCapacity),
			atLeast(key+"::limit", size.Limit, size.Capacity))
	}
	return errors.Join(errs...)
}

func (s *SnapshotConfig) validate() error {
	errs := []error{
		oneOf("snapshot::format", s.Format, snapshotFormats),
		oneOf("snapshot::addresses", s.Addresses, addressForms),
		atLeast("snapshot::interval", s.Interval, time.Second),
	}
	for _, section := range s.Include {
		errs = append(errs, oneOf("snapshot::include", section, sections()))
	}
	return errors.Join(errs...)
}

func oneOf[T ~string](key string, value T, valid []T) error {
	if slices.Contains(valid, value) {
		return nil
	}
	names := make([]string, len(valid))
	for i, v := range valid {
		names[i] = string(v)
	}
	return unknown(key, "value", string(value), names)
}

func atLeast[T int | time.Duration](key string, value, least T) error {
	if value >= least {
		return nil
	}
	return fmt.Errorf("%s: %v is less than %v", key, value, least)
}

func atMost(key string, value, most int) error {
	if value <= most {
		return nil
	}
	return fmt.Errorf("%s: %d is more than %d", key, value, most)
}
