// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package pseudofs

import (
	"fmt"
	"math"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

func below(pid int, name string) []byte { return fmt.Appendf(nil, "%d/%s", pid, name) }

func openDir(t testing.TB, root string, keep int) *Dir {
	t.Helper()
	d := openFS(t, root).Dir("proc", keep)
	t.Cleanup(d.Close)
	return d
}

func TestNumbers(t *testing.T) {
	d := openDir(t, "", 0)
	first := -1
	for range 3 {
		pids, err := d.Numbers(nil)
		require.NoError(t, err)
		assert.Contains(t, pids, uint32(os.Getpid()))
		assert.True(t, slices.IsSorted(pids), "the kernel lists them so")
		if first < 0 {
			first = d.below.root
		}
		assert.Equal(t, first, d.below.root, "it stays open")
	}
	threads, err := d.NumbersAt(below(os.Getpid(), "task"), []uint32{7})
	require.NoError(t, err)
	assert.Equal(t, uint32(7), threads[0], "they are appended")
	assert.Contains(t, threads, uint32(os.Getpid()))
	assert.Greater(t, len(threads), 2, "a Go program has several")

	_, err = d.NumbersAt([]byte("1/nothing"), nil)
	assert.Equal(t, unix.ENOENT, err)
	_, err = d.NumbersAt([]byte("1/stat"), nil)
	assert.Equal(t, unix.ENOTDIR, err)
}

// TestManyNumbers takes more entries than one getdents64 returns, of which some are no numbers.
func TestManyNumbers(t *testing.T) {
	root := t.TempDir()
	d := openDir(t, root, 0)
	_, err := d.Numbers(nil)
	assert.Equal(t, unix.ENOENT, err)
	want := make([]uint32, 3000)
	for i := range want {
		want[i] = uint32(i)
		require.NoError(t, os.MkdirAll(fmt.Sprintf("%s/proc/%d", root, i), 0o755))
	}
	for _, name := range []string{"00", "01", "1x", "x1", "-1", "4294967296", "99999999999999999999", "self"} {
		hosttest.Write(t, root, "proc/"+name, "")
	}
	numbers, err := d.Numbers(nil)
	require.NoError(t, err)
	slices.Sort(numbers)
	assert.Equal(t, want, numbers)

	require.NoError(t, unix.Rename(root+"/proc", root+"/old"))
	hosttest.Write(t, root, "proc/5/stat", "")
	numbers, err = d.Numbers(nil)
	require.NoError(t, err)
	assert.Equal(t, []uint32{5}, numbers, "a plain directory may be replaced under its name")
}

func TestDirAllocatesNothing(t *testing.T) {
	d := openDir(t, "", 1)
	var numbers []uint32
	text, small := make([]byte, 0, 4096), make([]byte, 0, 64)
	var kept KeptFile
	defer d.CloseKept(&kept)
	stat, status, exe, fds := below(os.Getpid(), "stat"), below(os.Getpid(), "status"), below(os.Getpid(), "exe"), below(os.Getpid(), "fd")
	hosttest.NoAllocs(t, func() {
		var err error
		numbers, err = d.Numbers(numbers[:0])
		assert.NoError(t, err)
		numbers, err = d.NumbersAt(fds, numbers)
		assert.NoError(t, err)
		text, err = d.ReadKept(stat, &kept, text)
		assert.NoError(t, err)
		text, err = d.ReadFile(status, text)
		assert.NoError(t, err)
		small, err = d.ReadHead(status, small)
		assert.NoError(t, err)
		_, err = d.ReadLink(exe, text)
		assert.NoError(t, err)
		_, err = d.Attributes(fds)
		assert.NoError(t, err)
	})
}

// TestKeptOfProcess reads the file of a process that ends while it is kept open, and gives the descriptor back.
func TestKeptOfProcess(t *testing.T) {
	sleeper := exec.Command("sleep", "60")
	require.NoError(t, sleeper.Start())
	d := openDir(t, "", 1)
	_, err := d.Numbers(nil)
	require.NoError(t, err)
	var file, second KeptFile
	name := below(sleeper.Process.Pid, "stat")
	for range 2 {
		text, err := d.ReadKept(name, &file, nil)
		require.NoError(t, err)
		assert.Contains(t, string(text), "(sleep)")
		assert.NotZero(t, file.fd1)
	}
	text, err := d.ReadKept(below(os.Getpid(), "stat"), &second, nil)
	require.NoError(t, err)
	assert.NotEmpty(t, text)
	assert.Zero(t, second.fd1, "one file may be kept open, and no more")

	require.NoError(t, sleeper.Process.Kill())
	_ = sleeper.Wait()
	text, err = d.ReadKept(below(os.Getpid(), "stat"), &file, nil)
	assert.Equal(t, unix.ESRCH, err, "whatever has the name now")
	assert.Empty(t, text)
	assert.Zero(t, file.fd1)

	_, err = d.ReadKept(below(os.Getpid(), "stat"), &second, nil)
	require.NoError(t, err)
	assert.NotZero(t, second.fd1, "there is room again")
	d.CloseKept(&second)
	assert.Zero(t, second.fd1)
}

// TestKeepLimit: what stays open leaves something to the rest of the process, however little there is.
func TestKeepLimit(t *testing.T) {
	var limit unix.Rlimit
	require.NoError(t, unix.Getrlimit(unix.RLIMIT_NOFILE, &limit))
	defer func() { require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &limit)) }()
	lower := func(descriptors uint64) {
		require.NoError(t, unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: descriptors, Max: limit.Max}))
	}
	for descriptors, keep := range map[uint64]int{reserved - 1: 0, reserved: 0, reserved + 8: 4, 1024: (1024 - reserved) / 2} {
		lower(descriptors)
		assert.Equal(t, keep, openDir(t, "", math.MaxInt).budget)
		fs, err := OpenFS("")
		require.NoError(t, err)
		file := fs.File("proc/uptime", Single)
		_, err = file.Read()
		require.NoError(t, err)
		assert.Equal(t, keep > 0, file.fd >= 0)
		file.Close()
		require.NoError(t, fs.Close())
	}
	lower(1024)
	assert.Equal(t, 3, openDir(t, "", 3).budget)
}

