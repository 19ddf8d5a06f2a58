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

	"github.com/superviz-io/hostprobe/internal/blocking"
	"github.com/superviz-io/hostprobe/internal/hosttest"
	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
)

const serveChip = "HOSTPROBE_TEST_SERVE_CHIP"

// init makes a copy of this test the driver of a chip, which must live while threads of the test's hang.
func init() {
	if dir := os.Getenv(serveChip); dir != "" {
		drive(dir)
		os.Exit(0)
	}
}

// chipFile is a file of a hwmon device. What it answers is an order that it was given: text, the name of an error, hang, or a
// duration to wait for before it answers 1000.
type chipFile struct {
	fs.Inode
	mu     sync.Mutex
	answer string
	change chan struct{} // Closed when the order is another.
	reads  int
}

func (f *chipFile) order(answer string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.change != nil {
		close(f.change)
	}
	f.answer, f.change = answer, make(chan struct{})
}

func (f *chipFile) Open(context.Context, uint32) (fs.FileHandle, uint32, syscall.Errno) {
	return nil, fuse.FOPEN_DIRECT_IO, 0
}

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

// drive serves a chip at dir, and obeys lines of its standard input: file order, or file alone, which is asked for how often
// it was read.
func drive(dir string) {
	files := map[string]*chipFile{}
	root := &fs.Inode{}
	add := func(name, answer string) {
		files[name] = &chipFile{}
		files[name].order(answer)
		root.AddChild(name, root.NewPersistentInode(context.Background(), files[name], fs.StableAttr{}), true)
	}
	options := &fs.Options{MountOptions: fuse.MountOptions{DirectMount: true, FsName: "chip", Name: "chip"}, OnAdd: func(context.Context) {
		add("name", "chip")
		for i := range 80 {
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
		name, answer, isOrder := strings.Cut(orders.Text(), " ")
		if isOrder {
			files[name].order(answer)
		}
		files[name].mu.Lock()
		fmt.Println(files[name].reads)
		files[name].mu.Unlock()
	}
}

// drivenChip is a chip whose driver does what it is told.
type drivenChip struct {
	root  string
	stdin io.Writer
	out   *bufio.Reader
}

func newDrivenChip(t *testing.T) *drivenChip {
	t.Helper()
	c := &drivenChip{root: t.TempDir()}
	const path = "devices/platform/chip/hwmon/hwmon0"
	require.NoError(t, os.MkdirAll(c.root+"/sys/class/thermal", 0o755))
	require.NoError(t, os.MkdirAll(c.root+"/sys/"+path, 0o755))
	hosttest.Link(t, c.root, "sys/class/hwmon/hwmon0", "../../"+path)
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), serveChip+"="+c.root+"/sys/"+path)
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
		unmount(t, c.root+"/sys/"+path)
	})
	c.out = bufio.NewReader(stdout)
	require.Equal(t, "mounted", c.line(t))
	return c
}

func (c *drivenChip) line(t *testing.T) string {
	t.Helper()
	line, err := c.out.ReadString('\n')
	require.NoError(t, err)
	return strings.TrimSpace(line)
}

// tell gives an order, if there is one, and returns how often the file was read.
func (c *drivenChip) tell(t *testing.T, order string) (reads string) {
	t.Helper()
	_, err := io.WriteString(c.stdin, order+"\n")
	require.NoError(t, err)
	return c.line(t)
}

func (c *drivenChip) open(t *testing.T, timeout time.Duration) *reader {
	t.Helper()
	return open(t, Options{Root: c.root, CallTimeout: timeout}, snapshot.Want{Thermal: snapshot.ThermalWant{Temperatures: true}})
}

func waitUntilBack(t *testing.T, p *reader) {
	t.Helper()
	calls := hostOf(p).Calls
	require.Eventually(t, func() bool { _, stuck := calls.Counts(); return stuck == 0 }, 10*time.Second, time.Millisecond)
}

// TestErrnosOfDrivers: an error of a driver costs its own sensor, for as long as it says so, and nobody waits.
func TestErrnosOfDrivers(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	chip := newDrivenChip(t)
	p := chip.open(t, 0)
	var s snapshot.Snapshot
	require.Empty(t, readThermal(p, &s))
	all := len(s.Thermal.Sensors)
	for errno, want := range map[string]source.Reason{
		"EAGAIN": source.Unavailable, "ENODATA": source.Unavailable, "EINVAL": source.Unavailable, "EIO": source.Failed, "ENXIO": source.Failed, "ETIMEDOUT": source.Failed,
	} {
		chip.tell(t, "temp3_input "+errno)
		for range 3 {
			began := time.Now()
			faults := readThermal(p, &s)
			assert.Less(t, time.Since(began), time.Second)
			require.Len(t, faults, 1, errno)
			assert.Equal(t, "sensor devices/platform/chip/temp3", faults[0].Source)
			assert.Equal(t, want, faults[0].Reason, errno)
			assert.Len(t, s.Thermal.Sensors, all-1, "the others are there")
		}
		chip.tell(t, "temp3_input 33000")
		assert.Empty(t, readThermal(p, &s), "it is back at once")
		assert.Len(t, s.Thermal.Sensors, all)
	}
	chip.tell(t, "temp3_input ENODEV")
	assert.Empty(t, readThermal(p, &s), "it may have gone")
	assert.Equal(t, []source.Fault{{Domain: snapshot.DomainThermal, Source: "sensor devices/platform/chip/temp3", Reason: source.Unavailable, Err: unix.ENODEV}}, readThermal(p, &s))
}

