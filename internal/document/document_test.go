// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/netip"
	"reflect"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

func TestPure(t *testing.T) { hosttest.Pure(t, "snapshot") }

const everyDomain = 1<<snapshot.NumDomains - 1

var everything = Options{
	Host:    snapshot.Host{Name: "a-host", OSType: "linux"},
	Domains: everyDomain, Partitions: true,
}

// random fills v, whatever it is, with anything: the small and the large, the known and the unknown, and names in which
// nothing is as it should be.
func random(r *rand.Rand, v reflect.Value) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			random(r, v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			random(r, v.Index(i))
		}
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), r.IntN(4), 8))
		for i := range v.Len() {
			random(r, v.Index(i))
		}
	case reflect.String:
		v.SetString([]string{"", "eth0", "sda", "sda1", "/a\"b\\\\c", "é\u2028\u2029", "\x00\x1f\x7f\n", "bad\xff\xc3", "</script>", "😀\ufffd"}[r.IntN(10)])
	case reflect.Bool:
		v.SetBool(r.IntN(3) > 0)
	case reflect.Uint8:
		random8(r, v)
	case reflect.Uint16, reflect.Uint32, reflect.Uint64:
		v.SetUint(r.Uint64() >> r.IntN(64))
	case reflect.Int32, reflect.Int64, reflect.Int:
		v.SetInt(int64(r.Uint64()>>1) >> r.IntN(63))
	default:
		panic(v.Kind())
	}
}

// random8 keeps numbers that name things to those that there are.
func random8(r *rand.Rand, v reflect.Value) {
	most := map[reflect.Type]int{
		reflect.TypeFor[snapshot.SocketState]():   int(snapshot.NumSocketStates),
		reflect.TypeFor[snapshot.ProcessStatus](): int(snapshot.NumProcessStatuses),
	}[v.Type()]
	v.SetUint(uint64(r.IntN(max(most, 1) + 255*min(1, 1/max(most, 1)))))
}

func randomSnapshot(seed uint64) (*snapshot.Snapshot, *Options) {
	r := rand.New(rand.NewPCG(seed, 0))
	var s snapshot.Snapshot
	random(r, reflect.ValueOf(&s).Elem())
	var o Options
	random(r, reflect.ValueOf(&o).Elem())
	o.Addresses %= NoAddresses + 1
	for _, l := range []*snapshot.Load{&s.Load} { // As far as a number of JSON is sure to keep all its digits.
		l.One.N, l.Five.N, l.Fifteen.N = l.One.N%maxNumber, l.Five.N%maxNumber, l.Fifteen.N%maxNumber
	}
	for i := range s.Pressure {
		for _, stall := range []*snapshot.Stall{&s.Pressure[i].Some, &s.Pressure[i].Full} {
			stall.Avg10.N, stall.Avg60.N, stall.Avg300.N = stall.Avg10.N%maxNumber, stall.Avg60.N%maxNumber, stall.Avg300.N%maxNumber
		}
	}
	for i := range s.CPU.Frequencies {
		s.CPU.Frequencies[i].Hertz %= maxNumber
	}
	for i := range s.CPU.Online { // Times of which a sum fits.
		for j := range s.CPU.Online[i].Since {
			s.CPU.Online[i].Since[j].N >>= 8
		}
	}
	for i := range s.Thermal.Sensors {
		z := &s.Thermal.Sensors[i]
		for _, t := range []*snapshot.Temperature{&z.Temperature, &z.Max, &z.Critical} {
			t.Milli = t.Milli%maxNumber - 50_000
		}
	}
	for v := range s.Connections.TCP {
		for state := range s.Connections.TCP[v].ByState {
			s.Connections.TCP[v].ByState[state] >>= 8
		}
	}
	return &s, &o
}

// FuzzDocument: the document of anything is byte for byte what encoding/json makes of its twin, and the tree is the same.
func FuzzDocument(f *testing.F) {
	for seed := range uint64(200) {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, seed uint64) {
		s, o := randomSnapshot(seed)
		got := string(Append([]byte("before"), s, o))
		twin := twinOf(s, o)
		require.Equal(t, marshal(t, twin), strings.TrimPrefix(got, "before"))
		var tree testTree
		tree.root = map[string]any{}
		tree.open = []any{tree.root}
		Build(&tree, s, o)
		require.Len(t, tree.open, 1, "every node was ended")
		require.Equal(t, decoded(t, strings.TrimPrefix(got, "before")), tree.root)
	})
}

// decoded is a document with its numbers as they are written.
func decoded(t testing.TB, text string) map[string]any {
	t.Helper()
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	tree := map[string]any{}
	require.NoError(t, d.Decode(&tree))
	return tree
}

// testTree is a tree like the one that encoding/json makes.
type testTree struct {
	root map[string]any
	open []any // Those that were begun: map[string]any, and *[]any.
	keys []string
}

func (t *testTree) put(key string, v any) {
	switch in := t.open[len(t.open)-1].(type) {
	case map[string]any:
		in[key] = v
	case *[]any:
		*in = append(*in, v)
	}
}

