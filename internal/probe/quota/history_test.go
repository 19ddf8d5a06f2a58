// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package quota

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestQuotaHistory: CPU time since the snapshot before, and the start of counters that were reset.
func TestQuotaHistory(t *testing.T) {
	t.Parallel()
	var h History
	at := time.Now()
	read := func(user, system snapshot.Quantity) snapshot.Quota {
		q := snapshot.Quota{CPUUser: user, CPUSystem: system}
		at = at.Add(time.Second)
		h.update(&q, at.UnixNano(), at)
		return q
	}
	k := snapshot.Known
	assert.Equal(t, snapshot.Quantity{}, read(k(10), k(5)).CPUSince, "one snapshot has no rate")
	q := read(k(15), k(7))
	assert.Equal(t, [...]snapshot.Quantity{k(7), k(1e9)}, [...]snapshot.Quantity{q.CPUSince, q.Elapsed})
	assert.Equal(t, snapshot.Quantity{}, read(k(20), snapshot.Quantity{}).CPUSince)
	q = read(k(20), k(7))
	assert.Equal(t, [...]snapshot.Quantity{k(5), k(2e9)}, [...]snapshot.Quantity{q.CPUSince, q.Elapsed})
	assert.Zero(t, q.Start, "counters start at boot")
	before := at
	q = read(k(1), k(1))
	assert.Equal(t, snapshot.Quantity{}, q.CPUSince, "counters that decrease are those of another cgroup")
	assert.Equal(t, before.UnixNano(), q.Start)
	assert.Equal(t, k(3), read(k(3), k(2)).CPUSince)
}
