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

// ConnectionsConfig has the parts of the connections scraper.
type ConnectionsConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
	// TCPStats, UDPSockets and UnixSockets are the sockets of that protocol in system.network.connections.
	TCPStats    bool `mapstructure:"tcp_stats"`
	UDPSockets  bool `mapstructure:"udp_sockets"`
	UnixSockets bool `mapstructure:"unix_sockets"`
	// ListeningPorts is the queues and drops of listeners.
	ListeningPorts bool `mapstructure:"listening_ports"`
	// Protocols is what the protocols count by themselves.
	Protocols bool `mapstructure:"protocols"`
	// TCPConnections is the list of TCP sockets in the snapshot, with their owners.
	TCPConnections bool `mapstructure:"tcp_connections"`
	// MaxConnections is how long that list may be.
	MaxConnections int `mapstructure:"max_connections"`
	// MaxOwners is how many owners of sockets are told apart; the others are one point.
	MaxOwners int `mapstructure:"max_owners"`
}

// ContainerConfig has the options of the container scraper.
type ContainerConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
}

// CPUConfig has the options of the cpu scraper.
type CPUConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
}

// DiskConfig has the options of the disk scraper.
type DiskConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
	// Include and Exclude say which devices have series: those that are included and not excluded.
	Include DeviceFilter `mapstructure:"include"`
	Exclude DeviceFilter `mapstructure:"exclude"`
}

// filter reports whether a device has series, by its name. It is nil if every one has.
func (d *DiskConfig) filter() (keep func(device string) bool, err error) {
	return includeExclude(d.Include.named("scrapers::disk::include"), d.Exclude.named("scrapers::disk::exclude"))
}

// LoadConfig has the options of the load scraper.
type LoadConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
	// CPUAverage divides the load averages by the number of logical CPUs online.
	CPUAverage bool `mapstructure:"cpu_average"`
}

// MemoryConfig has the options of the memory scraper.
type MemoryConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
}

// NFSConfig has the options of the nfs scraper.
type NFSConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
}

// PagingConfig has the options of the paging scraper.
type PagingConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
}

// PressureConfig has the parts of the pressure scraper: the resources.
type PressureConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`

	CPU    bool `mapstructure:"cpu"`
	Memory bool `mapstructure:"memory"`
	IO     bool `mapstructure:"io"`
	IRQ    bool `mapstructure:"irq"`
}

// QuotaConfig has the options of the quota scraper.
type QuotaConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
}

// RuntimeConfig has the options of the runtime scraper.
type RuntimeConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
}

// SystemConfig has the parts of the system scraper.
type SystemConfig struct {
	ScraperConfig ScraperConfig `mapstructure:",squash"`
	// Uptime is system.uptime, Activity everything else.
	Uptime   bool `mapstructure:"uptime"`
	Activity bool `mapstructure:"activity"`
}

// of returns what every scraper can be told, of the one that reads d.
func (s *ScrapersConfig) of(d snapshot.Domain) *ScraperConfig {
	return [snapshot.NumDomains]*ScraperConfig{
		snapshot.DomainConnections: &s.Connections.ScraperConfig,
		snapshot.DomainFilesystem:  &s.Filesystem.ScraperConfig,

		snapshot.DomainCPU:      &s.CPU.ScraperConfig,
		snapshot.DomainDisk:     &s.Disk.ScraperConfig,
		snapshot.DomainNFS:      &s.NFS.ScraperConfig,
		snapshot.DomainLoad:     &s.Load.ScraperConfig,
		snapshot.DomainMemory:   &s.Memory.ScraperConfig,
		snapshot.DomainNetwork:  &s.Network.ScraperConfig,
		snapshot.DomainPaging:   &s.Paging.ScraperConfig,
		snapshot.DomainPressure: &s.Pressure.ScraperConfig,
		snapshot.DomainProcess:  &s.Process.ScraperConfig,
		snapshot.DomainQuota:    &s.Quota.ScraperConfig,
		snapshot.DomainSystem:   &s.System.ScraperConfig,
		snapshot.DomainThermal:  &s.Thermal.ScraperConfig,

		snapshot.DomainProcesses: &s.Processes.ScraperConfig,
		snapshot.DomainContainer: &s.Container.ScraperConfig,
		snapshot.DomainRuntime:   &s.Runtime.ScraperConfig,
	}[d]
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
		s := cfg.Scrapers.of(d)
		enabled = enabled || s.Enabled
		errs = append(errs, atLeast("scrapers::"+d.String()+"::interval", s.Interval, 0))
	}
	_, diskErr := cfg.Scrapers.Disk.filter()
	_, networkErr := cfg.Scrapers.Network.filter()
	errs = append(errs, diskErr, networkErr,
		atLeast("scrapers::connections::max_connections", cfg.Scrapers.Connections.MaxConnections, 1),
		atLeast("scrapers::connections::max_owners", cfg.Scrapers.Connections.MaxOwners, 1))
	errs = append(errs, cfg.Scrapers.Process.validate()...)
	_, filesystemErr := cfg.Scrapers.Filesystem.filter()
	_, thermalErr := cfg.Scrapers.Thermal.filter()
	errs = append(errs, filesystemErr, thermalErr)
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
