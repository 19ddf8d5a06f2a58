// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package blocking

import (
	"context"
	"time"
)

// Await makes one call on its own, in between other work. Its result is that of Pool.Err. A call that is pending is not made
// again: that is ErrStuck.
func (p *Pool) Await(ctx context.Context, b *Budget, c Call) error {
	if p.Pending(c) {
		return ErrStuck
	}
	p.single[0] = c
	began := time.Now()
	p.run(ctx, max(p.timeout-b.used, stallInterval), p.single[:])
	b.used += max(time.Since(began)-stallInterval, 0) // Many calls that return at once do not use it up.
	return p.Err(c)
}
