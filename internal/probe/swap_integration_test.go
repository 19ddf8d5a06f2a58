// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package probe

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestSwapArea: a swap area is reported from swapon until swapoff. Its name stays as the kernel
// has escaped it, as in host_metrics.
func TestSwapArea(t *testing.T) {
	file := filepath.Join(t.TempDir(), "swap file\twith\\parts")
	require.NoError(t, os.WriteFile(file, make([]byte, 1<<20), 0o600))
	command := func(name string, args ...string) {
		t.Helper()
		out, err := exec.Command(name, args...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	command("mkswap", file)

	p := open(t, Options{}, snapshot.Want{Paging: snapshot.PagingWant{Areas: true}})
	var s snapshot.Snapshot
	areas := func() map[string]snapshot.SwapArea {
		p.Begin(&s, 1)
		require.Empty(t, p.Read(context.Background(), snapshot.DomainPaging))
		byDevice := map[string]snapshot.SwapArea{}
		for _, area := range s.Paging.Areas {
			byDevice[area.Device] = area
		}
		return byDevice
	}
	name := filepath.Dir(file) + `/swap file\x09with\parts`
	assert.NotContains(t, areas(), name)
	command("swapon", "--priority", "0", file) // Behind all others: nothing is swapped there.
	on := areas()
	command("swapoff", file)
	assert.Equal(t, snapshot.SwapArea{Device: name, Size: snapshot.Known(1<<20 - uint64(os.Getpagesize())), Used: snapshot.Known(0)}, on[name], "without the page of its header")
	assert.NotContains(t, areas(), name)
}
