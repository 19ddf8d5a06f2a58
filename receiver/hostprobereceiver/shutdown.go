// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"context"
	"time"
)

// How long Shutdown waits for a pipeline that holds a batch or a document: a while for it to take that, and a moment after it
// was told not to. A service manager gives the whole collector only so long.
const (
	patience  = 4 * time.Second
	lastOrder = 400 * time.Millisecond
)

// hasEnded reports whether what closes ended does so in time, and before the wait for it is given up.
func hasEnded(ended, given <-chan struct{}, within time.Duration) bool {
	timer := time.NewTimer(within)
	defer timer.Stop()
	select {
	case <-ended:
		return true
	case <-given:
	case <-timer.C:
	}
	return false
}

// endingWith is ctx until other ends.
func endingWith(ctx, other context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(other, cancel)
	return ctx, func() {
		stop()
		cancel()
	}
}

// inBackground runs f and closes what it returns when f has returned.
func inBackground(f func()) (ended <-chan struct{}) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	return done
}
