// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package document

// time writes a time in nanoseconds since the Unix epoch as RFC 3339 has it, in UTC and with all nine digits.
func (w *writer) time(key string, nanoseconds int64) {
	w.finish(key, appendTime(w.begin(key), nanoseconds))
}

const (
	nanosecondsPerSecond = 1_000_000_000
	secondsPerDay        = 86_400
	// From the first of March of the year 0 to the epoch. A year that begins in March has its leap day at the end.
	daysToEpoch   = 719_468
	daysPer400    = 146_097
	daysPer100    = 36_524
	daysPer4      = 1_461
	daysPerYear   = 365
	daysOf5Months = 153 // From March and from August on: 31, 30, 31, 30 and 31.
)

// appendTime knows the years of 64 bits of nanoseconds, 1677 to 2262. Package time reaches for the system's clock and zones.
func appendTime(dst []byte, nanoseconds int64) []byte {
	second, fraction := floorDiv(nanoseconds, nanosecondsPerSecond)
	day, second := floorDiv(second, secondsPerDay)
	era, day := floorDiv(day+daysToEpoch, daysPer400)
	yearOfEra := (day - day/(daysPer4-1) + day/daysPer100 - day/(daysPer400-1)) / daysPerYear
	day -= daysPerYear*yearOfEra + yearOfEra/4 - yearOfEra/100
	month := (5*day + 2) / daysOf5Months // From March.
	day -= (daysOf5Months*month + 2) / 5
	year := era*400 + yearOfEra
	if month += 3; month > 12 {
		month -= 12
		year++
	}
	dst = append(appendDigits(dst, year, 4), '-')
	dst = append(appendDigits(dst, month, 2), '-')
	dst = append(appendDigits(dst, day+1, 2), 'T')
	dst = append(appendDigits(dst, second/3600, 2), ':')
	dst = append(appendDigits(dst, second/60%60, 2), ':')
	dst = append(appendDigits(dst, second%60, 2), '.')
	return append(appendDigits(dst, fraction, 9), 'Z')
}

// floorDiv divides down, so that the remainder is never negative.
func floorDiv(a, b int64) (quotient, rest int64) {
	quotient, rest = a/b, a%b
	if rest < 0 {
		quotient, rest = quotient-1, rest+b
	}
	return quotient, rest
}

func appendDigits(dst []byte, n int64, digits int) []byte {
	dst = append(dst, "000000000"[:digits]...)
	for i := len(dst) - 1; n > 0; i-- {
		dst[i] = byte('0' + n%10)
		n /= 10
	}
	return dst
}
