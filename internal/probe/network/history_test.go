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
