// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package sockdiag

import (
	"errors"
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

// Conn is a netlink socket in the network namespace of the thread that opened it. It is not safe for concurrent use.
type Conn struct {
	fd       int
	port     uint32
	sequence uint32
	request  []byte
	buf      []byte
}

// bufferSize holds the largest datagram the kernel makes of a dump (32 KiB, see netlink_recvmsg), and some more.
const bufferSize = 64 << 10

// maxDatagrams bounds a dump: a hundred million sockets.
const maxDatagrams = 1 << 20

// Open opens a connection. timeout bounds each wait for a datagram. The error is EPROTONOSUPPORT where the kernel has no
// NETLINK_SOCK_DIAG, EAFNOSUPPORT where a sandbox allows no netlink.
func Open(timeout time.Duration) (*Conn, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC, unix.NETLINK_SOCK_DIAG)
	if err != nil {
		return nil, os.NewSyscallError("socket", err)
	}
	c := &Conn{fd: fd, buf: make([]byte, bufferSize)}
	if err = c.setUp(timeout); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

func (c *Conn) setUp(timeout time.Duration) error {
	wait := unix.NsecToTimeval(timeout.Nanoseconds())
	if err := unix.SetsockoptTimeval(c.fd, unix.SOL_SOCKET, unix.SO_RCVTIMEO, &wait); err != nil {
		return os.NewSyscallError("setsockopt", err)
	}
	// Connected to the kernel, the socket takes nothing from anybody else.
	if err := unix.Connect(c.fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
		return os.NewSyscallError("connect", err)
	}
	name, err := unix.Getsockname(c.fd)
	if err != nil {
		return os.NewSyscallError("getsockname", err)
	}
	own, ok := name.(*unix.SockaddrNetlink)
	if !ok {
		return ErrMalformed
	}
	c.port = own.Pid
	return nil
}

// Close closes the connection.
func (c *Conn) Close() {
	if c.fd >= 0 {
		unix.Close(c.fd)
		c.fd = -1
	}
}

// Visitor gets the payload of each socket of a dump, valid during the call. Its error ends the dump.
type Visitor interface {
	Socket(payload []byte) error
}

// DumpTCP hands to v the TCP sockets of both families in the states given, see AppendTCPRequest and DumpInet.
func (c *Conn) DumpTCP(states uint32, extensions uint8, v Visitor) error {
	c.sequence++
	c.request = AppendTCPRequest(c.request[:0], c.sequence, states, extensions)
	return c.dump(typeTCPDiag, inetHandlers(ProtocolTCP), v)
}

// DumpInet hands to v the sockets of a family and protocol in the states given, see AppendInetRequest. Only after nil was
// returned is what v has got whole. After an error the connection is of no more use: the rest of the dump may be in it.
// The error is a ModuleError if the kernel has no handler, and a KernelError if it refuses the dump otherwise.
func (c *Conn) DumpInet(family, protocol uint8, states uint32, extensions uint8, v Visitor) error {
	c.sequence++
	c.request = AppendInetRequest(c.request[:0], c.sequence, family, protocol, states, extensions)
	return c.dump(typeDiag, inetHandlers(protocol), v)
}

// DumpUnix hands to v the unix sockets in the states given, see AppendUnixRequest and DumpInet.
func (c *Conn) DumpUnix(states, show uint32, v Visitor) error {
	c.sequence++
	c.request = AppendUnixRequest(c.request[:0], c.sequence, states, show)
	return c.dump(typeDiag, handlers{family: UnixDiag}, v)
}

func (c *Conn) dump(kind uint16, of handlers, v Visitor) error {
	if err := c.send(); err != nil {
		return err
	}
	d := dump{kind: kind, sequence: c.sequence, port: c.port, handlers: of}
	for range maxDatagrams {
		datagram, err := c.receive()
		if err != nil {
			return err
		}
		for d.begin(datagram); ; {
			payload, err := d.next()
			if err != nil {
				return err
			}
			if payload == nil {
				break
			}
			if err = v.Socket(payload); err != nil {
				return err
			}
		}
		if d.done {
			return nil
		}
	}
	return ErrMalformed
}

func (c *Conn) send() error {
	for {
		n, err := unix.Write(c.fd, c.request)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case err != nil:
			return err
		case n != len(c.request):
			return errTruncated
		}
		return nil
	}
}

// receive waits for one datagram from the kernel. unix.Recvfrom would allocate the sender's address each time.
func (c *Conn) receive() ([]byte, error) {
	for {
		var sender unix.RawSockaddrNetlink
		size := uint32(unix.SizeofSockaddrNetlink)
		n, _, errno := unix.Syscall6(unix.SYS_RECVFROM, uintptr(c.fd), uintptr(unsafe.Pointer(&c.buf[0])), uintptr(len(c.buf)),
			unix.MSG_TRUNC, uintptr(unsafe.Pointer(&sender)), uintptr(unsafe.Pointer(&size)))
		switch {
		case errno == unix.EINTR:
			continue
		case errno != 0:
			return nil, errno
		case int(n) > len(c.buf): // With MSG_TRUNC it is the datagram's own length.
			return nil, errTruncated
		case size != unix.SizeofSockaddrNetlink || sender.Pid != 0:
			return nil, errForeign
		case n == 0:
			return nil, ErrMalformed
		}
		return c.buf[:n], nil
	}
}
