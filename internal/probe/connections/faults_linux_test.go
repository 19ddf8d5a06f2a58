// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"errors"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/snapshot"
	"github.com/superviz-io/hostprobe/internal/sockdiag"
)

// kernel is a connection to a kernel that lacks handlers.
type kernel struct {
	conn
	lacks map[protocol]error
}

func (k *kernel) DumpTCP(states uint32, extensions uint8, v sockdiag.Visitor) error {
	err := k.lacks[protocolTCP]
	if err == nil {
		return k.conn.DumpTCP(states, extensions, v)
	}
	if errors.Is(err, sockdiag.InetDiag) {
		return sockdiag.KernelError(syscall.EOPNOTSUPP) // net/core/sock_diag.c, sock_diag_rcv_msg.
	}
	return err
}

func (k *kernel) DumpInet(family, number uint8, states uint32, extensions uint8, v sockdiag.Visitor) error {
	p := protocolTCP
	if number == sockdiag.ProtocolUDP {
		p = protocolUDP
	}
	if err := k.lacks[p]; err != nil {
		return err
	}
	return k.conn.DumpInet(family, number, states, extensions, v)
}

func (k *kernel) DumpUnix(states, show uint32, v sockdiag.Visitor) error {
	if err := k.lacks[protocolUnix]; err != nil {
		return err
	}
	return k.conn.DumpUnix(states, show, v)
}

// TestMissingModules: a kernel without a module costs the parts that depend on its handler, and is one fault of the host's state for all
// protocols and parts that it is needed for. Once it is loaded, nothing is missing.
func TestMissingModules(t *testing.T) {
	openSockets(t, 3)
	want := snapshot.Want{Connections: snapshot.ConnectionsWant{
		TCPStates: true, UDPStates: true, UnixStates: true, Listeners: true, ListenerOwners: true,
		TCPSockets: true, UDPSockets: true, UnixSockets: true, Owners: snapshot.OwnerWant{Process: true},
	}}
	const (
		tcp = "are read from /proc/net, without socket owners, socket lists, and limits and drops of TCP listeners"
		udp = "UDP sockets are read from /proc/net, without socket owners and socket lists"
	)
	fault := func(from, effect string, err error) source.Fault {
		return source.Fault{Domain: snapshot.DomainConnections, Source: from, Reason: source.Unavailable, Err: err, Effect: effect}
	}
	module := func(name sockdiag.ModuleError, effect string) source.Fault {
		return fault("kernel module "+string(name), effect, name)
	}
	for name, tt := range map[string]struct {
		lacks map[protocol]error
		want  []source.Fault
	}{
		"inet_diag": {
			map[protocol]error{protocolTCP: sockdiag.InetDiag, protocolUDP: sockdiag.InetDiag},
			[]source.Fault{module(sockdiag.InetDiag, "TCP and UDP sockets "+tcp)},
		},
		"tcp_diag": {map[protocol]error{protocolTCP: sockdiag.TCPDiag}, []source.Fault{module(sockdiag.TCPDiag, "TCP sockets "+tcp)}},
		"udp_diag": {map[protocol]error{protocolUDP: sockdiag.UDPDiag}, []source.Fault{module(sockdiag.UDPDiag, udp)}},
		"unix_diag": {
			map[protocol]error{protocolUnix: sockdiag.UnixDiag},
			[]source.Fault{module(sockdiag.UnixDiag, "unix sockets are omitted")},
		},
		"all": {
			map[protocol]error{protocolTCP: sockdiag.InetDiag, protocolUDP: sockdiag.InetDiag, protocolUnix: sockdiag.UnixDiag},
			[]source.Fault{
				module(sockdiag.InetDiag, "TCP and UDP sockets "+tcp), module(sockdiag.UnixDiag, "unix sockets are omitted"),
			},
		},
		"forbidden by a security module": {
			map[protocol]error{
				protocolTCP: sockdiag.KernelError(1), protocolUDP: sockdiag.KernelError(1), protocolUnix: sockdiag.KernelError(1),
			},
			[]source.Fault{
				fault("sock_diag tcp", "TCP sockets "+tcp, sockdiag.KernelError(1)), fault("sock_diag udp", udp, sockdiag.KernelError(1)),
				fault("sock_diag unix", "unix sockets are omitted", sockdiag.KernelError(1)),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r, s := open(t, source.Options{}, want)
			open, lacks := s.dumps.open, tt.lacks
			s.dumps.open = func() (conn, error) {
				c, err := open()
				return &kernel{c, lacks}, err
			}
			for range 2 {
				c, faults := readConnections(t, r)
				assert.Equal(t, tt.want, faults)
				for v := range snapshot.NumIPVersions {
					assert.True(t, c.TCP[v].Known && c.UDP[v].Known)
					assert.Equal(t, lacks[protocolTCP] == nil, c.TCP[v].Owned)
					assert.Equal(t, lacks[protocolUDP] == nil, c.UDP[v].Owned)
					assert.GreaterOrEqual(t, c.TCP[v].ByState[snapshot.SocketListen], uint64(3))
				}
				assert.Equal(t, lacks[protocolUnix] == nil, c.Unix.Known)
				assert.Equal(t, lacks[protocolTCP] != nil || lacks[protocolUDP] != nil, c.Fallback)
				require.NotEmpty(t, c.Listeners)
			}
			lacks = nil
			s.dumps.close()
			c, faults := readConnections(t, r)
			assert.Empty(t, faults)
			assert.True(t, c.TCP[snapshot.IPv4].Owned && c.UDP[snapshot.IPv4].Owned && c.Unix.Known)
			assert.False(t, c.Fallback || s.dumps.perFamily)
		})
	}
}