func TestEntries(t *testing.T) {
	d := openDir(t, "", 0)
	_, err := d.Numbers(nil)
	require.NoError(t, err)
	assert.True(t, d.OnProc())
	exe, err := os.Executable()
	require.NoError(t, err)
	target, err := d.ReadLink(below(os.Getpid(), "exe"), make([]byte, 0, 4096))
	require.NoError(t, err)
	assert.Equal(t, exe, string(target))
	target, err = d.ReadLink(below(os.Getpid(), "exe"), make([]byte, 0, 3))
	require.NoError(t, err)
	assert.Equal(t, exe[:3], string(target))

	of, err := d.Attributes(below(os.Getpid(), "fd"))
	require.NoError(t, err)
	assert.Equal(t, uint32(os.Getuid()), of.Owner)
	open, err := d.NumbersAt(below(os.Getpid(), "fd"), nil)
	require.NoError(t, err)
	assert.Equal(t, uint64(len(open)-1), of.Size, "one of them lists the others")
	byOpen, err := d.attributesOfOpen(below(os.Getpid(), "fd"))
	require.NoError(t, err)
	assert.Equal(t, of.Owner, byOpen.Owner)

	head, err := d.ReadHead(below(os.Getpid(), "status"), make([]byte, 0, 5))
	require.NoError(t, err)
	assert.Equal(t, "Name:", string(head))
	for _, name := range []string{"exe", "fd", "stat"} {
		_, err = d.Attributes(below(1<<30, name))
		assert.Equal(t, unix.ENOENT, err)
		_, err = d.ReadLink(below(1<<30, name), make([]byte, 0, 9))
		assert.Equal(t, unix.ENOENT, err)
		_, err = d.ReadFile(below(1<<30, name), nil)
		assert.Equal(t, unix.ENOENT, err)
	}
}

// TestPlainEntries: nothing below a directory of plain files leads out of it, and nothing there blocks.
func TestPlainEntries(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	hosttest.Write(t, outside, "stat", "secret")
	hosttest.Link(t, outside, "exe", "/secret")
	hosttest.Write(t, root, "proc/1/stat", "one")
	hosttest.Link(t, root, "proc/1/exe", "/sbin/init")
	hosttest.Link(t, root, "proc/2", outside)
	hosttest.Link(t, root, "proc/3/stat", outside+"/stat")
	require.NoError(t, os.MkdirAll(root+"/proc/4/stat", 0o755))
	require.NoError(t, os.MkdirAll(root+"/proc/5", 0o755))
	require.NoError(t, unix.Mkfifo(root+"/proc/5/stat", 0o600))
	for _, walk := range []bool{false, true} {
		d := openDir(t, root, 9)
		d.fs.walk = walk
		_, err := d.Numbers(nil)
		require.NoError(t, err)
		assert.False(t, d.OnProc())
		var file KeptFile
		text, err := d.ReadKept([]byte("1/stat"), &file, nil)
		require.NoError(t, err)
		assert.Equal(t, "one", string(text))
		assert.Zero(t, file.fd1, "a plain file may be replaced, so it is not kept open")
		target, err := d.ReadLink([]byte("1/exe"), make([]byte, 0, 99))
		require.NoError(t, err)
		assert.Equal(t, "/sbin/init", string(target))
		of, err := d.Attributes([]byte("1/stat"))
		require.NoError(t, err)
		assert.Equal(t, Attributes{Owner: uint32(os.Getuid()), Size: 3}, of)

		for _, name := range []string{"2/stat", "3/stat", "4/stat", "5/stat"} {
			text, err = d.ReadFile([]byte(name), nil)
			assert.Error(t, err, name)
			assert.NotContains(t, string(text), "secret", name)
		}
		target, err = d.ReadLink([]byte("2/exe"), make([]byte, 0, 99))
		assert.Error(t, err)
		assert.NotContains(t, string(target), "secret")
	}
}

func BenchmarkProcess(b *testing.B) {
	d := openDir(b, "", 1)
	pids, err := d.Numbers(nil)
	require.NoError(b, err)
	b.Run(fmt.Sprintf("list of %d", len(pids)), func(b *testing.B) {
		for b.Loop() {
			pids, _ = d.Numbers(pids[:0])
		}
	})
	buf, name := make([]byte, 0, 4096), below(os.Getpid(), "stat")
	b.Run("stat opened", func(b *testing.B) {
		for b.Loop() {
			buf, _ = d.ReadFile(name, buf)
		}
	})
	b.Run("stat kept", func(b *testing.B) {
		var file KeptFile
		defer d.CloseKept(&file)
		for b.Loop() {
			buf, _ = d.ReadKept(name, &file, buf)
		}
	})
	assert.True(b, strings.HasPrefix(string(buf), fmt.Sprint(os.Getpid())))
}
