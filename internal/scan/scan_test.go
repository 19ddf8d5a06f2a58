// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package scan

import (
	"strconv"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/superviz-io/hostprobe/internal/hosttest"
)

func TestPure(t *testing.T) { hosttest.Pure(t) }

func TestLine(t *testing.T) {
	for _, tt := range []struct{ text, line, rest string }{
		{"", "", ""},
		{"a", "a", ""},
		{"a\n", "a", ""},
		{"\n\nb", "", "\nb"},
		{"a b\nc\n", "a b", "c\n"},
	} {
		line, rest := Line([]byte(tt.text))
		assert.Equal(t, tt.line, string(line), "%q", tt.text)
		assert.Equal(t, tt.rest, string(rest), "%q", tt.text)
	}
}

func TestUint(t *testing.T) {
	for text, want := range map[string]uint64{
		"0": 0, "007": 7, "42": 42, "18446744073709551615": 18446744073709551615,
	} {
		n, ok := Uint([]byte(text))
		assert.True(t, ok, "%q", text)
		assert.Equal(t, want, n, "%q", text)
	}
	for _, text := range []string{"", "-1", "+1", " 1", "1 ", "1k", "0x1", "18446744073709551616", "99999999999999999999"} {
		_, ok := Uint([]byte(text))
		assert.False(t, ok, "%q", text)
	}
}

// TestUintField: it is Field and Uint, one after the other.
func TestUintField(t *testing.T) {
	for _, text := range []string{
		"", " ", "\t", "0", " 0", "42 7", "\t 42\t7", "007", "4x 7", "x4 7", "-1 7", "1\n", "4\x00", "9223372036854775808 ",
		"9999999999999999999 1", "18446744073709551615 1", "18446744073709551616 1", "00000000000000000000042 1", "99999999999999999999x 1",
	} {
		assertUintField(t, text)
	}
}

func assertUintField(t *testing.T, text string) {
	field, wantRest := Field([]byte(text))
	want, wantOK := Uint(field)
	n, rest, ok := UintField([]byte(text))
	assert.Equal(t, want, n, "%q", text)
	assert.Equal(t, string(wantRest), string(rest), "%q", text)
	assert.Equal(t, wantOK, ok, "%q", text)
}

func TestDecimal(t *testing.T) {
	for _, tt := range []struct {
		text   string
		places int
		want   uint64
	}{
		{"0.20", 6, 200_000},
		{"12", 3, 12_000},
		{"2445.404", 3, 2_445_404},
		{"2445.4049", 3, 2_445_404},
		{"3425.000000", 3, 3_425_000},
		{"1.5", 0, 1},
	} {
		n, ok := Decimal([]byte(tt.text), tt.places)
		assert.True(t, ok, "%q", tt.text)
		assert.Equal(t, tt.want, n, "%q", tt.text)
	}
	for _, text := range []string{"", ".", ".5", "1.", "1.2.3", "-1.0", "1,5", "1.x", "1.000x", "18446744073709551615"} {
		_, ok := Decimal([]byte(text), 3)
		assert.False(t, ok, "%q", text)
	}
}

func TestAppendPrintable(t *testing.T) {
	for text, want := range map[string]string{
		"":                     "",
		"eth0":                 "eth0",
		"Grüße 日本":             "Grüße 日本",
		"a\nb\x00":             `a\x0ab\x00`,
		"\xff\xfe":             `\xff\xfe`,
		"\u0085":               `\xc2\x85`,
		"\x7f":                 `\x7f`,
		`back\slash`:           `back\slash`,
		`dev\x2ddisk`:          `dev\x2ddisk`,
		`a\x20b\x2Fc\x7e`:      `a\x20b\x2Fc\x7e`,
		`a\x0a`:                `a\x5cx0a`,
		`\x5c\x7f\xff`:         `\x5cx5c\x5cx7f\x5cxff`,
		`\xFF\x0`:              `\xFF\x0`,
		"\xe6\x97 cut in half": `\xe6\x97 cut in half`,
	} {
		assert.Equal(t, want, string(AppendPrintable(nil, []byte(text))), "%q", text)
	}
}

// TestAppendName: a name that systemd has escaped stays as it is; what cannot leave is escaped all the same.
func TestAppendName(t *testing.T) {
	for text, want := range map[string]string{
		"":                              "",
		`machine-my\x2dbox.scope`:       `machine-my\x2dbox.scope`,
		`srv-gr\xc3\xbcn\x5c.mount`:     `srv-gr\xc3\xbcn\x5c.mount`,
		"a\nb\xff\\xff":                 `a\x0ab\xff\xff`,
		"0::/user.slice/a\x1b[0m.scope": `0::/user.slice/a\x1b[0m.scope`,
	} {
		assert.Equal(t, want, string(AppendName(nil, []byte(text))), "%q", text)
	}
}