func (t *testTree) Object(key string) {
	t.open, t.keys = append(t.open, map[string]any{}), append(t.keys, key)
}

func (t *testTree) List(key string) {
	t.open, t.keys = append(t.open, &[]any{}), append(t.keys, key)
}

func (t *testTree) End() {
	last := len(t.open) - 1
	node, key := t.open[last], t.keys[last-1]
	t.open, t.keys = t.open[:last], t.keys[:last-1]
	switch node := node.(type) {
	case map[string]any:
		if len(node) > 0 {
			t.put(key, node)
		}
	case *[]any:
		t.put(key, *node)
	}
}

func (t *testTree) String(key, v string)    { t.put(key, v) }
func (t *testTree) Int(key string, v int64) { t.put(key, json.Number(fmt.Sprint(v))) }
func (t *testTree) Bool(key string, v bool) { t.put(key, v) }
func (t *testTree) Float(key string, v float64) {
	text, _ := json.Marshal(v)
	t.put(key, json.Number(text))
}

// TestNothing: of a snapshot of which nothing could be read the time is known, and nothing else.
func TestNothing(t *testing.T) {
	s := snapshot.Snapshot{Time: 1}
	got := string(Append(nil, &s, &Options{Domains: everyDomain}))
	assert.Equal(t, `{"timestamp":"1970-01-01T00:00:00.000000001Z","collected_at_us":0}`, got) //nolint:testifylint // Byte for byte.
}

// TestFailedSource: a source that fails drops its own part only.
func TestFailedSource(t *testing.T) {
	s := bigHost()
	whole := decoded(t, string(Append(nil, s, &everything)))
	for domain, sections := range map[snapshot.Domain][]string{
		snapshot.DomainMemory: {}, snapshot.DomainLoad: {"load"}, snapshot.DomainNetwork: {"network"}, snapshot.DomainSystem: {"context_switches"},
		snapshot.DomainConnections: {"connections"}, snapshot.DomainCPU: {},
	} {
		failed := *s
		failed.Filled &^= 1 << domain
		got := decoded(t, string(Append(nil, &failed, &everything)))
		for section := range whole {
			_, has := got[section]
			left := false
			for _, s := range sections {
				left = left || s == section
			}
			assert.Equal(t, !left, has, "%s without %s", section, domain)
		}
	}
}

func TestTime(t *testing.T) {
	for _, ns := range []int64{0, -1, 1, 951_782_400e9, 951_868_799_999_999_999, 4_107_542_400e9, math.MaxInt64, math.MinInt64, 1_767_229_200_000_000_001} {
		assert.Equal(t, rfc3339(ns), string(appendTime(nil, ns)))
	}
	r := rand.New(rand.NewPCG(1, 2))
	for range 10_000 {
		ns := int64(r.Uint64())
		require.Equal(t, rfc3339(ns), string(appendTime(nil, ns)))
	}
}

func TestPartitions(t *testing.T) {
	for device, whole := range map[string]string{"sda1": "sda", "nvme0n1p12": "nvme0n1", "mmcblk0p1": "mmcblk0", "vdb2": "vdb"} {
		assert.True(t, isPartition(device, whole), device)
	}
	for device, whole := range map[string]string{"sdaa": "sda", "sda": "sda", "nvme0n12": "nvme0n1", "nvme0n1p": "nvme0n1", "sdb1": "sda", "sda1x": "sda", "sdc": "/"} {
		assert.False(t, isPartition(device, whole), device)
	}
	for _, device := range []string{"dm-0", "md127", "md_d0", "loop3", "zram0", "zd16", "emcpowera"} {
		assert.True(t, isStacked(device), device)
	}
	for _, device := range []string{"sda", "mdraid", "nvme0n1", "md", "md_d", "zd", "zdx"} {
		assert.False(t, isStacked(device), device)
	}
}

