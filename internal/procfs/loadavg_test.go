// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package procfs

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestLoadavg(t *testing.T) {
	var l Loadavg
	malformed(t, &l, "0.20 12.18 1000.12 1/80 11206\n", 0, 0)
	assert.Equal(t, Loadavg{One: 200_000, Five: 12_180_000, Fifteen: 1_000_120_000}, l)
}

func TestLoadavgMalformed(t *testing.T) {
	for name, text := range map[string]string{
		"empty":     "",
		"two":       "0.20 0.18",
		"negative":  "0.20 -0.18 0.12 1/80 11206\n",
		"no number": "0.20 nan 0.12 1/80 11206\n",
		"two lines": "0.20 0.18\n0.12 1/80 11206\n",
	} {
		t.Run(name, func(t *testing.T) {
			var l Loadavg
			malformed(t, &l, text, 1, 1)
		})
	}
}
