// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
)

// MatchType is how the patterns of a filter match names.
type MatchType string

// The match types.
const (
	MatchStrict MatchType = "strict" // A pattern is the whole name.
	MatchRegexp MatchType = "regexp" // A pattern is a regular expression that matches anywhere in the name.
)

var matchTypes = []MatchType{MatchRegexp, MatchStrict}

// FilterConfig has the options of a filter beside its patterns.
type FilterConfig struct {
	// MatchType is how patterns match names: strict, the whole name, or regexp, anywhere in the name.
	MatchType MatchType `mapstructure:"match_type"`
	// Regexp is a key of host_metrics, accepted without effect: each name is matched once.
	Regexp RegexpConfig `mapstructure:"regexp"`

	_ struct{} // Prevents unkeyed literals.
}

// RegexpConfig has the keys of the cache of host_metrics.
type RegexpConfig struct {
	// CacheEnabled is a key of host_metrics, accepted without effect.
	CacheEnabled bool `mapstructure:"cacheenabled"`
	// CacheMaxNumEntries is a key of host_metrics, accepted without effect.
	CacheMaxNumEntries int `mapstructure:"cachemaxnumentries"`

	_ struct{} // Prevents unkeyed literals.
}

// namedFilter is a filter of any kind of names, with its path in the configuration.
type namedFilter struct {
	path, key string
	matchType MatchType
	patterns  []string
}

// at is the path of a pattern.
func (f *namedFilter) at(i int) string { return fmt.Sprintf("%s[%d]", join(f.path, f.key), i) }

// compileRegexp compiles the regular expression at path. The error quotes all of it: that of regexp may have only a part.
func compileRegexp(path, pattern string) (*regexp.Regexp, error) {
	compiled, err := regexp.Compile(pattern)
	if err != nil {
		return nil, fmt.Errorf("%s: %#q: %w", path, pattern, err)
	}
	return compiled, nil
}

// compile returns a predicate that reports whether any pattern matches a name. Without patterns it is nil and the match type is
// not checked, as in host_metrics.
func (f *namedFilter) compile() (match func(name string) bool, err error) {
	if len(f.patterns) == 0 {
		return nil, nil
	}
	if f.matchType == MatchStrict {
		return func(name string) bool { return slices.Contains(f.patterns, name) }, nil
	}
	if err = oneOf(join(f.path, "match_type"), f.matchType, matchTypes); err != nil {
		return nil, err
	}
	expressions := make([]*regexp.Regexp, len(f.patterns))
	var errs []error
	for i, pattern := range f.patterns {
		expressions[i], err = compileRegexp(f.at(i), pattern)
		errs = append(errs, err)
	}
	if err = errors.Join(errs...); err != nil {
		return nil, err
	}
	return func(name string) bool {
		return slices.ContainsFunc(expressions, func(e *regexp.Regexp) bool { return e.MatchString(name) })
	}, nil
}

// includeExclude combines two filters into a predicate that keeps what include matches, or everything if include has no
// patterns, except what exclude matches. It is nil if neither has patterns.
func includeExclude(include, exclude namedFilter) (keep func(name string) bool, err error) {
	included, includeErr := include.compile()
	excluded, excludeErr := exclude.compile()
	if err = errors.Join(includeErr, excludeErr, checkOverlap(&include, &exclude)); err != nil || included == nil && excluded == nil {
		return nil, err
	}
	return func(name string) bool {
		return (included == nil || included(name)) && (excluded == nil || !excluded(name))
	}, nil
}

// checkOverlap reports the names that are in a strict include and in a strict exclude.
func checkOverlap(include, exclude *namedFilter) error {
	if include.matchType != MatchStrict || exclude.matchType != MatchStrict {
		return nil
	}
	var errs []error
	for i, name := range exclude.patterns {
		if at := slices.Index(include.patterns, name); at >= 0 {
			errs = append(errs, fmt.Errorf("%s: %q is also in %s and would be excluded; remove one of the two", exclude.at(i), name, include.at(at)))
		}
	}
	return errors.Join(errs...)
}
