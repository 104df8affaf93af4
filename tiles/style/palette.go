package style

// palette holds the colours of one theme, as CSS colours.
type palette struct {
	land, water, waterLine string
	// fills by class of land
	residential, commercial, industrial, school, hospital string
	wood, scrub, grass, park, pitch, farmland, cemetery   string
	wetland, sand, rock, ice, parking, plaza              string
	airport, apron, runway                                string
	building, buildingEdge                                string
	// roads: fill and casing by importance
	motorway, motorwayCase, trunk, trunkCase string
	major, majorCase, minor, minorCase       string
	tunnel, tunnelCase, path, rail, railCase string
	ferry, boundary, county                  string
	arrow, street, streetHalo, ref, refHalo  string
	city, village, suburb, halo              string
	waterText, waterHalo, natureText, poi    string
	house                                    string
}

// lightColours: contrast of labels on land at least 4.5:1 for places and streets.
func lightColours() palette {
	return palette{
		land: "#f4f2ee", water: "#c6dde9", waterLine: "#b7d3e2",
		residential: "#edeae3", commercial: "#f1e9e0", industrial: "#eae7e4",
		school: "#f2ede0", hospital: "#f6eae7",
		wood: "#e0e9d7", scrub: "#e7ecdd", grass: "#e9efe0", park: "#dcead2", pitch: "#d5e6c9",
		farmland: "#f2efe2", cemetery: "#e3eadb", wetland: "#e2ebe3", sand: "#f5eed9",
		rock: "#ebe8e3", ice: "#f2f8fb", parking: "#ebe8e3", plaza: "#f0ece5",
		airport: "#eceaee", apron: "#e4e2e8", runway: "#d9d7df",
		building: "#e4dfd6", buildingEdge: "#d6d0c5",
		motorway: "#fbe8c6", motorwayCase: "#dcc08a", trunk: "#fdf3dd", trunkCase: "#dfcda6",
		major: "#ffffff", majorCase: "#c8c1b5", minor: "#ffffff", minorCase: "#d5cfc5",
		tunnel: "#f7f4ef", tunnelCase: "#d8d3ca", path: "#cdc4b5", rail: "#c5c1bc",
		railCase: "#f4f2ee",
		ferry:    "#8fb3c8", boundary: "#a99bb5", county: "#c6bccd",
		arrow: "#8f8a82", street: "#5f6368", streetHalo: "#ffffff", ref: "#7a6332",
		refHalo: "#fff8e8",
		city:    "#2f3337", village: "#44494e", suburb: "#61666c", halo: "#ffffffd9",
		waterText: "#4b7f9c", waterHalo: "#d7e8f0", natureText: "#55794d", poi: "#6b6255",
		house: "#9b948a",
	}
}

func darkColours() palette {
	return palette{
		land: "#1d2125", water: "#142f3d", waterLine: "#1b3a4a",
		residential: "#21262a", commercial: "#252729", industrial: "#23262b",
		school: "#26282a", hospital: "#2a2628",
		wood: "#1d2925", scrub: "#1f2926", grass: "#1f2926", park: "#1e2d26", pitch: "#21332a",
		farmland: "#1f2324", cemetery: "#202a27", wetland: "#1b2829", sand: "#2a2923",
		rock: "#24272a", ice: "#27313a", parking: "#24292e", plaza: "#272c31",
		airport: "#23262d", apron: "#292c34", runway: "#333740",
		building: "#282d32", buildingEdge: "#31373d",
		motorway: "#6b5a38", motorwayCase: "#15181b", trunk: "#564b36", trunkCase: "#15181b",
		major: "#4f5761", majorCase: "#15181b", minor: "#3b424a", minorCase: "#181b1f",
		tunnel: "#292e33", tunnelCase: "#3a4047", path: "#41474b", rail: "#4a4f55",
		railCase: "#1d2125",
		ferry:    "#31556a", boundary: "#6d6180", county: "#4b4556",
		arrow: "#a9b1b9", street: "#a9b0b7", streetHalo: "#171a1e", ref: "#d3b77b",
		refHalo: "#221e16",
		city:    "#e3e6e9", village: "#c5cad0", suburb: "#979ea6", halo: "#14171ad9",
		waterText: "#7fb0cc", waterHalo: "#0f1f28", natureText: "#8bac85", poi: "#aaa297",
		house: "#6d747b",
	}
}

// printColours: white paper, darker lines, so that a grey printer still shows
// them.
func printColours() palette {
	p := lightColours()
	p.land, p.residential, p.farmland, p.railCase = "#ffffff", "#f6f4f0", "#fbfaf6", "#ffffff"
	p.water, p.waterLine = "#d3e6f0", "#a5c8dc"
	p.majorCase, p.minorCase = "#b3ada2", "#c6c0b6"
	p.motorwayCase, p.trunkCase = "#b99752", "#c4a969"
	p.city, p.village, p.suburb, p.street = "#000000", "#1c1f22", "#3c4146", "#33373b"
	p.halo, p.streetHalo = "#ffffff", "#ffffff"
	return p
}