// TestHungSensor: a sensor that does not answer costs its own point and one deadline, is not asked before it is back, is left
// out for longer when it hangs again, and nobody waits for it in the end.
func TestHungSensor(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	const timeout = 300 * time.Millisecond
	chip := newDrivenChip(t)
	p := chip.open(t, timeout)
	var s snapshot.Snapshot
	require.Empty(t, readThermal(p, &s))
	all := len(s.Thermal.Sensors)
	hung := []source.Fault{{Domain: snapshot.DomainThermal, Source: "sensor devices/platform/chip/temp5", Reason: source.Timeout, Err: errSlow}}
	for _, leftOut := range []int{1, 2, 4} {
		before := chip.tell(t, "temp5_input hang")
		began := time.Now()
		assert.Equal(t, hung, readThermal(p, &s))
		assert.GreaterOrEqual(t, time.Since(began), timeout)
		assert.Less(t, time.Since(began), timeout+2*time.Second)
		assert.Len(t, s.Thermal.Sensors, all-1, "the others are there")
		assert.NotEqual(t, before, chip.tell(t, "temp5_input"), "it was asked")

		before = chip.tell(t, "temp5_input 5000") // What hangs answers, too late.
		waitUntilBack(t, p)
		for range leftOut {
			assert.Equal(t, hung, readThermal(p, &s))
			assert.Equal(t, before, chip.tell(t, "temp5_input"), "it is left out")
		}
	}
	chip.tell(t, "temp5_input hang")
	readThermal(p, &s)
	for range 3 * (1 << longestRest) {
		began := time.Now()
		assert.Equal(t, hung, readThermal(p, &s), "it is not asked before it is back")
		assert.Less(t, time.Since(began), timeout, "and nobody waits for it")
	}
	chip.tell(t, "temp5_input 5000")
	waitUntilBack(t, p)
	assert.Empty(t, readThermal(p, &s), "it is back without a restart")
	assert.Len(t, s.Thermal.Sensors, all)
}

// TestSlowDriver asks a driver that always answers too late in fewer and fewer scrapes.
func TestSlowDriver(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	chip := newDrivenChip(t)
	p := chip.open(t, 100*time.Millisecond)
	var s snapshot.Snapshot
	require.Empty(t, readThermal(p, &s))
	before := chip.tell(t, "temp5_input 300ms")
	var asked []int
	for scrape := range 40 {
		require.Len(t, readThermal(p, &s), 1)
		waitUntilBack(t, p)
		if reads := chip.tell(t, "temp5_input"); reads != before {
			asked, before = append(asked, scrape), reads
		}
	}
	assert.Equal(t, []int{0, 2, 5, 10, 19, 36}, asked)
	chip.tell(t, "temp5_input 5000")
	for range 1 << longestRest {
		readThermal(p, &s)
	}
	assert.Empty(t, readThermal(p, &s), "and it comes back")
}

// TestManyHungSensors: threads are bounded, and sensors that answer are there however many hang. Closing waits for none.
func TestManyHungSensors(t *testing.T) {
	if !hosttest.OwnMounts(t) {
		return
	}
	chip := newDrivenChip(t)
	for i := range blocking.MaxUnproven + 10 {
		chip.tell(t, fmt.Sprintf("temp%d_input hang", i))
	}
	p, err := Open(Options{Root: chip.root, CallTimeout: time.Second})
	require.NoError(t, err)
	r := &reader{p, snapshot.Want{Thermal: snapshot.ThermalWant{Temperatures: true}}}
	var s snapshot.Snapshot
	readThermal(r, &s)
	for range 3 {
		began := time.Now()
		assert.NotEmpty(t, readThermal(r, &s))
		assert.Less(t, time.Since(began), 2*time.Second)
		threads, _ := hostOf(r).Calls.Counts()
		assert.LessOrEqual(t, threads, blocking.MaxThreads)
	}
	began := time.Now()
	p.Close()
	assert.Less(t, time.Since(began), time.Second)
}
