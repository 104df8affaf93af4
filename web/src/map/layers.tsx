import { useMemo } from 'react'
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl'
import { queryString, type Query } from '../api/client'
import type { Person } from '../api/types'
import { personPaint, unowned } from '../theme/palette'
import { useTheme } from '../theme/theme'
import { useStage } from './context'
import { datumParameter } from './datum'
import { useLayerClick, useOverlay, useTiles, type Overlay } from './overlay'

/** The layers that may lie over or under the customers, in the order of the switch. */
export const layerNames = [
  'territories', 'regions', 'coverage', 'routes', 'people', 'offices', 'warehouses', 'tracks', 'stays',
] as const

export type LayerName = (typeof layerNames)[number]

/** Whose shapes a layer shows, besides the company's own; as the own map spells it. */
const credit = (name: string) =>
  name === 'regions'
    ? '<a href="https://www.openstreetmap.org/copyright" target="_blank" rel="noopener">'
      + '© OpenStreetMap contributors</a>'
    : ''

const expression = (e: unknown) => e as ExpressionSpecification

const densityFills = ['#d9efe9', '#a3d9cc', '#5bb5a6', '#1f8a7d', '#0b5a54']
const densityFrom = [1, 5, 20, 50, 200]

/** Colours of density, from few to many: one hue, away from the ground of the theme. */
export function densitySteps(dark: boolean): { from: number; fill: string }[] {
  const fills = dark ? densityFills.toReversed() : densityFills
  return fills.map((fill, i) => ({ fill, from: densityFrom[i] ?? 0 }))
}

const steps = (field: string, dark: boolean) =>
  expression(['step', ['to-number', ['get', field], 0], 'rgba(0,0,0,0)', ...densitySteps(dark).flatMap((s) => [s.from, s.fill])])

const byPerson = (people: Person[]) => {
  const pairs = people.flatMap((p) => [p.id, personPaint(p.color_index).fill])
  return pairs.length === 0 ? unowned.fill
    : expression(['match', ['to-number', ['get', 'person_id'], 0], ...pairs, unowned.fill])
}

/** The name of an office where it has one, and how many set out from there. */
const officeText = expression(['concat', ['coalesce', ['get', 'name'], ''],
  ['case', ['>', ['get', 'people'], 0], ['concat', ' ', ['to-string', ['get', 'people']]], '']])

/** How a layer is drawn. Ids begin with "shape-<name>". */
function drawn(name: LayerName, people: Person[], dark: boolean): LayerSpecification[] {
  const id = (part: string) => `shape-${name}-${part}`
  const base = { source: `shape-${name}`, 'source-layer': name }
  const text = { 'text-color': dark ? '#e7eaec' : '#2a323a', 'text-halo-color': dark ? '#15191c' : '#ffffff', 'text-halo-width': 1.4 }
  const line = dark ? '#c2c9cf' : '#59636d'
  switch (name) {
    case 'territories':
      return [
        { ...base, id: id('fill'), type: 'fill', paint: { 'fill-color': byPerson(people), 'fill-opacity': 0.18 } },
        { ...base, id: id('line'), type: 'line', paint: { 'line-color': byPerson(people), 'line-width': 2 } },
      ]
    case 'regions':
      return [
        { ...base, id: id('line'), type: 'line', paint: { 'line-color': line, 'line-width': 1.4, 'line-dasharray': [3, 2] } },
        {
          ...base, id: id('name'), type: 'symbol',
          layout: { 'text-field': ['get', 'name'], 'text-size': 13, 'symbol-placement': 'point' }, paint: text,
        },
      ]
    case 'coverage':
      return [
        { ...base, id: id('fill'), type: 'fill', paint: { 'fill-color': steps('count', dark), 'fill-opacity': 0.72 } },
        { ...base, id: id('line'), type: 'line', paint: { 'line-color': dark ? '#0b0e10' : '#ffffff', 'line-width': 0.6 } },
        {
          ...base, id: id('count'), type: 'symbol',
          layout: { 'text-field': ['to-string', ['get', 'count']], 'text-size': 11 }, paint: text,
        },
      ]
    case 'routes':
    case 'tracks':
      return [
        { ...base, id: id('casing'), type: 'line', layout: { 'line-join': 'round' }, paint: { 'line-color': dark ? '#0b0e10' : '#ffffff', 'line-width': 5 } },
        {
          ...base, id: id('line'), type: 'line', layout: { 'line-join': 'round' },
          paint: { 'line-color': byPerson(people), 'line-width': 3, ...(name === 'tracks' ? { 'line-dasharray': [2, 1] } : {}) },
        },
      ]
    case 'warehouses': // a square, so that nobody takes it for a customer or an office
      return [
        {
          ...base, id: id('mark'), type: 'symbol',
          layout: { 'text-field': '■', 'text-size': 22, 'text-allow-overlap': true, 'text-ignore-placement': true },
          paint: { ...text, 'text-color': dark ? '#e0b25f' : '#8a5a00' },
        },
        {
          ...base, id: id('name'), type: 'symbol',
          layout: {
            'text-field': ['get', 'name'], 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 0.8], 'text-optional': true,
          },
          paint: text,
        },
      ]
    default:
      return [
        {
          ...base, id: id('dot'), type: 'circle',
          paint: {
            'circle-radius': name === 'offices' ? 7 : 8,
            'circle-color': name === 'offices' ? (dark ? '#e7eaec' : '#2a323a') : byPerson(people),
            'circle-opacity': expression(['case', ['boolean', ['get', 'fresh'], true], 1, 0.45]),
            'circle-stroke-color': dark ? '#15191c' : '#ffffff', 'circle-stroke-width': 2,
          },
        },
        {
          ...base, id: id('name'), type: 'symbol',
          layout: {
            'text-field': name === 'stays' ? ['concat', ['to-string', ['get', 'minutes']], '′']
              : name === 'offices' ? officeText : ['get', 'name'],
            'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 0.8], 'text-optional': true,
          },
          paint: text,
        },
      ]
  }
}

