// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux

package main

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// roleKey is set in the environment of copies of this program to the name of the process that they are.
const roleKey = "HOSTPROBE_CAPTURE_ROLE"

// commands are the command lines of the made-up processes, by name.
var commands = map[string][]string{
	"init":        {"/sbin/init"},
	"web":         {"/usr/bin/web", "--listen=:8080", "--password", "made-up"},
	"worker-1":    {"/usr/bin/worker-1", "--queue", "mail"},
	"worker-2":    {"/usr/bin/worker-2", "--queue", "images"},
	"otelcol":     {"/usr/bin/otelcol", "--config=/etc/otelcol/config.yaml"},
	"otelcol-box": {"/usr/bin/otelcol-box", "--config=/etc/otelcol/config.yaml"},
}

// play makes this process what its name says, and runs the commands on its input, one a line, until that ends.
func play(name string) error {
	out := strings.Clone(os.Args[len(os.Args)-1])
	if err := os.WriteFile("/proc/thread-self/comm", []byte(name), 0); err != nil {
		return err
	}
	if name == "init" {
		retitle(commands[name])
		return host(out)
	}
	if name == "otelcol-box" {
		if err := unix.Sethostname([]byte("5d0c1a7be2f4")); err != nil {
			return err
		}
	}
	fmt.Println()
	var held [][]byte
	for input := bufio.NewScanner(os.Stdin); input.Scan(); fmt.Println() {
		verb, rest, _ := strings.Cut(input.Text(), " ")
		switch verb {
		case "work":
			held = append(held, work())
		case "capture":
			if err := capture(rest, name == "otelcol-box"); err != nil {
				return err
			}
		}
	}
	_ = held
	return nil
}

// retitle writes a command line over the arguments of this process.
func retitle(command []string) {
	all := len(os.Args)
	for _, argument := range os.Args {
		all += len(argument)
	}
	// The kernel has put them there, in one piece.
	memory := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.StringData(os.Args[0]))), all)
	clear(memory)
	copy(memory, strings.Join(command, "\x00"))
}

// work takes processor time and memory, and writes and reads a file.
func work() (held []byte) {
	held = make([]byte, 4<<20)
	for start := time.Now(); time.Since(start) < 150*time.Millisecond; {
		for i := range held {
			held[i]++
		}
	}
	if f, err := os.CreateTemp("/run", "work"); err == nil {
		_, _ = f.Write(held)
		_, _ = f.Seek(0, io.SeekStart)
		_, _ = io.Copy(io.Discard, f)
		_ = f.Close()
		_ = os.Remove(f.Name())
	}
	return held
}

// process is one of the made-up processes.
type process struct {
	cmd    *exec.Cmd
	input  io.WriteCloser
	output *bufio.Reader
}

func start(name string, uid uint32, flags uintptr) (*process, error) {
	p := &process{cmd: &exec.Cmd{Path: "/proc/self/exe", Args: commands[name], Env: []string{roleKey + "=" + name}, Stderr: os.Stderr}}
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: flags, Credential: &syscall.Credential{Uid: uid, Gid: uid}}
	input, err := p.cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	output, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.input, p.output = input, bufio.NewReader(output)
	if err = p.cmd.Start(); err != nil {
		return nil, err
	}
	_, err = p.output.ReadString('\n')
	return p, err
}

func (p *process) tell(line string) error {
	if _, err := fmt.Fprintln(p.input, line); err != nil {
		return err
	}
	_, err := p.output.ReadString('\n')
	return err
}

func (p *process) end() error {
	_ = p.input.Close()
	return p.cmd.Wait()
}

// host is the first process of the made-up host, which captures it into the directory out.
func host(out string) error {
	if err := prepare(); err != nil {
		return err
	}
	processes := map[string]*process{}
	for _, p := range []struct {
		name  string
		uid   uint32
		flags uintptr
	}{
		{"web", 33, 0},
		{"worker-1", 1000, 0},
		{"worker-2", 1000, 0},
		{"otelcol", 0, 0},
		{"otelcol-box", 0, unix.CLONE_NEWNET | unix.CLONE_NEWPID | unix.CLONE_NEWUTS | unix.CLONE_NEWCGROUP},
	} {
		started, err := start(p.name, p.uid, p.flags)
		if err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
		processes[p.name] = started
	}
	if err := connect(processes["otelcol-box"].cmd.Process.Pid); err != nil {
		return err
	}
	sockets, err := openSockets()
	if err != nil {
		return err
	}
	take := func(moment string) error {
		for name, folder := range map[string]string{"otelcol": "captured-vm", "otelcol-box": "captured-container"} {
			if err := processes[name].tell("capture " + filepath.Join(out, folder, moment+".txtar")); err != nil {
				return err
			}
		}
		return nil
	}
	if err = processes["web"].tell("work"); err != nil {
		return err
	}
	time.Sleep(3 * time.Second) // For the addresses of version 6, which are tried out first.
	if err = take("t0"); err != nil {
		return err
	}
	for range 3 {
		for _, name := range []string{"web", "worker-1", "worker-2"} {
			if err = processes[name].tell("work"); err != nil {
				return err
			}
		}
	}
	if err = sockets.work(); err != nil {
		return err
	}
	if err = processes["worker-2"].end(); err != nil {
		return err
	}
	return take("t1")
}

