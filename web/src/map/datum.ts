import type { FeatureCollection, Geometry, Position } from 'geojson'
import type { Map } from 'maplibre-gl'
import { convert, type Datum, type LonLat } from '../geo/datum'

/**
 * What the company keeps is WGS-84; a base map of a Chinese service lies in a datum
 * of its own. Everything that is drawn passes through here on its way to the map, and
 * everything that a hand points at on its way back.
 */
const datums = new WeakMap<Map, Datum>()

/** Sets the datum of the map's base. */
export function setDatum(map: Map, datum: Datum) {
  datums.set(map, datum)
}

/** The datum in which the map's base lies. */
export const datumOf = (map: Map): Datum => datums.get(map) ?? 'wgs84'

/** The parameter that asks a tile layer for the map's datum; none for WGS-84. */
export const datumParameter = (map: Map | undefined) => {
  const datum = map ? datumOf(map) : 'wgs84'
  return datum === 'wgs84' ? undefined : datum
}

/** Where a place stands on the map. */
export const toMap = (map: Map, at: LonLat): LonLat => convert(at, 'wgs84', datumOf(map))

/** The place under a point of the map. */
export const fromMap = (map: Map, at: { lng: number; lat: number }): LonLat =>
  convert([at.lng, at.lat], datumOf(map), 'wgs84')

/** Shapes as the map has them; the same object where nothing is shifted. */
export function shapesOn(map: Map, data: FeatureCollection): FeatureCollection {
  if (datumOf(map) === 'wgs84') return data
  return {
    ...data,
    features: data.features.map((f) => ({ ...f, geometry: f.geometry && shifted(map, f.geometry) })),
  }
}

type Nested = Position | Nested[]

function shifted(map: Map, g: Geometry): Geometry {
  if (g.type === 'GeometryCollection') {
    return { ...g, geometries: g.geometries.map((x) => shifted(map, x)) }
  }
  const move = (c: Nested): Nested =>
    typeof c[0] === 'number' ? toMap(map, [c[0], c[1] as number]) : (c as Nested[]).map(move)
  return { ...g, coordinates: move(g.coordinates as Nested) } as Geometry
}
