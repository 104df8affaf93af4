// Package format reads routing instances as researchers publish them: Solomon
// and Gehring–Homberger, CVRPLIB and TSPLIB (also EXPLICIT matrices, time
// windows, prizes and several depots), Cordeau's periodic, multi-depot and
// site-dependent files, and the TSPTW matrices.
//
// Real-valued coordinates become integers by the convention under which the best
// known values of a set are stated; [Instance.Scale] undoes it.
package format

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"beatplan/routing/vrp"
)

// Instance is a problem with the convention of its costs.
type Instance struct {
	Name    string
	Kind    string // "Solomon", "CVRP", "VRPTW", "TSP", "TSPTW", …
	Problem *vrp.Problem
	Scale   int   // integer costs are this many times the published ones
	Nodes   []int // published number of each visit's node
	Parts   []int // day, depot or type of each vehicle, from 1; nil where there is one
}

// maxBytes bounds an instance file: 64 MB.
const maxBytes = 64 << 20

// ErrUnknown is returned for a file in none of the formats.
var ErrUnknown = errors.New("not an instance in a known format")

// Read recognises the format by its content. It fails with ErrUnknown, with a
// sentence that names the line at fault, or with *vrp.Invalid.
func Read(r io.Reader) (*Instance, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxBytes+1))
	if err != nil {
		return nil, fmt.Errorf("read instance: %w", err)
	}
	if len(data) > maxBytes {
		return nil, fmt.Errorf("instance is larger than %d bytes", maxBytes)
	}
	return Parse(data)
}

// Parse is Read of a file at hand.
func Parse(data []byte) (*Instance, error) {
	var x *Instance
	var err error
	switch head := string(data[:min(len(data), 4096)]); {
	case strings.Contains(head, "DIMENSION"):
		x, err = readLib(data)
	case strings.Contains(head, "VEHICLE") && strings.Contains(head, "CUST"):
		x, err = readSolomon(data)
	default:
		if rows := lines(data); isCordeau(rows) {
			x, err = readCordeau(rows)
		} else {
			x, err = readMatrix(data)
		}
	}
	if err != nil {
		return nil, err
	}
	if err := x.Problem.Validate(); err != nil {
		return nil, err
	}
	return x, nil
}

// maxNodes bounds the matrix of an instance: 6,000² cells.
const maxNodes = 6000

// lines are the non-empty lines of a file as fields.
func lines(data []byte) [][]string {
	var out [][]string
	scan := bufio.NewScanner(bytes.NewReader(data))
	scan.Buffer(nil, maxBytes)
	for scan.Scan() {
		if f := strings.Fields(scan.Text()); len(f) > 0 {
			out = append(out, f)
		}
	}
	return out
}

// numbers parses every field of a line, or says it is none.
func numbers(fields []string) ([]float64, bool) {
	out := make([]float64, len(fields))
	for i, f := range fields {
		x, err := strconv.ParseFloat(f, 64)
		if err != nil || math.IsNaN(x) || math.Abs(x) > vrp.MaxTime {
			return nil, false
		}
		out[i] = x
	}
	return out, true
}

// euclidean builds a matrix of distances, each passed through the convention.
func euclidean(x, y []float64, round func(float64) float64) vrp.Profile {
	n := len(x)
	table := make([]int32, n*n)
	for i := range n {
		for j := range n {
			if i != j {
				table[i*n+j] = int32(min(round(math.Hypot(x[i]-x[j], y[i]-y[j])), vrp.MaxTime))
			}
		}
	}
	return vrp.Profile{Locations: n, Duration: table, Distance: table}
}

func truncated10(d float64) float64 { return math.Floor(10*d + 1e-9) }
func rounded(d float64) float64     { return math.Floor(d + 0.5) }
func rounded1000(d float64) float64 { return math.Floor(1000*d + 0.5) }