// TestHostIO: what was read from disks is summed once, however many devices list it: by their roles, and where these are unknown,
// by their names.
func TestHostIO(t *testing.T) {
	const w, p, s, u = snapshot.DiskWhole, snapshot.DiskPartition, snapshot.DiskStacked, snapshot.DiskUnknown
	type disk struct {
		name string
		role snapshot.DiskRole
		n    uint64
	}
	for name, tt := range map[string]struct {
		disks []disk
		want  uint64
	}{
		"nothing":                        {nil, 0},
		"NVMe multipath":                 {[]disk{{"nvme0c0n1", w, 60}, {"nvme0c1n1", w, 40}, {"nvme0n1", s, 100}, {"nvme0n1p1", u, 100}}, 100},
		"NVMe multipath, by name":        {[]disk{{"nvme0c0n1", u, 60}, {"nvme0c1n1", u, 40}, {"nvme0n1", u, 100}, {"nvme0n1p1", u, 100}}, 100},
		"heads and others, by name":      {[]disk{{"nvme0n1", u, 100}, {"nvme1c0n2", u, 7}, {"nvme1n2", u, 7}, {"nvme1n22", u, 3}, {"nvme11n2", u, 5}}, 115},
		"zvols":                          {[]disk{{"sda", w, 100}, {"sda1", p, 100}, {"zd0", s, 70}, {"zd0p1", p, 70}, {"zd16", s, 30}}, 100},
		"zvols, by name":                 {[]disk{{"sda", u, 100}, {"sda1", u, 100}, {"zd0", u, 70}, {"zd0p1", u, 70}, {"zd16", u, 30}}, 100},
		"md_d":                           {[]disk{{"sda", w, 100}, {"md_d0", s, 100}, {"md_d0p1", u, 100}}, 100},
		"md_d, by name":                  {[]disk{{"sda", u, 100}, {"md_d0", u, 100}, {"md_d0p1", u, 100}}, 100},
		"PowerPath":                      {[]disk{{"sda", w, 60}, {"sdb", w, 40}, {"emcpowera", s, 100}, {"emcpowera1", u, 100}}, 100},
		"PowerPath, by name":             {[]disk{{"sda", u, 60}, {"sdb", u, 40}, {"emcpowera", u, 100}, {"emcpowera1", u, 100}}, 100},
		"names that say something else":  {[]disk{{"dm-0", w, 60}, {"sda", s, 1}, {"sda1", w, 40}, {"md0", w, 5}}, 105},
		"a partition without its disk":   {[]disk{{"sda1", p, 100}}, 0},
		"a disk that looks like another": {[]disk{{"xvda", w, 60}, {"xvda1", w, 40}}, 100},
	} {
		var devices []snapshot.Disk
		for _, d := range tt.disks {
			devices = append(devices, snapshot.Disk{
				Device: d.name, Role: d.role,
				DiskCounters: snapshot.DiskCounters{
					Read:    snapshot.DiskTraffic{Operations: snapshot.Known(d.n), Bytes: snapshot.Known(4096 * d.n)},
					Written: snapshot.DiskTraffic{Operations: snapshot.Known(2 * d.n), Bytes: snapshot.Known(512 * d.n)},
				},
			})
		}
		read, written := hostIO(devices)
		assert.Equal(t, ioSum{tt.want, 4096 * tt.want}, read, name)
		assert.Equal(t, ioSum{2 * tt.want, 512 * tt.want}, written, name)
	}
}

// TestNumbers sets numbers of every length, and all octets, beside what strconv and netip make of them.
func TestNumbers(t *testing.T) {
	numbers := []int64{0, math.MaxInt64, math.MinInt64}
	for power := int64(1); power < math.MaxInt64/10; power *= 10 {
		numbers = append(numbers, power-1, power, power+1, -power)
	}
	for _, n := range numbers {
		assert.Equal(t, strconv.FormatInt(n, 10), string(appendInt(nil, n)))
	}
	for bit := range 64 {
		n := int64(1) << bit
		assert.Equal(t, strconv.FormatInt(n, 10), string(appendInt(nil, n)))
	}
	for n := range 256 {
		ip := [4]byte{byte(n), 9, 10, byte(255 - n)}
		assert.Equal(t, netip.AddrFrom4(ip).String(), string(appendIPv4(nil, ip[:])))
	}
	for n, want := range map[int64]string{0: "0", 5: "0.005", 10: "0.01", 1000: "1", -1500: "-1.5", 123_456_789: "123456.789"} {
		var w writer
		w.decimal(`"a":`, n, 3)
		assert.Equal(t, `"a":`+want+",", string(w.buf))
	}
}

// TestAddresses: of a peer's address, no more is written than the form allows.
func TestAddresses(t *testing.T) {
	v4 := snapshot.Address{IP: [16]byte{192, 0, 2, 77}}
	v6 := snapshot.Address{IP: [16]byte{0x20, 1, 0xd, 0xb8, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}}
	mapped := snapshot.Address{IP: [16]byte{10: 0xff, 11: 0xff, 12: 198, 13: 51, 14: 100, 15: 9}}
	for _, tt := range []struct {
		*snapshot.Address
		ipv6         bool
		full, prefix string
	}{
		{&v4, false, "192.0.2.77", "192.0.2.0/24"},
		{&v6, true, "2001:db8:102:304:506:708:90a:b0c", "2001:db8:102::/48"},
		{&mapped, true, "::ffff:198.51.100.9", "::ffff:198.51.100.0/120"},
	} {
		for form, want := range map[Addresses]string{FullAddresses: `{"a":"` + tt.full + `",`, AddressPrefixes: `{"a":"` + tt.prefix + `",`, NoAddresses: "{"} {
			w := writer{buf: []byte{'{'}}
			w.peer(`"a":`, tt.Address, tt.ipv6, form)
			assert.Equal(t, want, string(w.buf))
		}
	}
}

// TestIPv6 sets addresses with runs of zeros of every length and place beside what netip makes of them.
func TestIPv6(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for zeros := range 1 << 8 {
		var ip [16]byte
		for group := range 8 {
			if zeros>>group&1 == 0 {
				n := uint16(r.Uint32())>>r.IntN(16) | 1
				ip[2*group], ip[2*group+1] = byte(n>>8), byte(n)
			}
		}
		assert.Equal(t, netip.AddrFrom16(ip).String(), string(appendIPv6(nil, &ip)))
	}
}
