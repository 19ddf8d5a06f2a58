// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package terminalexporter

import (
	"bytes"
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"go.opentelemetry.io/collector/pdata/pcommon"
)

// print returns the batch as text of at most this many lines. Each metric has its largest values first; where not all fit,
// every metric keeps as many, and the last line says how many values are missing.
func (b *batch) print(lines int, zone *time.Location) []byte {
	var out bytes.Buffer
	fmt.Fprintf(&out, "%s  %s\n", b.time.In(zone).Format(time.TimeOnly), b.resource)
	rest := lines - 1
	perMetric, total := b.fit(rest)
	if total > rest || perMetric < b.longest() {
		rest--
		perMetric, _ = b.fit(rest)
	}
	omitted := 0
	for k := range numKinds {
		for _, g := range b.groups {
			if g.kind != k {
				continue
			}
			slices.SortStableFunc(g.rows, func(x, y row) int { return cmp.Compare(y.value, x.value) })
			n := min(len(g.rows), perMetric, rest)
			for _, r := range g.rows[:n] {
				number, unit := g.format(r.value)
				fmt.Fprintf(&out, "%8s %-5s  %s%s\n", number, unit, g.name, r.attributes)
			}
			rest -= n
			omitted += len(g.rows) - n
		}
	}
	if omitted > 0 {
		fmt.Fprintf(&out, "%8s        and %d more\n", "…", omitted)
	}
	return out.Bytes()
}

// fit returns how many rows each metric may have for all to take at most this many lines, at least 1, and how many they take.
func (b *batch) fit(lines int) (perMetric, total int) {
	for perMetric = b.longest(); ; perMetric-- {
		total = 0
		for _, g := range b.groups {
			total += min(len(g.rows), perMetric)
		}
		if total <= lines || perMetric == 1 {
			return perMetric, total
		}
	}
}

// longest returns the largest number of rows that a metric has.
func (b *batch) longest() int {
	n := 0
	for _, g := range b.groups {
		n = max(n, len(g.rows))
	}
	return n
}

// format returns a value as a number and its unit. Annotations such as {packets} only repeat the name of the metric.
func (g *group) format(v float64) (number, unit string) {
	unit = g.unit
	if strings.HasPrefix(unit, "{") || unit == "1" {
		unit = ""
	}
	if unit == "By" {
		v, unit = bytePrefix(v)
	}
	switch g.kind {
	case share:
		return strconv.FormatFloat(v*100, 'f', 1, 64), "%"
	case rate:
		unit += "/s"
	}
	return digits(v), unit
}

func bytePrefix(v float64) (float64, string) {
	units := []string{"B", "KiB", "MiB", "GiB", "TiB", "PiB"}
	i := 0
	for ; i < len(units)-1 && max(v, -v) >= 1000; i++ {
		v /= 1024
	}
	return v, units[i]
}

// digits writes a number with three digits, or more before the point.
func digits(v float64) string {
	switch size := max(v, -v); {
	case v == math.Trunc(v) || size >= 100:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case size >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	}
	return strconv.FormatFloat(v, 'f', 2, 64)
}

// text writes attributes as {key=value,…}, and nothing where there are none.
func text(attributes pcommon.Map) string {
	if attributes.Len() == 0 {
		return ""
	}
	var pairs []string
	for key, v := range attributes.All() {
		pairs = append(pairs, printable(key)+"="+printable(v.AsString()))
	}
	return "{" + strings.Join(pairs, ",") + "}"
}

// printable quotes a text that would move the cursor or change colors: names of mounts and processes are anyone's choice.
func printable(s string) string {
	if strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return s
	}
	return strconv.Quote(s)
}
