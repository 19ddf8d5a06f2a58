// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package sockdiag asks the kernel for the sockets of the network namespace it runs in, through NETLINK_SOCK_DIAG.
//
// Its messages are encoded and decoded by pure functions that believe nothing: lengths, types, sequence numbers and flags
// of every message are checked before its payload is read. A connection (Linux only) hands out the sockets of a dump
// one by one as they arrive, and says at the end whether the dump was whole; the caller keeps nothing of one that was not.
//
// Source: sock_diag(7), netlink(7); include/uapi/linux/sock_diag.h, inet_diag.h, unix_diag.h, netlink.h.
package sockdiag

import (
	"encoding/binary"
	"errors"
)

// Families and protocols of a request, as the kernel numbers them.
const (
	AFUnix = 1
	AFInet = 2
	// AFInet6 is the family of IPv6, on Linux.
	AFInet6 = 10

	ProtocolTCP = 6
	ProtocolUDP = 17
)

// Netlink's message types, flags and sizes.
const (
	typeNoop    = 1
	typeError   = 2
	typeDone    = 3
	typeTCPDiag = 18 // TCPDIAG_GETSOCK
	typeDiag    = 20 // SOCK_DIAG_BY_FAMILY

	flagRequest         = 0x001
	flagDumpInterrupted = 0x010
	flagDump            = 0x300

	headerSize    = 16
	tcpRequest    = 60 // struct inet_diag_req
	inetRequest   = 56 // struct inet_diag_req_v2
	unixRequest   = 24 // struct unix_diag_req
	inetSize      = 72 // struct inet_diag_msg
	unixSize      = 16 // struct unix_diag_msg
	errnoSize     = 4
	attributeSize = 4 // struct rtattr
)

// What can be wrong with a dump.
var (
	// ErrMalformed says that a message is not as the kernel makes them.
	ErrMalformed = errors.New("malformed message")
	// errTruncated says that a datagram did not fit the buffer.
	errTruncated = errors.New("truncated datagram")
	// errForeign says that a message answers another request, or does not come from the kernel.
	errForeign = errors.New("message from a different dump")
	// errInterrupted says that the table changed in a way that the dump does not show whole.
	errInterrupted = errors.New("interrupted dump")
)

// KernelError is the errno with which the kernel refused or ended a dump.
type KernelError int32

// ModuleError is the name of the kernel module with the handler that a dump needs, which the kernel lacks: it is neither built in
// nor loaded, and requesting the dump has not loaded it.
//
// Source: net/core/sock_diag.c, __sock_diag_cmd (a family, as NLMSG_ERROR); net/ipv4/inet_diag.c, inet_diag_lock_handler (a
// protocol, when the dump has begun: in NLMSG_DONE).
type ModuleError string

// The modules.
const (
	InetDiag ModuleError = "inet_diag"
	TCPDiag  ModuleError = "tcp_diag"
	UDPDiag  ModuleError = "udp_diag"
	UnixDiag ModuleError = "unix_diag"
)

// Error implements error.
func (e ModuleError) Error() string {
	return "the kernel has no handler: " + string(e) + " is neither built in nor loaded"
}

// Unwrap returns the answer of the kernel.
func (e ModuleError) Unwrap() error { return noHandler }

// noHandler is ENOENT.
const noHandler KernelError = 2

var native = binary.NativeEndian

// AppendTCPRequest appends to dst the request for one dump of the TCP sockets of both families in the states given, a set
// of bits 1<<state. It is the older form of the request, from before there were families to choose from: the kernel walks
// its table of connections, whose size is most of a dump's cost, once and not twice.
func AppendTCPRequest(dst []byte, sequence, states uint32, extensions uint8) []byte {
	dst = appendHeader(dst, headerSize+tcpRequest, typeTCPDiag, sequence)
	dst = append(dst, AFInet, 0, 0, extensions)
	dst = append(dst, make([]byte, tcpRequest-12)...) // The socket's identity, which a dump does not use.
	dst = native.AppendUint32(dst, states)
	return native.AppendUint32(dst, 0)
}

// AppendInetRequest appends to dst the request for a dump of the sockets of a family and protocol in the states given, a
// set of bits 1<<state. extensions is a set of bits 1<<(INET_DIAG_…-1).
func AppendInetRequest(dst []byte, sequence uint32, family, protocol uint8, states uint32, extensions uint8) []byte {
	dst = appendHeader(dst, headerSize+inetRequest, typeDiag, sequence)
	dst = append(dst, family, protocol, extensions, 0)
	dst = native.AppendUint32(dst, states)
	return append(dst, make([]byte, inetRequest-8)...) // The socket's identity, which a dump does not use.
}

