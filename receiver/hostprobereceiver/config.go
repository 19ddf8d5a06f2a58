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

// Config is the configuration of the receiver with all layers applied.
type Config struct {
	ControllerConfig scraperhelper.ControllerConfig `mapstructure:",squash"`

	// RootPath is the host's root directory as the collector sees it, an absolute path; empty is /. Linux only.
	RootPath string `mapstructure:"root_path"`
	// Template is the set of scrapers and options to start from: standard, or custom where scrapers are named.
	Template Template `mapstructure:"template"`
	// Utilization enables (true) or disables (false) the shares, from 0 to 1, of the scrapers that are on; without it the template
	// decides.
	Utilization bool `mapstructure:"utilization"`
	// Backend is the source of the data: native (Linux), portable (gopsutil), or auto, native where there is one.
	Backend probe.Backend `mapstructure:"backend"`
	// CallTimeout is the deadline of a single call that may block, such as statfs or the read of a sensor.
	CallTimeout time.Duration `mapstructure:"call_timeout"`
	// MaxSeries is the maximum number of series of a metric in a batch.
	MaxSeries int `mapstructure:"max_series"`
	// MaxAttributeLength is the maximum length of an attribute value in bytes; longer values are truncated at a rune.
	MaxAttributeLength int `mapstructure:"max_attribute_length"`
	// MetadataCollectionInterval is a key of host_metrics, accepted without effect.
	MetadataCollectionInterval time.Duration `mapstructure:"metadata_collection_interval"`

	// Pools has the sizes of the pools of socket lists and buffers.
	Pools PoolsConfig `mapstructure:"pools"`
	// Scrapers has the options of each scraper; naming one enables it.
	Scrapers ScrapersConfig `mapstructure:"scrapers"`
	// Snapshot has the options of the snapshot documents.
	Snapshot SnapshotConfig `mapstructure:"snapshot"`

	// Metrics has the settings of each metric.
	Metrics metadata.MetricsConfig `mapstructure:"metrics"`
	// ResourceAttributes has the settings of each resource attribute.
	ResourceAttributes metadata.ResourceAttributesConfig `mapstructure:"resource_attributes"`

	written written
	_       struct{} // Prevents unkeyed literals.
}

// PoolsConfig sizes the pools. Receivers with the same sizes share them.
type PoolsConfig struct {
	// TCP is the pool of lists of TCP sockets.
	TCP PoolConfig `mapstructure:"tcp"`
	// UDP is the pool of lists of UDP sockets.
	UDP PoolConfig `mapstructure:"udp"`
	// Unix is the pool of lists of unix sockets.
	Unix PoolConfig `mapstructure:"unix"`
	// Listeners is the pool of lists of listeners.
	Listeners PoolConfig `mapstructure:"listeners"`
	// JSON is the pool of buffers for documents, in bytes.
	JSON PoolConfig `mapstructure:"json"`

	_ struct{} // Prevents unkeyed literals.
}

func (p *PoolsConfig) sizes() pool.Sizes {
	return pool.Sizes{
		TCP:       p.TCP.size(),
		UDP:       p.UDP.size(),
		Unix:      p.Unix.size(),
		Listeners: p.Listeners.size(),
		JSON:      p.JSON.size(),
	}
}

// PoolConfig is the size of a pool's objects, in elements of a list or bytes of a buffer.
type PoolConfig struct {
	// Capacity is the initial capacity of an object.
	Capacity int `mapstructure:"capacity"`
	// Limit is the capacity above which a returned object is discarded.
	Limit int `mapstructure:"limit"`

	_ struct{} // Prevents unkeyed literals.
}

func (p *PoolConfig) size() pool.Size { return pool.Size{Capacity: p.Capacity, Limit: p.Limit} }

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

	_ struct{} // Prevents unkeyed literals.
}

// ScraperConfig has the options that every scraper has.
type ScraperConfig struct {
	// Enabled is true for the scrapers of the template and for those named below scrapers.
	Enabled bool `mapstructure:"enabled"`
	// Interval is rounded to a multiple of collection_interval; 0s is every scrape.
	Interval time.Duration `mapstructure:"interval"`

	_ struct{} // Prevents unkeyed literals.
}

