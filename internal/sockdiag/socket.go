// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package sockdiag

import "encoding/binary"

// Attributes of an inet_diag_msg.
const (
	attributeSKMemInfo = 7
	attributeShutdown  = 8
	attributeCgroupID  = 21

	// ExtensionSKMemInfo requests the attribute with a socket's drops.
	ExtensionSKMemInfo = 1 << (attributeSKMemInfo - 1)

	drops = 8 // SK_MEMINFO_DROPS, counted in numbers of 32 bits.
)

// InetSocket is what a dump says of one TCP or UDP socket.
type InetSocket struct {
	Family uint8 // AFInet or AFInet6.
	State  uint8 // As include/net/tcp_states.h numbers them.

	Local, Remote         [16]byte // The first 4 bytes where Family is AFInet.
	LocalPort, RemotePort uint16
	Cookie                uint64 // The socket's identity, never used again while the system runs.

	ReceiveQueue uint32 // A listener's: connections not accepted yet. Else bytes.
	SendQueue    uint32 // A listener's: how many connections there may be in its queue. Else bytes.
	Inode        uint32 // 0 where no file refers to the socket: not accepted yet, or in TIME_WAIT.

	Drops      uint32 // Packets dropped, SYN retries included; wraps.
	DropsKnown bool
	CgroupID   uint64 // Since Linux 5.9, of cgroup v2. 0 where it is not reported.
}

// Parse reads the payload of a message. It keeps nothing of b.
func (s *InetSocket) Parse(b []byte) error {
	if len(b) < inetSize {
		return ErrMalformed
	}
	*s = InetSocket{
		Family: b[0], State: b[1],
		LocalPort: binary.BigEndian.Uint16(b[4:]), RemotePort: binary.BigEndian.Uint16(b[6:]),
		Local: [16]byte(b[8:24]), Remote: [16]byte(b[24:40]),
		Cookie:       uint64(native.Uint32(b[44:])) | uint64(native.Uint32(b[48:]))<<32,
		ReceiveQueue: native.Uint32(b[56:]), SendQueue: native.Uint32(b[60:]),
		Inode: native.Uint32(b[68:]),
	}
	if s.Family != AFInet && s.Family != AFInet6 || s.State == 0 || s.State > maxState {
		return ErrMalformed
	}
	return s.parseAttributes(b[inetSize:])
}

// maxState is the largest number of a state: TCP_NEW_SYN_RECV is 12, TCP_BOUND_INACTIVE 13.
const maxState = 13

func (s *InetSocket) parseAttributes(b []byte) error {
	for len(b) > 0 {
		kind, value, rest, ok := attribute(b)
		if !ok {
			return ErrMalformed
		}
		switch kind {
		case attributeSKMemInfo:
			// Kernels before 4.7 have one number less and no drops.
			if len(value) >= 4*(drops+1) {
				s.Drops, s.DropsKnown = native.Uint32(value[4*drops:]), true
			}
		case attributeCgroupID:
			if len(value) != 8 {
				return ErrMalformed
			}
			s.CgroupID = native.Uint64(value)
		}
		b = rest
	}
	return nil
}

// UnixSocket is what a dump says of one unix socket.
type UnixSocket struct {
	Type  uint8 // SOCK_STREAM 1, SOCK_DGRAM 2, SOCK_SEQPACKET 5.
	State uint8 // TCP's numbers: ESTABLISHED, CLOSE (no peer), LISTEN.
	Inode uint32
	// Name is the path, or with a zero in front an abstract name. It aliases the payload.
	Name []byte
}

const attributeUnixName = 0 // UNIX_DIAG_NAME

// ShowName requests the names of unix sockets.
const ShowName = 1

// Parse reads the payload of a message. Name aliases b.
func (s *UnixSocket) Parse(b []byte) error {
	if len(b) < unixSize || b[0] != AFUnix {
		return ErrMalformed
	}
	*s = UnixSocket{Type: b[1], State: b[2], Inode: native.Uint32(b[4:])}
	if s.State == 0 || s.State > maxState {
		return ErrMalformed
	}
	for b = b[unixSize:]; len(b) > 0; {
		kind, value, rest, ok := attribute(b)
		if !ok {
			return ErrMalformed
		}
		if kind == attributeUnixName {
			s.Name = nameOf(value)
		}
		b = rest
	}
	return nil
}

// nameOf omits the zero that ends a path, if the length passed to bind(2) counts it.
func nameOf(value []byte) []byte {
	if n := len(value); n > 0 && value[0] != 0 && value[n-1] == 0 {
		return value[:n-1]
	}
	return value
}

// attribute takes one attribute off b.
func attribute(b []byte) (kind uint16, value, rest []byte, ok bool) {
	if len(b) < attributeSize {
		return 0, nil, nil, false
	}
	size := int(native.Uint16(b))
	if size < attributeSize || size > len(b) {
		return 0, nil, nil, false
	}
	return native.Uint16(b[2:]), b[attributeSize:size], b[min(align(size), len(b)):], true
}

// State returns the family and state in the payload of a message about an inet or a unix socket, for those who want no
// more of it.
func State(b []byte) (family, state uint8, err error) {
	switch {
	case len(b) >= inetSize && (b[0] == AFInet || b[0] == AFInet6):
		state = b[1]
	case len(b) >= unixSize && b[0] == AFUnix:
		state = b[2]
	}
	if state == 0 || state > maxState {
		return 0, 0, ErrMalformed
	}
	return b[0], state, nil
}

// InUse reports whether the TCP socket in a payload that State takes is one of those that /proc/net/sockstat counts as in
// use: all but those that merely stand for a connection, a request socket before it is set up and a TIME_WAIT socket after its end,
// which says FIN_WAIT2 as long as the peer has not closed.
//
// Source: net/ipv4/inet_diag.c and tcp_diag.c, the functions that fill in a TIME_WAIT and a request socket; those of whole
// sockets alone add INET_DIAG_SHUTDOWN, to each.
func InUse(payload []byte) bool {
	switch payload[1] {
	case stateFinWait2:
		return payload[2] != timerTimeWait
	case stateTimeWait:
		return false
	case stateSynRecv, stateNewSynRecv:
		for b := payload[inetSize:]; len(b) > 0; {
			kind, _, rest, ok := attribute(b)
			if !ok || kind == attributeShutdown {
				return ok
			}
			b = rest
		}
		return false
	}
	return true
}

// States as include/net/tcp_states.h numbers them, and the timer of a TIME_WAIT socket (idiag_timer).
const (
	stateSynRecv    = 3
	stateFinWait2   = 5
	stateTimeWait   = 6
	stateNewSynRecv = 12
	timerTimeWait   = 3
)
