// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package network

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// TestInterfacesRemembered: where thousands of interfaces come and go, the removed ones are forgotten.
func TestInterfacesRemembered(t *testing.T) {
	t.Parallel()
	const many = maxRemembered + 1000
	var h History
	for reading := range 10 {
		var n snapshot.Network
		for i := range many {
			n.Interfaces = append(n.Interfaces, snapshot.Interface{Name: fmt.Sprint("veth", reading, "-", i)})
		}
		h.update(&n, int64(reading))
		assert.LessOrEqual(t, len(h.interfaces), 3*many)
		assert.Len(t, n.Interfaces, many)
	}
}

// TestInterfaceNotCounted: an interface of which a snapshot has the attributes alone, as for a document, does not start anew in the
// next one; one whose counters fell meanwhile does.
func TestInterfaceNotCounted(t *testing.T) {
	t.Parallel()
	counted := func(bytes uint64) (one snapshot.Interface) {
		one.Name = "eth0"
		one.Received.Bytes = snapshot.Known(bytes)
		return one
	}
	for name, tt := range map[string]struct {
		after uint64
		start int64
	}{"goes on": {20, 0}, "fell": {5, 2}} {
		var h History
		for i, now := range []snapshot.Interface{counted(10), {Name: "eth0"}, counted(tt.after)} {
			n := snapshot.Network{Interfaces: []snapshot.Interface{now}}
			h.update(&n, int64(i+1))
			if i == 2 {
				assert.Equal(t, tt.start, n.Interfaces[0].Start, name)
			}
		}
	}
}