/** One layer of the company, as vector tiles. */
export function ShapeLayer({ name, query, people, revision }: {
  name: LayerName
  query: Query
  people: Person[]
  revision?: number
}) {
  const stage = useStage()
  const dark = useTheme().theme === 'dark'
  const datum = datumParameter(stage?.map)
  const address = `${location.origin}/tiles/${name}/{z}/{x}/{y}.mvt${
    queryString({ ...query, datum, r: revision || undefined })}`
  const overlay = useMemo<Overlay>(() => ({
    id: `shape-${name}`,
    source: { type: 'vector', tiles: [address], maxzoom: 16, attribution: credit(name) },
    layers: drawn(name, people, dark),
    under: 'customers',
  }),
  // A new address goes to the living source below; only new layers draw anew.
  // eslint-disable-next-line react-hooks/exhaustive-deps
  [name, datum, people, dark])
  useOverlay(overlay)
  useTiles(overlay.id, address, overlay)
  return null
}

/** A layer of a file that the company has put beside its own. */
export interface FileOf {
  name: string
  parts: string[]
  attribution: string
  min_zoom: number
  max_zoom: number
}

/** Whatever a file holds: areas, lines and points, each in one quiet colour. */
function drawnOf(file: FileOf, dark: boolean): LayerSpecification[] {
  const colour = dark ? '#c9a3e0' : '#7a4b99'
  const form = (...words: string[]) => expression(['match', ['geometry-type'], words, true, false])
  const areas = form('Polygon', 'MultiPolygon')
  return file.parts.flatMap((part): LayerSpecification[] => {
    const base = { source: `file-${file.name}`, 'source-layer': part }
    const id = (what: string) => `file-${file.name}-${part}-${what}`
    return [
      { ...base, id: id('area'), type: 'fill', filter: areas, paint: { 'fill-color': colour, 'fill-opacity': 0.18 } },
      { ...base, id: id('edge'), type: 'line', filter: areas, paint: { 'line-color': colour, 'line-width': 1.2 } },
      {
        ...base, id: id('line'), type: 'line', filter: form('LineString', 'MultiLineString'),
        paint: { 'line-color': colour, 'line-width': 2 },
      },
      {
        ...base, id: id('point'), type: 'circle', filter: form('Point', 'MultiPoint'),
        paint: {
          'circle-color': colour, 'circle-radius': 5,
          'circle-stroke-color': dark ? '#15191c' : '#ffffff', 'circle-stroke-width': 1.4,
        },
      },
    ]
  })
}

