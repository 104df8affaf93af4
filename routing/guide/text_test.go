package guide

import (
	"testing"

	"beatplan/geo/osm"
	"beatplan/routing/network"
)

func TestChoose(t *testing.T) {
	for wanted, want := range map[string]Language{
		"": English, "zh": Chinese, "ZH-Hans-CN": Chinese, "fr, zh;q=0.5, en;q=0.4": Chinese,
		"en-GB,zh": English, "fr": English, "zhx": English,
	} {
		if got := Choose(wanted); got != want {
			t.Errorf("%q: %s, want %s", wanted, got, want)
		}
	}
}

func TestCalled(t *testing.T) {
	road := network.Road{Names: osm.Names{Local: "Rua", English: "Street", Chinese: "街"}, Ref: "N 1"}
	bare := network.Road{Names: osm.Names{Local: "Rua"}}
	for got, want := range map[string]string{
		English.Called(road): "Street (N 1)", Chinese.Called(road): "街（N 1）",
		English.Called(bare): "Rua", Chinese.Called(network.Road{Ref: "N 2"}): "N 2",
		English.Called(network.Road{}): "",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// Every manoeuvre has a sentence of its own in both languages, with and without a road.
func TestText(t *testing.T) {
	road := network.Road{Names: osm.Names{Local: "Rua"}}
	for _, c := range []struct {
		m                Maneuver
		english, chinese string // onto the road
		bare, bareHan    string // onto one without a name
	}{
		{Maneuver{Type: Turn, Modifier: SharpLeft}, "Turn sharply left onto Rua", "向左急转，进入Rua",
			"Turn sharply left", "向左急转"},
		{Maneuver{Type: Turn, Modifier: UTurn}, "Make a U-turn onto Rua", "掉头，进入Rua",
			"Make a U-turn", "掉头"},
		{Maneuver{Type: Turn, Modifier: Straight}, "Go straight onto Rua", "直行，进入Rua",
			"Go straight", "直行"},
		{Maneuver{Type: Continue, Modifier: SlightRight}, "Turn slightly right to stay on Rua",
			"向右前方行驶，继续沿Rua行驶", "Turn slightly right to stay on the road", "向右前方行驶，继续行驶"},
		{Maneuver{Type: Fork, Modifier: Straight}, "Keep straight at the fork onto Rua",
			"在岔路口直行，进入Rua", "Keep straight at the fork", "在岔路口直行"},
		{Maneuver{Type: Merge, Modifier: Straight}, "Merge onto Rua", "汇入Rua", "Merge", "汇入主路"},
		{Maneuver{Type: OffRamp, Modifier: SlightLeft}, "Take the exit on the left onto Rua",
			"从左侧出口驶出，进入Rua", "Take the exit on the left", "从左侧出口驶出"},
		{Maneuver{Type: OnRamp, Modifier: Straight}, "Take the ramp onto Rua", "驶入匝道，进入Rua",
			"Take the ramp", "驶入匝道"},
		{Maneuver{Type: Roundabout, Exit: 11}, "At the roundabout take the 11th exit onto Rua",
			"进入环岛，从第11个出口驶出，进入Rua", "At the roundabout take the 11th exit",
			"进入环岛，从第11个出口驶出"},
		{Maneuver{Type: Rotary, Exit: 2, Ring: "Star"}, "At Star take the 2nd exit onto Rua",
			"进入环岛Star，从第2个出口驶出，进入Rua", "At Star take the 2nd exit",
			"进入环岛Star，从第2个出口驶出"},
		{Maneuver{Type: Arrive}, "You have arrived at your destination", "到达目的地",
			"You have arrived at your destination", "到达目的地"},
		{Maneuver{Type: Depart}, "Head southwest on Rua", "沿Rua向西南出发", "Head southwest",
			"向西南出发"},
	} {
		for got, want := range map[string]string{
			English.Text(c.m, road, 225): c.english, Chinese.Text(c.m, road, 225): c.chinese,
			English.Text(c.m, network.Road{}, 225): c.bare,
			Chinese.Text(c.m, network.Road{}, 225): c.bareHan,
		} {
			if got != want {
				t.Errorf("%s: %q, want %q", c.m.Type, got, want)
			}
		}
	}
}
