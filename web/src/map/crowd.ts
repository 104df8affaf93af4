import type { LonLat } from '../geo/datum'

export interface Placed {
  person_id: number
  position: LonLat
  age_s: number
}

/** People who would lie over each other on the map, and where their mark stands. */
export interface Crowd<P extends Placed> {
  at: LonLat
  people: P[]
}

const apart = 34 // pixels between two marks
const nearest = 17 // zoom from which everybody stands alone, also side by side

const world = (zoom: number) => 512 * 2 ** zoom
const north = (lat: number) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI)

/**
 * Puts people together who lie within some pixels of each other at a zoom; whoever is
 * selected stands alone. In the order of the people, so that marks do not change places.
 */
export function crowds<P extends Placed>(people: P[], zoom: number, selected: number | null): Crowd<P>[] {
  if (zoom >= nearest) return people.map((p) => ({ at: p.position, people: [p] }))
  const size = world(zoom)
  const found: (Crowd<P> & { x: number; y: number })[] = []
  for (const p of people) {
    const x = (p.position[0] / 360) * size
    const y = north(p.position[1]) * size
    const near = p.person_id === selected ? undefined
      : found.find((c) => c.people[0]?.person_id !== selected && Math.hypot(c.x - x, c.y - y) < apart)
    if (near) near.people.push(p)
    else found.push({ at: p.position, people: [p], x, y })
  }
  return found.map(({ at, people: some }) => ({ at, people: some }))
}

/** How old the freshest position is: of this moment, of the last minutes, or no longer now. */
export function freshness(people: { age_s: number; fresh: boolean }[]): 'now' | 'recent' | 'old' {
  const fresh = people.filter((p) => p.fresh)
  if (fresh.length === 0) return 'old'
  return Math.min(...fresh.map((p) => p.age_s)) <= 120 ? 'now' : 'recent'
}
