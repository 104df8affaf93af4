import { useMemo } from 'react'
import type { ExpressionSpecification, LayerSpecification } from 'maplibre-gl'
import { queryString, type Query } from '../api/client'
import type { Person } from '../api/types'
import { personPaint, unowned } from '../theme/palette'
import { useTheme } from '../theme/theme'
import { useStage } from './context'
import { datumParameter } from './datum'
import { useLayerClick, useOverlay, type Overlay } from './overlay'

/** The layers that may lie over or under the customers, in the order of the switch. */
export const layerNames = [
  'territories', 'regions', 'coverage', 'routes', 'people', 'offices', 'tracks', 'stays',
] as const

export type LayerName = (typeof layerNames)[number]

const expression = (e: unknown) => e as ExpressionSpecification

/** Colours of density, from few to many; one hue. */
export const densitySteps = [
  { from: 1, fill: '#d9efe9' }, { from: 5, fill: '#a3d9cc' }, { from: 20, fill: '#5bb5a6' },
  { from: 50, fill: '#1f8a7d' }, { from: 200, fill: '#0b5a54' },
] as const

const steps = (field: string) =>
  expression(['step', ['to-number', ['get', field], 0], 'rgba(0,0,0,0)', ...densitySteps.flatMap((s) => [s.from, s.fill])])

const byPerson = (people: Person[]) => {
  const pairs = people.flatMap((p) => [p.id, personPaint(p.color_index).fill])
  return pairs.length === 0 ? unowned.fill
    : expression(['match', ['to-number', ['get', 'person_id'], 0], ...pairs, unowned.fill])
}

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
        { ...base, id: id('fill'), type: 'fill', paint: { 'fill-color': steps('count'), 'fill-opacity': 0.72 } },
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
              : name === 'offices' ? ['to-string', ['get', 'people']] : ['get', 'name'],
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
    source: { type: 'vector', tiles: [address], maxzoom: 16 },
    layers: drawn(name, people, dark),
    under: 'customers',
  }), [name, address, people, dark])
  useOverlay(overlay)
  return null
}

/** Areas coloured by how many customers they hold; a click chooses one. */
export function CountLayer({ by, level, counts, onPick }: {
  by: 'district' | 'territory'
  level: number
  counts: { id: string; name: string; count: number }[]
  onPick: (id: string) => void
}) {
  const stage = useStage()
  const dark = useTheme().theme === 'dark'
  const datum = datumParameter(stage?.map)
  const name = by === 'district' ? 'regions' : 'territories'
  const overlay = useMemo<Overlay>(() => {
    const query = queryString({ level: by === 'district' ? level : undefined, datum })
    const base = { source: 'shape-counts', 'source-layer': name }
    const most = Math.max(1, ...counts.map((c) => c.count))
    const shade = (n: number) =>
      densitySteps[Math.min(densitySteps.length - 1, Math.floor((n / most) * (densitySteps.length - 0.01)))]?.fill ?? '#d9efe9'
    const filled = counts.filter((c) => c.count > 0)
    const fills = filled.flatMap((c) => [c.id, shade(c.count)])
    const words = counts.flatMap((c) => [c.id, `${c.name}\n${c.count}`])
    return {
      id: 'shape-counts', under: 'customers',
      source: { type: 'vector', tiles: [`${location.origin}/tiles/${name}/{z}/{x}/{y}.mvt${query}`], maxzoom: 16 },
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
        {
          ...base, id: 'shape-counts-name', type: 'symbol',
          layout: {
            'text-field': words.length === 0 ? '' : expression(['match', ['get', 'id'], ...words, '']),
            'text-size': 13,
          },
          paint: { 'text-color': dark ? '#e7eaec' : '#1f2933', 'text-halo-color': dark ? '#15191c' : '#ffffff', 'text-halo-width': 1.6 },
        },
      ],
    }
  }, [by, name, level, counts, datum, dark])
  useOverlay(overlay)
  useLayerClick('shape-counts-fill', (event) => {
    const id: unknown = event.features?.[0]?.properties?.id
    if (typeof id === 'string') onPick(id)
  })
  return null
}