func TestNoAllocs(t *testing.T) {
	text := []byte("cpu0 74608 2520.50\nnext")
	dst := make([]byte, 0, 64)
	hosttest.NoAllocs(t, func() {
		line, _ := Line(text)
		_, line = Field(line)
		number, line := Field(line)
		_, _ = Uint(number)
		number, _ = Field(line)
		_, _ = Decimal(number, 6)
		_, _ = Hex(number)
		dst = AppendPrintable(dst[:0], text)
		dst = AppendName(dst[:0], text)
	})
}

func TestLineError(t *testing.T) {
	var e LineError
	assert.NoError(t, e.Err())
	e.Add(7)
	assert.EqualError(t, e.Err(), "line 7 is malformed")
	e.Add(9)
	assert.EqualError(t, e.Err(), "2 lines are malformed, the first is line 7")
	e.AddField(8, "steal")
	assert.EqualError(t, e.Err(), "2 lines are malformed, the first is line 7; steal in line 8 is implausible")

	e = LineError{}
	e.AddField(0, "MemAvailable")
	assert.EqualError(t, e.Err(), "MemAvailable is implausible")
	e.AddField(3, "steal")
	assert.EqualError(t, e.Err(), "2 values are implausible, the first is MemAvailable")

	var sum LineError
	sum.AddFieldsOf(&LineError{})
	assert.NoError(t, sum.Err())
	sum.AddFieldsOf(&LineError{Field: "utime", FieldLine: 1, Fields: 1})
	sum.AddFieldsOf(&e)
	assert.EqualError(t, sum.Err(), "3 values are implausible, the first is utime")
}

// FuzzField holds Field and Line against the standard library.
func FuzzField(f *testing.F) {
	f.Add("cpu  1 2\t3 \n\n x")
	f.Fuzz(func(t *testing.T, text string) {
		var lines []string
		for rest := []byte(text); len(rest) > 0; {
			var line []byte
			line, rest = Line(rest)
			lines = append(lines, string(line))
			var fields []string
			for field, more := Field(line); len(field) > 0; field, more = Field(more) {
				fields = append(fields, string(field))
			}
			isBlank := func(r rune) bool { return r == ' ' || r == '\t' }
			assert.Equal(t, strings.FieldsFunc(string(line), isBlank), append([]string{}, fields...))
		}
		assert.Equal(t, strings.TrimSuffix(text, "\n"), strings.Join(lines, "\n"))
	})
}

// FuzzUint holds Uint, Hex and Decimal against strconv, and UintField against Field and Uint.
func FuzzUint(f *testing.F) {
	f.Add("184467440737095516", uint8(2))
	f.Add("1.25", uint8(6))
	f.Add("00000FfF", uint8(0))
	f.Fuzz(func(t *testing.T, text string, places uint8) {
		assertUintField(t, text)
		n, ok := Uint([]byte(text))
		want, err := strconv.ParseUint(text, 10, 64)
		assert.Equal(t, err == nil, ok)
		if ok {
			assert.Equal(t, want, n)
		}

		n, ok = Hex([]byte(text))
		want, err = strconv.ParseUint(text, 16, 64)
		assert.Equal(t, err == nil, ok)
		if ok {
			assert.Equal(t, want, n)
		}

		p := int(places % 10)
		n, ok = Decimal([]byte(text), p)
		want, wantOK := decimalOracle(text, p)
		assert.Equal(t, wantOK, ok)
		if ok {
			assert.Equal(t, want, n)
		}
	})
}

// decimalOracle moves the point in the text and reads what is then a whole number.
func decimalOracle(text string, places int) (uint64, bool) {
	whole, fraction, point := strings.Cut(text, ".")
	if strings.Trim(fraction, "0123456789") != "" || point && fraction == "" || whole == "" {
		return 0, false
	}
	fraction += strings.Repeat("0", places)
	n, err := strconv.ParseUint(whole+fraction[:places], 10, 64)
	return n, err == nil && strings.Trim(whole, "0123456789") == ""
}

// FuzzAppendPrintable has the bytes back out of what was printed.
func FuzzAppendPrintable(f *testing.F) {
	f.Add([]byte("a\xffb\\x41\n\\\\x"))
	f.Fuzz(func(t *testing.T, text []byte) {
		printed := string(AppendPrintable(nil, text))
		assert.True(t, utf8.ValidString(printed))
		assert.False(t, strings.ContainsFunc(printed, isControl))
		var back []byte
		for i := 0; i < len(printed); i++ {
			if isEscape([]byte(printed[i:])) && printed[i] == '\\' {
				c, err := strconv.ParseUint(printed[i+2:i+4], 16, 8)
				assert.NoError(t, err)
				back = append(back, byte(c))
				i += 3
				continue
			}
			back = append(back, printed[i])
		}
		assert.Equal(t, string(text), string(back))
	})
}
