// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

// Package pairs opens more TCP connections over the loopback address than one process may have descriptors for: in copies
// of the calling program.
package pairs

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
)

const asked = "HOSTPROBE_HOLD_PAIRS"

// HoldIfAsked makes this process one that holds connections, if it was started by Open, and does not return then. A program
// that opens pairs calls it first.
func HoldIfAsked() {
	text, ok := os.LookupEnv(asked)
	if !ok {
		return
	}
	n, err := strconv.Atoi(text)
	if err == nil {
		err = hold(n)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

// hold opens n connections, both ends of each, says so, and holds them until its input ends.
func hold(n int) error {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return err
	}
	ends := make([]net.Conn, 0, 2*n)
	for range n {
		client, err := net.Dial("tcp4", listener.Addr().String())
		if err != nil {
			return err
		}
		server, err := listener.Accept()
		if err != nil {
			return err
		}
		ends = append(ends, client, server)
	}
	fmt.Println(len(ends))
	if _, err = io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	for _, end := range ends { // A reset leaves nothing in TIME_WAIT.
		if err = end.(*net.TCPConn).SetLinger(0); err != nil {
			return err
		}
		if err = end.Close(); err != nil {
			return err
		}
	}
	return nil
}

// Pairs are open connections.
type Pairs struct {
	holders []*exec.Cmd
	inputs  []io.Closer
}

// perHolder is how many connections one process holds: few processes may have less than 10,000 descriptors.
const perHolder = 4500

// Open opens n connections, and so 2n sockets, beside a listener for each few thousand.
func Open(n int) (*Pairs, error) {
	p := &Pairs{}
	for left := n; left > 0; left -= perHolder {
		if err := p.add(min(left, perHolder)); err != nil {
			return nil, fmt.Errorf("connections: %w; %w", err, p.Close())
		}
	}
	return p, nil
}

func (p *Pairs) add(n int) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	holder := exec.Command(self)
	holder.Env = append(os.Environ(), asked+"="+strconv.Itoa(n))
	holder.Stderr = os.Stderr
	input, err := holder.StdinPipe()
	if err != nil {
		return err
	}
	output, err := holder.StdoutPipe()
	if err != nil {
		return err
	}
	if err = holder.Start(); err != nil {
		return err
	}
	p.holders, p.inputs = append(p.holders, holder), append(p.inputs, input)
	_, err = bufio.NewReader(output).ReadString('\n')
	return err
}

// Holders are the numbers of the processes that hold them.
func (p *Pairs) Holders() (pids []int) {
	for _, holder := range p.holders {
		pids = append(pids, holder.Process.Pid)
	}
	return pids
}

// Close closes the connections.
func (p *Pairs) Close() (err error) {
	for i, input := range p.inputs {
		err = errors.Join(err, input.Close(), p.holders[i].Wait())
	}
	return err
}