/** A layer of a file, in WGS-84 as it lies there: for the own map only. */
export function FileLayer({ file }: { file: FileOf }) {
  const stage = useStage()
  const dark = useTheme().theme === 'dark'
  const shifted = datumParameter(stage?.map) !== undefined
  useOverlay(useMemo(() => shifted ? null : {
    id: `file-${file.name}`, under: 'customers',
    source: {
      type: 'vector', tiles: [`${location.origin}/tiles/${file.name}/{z}/{x}/{y}.mvt`],
      minzoom: file.min_zoom, maxzoom: file.max_zoom, attribution: file.attribution,
    },
    layers: drawnOf(file, dark),
  }, [file, dark, shifted]))
  return null
}

/** An area and how many customers stand in it. */
export interface Counted {
  id: string
  name: string
  count: number
  /** Longitude and latitude of its middle. */
  center: number[]
}

/** Areas coloured by how many customers they hold; a click chooses one. */
export function CountLayer({ by, level, counts, onPick }: {
  by: 'district' | 'territory'
  level: number
  counts: Counted[]
  onPick: (id: string) => void
}) {
  const stage = useStage()
  const dark = useTheme().theme === 'dark'
  const datum = datumParameter(stage?.map)
  const name = by === 'district' ? 'regions' : 'territories'
  useOverlay(useMemo(() => {
    const query = queryString({ level: by === 'district' ? level : undefined, datum })
    return countShapes(name, `${location.origin}/tiles/${name}/{z}/{x}/{y}.mvt${query}`, counts, dark)
  }, [by, name, level, counts, datum, dark]))
  useOverlay(useMemo(() => countNames(counts, dark), [counts, dark]))
  useLayerClick('shape-counts-fill', (event) => {
    const id: unknown = event.features?.[0]?.properties?.id
    if (typeof id === 'string') onPick(id)
  })
  return null
}

function countShapes(name: string, address: string, counts: Counted[], dark: boolean): Overlay {
  const base = { source: 'shape-counts', 'source-layer': name }
  const most = Math.max(1, ...counts.map((c) => c.count))
  const shades = densitySteps(dark)
  const shade = (n: number) => shades[Math.min(4, Math.floor((n / most) * 4.99))]?.fill ?? ''
  const fills = counts.filter((c) => c.count > 0).flatMap((c) => [c.id, shade(c.count)])
  return {
    id: 'shape-counts', under: 'customers',
    source: { type: 'vector', tiles: [address], maxzoom: 16, attribution: credit(name) },
    layers: [
      {
        ...base, id: 'shape-counts-fill', type: 'fill',
        paint: {
          'fill-color': fills.length === 0 ? 'rgba(0,0,0,0)'
            : expression(['match', ['get', 'id'], ...fills, 'rgba(0,0,0,0)']),
          'fill-opacity': 0.6,
        },
      },
      {
        ...base, id: 'shape-counts-line', type: 'line',
        paint: { 'line-color': dark ? '#c2c9cf' : '#59636d', 'line-width': 1.2 },
      },
    ],
  }
}

/** Name and count once in the middle of every area; a tile would repeat them. */
function countNames(counts: Counted[], dark: boolean): Overlay {
  return {
    id: 'shape-count-names',
    source: {
      type: 'geojson',
      data: {
        type: 'FeatureCollection',
        features: counts.filter((c) => c.count > 0).map((c) => ({
          type: 'Feature', geometry: { type: 'Point', coordinates: c.center },
          properties: { text: `${c.name}\n${c.count}`, count: c.count },
        })),
      },
    },
    layers: [{
      id: 'shape-count-names', source: 'shape-count-names', type: 'symbol',
      layout: {
        'text-field': ['get', 'text'], 'text-size': 14,
        'symbol-sort-key': expression(['-', 0, ['get', 'count']]),
      },
      paint: {
        'text-color': dark ? '#f4f6f7' : '#15191c',
        'text-halo-color': dark ? '#15191c' : '#ffffff', 'text-halo-width': 1.8,
      },
    }],
  }
}
