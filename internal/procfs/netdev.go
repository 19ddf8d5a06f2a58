// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"bytes"

	"github.com/superviz-io/hostprobe/internal/scan"
)

// MaxInterfaces bounds the interfaces of /proc/net/dev that are read. Further lines are dropped as malformed ones are.
const MaxInterfaces = 1 << 16

// NetDev is /proc/net/dev: what each network interface has received and sent.
//
//	Inter-|   Receive                                                |  Transmit
//	 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
//	  eth0: 322554354   24476    0    0    0     0          0         0  1982051   19201    0    0    0     0       0          0
//
// Source: Documentation/filesystems/proc.rst, "net"; net/core/net-procfs.c, dev_seq_show. drop of Receive includes packets
// missed by the hardware. A name has neither space nor colon in it, and any other byte. /proc/PID/net/dev is that of the
// network namespace of the process PID.
type NetDev struct {
	// Interfaces has one element for each line, in the order of the file. Reused by the next Parse. The kernel hands the
	// file out in pieces: while interfaces come and go, one may be missing in it or stand there twice.
	Interfaces []NetInterface

	bad scan.LineError
}

// NetInterface is one line of /proc/net/dev.
type NetInterface struct {
	Name              []byte // As it stands in the text that was parsed, and as long as that is valid.
	Receive, Transmit NetDirection
}

// NetDirection is one direction of an interface. A counter that a driver has let step below zero is unknown.
type NetDirection struct{ Bytes, Packets, Errs, Drop Number }

// netColumns is how many columns there are in each direction, of which those with a name are read.
const netColumns = 8

var netColumnNames = [2][]string{
	{"receive bytes", "receive packets", "receive errs", "receive drop"},
	{"transmit bytes", "transmit packets", "transmit errs", "transmit drop"},
}

// Parse reads the text of /proc/net/dev. The error is nil or a *scan.LineError, valid until the next Parse.
func (d *NetDev) Parse(b []byte) error {
	d.Interfaces, d.bad = d.Interfaces[:0], scan.LineError{}
	for number := 1; len(b) > 0 || number <= 2; number++ {
		var line []byte
		line, b = scan.Line(b)
		if number <= 2 {
			if bytes.Count(line, []byte{'|'}) != 2 {
				d.bad.Add(number)
			}
			continue
		}
		if !d.parseLine(number, line) {
			d.bad.Add(number)
		}
	}
	return d.bad.Err()
}

func (d *NetDev) parseLine(number int, line []byte) (ok bool) {
	name, _ := scan.Field(line)
	colon := bytes.LastIndexByte(name, ':') // Old kernels wrote the first number right behind it.
	if colon <= 0 || len(d.Interfaces) == MaxInterfaces {
		return false
	}
	var read NetInterface
	read.Name = name[:colon]
	_, line, _ = bytes.Cut(line, name[:colon+1])
	directions := [...]*NetDirection{&read.Receive, &read.Transmit}
	for _, direction := range directions {
		if line, ok = direction.parse(line); !ok {
			return false
		}
	}
	for i, direction := range directions {
		direction.report(&d.bad, number, netColumnNames[i])
	}
	d.Interfaces = append(d.Interfaces, read)
	return true
}

// parse reads one direction's columns and returns what follows them. What stands in the others does not matter.
func (n *NetDirection) parse(line []byte) (rest []byte, ok bool) {
	for _, counter := range [...]*Number{&n.Bytes, &n.Packets, &n.Errs, &n.Drop} {
		if *counter, line, ok = column(line, maxCount); !ok {
			return line, false
		}
	}
	for i := len(netColumnNames[0]); i < netColumns; i++ {
		var field []byte
		if field, line = scan.Field(line); len(field) == 0 {
			return line, false
		}
	}
	return line, true
}

// report notes the counters that are unknown.
func (n *NetDirection) report(bad *scan.LineError, line int, names []string) {
	for i, counter := range [...]*Number{&n.Bytes, &n.Packets, &n.Errs, &n.Drop} {
		if !counter.Known {
			bad.AddField(line, names[i])
		}
	}
}