// SnapshotConfig has the options of the snapshot documents, which the receiver emits in a logs pipeline.
type SnapshotConfig struct {
	// Format is the type of the log record's body.
	Format SnapshotFormat `mapstructure:"format"`
	// Interval is the time between two documents, beside metrics rounded to a multiple of collection_interval.
	Interval time.Duration `mapstructure:"interval"`
	// Include selects sections of the document by scraper; empty selects every section that is collected.
	Include []string `mapstructure:"include"`
	// Addresses selects how much of a peer's address the document shows.
	Addresses AddressForm `mapstructure:"addresses"`

	_ struct{} // Prevents unkeyed literals.
}

// SnapshotFormat is a type of the body of a snapshot document.
type SnapshotFormat string

// The formats.
const (
	SnapshotJSON SnapshotFormat = "json" // A JSON text.
	SnapshotMap  SnapshotFormat = "map"  // A map.
)

// AddressForm is how much of an address is shown.
type AddressForm string

// The forms of an address.
const (
	AddressFull   AddressForm = "full"
	AddressPrefix AddressForm = "prefix"
	AddressNone   AddressForm = "none"
)

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
			Connections: defaultConnectionsConfig(),
			Process:     defaultProcessConfig(),
		},
		Snapshot:           SnapshotConfig{Format: SnapshotJSON, Interval: time.Minute, Addresses: AddressFull},
		Metrics:            metadata.DefaultMetricsConfig(),
		ResourceAttributes: metadata.DefaultResourceAttributesConfig(),
	}
}

var (
	_ confmap.Unmarshaler = (*Config)(nil)
	_ confmap.Marshaler   = Config{}
	_ confmap.Validator   = (*Config)(nil)
)

var (
	backends        = []probe.Backend{probe.BackendAuto, probe.BackendNative, probe.BackendPortable}
	snapshotFormats = []SnapshotFormat{SnapshotJSON, SnapshotMap}
	addressForms    = []AddressForm{AddressFull, AddressPrefix, AddressNone}
)

// minCollectionInterval bounds the scrapes per second: a short one mostly is a number whose unit was forgotten.
const minCollectionInterval = 100 * time.Millisecond

// Validate checks each value by itself. Errors name the key and the valid values.
func (cfg *Config) Validate() error {
	return errors.Join(
		oneOf("template", cfg.Template, templates),
		oneOf("backend", cfg.Backend, backends),
		cfg.validateRoot(),
		atLeast("collection_interval", cfg.ControllerConfig.CollectionInterval, minCollectionInterval),
		atLeast("initial_delay", cfg.ControllerConfig.InitialDelay, 0),
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
		return errors.New("root_path: supported on Linux only")
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
		errs = append(errs, fmt.Errorf("scrapers: no scraper is enabled; valid scrapers: %s", strings.Join(scraperNames(), ", ")))
	}
	return errors.Join(errs...)
}

// maxPoolCapacity bounds the initial capacity: an object larger than the memory would crash the collector at the first scrape.
const maxPoolCapacity = 1 << 24

func (p *PoolsConfig) validate() error {
	return errors.Join(
		p.TCP.validate("pools::tcp"),
		p.UDP.validate("pools::udp"),
		p.Unix.validate("pools::unix"),
		p.Listeners.validate("pools::listeners"),
		p.JSON.validate("pools::json"),
	)
}

func (p *PoolConfig) validate(path string) error {
	return errors.Join(
		atLeast(join(path, "capacity"), p.Capacity, 1),
		atMost(join(path, "capacity"), p.Capacity, maxPoolCapacity),
		atLeast(join(path, "limit"), p.Limit, p.Capacity),
	)
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
	err := fmt.Errorf("%s: %v is less than %v", key, value, least)
	d, isDuration := any(value).(time.Duration)
	if !isDuration || d <= 0 || d >= time.Millisecond {
		return err
	}
	meant := "10s"
	if d < time.Microsecond {
		meant = fmt.Sprintf("%ds", d)
	}
	return fmt.Errorf("%w; a number without a unit is in nanoseconds: write a unit, such as %s", err, meant)
}

func atMost(key string, value, most int) error {
	if value <= most {
		return nil
	}
	return fmt.Errorf("%s: %d is more than %d", key, value, most)
}
