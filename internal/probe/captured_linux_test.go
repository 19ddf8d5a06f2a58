// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// selectAll sets every bool in v, which is a selection or a part of one.
func selectAll(v reflect.Value) {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Struct:
		for i := range v.NumField() {
			selectAll(v.Field(i))
		}
	case reflect.Array:
		for i := range v.Len() {
			selectAll(v.Index(i))
		}
	}
}

// ofReader are the domains that are about the collector itself and not about the host below the root.
const ofReader = 1<<snapshot.DomainQuota | 1<<snapshot.DomainContainer | 1<<snapshot.DomainRuntime

// TestCapturedHosts compares every captured host, at both of its moments, with the snapshot that is kept beside it. A further
// host is a further folder in testdata/hosts: -update writes its snapshots.
func TestCapturedHosts(t *testing.T) {
	hosts, err := os.ReadDir(filepath.Join(hosttest.Repository(), "testdata/hosts"))
	require.NoError(t, err)
	captured := 0
	for _, host := range hosts {
		if !host.IsDir() {
			continue
		}
		captured++
		t.Run(host.Name(), func(t *testing.T) {
			t.Parallel()
			var want snapshot.Want
			selectAll(reflect.ValueOf(&want).Elem())
			want.System.SelfSwitches = false // Of the collector.
			root := hosttest.Unpack(t, host.Name(), "t0")
			p := open(t, Options{Root: root, ChipFilter: func(string) bool { return true }, VirtualFilesystems: true}, want)
			var s snapshot.Snapshot
			for i, moment := range []string{"t0", "t1"} {
				if i > 0 {
					hosttest.Replace(t, root, host.Name(), moment)
				}
				const year2100 = 4102444800_000000000 // After the boot of each.
				p.Begin(&s, year2100+int64(i)*10_000_000_000)
				faults := []string{}
				for d := range snapshot.NumDomains {
					if ofReader&(1<<d) != 0 {
						continue
					}
					for _, f := range p.Read(t.Context(), d) {
						faults = append(faults, f.Domain.String()+": "+f.Source+": "+f.Reason.String())
					}
				}
				// What takes real time, or is a fact of this machine.
				s.ProcessList.Elapsed, s.Memory.PageSize = snapshot.Quantity{}, snapshot.Quantity{}
				clearUsage(&s)
				of := p.Host()
				of.Arch = "" // Of the machine that tests.
				text := dump("Host", reflect.ValueOf(of)) + dump("Fault", reflect.ValueOf(faults)) + dump("", reflect.ValueOf(s))
				hosttest.Golden(t, filepath.Join(hosttest.Repository(), "testdata/hosts", host.Name(), moment+".golden"), text)
			}
		})
	}
	assert.GreaterOrEqual(t, captured, 6)
}

// clearUsage drops what statfs says of the file system that the test's own root lies on.
func clearUsage(s *snapshot.Snapshot) {
	for i := range s.Filesystem.Mounts {
		s.Filesystem.Mounts[i].Usage, s.Filesystem.Mounts[i].Inodes = snapshot.MountUsage{}, snapshot.MountInodes{}
	}
}

// dump writes what is not zero in v, one value a line, below its path. A Quantity is its number.
func dump(path string, v reflect.Value) (text string) {
	switch v.Kind() {
	case reflect.Struct:
		if q, ok := v.Interface().(snapshot.Quantity); ok {
			if q.Known {
				text = fmt.Sprintf("%s %d\n", path, q.N)
			}
			return text
		}
		for i := range v.NumField() {
			text += dump(strings.TrimPrefix(path+"."+v.Type().Field(i).Name, "."), v.Field(i))
		}
	case reflect.Slice, reflect.Array:
		for i := range v.Len() {
			text += dump(fmt.Sprintf("%s[%d]", path, i), v.Index(i))
		}
	case reflect.String:
		if v.String() != "" {
			text = fmt.Sprintf("%s %q\n", path, v)
		}
	default:
		if !v.IsZero() {
			text = fmt.Sprintf("%s %v\n", path, v)
		}
	}
	return text
}
