// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package record

import (
	"math"
	"math/big"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
)

// slowQuotient is the float64 nearest to n/divisor.
func slowQuotient(n *big.Int, divisor uint64) float64 {
	f, _ := new(big.Rat).SetFrac(n, new(big.Int).SetUint64(divisor)).Float64()
	return f
}

func TestTotal(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, divisor := range []uint64{1, 3, 1000, 1e9, 8192e9} {
		var sum total
		want := new(big.Int)
		for range 2000 {
			v := random.Int64() >> random.IntN(64)
			if random.IntN(4) == 0 {
				v = -v
			}
			sum.add(v)
			want.Add(want, big.NewInt(v))
			if new(big.Int).Quo(want, new(big.Int).SetUint64(divisor)).IsInt64() {
				assert.Equal(t, slowQuotient(want, divisor), sum.over(divisor), "%s/%d", want, divisor)
			}
		}
	}
}

func TestTotalIsExact(t *testing.T) {
	for _, tt := range []struct {
		values []int64
		text   string
	}{
		{[]int64{24_330000000}, "24.33"},
		{[]int64{24_130000000, 0, 200000000}, "24.33"},
		{[]int64{-263_150000000}, "-263.15"},
		{[]int64{12_815_586_890000000}, "12815586.89"},
		{[]int64{math.MaxInt64, math.MaxInt64, math.MaxInt64}, "27670116110.564327"},
		{[]int64{math.MinInt64, 1}, "-9223372036.854776"},
		{[]int64{5, -5}, "0"},
		{nil, "0"},
	} {
		var sum total
		for _, v := range tt.values {
			sum.add(v)
		}
		assert.Equal(t, tt.text, strconv.FormatFloat(sum.over(1e9), 'f', -1, 64))
	}
}

// TestTotalNeverFalls: neither the order of the values nor rounding makes a sum smaller that has grown.
func TestTotalNeverFalls(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		values := make([]int64, 64)
		for i := range values {
			values[i] = random.Int64N(1_000_000_000) * 10_000_000
		}
		before := math.Inf(-1)
		for range 20 {
			random.Shuffle(len(values), func(i, j int) { values[i], values[j] = values[j], values[i] })
			var sum total
			for _, v := range values {
				sum.add(v)
			}
			now := sum.over(1e9)
			assert.GreaterOrEqual(t, now, before)
			before = now
			values[0] += random.Int64N(2)
		}
	}
}
