import type { MultiPolygon } from 'geojson'
import { get } from '../../api/client'
import type { LonLat } from '../../geo/datum'
import { simplify, type Ring } from '../../map/areas/ring'

/** The largest outer ring of an area; what lies in its holes counts as inside. */
export function outline(shape: MultiPolygon): Ring {
  const rings = shape.coordinates.map((p) => p[0])
  const sized = rings.flatMap((ring) => (ring && ring.length > 3 ? [ring.slice(0, -1) as Ring] : []))
  const size = (ring: Ring) => {
    let twice = 0
    ring.forEach((p, i) => {
      const q = ring[(i + 1) % ring.length] ?? p
      twice += p[0] * q[1] - q[0] * p[1]
    })
    return Math.abs(twice)
  }
  return sized.reduce<Ring>((best, ring) => (size(ring) > size(best) ? ring : best), [])
}

/** Where one gets to from a place within so many minutes by car, as one ring. */
export async function reachable(from: LonLat, minutes: number): Promise<Ring> {
  const { area } = await get<{ area: MultiPolygon }>('/v1/isochrone', {
    point: from.join(','), minutes,
  })
  return simplify(outline(area))
}
