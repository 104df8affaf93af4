import type { LonLat } from '../../geo/datum'

/** Corners of an area, longitude first; not closed. */
export type Ring = LonLat[]

/** The server takes at most this many corners. */
export const mostCorners = 200

const earth = 6_371_008.8 // metres, the mean radius (IUGG)
const rad = Math.PI / 180

/** Great-circle distance in metres (haversine). */
export function distance(a: LonLat, b: LonLat): number {
  const [dLat, dLon] = [(b[1] - a[1]) * rad, (b[0] - a[0]) * rad]
  const h =
    Math.sin(dLat / 2) ** 2 +
    Math.cos(a[1] * rad) * Math.cos(b[1] * rad) * Math.sin(dLon / 2) ** 2
  return 2 * earth * Math.asin(Math.min(1, Math.sqrt(h)))
}

/** A circle as a ring of 48 corners, each `metres` from the centre. */
export function circle(centre: LonLat, metres: number): Ring {
  const turn = metres / earth
  const lat = centre[1] * rad
  return Array.from({ length: 48 }, (_, i) => {
    const bearing = (i / 48) * 2 * Math.PI
    const to = Math.asin(
      Math.sin(lat) * Math.cos(turn) + Math.cos(lat) * Math.sin(turn) * Math.cos(bearing),
    )
    const lon =
      centre[0] * rad +
      Math.atan2(
        Math.sin(bearing) * Math.sin(turn) * Math.cos(lat),
        Math.cos(turn) - Math.sin(lat) * Math.sin(to),
      )
    return [lon / rad, to / rad]
  })
}

/**
 * The ring with fewer corners: those are dropped first that bend it least
 * (Visvalingam and Whyatt 1993), until `most` are left and no corner bends it
 * by less than `least` square degrees.
 */
export function simplify(ring: Ring, most = mostCorners, least = 0): Ring {
  const kept = ring.slice()
  const bend = (i: number) => {
    const n = kept.length
    const [a, b, c] = [kept[(i + n - 1) % n]!, kept[i]!, kept[(i + 1) % n]!]
    return Math.abs((b[0] - a[0]) * (c[1] - a[1]) - (c[0] - a[0]) * (b[1] - a[1])) / 2
  }
  while (kept.length > 3) {
    let at = 0
    let smallest = Infinity
    for (let i = 0; i < kept.length; i++) {
      const size = bend(i)
      if (size < smallest) [at, smallest] = [i, size]
    }
    if (kept.length <= most && smallest >= least) break
    kept.splice(at, 1)
  }
  return kept
}

/** As it stands in an address and in the filter: lon,lat;lon,lat;… */
export function spell(ring: Ring): string {
  return ring.map(([lon, lat]) => `${lon.toFixed(5)},${lat.toFixed(5)}`).join(';')
}

/** Reads what spell wrote; null when it is no area. */
export function read(text: string): Ring | null {
  const ring = text.split(';').map((corner) => corner.split(',').map(Number))
  const fine = ring.every(
    (p) => p.length === 2 && p.every(Number.isFinite) && Math.abs(p[0]!) <= 180 && Math.abs(p[1]!) <= 90,
  )
  return fine && ring.length >= 3 ? (ring as Ring) : null
}
