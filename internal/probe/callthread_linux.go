// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"runtime"
	"runtime/debug"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// startThread returns when the thread has its own root: the pool's may be closed after that.
func (p *callPool) startThread() bool {
	ready := make(chan error)
	go p.thread(ready)
	if <-ready != nil {
		return false
	}
	p.threads++
	return true
}

// thread locks itself to a thread that it never gives back: with the goroutine the thread ends. It says once whether it is
// ready.
func (p *callPool) thread(ready chan<- error) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// The first thread stands for the process: /proc/PID/fd is its table, and it must end as the process does. While
		// this goroutine holds it, another gets another.
		locked := make(chan error)
		go p.thread(locked)
		err := <-locked
		runtime.UnlockOSThread()
		ready <- err
		return
	}
	fs, own, err := p.fs.ForThread()
	ready <- err
	if err != nil {
		return
	}
	p.serve(fs)
	if !own {
		fs.Close()
	}
}

// serve asks until there is nothing to ask and another thread waits already.
func (p *callPool) serve(fs *pseudofs.FS) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if c := p.take(); c != nil {
			p.mu.Unlock()
			panicked := guardedAsk(c, fs)
			p.mu.Lock()
			p.finish(c, panicked)
			continue
		}
		if p.closed || p.idle > 0 {
			p.threads--
			p.work.Broadcast()
			return
		}
		p.idle++
		p.work.Wait()
		p.idle--
	}
}

func guardedAsk(c call, fs *pseudofs.FS) (panicked *PanicError) {
	defer func() {
		if v := recover(); v != nil {
			panicked = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	c.ask(fs)
	return nil
}
