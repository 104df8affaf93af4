import type { LonLat } from '../geo/datum'

export interface Point {
  at: number // ms
  position: LonLat
}

const metresPerDegree = 111_195
const silence = 10 * 60_000 // ms without a fix, after which nobody knows where somebody is
const stir = 200 // metres that somebody moved in between: otherwise they stood there

/** Whether nothing is known of the way from one fix to the next. */
function isGap(a: Point, b: Point): boolean {
  if (b.at - a.at <= silence) return false
  const shrink = Math.cos((a.position[1] * Math.PI) / 180)
  const degrees = Math.hypot((b.position[0] - a.position[0]) * shrink, b.position[1] - a.position[1])
  return degrees * metresPerDegree > stir
}

/** Where somebody was at an instant, evenly between two fixes; null outside the way and in its gaps. */
export function placeAt(points: Point[], at: number): LonLat | null {
  const first = points[0]
  const last = points[points.length - 1]
  if (!first || !last || at < first.at || at > last.at) return null
  let low = 0
  let high = points.length - 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if ((points[middle]?.at ?? 0) <= at) low = middle
    else high = middle
  }
  const a = points[low] ?? first
  const b = points[high] ?? last
  if (at === b.at) return b.position
  if (isGap(a, b)) return at === a.at ? a.position : null
  const share = b.at > a.at ? Math.min(1, (at - a.at) / (b.at - a.at)) : 0
  return [
    a.position[0] + share * (b.position[0] - a.position[0]),
    a.position[1] + share * (b.position[1] - a.position[1]),
  ]
}

/** The way that was driven until an instant, in the parts between which nothing is known. */
export function wayUntil(points: Point[], at: number): LonLat[][] {
  const parts: LonLat[][] = []
  let before: Point | null = null
  for (const p of points) {
    if (p.at > at) break
    if (!before || isGap(before, p)) parts.push([])
    parts[parts.length - 1]?.push(p.position)
    before = p
  }
  const here = placeAt(points, at)
  if (here && before && at > before.at) parts[parts.length - 1]?.push(here)
  return parts
}

/** The square of how far a place is from part i of a line, in degrees, on the plane around it. */
function away(p: LonLat, line: LonLat[], i: number, shrink: number): number {
  const a = line[i]
  const b = line[i + 1]
  if (!a || !b) return Infinity
  const ax = (a[0] - p[0]) * shrink
  const ay = a[1] - p[1]
  const dx = (b[0] - a[0]) * shrink
  const dy = b[1] - a[1]
  const share = Math.max(0, Math.min(1, -(ax * dx + ay * dy) / (dx * dx + dy * dy || 1)))
  return (ax + share * dx) ** 2 + (ay + share * dy) ** 2
}

/**
 * The first part of a line within some degrees of a place, or -1: sought from part `from` on,
 * to both sides in turn, as the next fix lies near the part of the one before.
 */
function near(p: LonLat, line: LonLat[], degrees: number, from: number): number {
  const shrink = Math.cos((p[1] * Math.PI) / 180)
  const parts = line.length - 1
  for (let step = 0; step < parts; step++) {
    const after = from + step
    const before = from - step
    if (after >= parts && before < 0) break
    if (after < parts && away(p, line, after, shrink) <= degrees * degrees) return after
    if (before >= 0 && away(p, line, before, shrink) <= degrees * degrees) return before
  }
  return -1
}

/** Stretches of the driven way that lie farther than limit metres from the planned one. */
export function offRoute(points: Point[], plan: LonLat[], limit: number): LonLat[][] {
  if (plan.length < 2) return []
  const out: LonLat[][] = []
  let open: LonLat[] | null = null
  let last = 0
  for (const p of points) {
    const part = near(p.position, plan, limit / metresPerDegree, last)
    if (part >= 0) {
      last = part
      open = null
      continue
    }
    if (!open) out.push((open = []))
    open.push(p.position)
  }
  return out.filter((stretch) => stretch.length > 1)
}
