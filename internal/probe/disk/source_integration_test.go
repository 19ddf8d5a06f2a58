// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package disk

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// watched reads the disks and returns the one with this name, nil if there is none.
func watched(t *testing.T, p *sourcetest.Reader, s *snapshot.Snapshot, device string) *snapshot.Disk {
	t.Helper()
	require.Empty(t, p.Read(t, s, time.Now().UnixNano()))
	for i := range s.Disks.Devices {
		if s.Disks.Devices[i].Device == device {
			return &s.Disks.Devices[i]
		}
	}
	return nil
}

// order writes an order into a file of sysfs.
func order(t *testing.T, file, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(file, []byte(text), 0o200))
}

// write puts so many MiB on a device, past the page cache.
func write(t *testing.T, device string, mebibytes int) {
	t.Helper()
	out, err := exec.Command("dd", "if=/dev/urandom", "of="+device, "bs=1M", "count="+strconv.Itoa(mebibytes), "oflag=direct").CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// hotAdd makes a new zram device of 8 MiB and returns its number. It takes it away at the end, unless that was done.
func hotAdd(t *testing.T) (number string) {
	t.Helper()
	text, err := os.ReadFile("/sys/class/zram-control/hot_add")
	require.NoError(t, err)
	number = strings.TrimSpace(string(text))
	t.Cleanup(func() { _ = os.WriteFile("/sys/class/zram-control/hot_remove", []byte(number), 0o200) })
	order(t, "/sys/block/zram"+number+"/disksize", "8M")
	return number
}

// TestZram adds a device while the probe is at work, writes on it, resets it, removes it, and adds another under its name.
func TestZram(t *testing.T) {
	p := open(t, "", nil, snapshot.Want{})
	var s snapshot.Snapshot
	watched(t, p, &s, "")
	number := hotAdd(t)
	device := "zram" + number
	assert.Nil(t, watched(t, p, &s, device), "it has not done anything")
	idle := s.Time

	write(t, "/dev/"+device, 4)
	disk := watched(t, p, &s, device)
	require.NotNil(t, disk)
	assert.Equal(t, snapshot.Known(4<<20), disk.Written.Bytes)
	assert.Positive(t, disk.Written.Operations.N)
	assert.Equal(t, idle, disk.Start)

	write(t, "/dev/"+device, 1)
	disk = watched(t, p, &s, device)
	require.NotNil(t, disk)
	assert.Equal(t, snapshot.Known(5<<20), disk.Written.Bytes)
	assert.Equal(t, idle, disk.Start, "it goes on")
	before := s.Time

	order(t, "/sys/block/"+device+"/reset", "1")
	order(t, "/sys/block/"+device+"/disksize", "8M")
	write(t, "/dev/"+device, 2)
	disk = watched(t, p, &s, device)
	require.NotNil(t, disk)
	assert.Equal(t, snapshot.Known(2<<20), disk.Written.Bytes, "as the kernel has it")
	assert.Equal(t, before, disk.Start, "it counts anew")

	order(t, "/sys/block/"+device+"/reset", "1")
	order(t, "/sys/class/zram-control/hot_remove", number)
	for range 2 {
		assert.Nil(t, watched(t, p, &s, device), "nothing is left of it")
	}
	gone := s.Time
	require.Equal(t, number, hotAdd(t), "the number is free again")
	write(t, "/dev/"+device, 3)
	disk = watched(t, p, &s, device)
	require.NotNil(t, disk)
	assert.Equal(t, snapshot.Known(3<<20), disk.Written.Bytes)
	assert.Equal(t, gone, disk.Start)
}

// TestLoop creates a loop device with an unused number, and removes it.
func TestLoop(t *testing.T) {
	const (
		number         = 1234
		loopCtlAdd     = 0x4C80
		loopCtlRemove  = 0x4C81
		device, atPath = "loop1234", "/dev/loop1234"
	)
	control, err := os.OpenFile("/dev/loop-control", os.O_RDWR, 0)
	require.NoError(t, err)
	defer control.Close()
	p := open(t, "", nil, snapshot.Want{})
	var s snapshot.Snapshot
	assert.Nil(t, watched(t, p, &s, device))
	before := s.Time

	require.NoError(t, unix.IoctlSetInt(int(control.Fd()), loopCtlAdd, number))
	t.Cleanup(func() {
		_ = exec.Command("losetup", "-d", atPath).Run()
		_ = unix.IoctlSetInt(int(control.Fd()), loopCtlRemove, number)
	})
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, make([]byte, 1<<20), 0o600))
	out, err := exec.Command("losetup", atPath, file).CombinedOutput()
	require.NoError(t, err, "%s", out)
	write(t, atPath, 1)
	disk := watched(t, p, &s, device)
	require.NotNil(t, disk)
	assert.GreaterOrEqual(t, disk.Written.Bytes.N, uint64(1<<20))
	assert.Equal(t, before, disk.Start)
	assert.Equal(t, uint32(7), disk.Major)
	assert.Equal(t, uint32(number), disk.Minor)

	out, err = exec.Command("losetup", "-d", atPath).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Eventually(t, func() bool {
		return unix.IoctlSetInt(int(control.Fd()), loopCtlRemove, number) == nil
	}, 5*time.Second, 10*time.Millisecond)
	assert.Nil(t, watched(t, p, &s, device))
}
