// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

//go:build linux

// Command recordsockets opens sockets of all kinds and writes down what the kernel says of them, as it comes: one file for
// each dump, one line of hexadecimal digits for each datagram. Run it in a network namespace of its own, so that there are
// no other sockets in it; see testdata/sockdiag/README.md.
//
//	unshare -m -n -p -f --mount-proc sh -c 'ip link set lo up && recordsockets -out testdata/sockdiag'
package main

import (
	"encoding/binary"
	"encoding/hex"
	"flag"
	"log"
	"net"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/sockdiag"
)

func main() {
	log.SetFlags(0)
	out := flag.String("out", "testdata/sockdiag", "output directory")
	flag.Parse()
	open()
	const states, sequence = 1<<12 - 1, 7
	for name, request := range map[string][]byte{
		"tcp":       sockdiag.AppendTCPRequest(nil, sequence, states, 0),
		"listeners": sockdiag.AppendTCPRequest(nil, sequence, 1<<10, sockdiag.ExtensionSKMemInfo),
		"udp":       sockdiag.AppendInetRequest(nil, sequence, sockdiag.AFInet, sockdiag.ProtocolUDP, states, sockdiag.ExtensionSKMemInfo),
		"unix":      sockdiag.AppendUnixRequest(nil, sequence, states, sockdiag.ShowName),
		// A protocol that the kernel does not have.
		"refused": sockdiag.AppendInetRequest(nil, sequence, sockdiag.AFInet, 201, states, 0),
	} {
		check(os.WriteFile(filepath.Join(*out, name+".hex"), record(request), 0o600))
	}
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

// held keeps the garbage collector from closing sockets.
var held []any

// open opens sockets that stay open until the program ends.
func open() {
	full := bound(unix.SOCK_STREAM, 8080)
	check(unix.Listen(full, 2))
	for range 6 { // Three fit the queue.
		_ = unix.Connect(bound(unix.SOCK_STREAM, 0), &unix.SockaddrInet4{Port: 8080, Addr: [4]byte{127, 0, 0, 1}})
	}
	both, err := net.Listen("tcp", "[::]:8443")
	check(err)
	for _, host := range []string{"127.0.0.1", "::1"} {
		client, err := net.Dial("tcp", net.JoinHostPort(host, "8443"))
		check(err)
		_, err = client.Write([]byte("eleven more"))
		check(err)
		held = append(held, client)
	}
	accepted, err := both.Accept()
	check(err)
	held = append(held, both, accepted)

	drops := bound(unix.SOCK_DGRAM, 5353)
	check(unix.SetsockoptInt(drops, unix.SOL_SOCKET, unix.SO_RCVBUF, 4096))
	sender := bound(unix.SOCK_DGRAM, 0)
	for range 50 {
		check(unix.Sendto(sender, make([]byte, 512), 0, &unix.SockaddrInet4{Port: 5353, Addr: [4]byte{127, 0, 0, 1}}))
	}
	connected, err := net.Dial("udp", "127.0.0.1:5353")
	check(err)
	held = append(held, connected)

	for _, name := range []string{"@hostprobe", "@two\nlines", filepath.Join(os.TempDir(), "hostprobe.sock")} {
		listener, err := net.Listen("unix", name)
		check(err)
		client, err := net.Dial("unix", name)
		check(err)
		held = append(held, listener, client)
	}
	time.Sleep(100 * time.Millisecond) // The last packets are on their way.
}

func bound(kind, port int) int {
	fd, err := unix.Socket(unix.AF_INET, kind|unix.SOCK_NONBLOCK, 0)
	check(err)
	check(unix.Bind(fd, &unix.SockaddrInet4{Port: port, Addr: [4]byte{127, 0, 0, 1}}))
	return fd
}

// record is the kernel's answer to a request.
func record(request []byte) (text []byte) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, unix.NETLINK_SOCK_DIAG)
	check(err)
	defer unix.Close(fd)
	check(unix.Connect(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}))
	_, err = unix.Write(fd, request)
	check(err)
	buf := make([]byte, 64<<10)
	for {
		n, err := unix.Read(fd, buf)
		check(err)
		text = append(hex.AppendEncode(text, buf[:n]), '\n')
		if kind := binary.NativeEndian.Uint16(buf[4:]); kind == unix.NLMSG_DONE || kind == unix.NLMSG_ERROR {
			return text
		}
	}
}
