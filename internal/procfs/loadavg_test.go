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
	assert.Equal(t, Loadavg{One: known(200_000), Five: known(12_180_000), Fifteen: known(1_000_120_000)}, l)
}

func TestLoadavgMalformed(t *testing.T) {
	for name, text := range map[string]string{
		"empty":     "",
		"two":       "0.20 0.18",
		"two lines": "0.20 0.18\n0.12 1/80 11206\n",
	} {
		t.Run(name, func(t *testing.T) {
			var l Loadavg
			malformed(t, &l, text, 1, 1)
		})
	}
}

func TestLoadavgImplausible(t *testing.T) {
	for _, value := range []string{"-0.18", "nan", "4194304.01", "4294967295.00", "18446744073709551.61"} {
		var l Loadavg
		implausible(t, &l, "0.20 "+value+" 0.12 1/80 11206\n", "load of 5 minutes", 0, 1)
		assert.Equal(t, [3]Number{known(200_000), {}, known(120_000)}, [3]Number{l.One, l.Five, l.Fifteen})
	}
}
