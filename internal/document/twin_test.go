// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import (
	"bytes"
	"encoding/json"
	"math"
	"math/big"
	"net/netip"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// The twin is the document as anybody would write it: structs for encoding/json.
type twin struct {
	Timestamp   string           `json:"timestamp"`
	Platform    string           `json:"platform,omitempty"`
	Hostname    string           `json:"hostname,omitempty"`
	CollectedAt int64            `json:"collected_at_us"`
	CPU         *twinCPU         `json:"cpu,omitempty"`
	Memory      *twinMemory      `json:"memory,omitempty"`
	Load        *twinLoad        `json:"load,omitempty"`
	Disk        *twinDisk        `json:"disk,omitempty"`
	Network     *twinNetwork     `json:"network,omitempty"`
	IO          *twinIO          `json:"io,omitempty"`
	Process     *twinProcess     `json:"process,omitempty"`
	Thermal     *twinThermal     `json:"thermal,omitempty"`
	Switches    *twinSwitches    `json:"context_switches,omitempty"`
	Connections *twinConnections `json:"connections,omitempty"`
	Quota       *twinQuota       `json:"quota,omitempty"`
	Container   *twinContainer   `json:"container,omitempty"`
	Runtime     *twinRuntime     `json:"runtime,omitempty"`
}

type twinCPU struct {
	Usage     *float64      `json:"usage_percent,omitempty"`
	Cores     int           `json:"cores,omitempty"`
	Frequency *float64      `json:"frequency_mhz,omitempty"`
	Pressure  *twinPressure `json:"pressure,omitempty"`
}

type twinPressure struct {
	SomeAvg10  *float64 `json:"some_avg10,omitempty"`
	SomeAvg60  *float64 `json:"some_avg60,omitempty"`
	SomeAvg300 *float64 `json:"some_avg300,omitempty"`
	SomeTotal  *int64   `json:"some_total_us,omitempty"`
	FullAvg10  *float64 `json:"full_avg10,omitempty"`
	FullAvg60  *float64 `json:"full_avg60,omitempty"`
	FullAvg300 *float64 `json:"full_avg300,omitempty"`
	FullTotal  *int64   `json:"full_total_us,omitempty"`
}

type twinMemory struct {
	Total     *int64        `json:"total_bytes,omitempty"`
	Available *int64        `json:"available_bytes,omitempty"`
	Used      *int64        `json:"used_bytes,omitempty"`
	Cached    *int64        `json:"cached_bytes,omitempty"`
	Buffers   *int64        `json:"buffers_bytes,omitempty"`
	SwapTotal *int64        `json:"swap_total_bytes,omitempty"`
	SwapUsed  *int64        `json:"swap_used_bytes,omitempty"`
	Percent   *float64      `json:"used_percent,omitempty"`
	Pressure  *twinPressure `json:"pressure,omitempty"`
}

type twinLoad struct {
	One     *float64 `json:"load_1min,omitempty"`
	Five    *float64 `json:"load_5min,omitempty"`
	Fifteen *float64 `json:"load_15min,omitempty"`
}

type twinDisk struct {
	Partitions *[]twinPartition `json:"partitions,omitempty"`
	Usage      *[]twinUsage     `json:"usage,omitempty"`
	IO         *[]twinDevice    `json:"io,omitempty"`
}

type twinPartition struct {
	Device  string `json:"device,omitempty"`
	Mount   string `json:"mount_point"`
	Type    string `json:"fs_type,omitempty"`
	Options string `json:"options,omitempty"`
}

type twinUsage struct {
	Path        string   `json:"path"`
	Total       *int64   `json:"total_bytes,omitempty"`
	Used        *int64   `json:"used_bytes,omitempty"`
	Free        *int64   `json:"free_bytes,omitempty"`
	Percent     *float64 `json:"used_percent,omitempty"`
	InodesTotal *int64   `json:"inodes_total,omitempty"`
	InodesUsed  *int64   `json:"inodes_used,omitempty"`
	InodesFree  *int64   `json:"inodes_free,omitempty"`
}

type twinDevice struct {
	Device     string `json:"device"`
	Reads      *int64 `json:"reads_completed,omitempty"`
	ReadBytes  *int64 `json:"read_bytes,omitempty"`
	ReadTime   *int64 `json:"read_time_us,omitempty"`
	Writes     *int64 `json:"writes_completed,omitempty"`
	WriteBytes *int64 `json:"write_bytes,omitempty"`
	WriteTime  *int64 `json:"write_time_us,omitempty"`
	Pending    *int64 `json:"io_in_progress,omitempty"`
	Time       *int64 `json:"io_time_us,omitempty"`
	Weighted   *int64 `json:"weighted_io_time_us,omitempty"`
}

type twinNetwork struct {
	Interfaces []twinInterface `json:"interfaces,omitempty"`
	Stats      []twinStats     `json:"stats,omitempty"`
}