// prepare mounts what is of this host's namespaces.
func prepare() error {
	for _, m := range []struct {
		source, target, fstype string
		flags                  uintptr
	}{
		{"", "/", "", unix.MS_REC | unix.MS_PRIVATE},
		{"proc", "/proc", "proc", 0},
		{"sysfs", "/sys", "sysfs", 0},
		{"tmpfs", "/run", "tmpfs", 0},
	} {
		if err := unix.Mount(m.source, m.target, m.fstype, m.flags, ""); err != nil {
			return fmt.Errorf("mount %s: %w", m.target, err)
		}
	}
	if err := os.Chmod("/run", 0o777); err != nil {
		return err
	}
	return unix.Sethostname([]byte("captured"))
}

// connect gives the host an interface that leads to the one of the container, whose first process is pid.
func connect(pid int) error {
	inside := []string{"nsenter", "-t", fmt.Sprint(pid), "-n"}
	for _, command := range [][]string{
		{"ip", "link", "set", "lo", "up"},
		{"ip", "link", "add", "veth5d0c1a7", "address", "02:00:00:00:00:01", "type", "veth", "peer", "name", "eth0", "address", "02:00:00:00:00:02", "netns", fmt.Sprint(pid)},
		{"ip", "address", "add", "192.0.2.1/24", "dev", "veth5d0c1a7"},
		{"ip", "link", "set", "veth5d0c1a7", "up"},
		append(inside, "ip", "link", "set", "lo", "up"),
		append(inside, "ip", "address", "add", "192.0.2.2/24", "dev", "eth0"),
		append(inside, "ip", "link", "set", "eth0", "up"),
	} {
		if text, err := exec.Command(command[0], command[1:]...).CombinedOutput(); err != nil {
			return fmt.Errorf("%v: %w: %s", command, err, text)
		}
	}
	return nil
}

// hostSockets are a listener with connections, and a socket of UDP that receives.
type hostSockets struct {
	listener net.Listener
	ends     [][2]net.Conn
	udp      net.PacketConn
}

func openSockets() (s *hostSockets, err error) {
	s = &hostSockets{}
	if s.listener, err = net.Listen("tcp4", "127.0.0.1:8080"); err != nil {
		return nil, err
	}
	for range 3 {
		client, err := net.Dial("tcp4", "127.0.0.1:8080")
		if err != nil {
			return nil, err
		}
		server, err := s.listener.Accept()
		if err != nil {
			return nil, err
		}
		s.ends = append(s.ends, [2]net.Conn{client, server})
	}
	s.udp, err = net.ListenPacket("udp4", "127.0.0.1:5353")
	return s, err
}

// work sends over all of them, also to a port of the container without a socket, and closes two of the connections.
func (s *hostSockets) work() error {
	text := make([]byte, 1000)
	for range 20 {
		for _, end := range s.ends {
			if _, err := end[0].Write(text); err != nil {
				return err
			}
			if _, err := io.ReadFull(end[1], text); err != nil {
				return err
			}
		}
		if _, err := s.udp.WriteTo(text, s.udp.LocalAddr()); err != nil {
			return err
		}
		if _, _, err := s.udp.ReadFrom(text); err != nil {
			return err
		}
	}
	out, err := net.Dial("udp4", "192.0.2.2:9")
	if err != nil {
		return err
	}
	for range 10 {
		_, _ = out.Write(text) // The second one fails with ECONNREFUSED: the port has no socket.
	}
	if err = out.Close(); err != nil {
		return err
	}
	for _, end := range s.ends[:2] {
		if err = end[0].Close(); err != nil {
			return err
		}
		if err = end[1].Close(); err != nil {
			return err
		}
	}
	time.Sleep(100 * time.Millisecond)
	return nil
}
