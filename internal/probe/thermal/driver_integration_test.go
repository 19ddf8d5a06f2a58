// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux && integration

package thermal

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/hanwen/go-fuse/v2/fs"
	"github.com/hanwen/go-fuse/v2/fuse"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/probe/source/sourcetest"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// chipFile is a file of a hwmon device. answer is its contents, or the name of an errno, or hang, or a duration to wait for
// before it returns 1000.
type chipFile struct {
	fs.Inode
	mu     sync.Mutex
	answer string
	change chan struct{} // Closed when answer changes.
	reads  int
}

// set changes the answer, and ends a hang.
func (f *chipFile) set(answer string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.change != nil {
		close(f.change)
	}
	f.answer, f.change = answer, make(chan struct{})
}

// Open implements fs.NodeOpener: the kernel caches nothing.
func (f *chipFile) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

// Read implements fs.NodeReader.
func (f *chipFile) Read(_ context.Context, _ fs.FileHandle, _ []byte, off int64) (fuse.ReadResult, syscall.Errno) {
	f.mu.Lock()
	answer, change := f.answer, f.change
	f.reads++
	f.mu.Unlock()
	for _, errno := range []unix.Errno{unix.EAGAIN, unix.EIO, unix.ENODATA, unix.EINVAL, unix.ENXIO, unix.ENODEV, unix.ETIMEDOUT} {
		if unix.ErrnoName(errno) == answer {
			return nil, errno
		}
	}
	if answer == "hang" {
		<-change
		answer = "2000"
	}
	if wait, err := time.ParseDuration(answer); err == nil && wait > 0 {
		time.Sleep(wait)
		answer = "1000"
	}
	if off > 0 {
		return fuse.ReadResultData(nil), 0
	}
	return fuse.ReadResultData([]byte(answer + "\n")), 0
}

// drive serves a chip with so many sensors at dir. A line of standard input, a file and optionally an answer, sets the
// answer of the file; the reply is how often the file was read.
func drive(dir string, sensors int) {
	files := map[string]*chipFile{}
	root := &fs.Inode{}
	add := func(name, answer string) {
		files[name] = &chipFile{}
		files[name].set(answer)
		root.AddChild(name, root.NewPersistentInode(context.Background(), files[name], fs.StableAttr{}), true)
	}
	options := &fs.Options{MountOptions: fuse.MountOptions{DirectMount: true, FsName: "chip", Name: "chip"}, OnAdd: func(context.Context) {
		add("name", "chip")
		for i := range sensors {
			add(fmt.Sprintf("temp%d_input", i), fmt.Sprint(1000*i))
		}
	}}
	server, err := fs.Mount(dir, root, options)
	if err != nil {
		panic(err)
	}
	defer server.Wait()
	fmt.Println("mounted")
	orders := bufio.NewScanner(os.Stdin)
	for orders.Scan() {
		name, answer, ok := strings.Cut(orders.Text(), " ")
		if ok {
			files[name].set(answer)
		}
		files[name].mu.Lock()
		fmt.Println(files[name].reads)
		files[name].mu.Unlock()
	}
}

// drivenChip is a chip whose driver takes orders from the test.
type drivenChip struct {
	root  string
	stdin io.Writer
	out   *bufio.Reader
}

// newDrivenChip starts a driver, until the test ends. Its sensors are temp0 and so on.
func newDrivenChip(t *testing.T, sensors int) *drivenChip {
	t.Helper()
	c := &drivenChip{root: t.TempDir()}
	const path = "devices/platform/chip/hwmon/hwmon0"
	require.NoError(t, os.MkdirAll(c.root+"/sys/class/thermal", 0o755))
	require.NoError(t, os.MkdirAll(c.root+"/sys/"+path, 0o755))
	hosttest.Link(t, c.root, "sys/class/hwmon/hwmon0", "../../"+path)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveChip+"="+c.root+"/sys/"+path, serveSensors+"="+strconv.Itoa(sensors))
	cmd.Stderr = os.Stderr
	var err error
	c.stdin, err = cmd.StdinPipe()
	require.NoError(t, err)
	stdout, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		assert.NoError(t, unix.Unmount(c.root+"/sys/"+path, unix.MNT_DETACH))
	})
	c.out = bufio.NewReader(stdout)
	require.Equal(t, "mounted", c.line(t))
	return c
}

// line returns the next reply of the driver.
func (c *drivenChip) line(t *testing.T) string {
	t.Helper()
	line, err := c.out.ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line)
}

// order sends a line to the driver, see drive, and returns how often the file was read.
func (c *drivenChip) order(t *testing.T, order string) (reads string) {
	t.Helper()
	_, err := io.WriteString(c.stdin, order+"\n")
	require.NoError(t, err)
	return c.line(t)
}

// temperatures selects what the driver serves.
var temperatures = snapshot.Want{Thermal: snapshot.ThermalWant{Temperatures: true}}

// open returns a reader of the chip. A timeout of 0 is the default.
func (c *drivenChip) open(t *testing.T, timeout time.Duration) (*sourcetest.Reader, *Source) {
	t.Helper()
	return open(t, source.Options{Root: c.root, Timeout: timeout}, temperatures)
}

// waitUntilReturned waits until no read is pending.
func waitUntilReturned(t *testing.T, src *Source) {
	t.Helper()
	require.Eventually(t, func() bool { _, stuck := src.host.Calls.Counts(); return stuck == 0 }, 10*time.Second, time.Millisecond)
}