type twinInterface struct {
	Name     string    `json:"name"`
	MAC      string    `json:"mac_address,omitempty"`
	MTU      *int64    `json:"mtu,omitempty"`
	Up       *bool     `json:"is_up,omitempty"`
	Loopback *bool     `json:"is_loopback,omitempty"`
	Flags    *[]string `json:"flags,omitempty"`
}

type twinStats struct {
	Interface   string `json:"interface"`
	BytesRecv   *int64 `json:"bytes_recv,omitempty"`
	BytesSent   *int64 `json:"bytes_sent,omitempty"`
	PacketsRecv *int64 `json:"packets_recv,omitempty"`
	PacketsSent *int64 `json:"packets_sent,omitempty"`
	ErrorsIn    *int64 `json:"errors_in,omitempty"`
	ErrorsOut   *int64 `json:"errors_out,omitempty"`
	DropsIn     *int64 `json:"drops_in,omitempty"`
	DropsOut    *int64 `json:"drops_out,omitempty"`
}

type twinIO struct {
	Reads      *int64        `json:"read_ops,omitempty"`
	ReadBytes  *int64        `json:"read_bytes,omitempty"`
	Writes     *int64        `json:"write_ops,omitempty"`
	WriteBytes *int64        `json:"write_bytes,omitempty"`
	Pressure   *twinPressure `json:"pressure,omitempty"`
}

type twinProcess struct {
	PID   *int64     `json:"current_pid,omitempty"`
	Count *int64     `json:"process_count,omitempty"`
	Top   *[]twinOne `json:"top_processes,omitempty"`
}

type twinOne struct {
	PID     int64    `json:"pid"`
	Name    string   `json:"process_name,omitempty"`
	CPU     *float64 `json:"cpu_percent,omitempty"`
	RSS     *int64   `json:"memory_rss_bytes,omitempty"`
	VMS     *int64   `json:"memory_vms_bytes,omitempty"`
	Percent *float64 `json:"memory_percent,omitempty"`
	Threads *int64   `json:"num_threads,omitempty"`
	FDs     *int64   `json:"num_fds,omitempty"`
	Read    *int64   `json:"read_bytes_per_sec,omitempty"`
	Write   *int64   `json:"write_bytes_per_sec,omitempty"`
	State   string   `json:"state,omitempty"`
}

type twinThermal struct {
	Supported bool       `json:"supported"`
	Zones     []twinZone `json:"zones"`
}

type twinZone struct {
	Name  string   `json:"name"`
	Label string   `json:"label,omitempty"`
	Now   *float64 `json:"temp_celsius,omitempty"`
	Max   *float64 `json:"temp_max,omitempty"`
	Crit  *float64 `json:"temp_crit,omitempty"`
}

type twinSwitches struct {
	System *int64    `json:"system_total,omitempty"`
	Self   *twinSelf `json:"self,omitempty"`
}

type twinSelf struct {
	Voluntary   *int64 `json:"voluntary,omitempty"`
	Involuntary *int64 `json:"involuntary,omitempty"`
}

type twinConnections struct {
	Stats     *twinTCPStats   `json:"tcp_stats,omitempty"`
	TCP       *[]twinTCP      `json:"tcp_connections,omitempty"`
	UDP       *[]twinUDP      `json:"udp_sockets,omitempty"`
	Unix      *[]twinUnix     `json:"unix_sockets,omitempty"`
	Listeners *[]twinListener `json:"listening_ports,omitempty"`
}

type twinTCPStats struct {
	Established int64 `json:"established"`
	SynSent     int64 `json:"syn_sent"`
	SynRecv     int64 `json:"syn_recv"`
	FinWait1    int64 `json:"fin_wait1"`
	FinWait2    int64 `json:"fin_wait2"`
	TimeWait    int64 `json:"time_wait"`
	Close       int64 `json:"close"`
	CloseWait   int64 `json:"close_wait"`
	LastAck     int64 `json:"last_ack"`
	Listen      int64 `json:"listen"`
	Closing     int64 `json:"closing"`
	Total       int64 `json:"total"`
}

type twinTCP struct {
	Family     string `json:"family"`
	LocalAddr  string `json:"local_addr"`
	LocalPort  uint16 `json:"local_port"`
	RemoteAddr string `json:"remote_addr,omitempty"`
	RemotePort uint16 `json:"remote_port"`
	State      string `json:"state"`
	PID        int32  `json:"pid,omitempty"`
	Name       string `json:"process_name,omitempty"`
}

type twinUDP struct {
	Family     string  `json:"family"`
	LocalAddr  string  `json:"local_addr"`
	LocalPort  uint16  `json:"local_port"`
	RemoteAddr string  `json:"remote_addr,omitempty"`
	RemotePort *uint16 `json:"remote_port,omitempty"`
	State      string  `json:"state"`
	PID        int32   `json:"pid,omitempty"`
	Name       string  `json:"process_name,omitempty"`
}

type twinUnix struct {
	Path  string `json:"path,omitempty"`
	Type  string `json:"type,omitempty"`
	State string `json:"state"`
	PID   int32  `json:"pid,omitempty"`
	Name  string `json:"process_name,omitempty"`
}

