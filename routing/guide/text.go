package guide

import (
	"fmt"
	"strings"

	"beatplan/routing/network"
)

// Language of the sentences.
type Language string

// The languages.
const (
	English Language = "en"
	Chinese Language = "zh"
)

// Choose returns the first language of a list of preferences (the form of the header
// Accept-Language, or a plain code) in which there are sentences; English when there
// is none.
func Choose(wanted string) Language {
	for part := range strings.SplitSeq(wanted, ",") {
		code, _, _ := strings.Cut(part, ";")
		code, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(code)), "-")
		if l := Language(code); l == English || l == Chinese {
			return l
		}
	}
	return English
}

// Called is a road's name in a language, with its number where it has one: "" when it
// has neither.
func (l Language) Called(r network.Road) string {
	name := r.Names.Local
	switch {
	case l == English && r.Names.English != "":
		name = r.Names.English
	case l == Chinese && r.Names.Chinese != "":
		name = r.Names.Chinese
	}
	switch {
	case name == "":
		return r.Ref
	case r.Ref == "" || r.Ref == name:
		return name
	case l == Chinese:
		return name + "（" + r.Ref + "）"
	default:
		return name + " (" + r.Ref + ")"
	}
}

// Text is the sentence for a manoeuvre onto a road. Course is the direction of travel
// after it, in degrees from north, told at the departure.
func (l Language) Text(m Maneuver, onto network.Road, course float64) string {
	road := l.Called(onto)
	if m.Type == Notification {
		return l.boarding(road, onto.Ferry())
	}
	if l == Chinese {
		return chinese(m, road, course)
	}
	return english(m, road, course)
}

// boarding is the sentence at either end of a ferry.
func (l Language) boarding(road string, onto bool) string {
	switch {
	case l == Chinese && onto:
		return "乘坐轮渡" + road
	case l == Chinese:
		return "下轮渡" + map[bool]string{false: "，进入" + road}[road == ""]
	case onto && road == "":
		return "Take the ferry"
	case onto:
		return "Take the ferry " + road
	default:
		return "Leave the ferry" + map[bool]string{false: " onto " + road}[road == ""]
	}
}

// compass is the eighth of a circle that a course falls into.
func compass(course float64) int { return int((course+360+22.5)/45) % 8 }

func english(m Maneuver, road string, course float64) string {
	onto, on := "", ""
	if road != "" {
		onto, on = " onto "+road, " on "+road
	}
	side := string(m.Modifier)
	simple := strings.TrimPrefix(strings.TrimPrefix(side, "slight "), "sharp ")
	switch m.Type {
	case Depart:
		return "Head " + [...]string{"north", "northeast", "east", "southeast", "south",
			"southwest", "west", "northwest"}[compass(course)] + on
	case Arrive:
		return "You have arrived at your destination"
	case Continue, Turn, EndOfRoad:
		return englishTurn(m, onto, on)
	case NewName:
		return "Continue" + onto
	case Fork:
		return "Keep " + simple + " at the fork" + onto
	case Merge:
		if m.Modifier == Straight {
			return "Merge" + onto
		}
		return "Merge " + simple + onto
	case OnRamp, OffRamp:
		word := map[Type]string{OnRamp: "ramp", OffRamp: "exit"}[m.Type]
		if m.Modifier == Straight || m.Modifier == UTurn {
			return "Take the " + word + onto
		}
		return "Take the " + word + " on the " + simple + onto
	case Roundabout, Rotary:
		ring := "the roundabout"
		if m.Ring != "" {
			ring = m.Ring
		}
		if m.Exit == 0 {
			return "Enter " + ring
		}
		return "At " + ring + " take the " + ordinal(m.Exit) + " exit" + onto
	case ExitRoundabout, ExitRotary:
		return "Leave the roundabout" + onto
	default:
		return "Continue" + on
	}
}

func englishTurn(m Maneuver, onto, on string) string {
	end := ""
	if m.Type == EndOfRoad {
		end = " at the end of the road"
	}
	switch m.Modifier {
	case UTurn:
		if m.Type == Continue {
			return "Make a U-turn and continue" + on
		}
		return "Make a U-turn" + onto
	case Straight:
		return "Go straight" + end + map[bool]string{true: on, false: onto}[m.Type == Continue]
	}
	way := strings.Replace(string(m.Modifier), "slight ", "slightly ", 1)
	way = strings.Replace(way, "sharp ", "sharply ", 1)
	if m.Type == Continue {
		return "Turn " + way + " to stay" + map[bool]string{true: " on the road", false: on}[on == ""]
	}
	return "Turn " + way + end + onto
}

// ordinal is "1st", "2nd", "3rd", "4th" and so on.
func ordinal(n int) string {
	end := "th"
	if n/10%10 != 1 && n%10 >= 1 && n%10 <= 3 {
		end = [...]string{"st", "nd", "rd"}[n%10-1]
	}
	return fmt.Sprintf("%d%s", n, end)
}

func chinese(m Maneuver, road string, course float64) string {
	into, along := "", ""
	if road != "" {
		into, along = "，进入"+road, "沿"+road
	}
	switch m.Type {
	case Depart:
		return along + "向" + [...]string{"北", "东北", "东", "东南", "南", "西南", "西",
			"西北"}[compass(course)] + "出发"
	case Arrive:
		return "到达目的地"
	case Turn, NewName:
		return chineseTurn(m.Modifier) + into
	case Continue:
		if along != "" {
			return chineseTurn(m.Modifier) + "，继续" + along + "行驶"
		}
		return chineseTurn(m.Modifier) + "，继续行驶"
	case EndOfRoad:
		return "在道路尽头" + chineseTurn(m.Modifier) + into
	case Fork:
		return "在岔路口" + chineseSide(m.Modifier, "直行", "靠左行驶", "靠右行驶") + into
	case Merge:
		return chineseSide(m.Modifier, "汇入", "向左汇入", "向右汇入") +
			map[bool]string{true: "主路", false: road}[road == ""]
	case OnRamp:
		return chineseSide(m.Modifier, "驶入匝道", "从左侧驶入匝道", "从右侧驶入匝道") + into
	case OffRamp:
		return chineseSide(m.Modifier, "从出口驶出", "从左侧出口驶出", "从右侧出口驶出") + into
	case Roundabout, Rotary:
		if m.Exit == 0 {
			return "进入环岛" + m.Ring
		}
		return fmt.Sprintf("进入环岛%s，从第%d个出口驶出%s", m.Ring, m.Exit, into)
	case ExitRoundabout, ExitRotary:
		return "驶出环岛" + into
	default:
		return "继续" + along + "行驶"
	}
}

func chineseTurn(m Modifier) string {
	return map[Modifier]string{
		UTurn: "掉头", SharpRight: "向右急转", Right: "右转", SlightRight: "向右前方行驶",
		Straight: "直行", SlightLeft: "向左前方行驶", Left: "左转", SharpLeft: "向左急转",
	}[m]
}

// chineseSide chooses by the side of a direction.
func chineseSide(m Modifier, straight, left, right string) string {
	switch {
	case strings.HasSuffix(string(m), "left"):
		return left
	case strings.HasSuffix(string(m), "right"):
		return right
	default:
		return straight
	}
}
