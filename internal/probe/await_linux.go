// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package probe

import (
	"context"
	"fmt"
	"time"
)

var (
	// errNoAnswer says that a call was not answered in time.
	errNoAnswer = fmt.Errorf("whoever serves it does not answer, and is not asked again before it does: %w", context.DeadlineExceeded)
	// errNotAsked says that the time was over before a thread came to a call.
	errNotAsked = fmt.Errorf("not read, for there was no time left: %w", context.DeadlineExceeded)
)

// await makes one call, alone in its round, in between others. It returns nil if the call was answered, else errNoAnswer,
// errNotAsked, errTooManyStuck where there is no thread for it, or a *PanicError. One that is stuck is left alone.
//
// All of a scrape together wait no longer than one call may: where one server does not answer for many files, each of the
// others is given a moment only.
func (sc *scrape) await(calls *callPool, round []call) error {
	c := round[0]
	if calls.isStuck(c) {
		return errNoAnswer
	}
	began := time.Now()
	inTime := calls.askWithin(sc.ctx, max(calls.timeout-sc.awaited, patience), round)
	sc.awaited += max(time.Since(began)-patience, 0) // Many that answer are not to wear it out.
	switch phase, late := calls.outcome(c); {
	case late:
		return errNoAnswer
	case phase == callAnswered && c.state().panic != nil:
		return c.state().panic
	case phase == callAnswered:
		return nil
	case !inTime:
		return errNotAsked
	}
	return errTooManyStuck
}
