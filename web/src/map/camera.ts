import type { Map } from 'maplibre-gl'
import type { LonLat } from '../geo/datum'
import { toMap } from './datum'

const gentle = () => (matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : 200)

/** Brings a place into view beside the panels, no nearer than needed. */
export function showPlace(map: Map, at: LonLat, zoom = 14) {
  map.easeTo({ center: toMap(map, at), zoom: Math.max(map.getZoom(), zoom), duration: gentle() })
}

/** Brings all places into view, no nearer than maxZoom; does nothing for none. */
export function showAll(map: Map, places: (LonLat | null | undefined)[], maxZoom = 14.5) {
  const known = places.filter((p): p is LonLat => Array.isArray(p)).map((p) => toMap(map, p))
  if (known.length === 0) return
  const lons = known.map((p) => p[0])
  const lats = known.map((p) => p[1])
  map.fitBounds(
    [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)],
    { padding: 56, maxZoom, duration: gentle() },
  )
}
