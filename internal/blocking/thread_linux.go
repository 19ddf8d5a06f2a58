// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package blocking

import (
	"runtime"
	"runtime/debug"

	"golang.org/x/sys/unix"

	"github.com/superviz-io/hostprobe/internal/pseudofs"
)

// startThread returns when the thread has its own root: the pool's may be closed after that.
func (p *Pool) startThread() bool {
	ready := make(chan error)
	go p.thread(ready)
	if <-ready != nil {
		return false
	}
	p.threads++
	return true
}

// thread locks its goroutine to an OS thread and never unlocks it, so that the thread ends with the goroutine. It reports once
// whether it is ready.
func (p *Pool) thread(ready chan<- error) {
	runtime.LockOSThread()
	if unix.Gettid() == unix.Getpid() {
		// The main thread stands for the process: /proc/PID/fd is its descriptor table, and it must end as the process does.
		// While this goroutine occupies it, another goroutine gets another thread.
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

// serve makes calls until there is none to make and another thread is idle already.
func (p *Pool) serve(fs *pseudofs.FS) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		if c := p.take(); c != nil {
			p.mu.Unlock()
			panicked := guardedDo(c, fs)
			p.mu.Lock()
			p.finish(c, panicked)
			continue
		}
		if p.closed || p.idle > 0 {
			p.threads--
			p.wake.Broadcast()
			return
		}
		p.idle++
		p.wake.Wait()
		p.idle--
	}
}

func guardedDo(c Call, fs *pseudofs.FS) (panicked *PanicError) {
	defer func() {
		if v := recover(); v != nil {
			panicked = &PanicError{Value: v, Stack: debug.Stack()}
		}
	}()
	c.Do(fs)
	return nil
}
