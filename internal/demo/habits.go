package demo

import (
	"strings"

	"beatplan/business/crm"
)

// habit is how a kind of business opens and how long a visit there takes.
type habit struct {
	minutes     int
	open, close string
}

func (h habit) hours() []crm.Hours {
	return []crm.Hours{{Days: []int{1, 2, 3, 4, 5, 6, 7}, Open: h.open, Close: h.close}}
}

// habitOf invents opening hours and visit length by kind. The demo's calendar has
// seven days, so that it is a working day whenever somebody tries it.
func habitOf(kind string) habit {
	group, what, _ := strings.Cut(kind, "/")
	switch what {
	case "bank", "doctors", "dentist", "clinic", "pharmacy", "veterinary":
		return habit{20, "09:00", "17:00"}
	case "restaurant", "bar", "pub":
		return habit{20, "11:00", "22:00"}
	case "fast_food", "cafe", "bakery", "ice_cream":
		return habit{15, "08:00", "21:00"}
	case "fuel", "convenience":
		return habit{15, "06:00", "23:00"}
	case "supermarket", "mall", "department_store", "wholesale":
		return habit{35, "08:00", "21:00"}
	case "hotel", "motel", "guest_house":
		return habit{25, "07:00", "22:00"}
	}
	switch group {
	case "shop":
		return habit{20, "09:30", "19:00"}
	case "office", "craft":
		return habit{25, "08:30", "17:30"}
	case "healthcare":
		return habit{20, "09:00", "17:00"}
	}
	return habit{20, "09:00", "18:00"}
}
