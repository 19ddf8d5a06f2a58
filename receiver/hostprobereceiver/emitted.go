// Copyright The hostprobe Authors
// SPDX-License-Identifier: Apache-2.0

package hostprobereceiver

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/superviz-io/hostprobe/internal/snapshot"
)

// emits reports whether the scraper of d emits the metric if that is enabled: the scraper is, and so is a part that has the metric.
func emits(cfg *Config, d snapshot.Domain, metric string) bool {
	if !isEnabled(cfg, d) || !slices.Contains(scrapers[d].metrics, metric) {
		return false
	}
	parts := partsOf(d, metric)
	return len(parts) == 0 || slices.ContainsFunc(parts, func(part string) bool { return isPartEnabled(cfg, d, part) })
}

// isEmitted reports whether any scraper emits the metric if that is enabled.
func isEmitted(cfg *Config, metric string) bool {
	for d := range snapshot.NumDomains {
		if emits(cfg, d, metric) {
			return true
		}
	}
	return false
}

// partsOf are the keys of the parts that have the metric, sorted; none if the scraper always emits it.
func partsOf(d snapshot.Domain, metric string) (parts []string) {
	for _, key := range slices.Sorted(maps.Keys(scrapers[d].parts)) {
		if slices.Contains(scrapers[d].parts[key].metrics, metric) {
			parts = append(parts, key)
		}
	}
	return parts
}

func isPartEnabled(cfg *Config, d snapshot.Domain, part string) bool {
	options := fieldOf(reflect.ValueOf(&cfg.Scrapers).Elem(), d.String())
	return fieldOf(options, part).Bool()
}

// fieldOf is the field of a struct that a key decodes into, which must exist.
func fieldOf(v reflect.Value, key string) reflect.Value {
	for i := range v.NumField() {
		if v.Type().Field(i).Tag.Get("mapstructure") == key {
			return v.Field(i)
		}
	}
	panic("no key " + key + " in " + v.Type().String())
}

// checkEmitted reports the metrics that a layer enables although no enabled scraper and part emits them.
func (l *layers) checkEmitted(path string) {
	metrics := l.at(path)
	for _, metric := range slices.Sorted(maps.Keys(metrics)) {
		fields, _ := metrics[metric].(tree)
		if fields[keyEnabled] == true && !isEmitted(l.cfg, metric) {
			l.fail(fmt.Errorf("%s: true has no effect: no enabled scraper and part emits the metric; %s",
				join(join(path, metric), keyEnabled), strings.Join(remedies(l.cfg, metric), " or ")))
		}
	}
}

// remedies are what makes scrapers emit a metric that none emits.
func remedies(cfg *Config, metric string) (all []string) {
	for _, name := range scrapersOf(metric) {
		d := domainNamed(name)
		path, parts := join(keyScrapers, name), partsOf(d, metric)
		inTemplate := func(part string) bool { return cfg.Template.has(scrapers[d].parts[part].template) }
		switch {
		case isEnabled(cfg, d):
			for _, part := range parts {
				all = append(all, "set "+join(path, part)+": true")
			}
		case len(parts) == 0 || slices.ContainsFunc(parts, inTemplate):
			all = append(all, "enable "+path)
		default:
			all = append(all, "enable "+path+" with "+strings.Join(parts, ": true or ")+": true")
		}
	}
	return all
}
