// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/superviz-io/hostprobe/receiver/hostprobereceiver/internal/metadata"
)

// unknownKey is the error for a key that is not valid at path. If it is valid elsewhere, as the scrapers are below a `scrapers:`
// that stands on one level with them, the error says where.
func unknownKey(path, key string, value any, valid []string) error {
	place := placeOf(path, key, value)
	if place == "" {
		return unknown(path, "key", key, valid)
	}
	if path != "" {
		path += ": "
	}
	return fmt.Errorf("%sunknown key %q; it is %s", path, key, place)
}

// placeOf says what a key that is not valid at path is, and where it is valid; it is empty if it is valid nowhere.
func placeOf(path, key string, value any) string {
	_, hasKeys := value.(tree)
	owners := scrapersOf(key)
	inScrapers := path == keyScrapers || strings.HasPrefix(path, keyScrapers+"::") && strings.Count(path, "::") == 1
	switch {
	case slices.Contains(scraperNames(), key) && (hasKeys || value == nil):
		return "a scraper and belongs below " + keyScrapers
	case len(owners) > 0 && path == "": // Below scrapers, naming its scraper would replace the template.
		return "a metric and belongs below " + keyMetrics
	case len(owners) > 0:
		for i := range owners {
			owners[i] = join(join(keyScrapers, owners[i]), keyMetrics)
		}
		return "a metric and belongs below " + strings.Join(owners, " or ")
	case slices.Contains(keysOf(reflect.TypeFor[metadata.ResourceAttributesConfig]()), key):
		return "a resource attribute and belongs below " + keyResourceAttributes
	case inScrapers && slices.Contains(keysOf(reflect.TypeFor[Config]()), key):
		return "a key of the receiver and belongs beside " + keyScrapers
	default:
		return ""
	}
}

// scrapersOf are the names of the scrapers that have a metric of this name, sorted.
func scrapersOf(metric string) (names []string) {
	for _, name := range scraperNames() {
		if slices.Contains(scrapers[domainNamed(name)].metrics, metric) {
			names = append(names, name)
		}
	}
	return names
}
