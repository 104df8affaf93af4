import { instantOf } from '../api/calls'
import type { Day, SlotQuestion, Stop } from '../api/types'

/**
 * The question where a new visit fits best among the days of several people, and
 * what its answer means for these days: pure functions.
 */

/** A day with the stops that somebody still makes or has made; others are no places. */
interface Counted {
  day: Day
  stops: Stop[]
}

const counted = (day: Day): Counted => ({
  day, stops: day.stops.filter((s) => s.position && s.state !== 'skipped'),
})

/** How many stops at the head of a day are behind its person. */
function driven(stops: Stop[]): number {
  const ahead = stops.findIndex((s) => s.state === 'planned')
  return ahead < 0 ? stops.length : ahead
}

/** The question for the server: visits are numbered from 1 through the days, the new one comes last. */
export function question(fresh: Stop, days: Day[], zone: string): SlotQuestion {
  const q: SlotQuestion = { visit_id: 0, most: 20, people: [], visits: [], previous: [] }
  const visit = (s: Stop) => {
    q.visits!.push({
      id: q.visits!.length + 1, position: s.position!, service_s: s.service_minutes * 60, windows: s.windows,
    })
    return q.visits!.length
  }
  for (const { day, stops } of days.map(counted)) {
    const ids = stops.map(visit)
    const done = driven(stops)
    q.people!.push({
      id: day.person_id,
      ...(day.start.point && { start: day.start.point }),
      ...(day.end.point && { end: day.end.point }),
      shift: {
        open: instantOf(day.date, day.shift.start, zone), close: instantOf(day.date, day.shift.end, zone),
      },
      locked: ids.slice(0, done),
      pins: stops.flatMap((s, i) => (s.locked && i >= done ? [{ visit_id: ids[i]!, position: i }] : [])),
    })
    q.previous!.push({ person_id: day.person_id, visits: ids })
  }
  q.visit_id = visit(fresh)
  return q
}

/** A place as the planner sees it. */
export interface BestPlace {
  day: Day
  /** Index among all stops of the day. */
  at: number
  /** The stop before it; null at the head of the day. */
  after: Stop | null
  begin: string
  drive_s: number
  distance_m: number
}

/** The three best places that do not lie in the past. */
export function bestPlaces(
  slots: { person_id: number; position: number; begin: string; drive_s: number; distance_m: number }[],
  days: Day[], now: number,
): BestPlace[] {
  const ahead = slots.filter((s) => Date.parse(s.begin) >= now)
  return ahead.slice(0, 3).flatMap((s) => {
    const day = days.find((d) => d.person_id === s.person_id)
    if (!day) return []
    const after = counted(day).stops[s.position - 1] ?? null
    const at = after ? day.stops.indexOf(after) + 1 : 0
    return [{ day, at, after, begin: s.begin, drive_s: s.drive_s, distance_m: s.distance_m }]
  })
}