type twinListener struct {
	Protocol string `json:"protocol"`
	Address  string `json:"address"`
	Port     uint16 `json:"port"`
	PID      int32  `json:"pid,omitempty"`
	Name     string `json:"process_name,omitempty"`
}

type twinQuota struct {
	Supported bool        `json:"supported"`
	Limits    *twinLimits `json:"limits,omitempty"`
	Usage     *twinUsed   `json:"usage,omitempty"`
}

type twinLimits struct {
	Quota  *int64 `json:"cpu_quota_us,omitempty"`
	Period *int64 `json:"cpu_period_us,omitempty"`
	Memory *int64 `json:"memory_limit_bytes,omitempty"`
	PIDs   *int64 `json:"pids_limit,omitempty"`
	Files  *int64 `json:"nofile_limit,omitempty"`
}

type twinUsed struct {
	Memory      *int64   `json:"memory_bytes,omitempty"`
	MemoryLimit *int64   `json:"memory_limit_bytes,omitempty"`
	PIDs        *int64   `json:"pids_current,omitempty"`
	PIDsLimit   *int64   `json:"pids_limit,omitempty"`
	CPU         *float64 `json:"cpu_percent,omitempty"`
	CPULimit    *float64 `json:"cpu_limit_percent,omitempty"`
}

type twinContainer struct {
	Is      bool   `json:"is_containerized"`
	Runtime string `json:"runtime,omitempty"`
	ID      string `json:"container_id,omitempty"`
}

type twinRuntime struct {
	Is           bool            `json:"is_containerized"`
	Runtime      string          `json:"container_runtime,omitempty"`
	Orchestrator string          `json:"orchestrator,omitempty"`
	ID           string          `json:"container_id,omitempty"`
	WorkloadID   string          `json:"workload_id,omitempty"`
	WorkloadName string          `json:"workload_name,omitempty"`
	Namespace    string          `json:"namespace,omitempty"`
	Available    []twinAvailable `json:"available_runtimes"`
}

type twinAvailable struct {
	Runtime string `json:"runtime"`
	Path    string `json:"socket_path,omitempty"`
	Running *bool  `json:"is_running,omitempty"`
}

// marshal is what encoding/json makes of it.
func marshal(t testing.TB, v any) string {
	t.Helper()
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	require.NoError(t, e.Encode(v))
	return string(bytes.TrimSuffix(b.Bytes(), []byte{'\n'}))
}

func num(n uint64) int64 { return int64(min(n, math.MaxInt64)) }

func opt(q snapshot.Quantity) *int64 {
	if !q.Known {
		return nil
	}
	n := num(q.N)
	return &n
}

func micros(q snapshot.Quantity) *int64 { q.N /= 1000; return opt(q) }

// fraction is q/scale, nil if it is unknown.
func fraction(q snapshot.Quantity, scale float64) *float64 {
	if !q.Known {
		return nil
	}
	return dec(q.N, scale)
}

func dec(n uint64, scale float64) *float64 { f := float64(num(n)) / scale; return &f }

// quotient is part*factor/whole, rounded.
func quotient(part, factor, whole uint64) *big.Int {
	if whole == 0 {
		return nil
	}
	n := new(big.Int).Mul(new(big.Int).SetUint64(part), new(big.Int).SetUint64(factor))
	n.Add(n, new(big.Int).SetUint64(whole/2))
	n.Div(n, new(big.Int).SetUint64(whole))
	if n.Cmp(big.NewInt(maxNumber)) > 0 {
		return nil
	}
	return n
}

func pct(part, whole uint64) *float64 {
	n := quotient(part, 10000, whole)
	if n == nil {
		return nil
	}
	f := float64(n.Int64()) / 100
	return &f
}

// orNil is nil for a struct without anything in it.
func orNil[T comparable](v T) *T {
	var zero T
	if v == zero {
		return nil
	}
	return &v
}

func address(a snapshot.Address, ipv6 bool) netip.Addr {
	if ipv6 {
		return netip.AddrFrom16(a.IP)
	}
	return netip.AddrFrom4([4]byte(a.IP[:4]))
}

func remote(a snapshot.Address, ipv6 bool, form Addresses) string {
	ip := address(a, ipv6)
	switch {
	case form == NoAddresses:
		return ""
	case form == FullAddresses:
		return ip.String()
	case ip.Is4In6():
		b := ip.As16()
		b[15] = 0
		return netip.AddrFrom16(b).String() + "/120"
	case ipv6:
		return netip.PrefixFrom(ip, 48).Masked().String()
	}
	return netip.PrefixFrom(ip, 24).Masked().String()
}

func family(ipv6 bool) string {
	if ipv6 {
		return "ipv6"
	}
	return "ipv4"
}

func rfc3339(ns int64) string {
	return time.Unix(0, ns).UTC().Format("2006-01-02T15:04:05.000000000Z07:00")
}
