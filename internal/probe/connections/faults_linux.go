// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package connections

import (
	"errors"

	"github.com/superviz-io/hostprobe/internal/probe/source"
	"github.com/superviz-io/hostprobe/internal/sockdiag"
)

// What follows when sockets are not dumped. /proc/net has no cgroup of a socket, and no limit and drops of a TCP
// listener.
const (
	tcpFallback  = "are read from /proc/net, without socket owners, socket lists, and limits and drops of TCP listeners"
	tcpEffect    = "TCP sockets " + tcpFallback
	udpEffect    = "UDP sockets are read from /proc/net, without socket owners and socket lists"
	inetEffect   = "TCP and UDP sockets " + tcpFallback
	unixEffect   = "unix sockets are omitted"
	noDumpEffect = inetEffect + "; " + unixEffect
)

var moduleEffects = map[sockdiag.ModuleError]string{
	sockdiag.InetDiag: inetEffect, sockdiag.TCPDiag: tcpEffect, sockdiag.UDPDiag: udpEffect, sockdiag.UnixDiag: unixEffect,
}

var protocolFaults = [...]struct{ source, effect string }{
	protocolTCP:  {"sock_diag tcp", tcpEffect},
	protocolUDP:  {"sock_diag udp", udpEffect},
	protocolUnix: {"sock_diag unix", unixEffect},
}

// reportDump reports why a protocol was not dumped. What several protocols lack is one fault: the connection, or the module with
// their handler.
func reportDump(sc *source.Scrape, p protocol, err error) {
	var module sockdiag.ModuleError
	var noConn *openError
	switch {
	case errors.As(err, &noConn):
		sc.FaultWith("sock_diag", noConn.error, noDumpEffect)
	case errors.As(err, &module):
		sc.FaultWith("kernel module "+string(module), module, moduleEffects[module])
	default:
		sc.FaultWith(protocolFaults[p].source, err, protocolFaults[p].effect)
	}
}