// AppendUnixRequest appends to dst the request for a dump of the unix sockets in the states given, with the attributes
// that show names, UDIAG_SHOW_….
func AppendUnixRequest(dst []byte, sequence, states, show uint32) []byte {
	dst = appendHeader(dst, headerSize+unixRequest, typeDiag, sequence)
	dst = append(dst, AFUnix, 0, 0, 0)
	dst = native.AppendUint32(dst, states)
	dst = native.AppendUint32(dst, 0) // Of any inode.
	dst = native.AppendUint32(dst, show)
	return append(dst, 0, 0, 0, 0, 0, 0, 0, 0)
}

func appendHeader(dst []byte, size int, kind uint16, sequence uint32) []byte {
	dst = native.AppendUint32(dst, uint32(size))
	dst = native.AppendUint16(dst, kind)
	dst = native.AppendUint16(dst, flagRequest|flagDump)
	dst = native.AppendUint32(dst, sequence)
	return native.AppendUint32(dst, 0) // The kernel's port.
}

// handlers are the errors of a dump that has no handler for its family or its protocol; nil is that of the kernel.
type handlers struct{ family, protocol error }

func inetHandlers(protocol uint8) handlers {
	switch protocol {
	case ProtocolTCP:
		return handlers{family: InetDiag, protocol: TCPDiag}
	case ProtocolUDP:
		return handlers{family: InetDiag, protocol: UDPDiag}
	}
	return handlers{family: InetDiag}
}

// missing returns the error of a refused dump, with the handler that is missing if that is why.
func missing(err, handler error) error {
	if handler != nil && errors.Is(err, noHandler) {
		return handler
	}
	return err
}

// dump follows the answer to one request through its datagrams.
type dump struct {
	// kind, sequence and port are those of the request: the answer carries them.
	kind           uint16
	sequence, port uint32
	// done is set by the message that ends the dump.
	done bool
	// handlers are the errors that report missing handlers.
	handlers handlers

	datagram []byte
}

// begin takes up the next datagram, of which b stays valid until its last message was read.
func (d *dump) begin(b []byte) { d.datagram = b }

// next returns the payload of the datagram's next socket, nil when there is none. After an error, or when done is set,
// the dump is over.
func (d *dump) next() (payload []byte, err error) {
	for len(d.datagram) > 0 && !d.done {
		message, kind, err := d.message()
		if err != nil {
			return nil, err
		}
		switch kind {
		case typeNoop:
		case d.kind:
			return message, nil
		case typeDone:
			if len(d.datagram) > 0 {
				return nil, ErrMalformed // Nothing follows the end.
			}
			d.done = true
			return nil, missing(endOf(message), d.handlers.protocol)
		case typeError:
			if err = endOf(message); err == nil {
				err = ErrMalformed // An acknowledgement, which was not requested.
			}
			return nil, missing(err, d.handlers.family)
		default:
			return nil, ErrMalformed
		}
	}
	return nil, nil
}

// message takes one message off the datagram and returns its payload.
func (d *dump) message() (payload []byte, kind uint16, err error) {
	b := d.datagram
	if len(b) < headerSize {
		return nil, 0, ErrMalformed
	}
	size := int(native.Uint32(b))
	if size < headerSize || size > len(b) {
		return nil, 0, ErrMalformed
	}
	if native.Uint32(b[8:]) != d.sequence || native.Uint32(b[12:]) != d.port {
		return nil, 0, errForeign
	}
	if native.Uint16(b[6:])&flagDumpInterrupted != 0 {
		return nil, 0, errInterrupted
	}
	d.datagram = b[min(align(size), len(b)):]
	return b[headerSize:size], native.Uint16(b[4:]), nil
}

// endOf is the error that the payload of NLMSG_DONE or NLMSG_ERROR has, nil for none.
func endOf(payload []byte) error {
	if len(payload) == 0 {
		return nil
	}
	if len(payload) < errnoSize {
		return ErrMalformed
	}
	switch errno := int32(native.Uint32(payload)); {
	case errno > 0:
		return nil // The kernel's dumps of old ended with their length.
	case errno < 0 && errno > -4096:
		return KernelError(-errno)
	case errno < 0:
		return ErrMalformed
	}
	return nil
}

// align rounds a length up as netlink does.
func align(n int) int { return (n + 3) &^ 3 }
