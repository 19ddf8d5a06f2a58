// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"time"
)

// How long Shutdown waits for a pipeline that holds a batch or a document, and how long after it has canceled its context. The
// service manager bounds the shutdown of the whole collector.
const (
	shutdownGrace = 4 * time.Second
	cancelGrace   = 400 * time.Millisecond
)

// hasEnded reports whether ended is closed within the time, and before canceled is.
func hasEnded(ended, canceled <-chan struct{}, within time.Duration) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-ended:
		return true
	case <-canceled:
	case <-timer.C:
	}
	return false
}

// endingWith returns a context that ends with ctx or with other.
func endingWith(ctx, other context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(other, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// inBackground runs f on a goroutine, and closes the channel that it returns when f returns.
func inBackground(f func()) (ended <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	return done
}
