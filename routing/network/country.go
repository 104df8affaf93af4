package network

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"

	"gopkg.in/yaml.v3"
)

//go:embed countries/countries.yaml
var countriesFile []byte

// LeftHand reports whether one drives on the left in a country, by its ISO 3166-1 code
// in capitals.
func LeftHand(country string) (bool, error) {
	var file struct {
		Left []string `yaml:"left"`
	}
	if err := yaml.Unmarshal(countriesFile, &file); err != nil {
		return false, fmt.Errorf("countries: %w", err)
	}
	return slices.Contains(file.Left, country), nil
}

// ValidCountry reports whether a code has the form of ISO 3166-1: two capitals.
func ValidCountry(code string) bool {
	return len(code) == 2 && code[0] >= 'A' && code[0] <= 'Z' && code[1] >= 'A' && code[1] <= 'Z'
}

// locate is the profile as it holds in a country: the law where a road says nothing,
// and the side of driving. Side is what the roads say of it, "" when they are silent,
// and counts where neither the profile nor the country is known.
func (p *Profile) locate(country, side string) *Profile {
	here := *p
	if here.Country == "" {
		here.Country = country
	}
	if here.DrivingSide == "" && here.Country != "" {
		here.DrivingSide = "right"
		if left, err := LeftHand(here.Country); err == nil && left {
			here.DrivingSide = "left"
		}
	}
	if here.DrivingSide == "" {
		here.DrivingSide = side
	}
	law := p.CountryLimits[here.Country]
	here.Classes = maps.Clone(p.Classes)
	for class, zone := range p.LawOfClass {
		if kmh, ok := law[zone]; ok && here.Classes[class] > 0 {
			here.Classes[class] = kmh * p.LimitShare
		}
	}
	return &here
}

// Left reports whether one drives on the left.
func (p *Profile) Left() bool { return p.DrivingSide == "left" }
