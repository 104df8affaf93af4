import { useEffect, useMemo } from 'react'
import type {
  ExpressionSpecification, LayerSpecification, VectorTileSource,
} from 'maplibre-gl'
import { queryString, type Query } from '../api/client'
import type { Person } from '../api/types'
import { dueFill, levelFill, personPaint, unowned } from '../theme/palette'
import { useTheme } from '../theme/theme'
import { useStage } from './context'
import { useLayerClick, useOverlay, type Overlay } from './overlay'

/** What the colour of a customer means. */
export type ColourBy = 'owner' | 'level' | 'due'

const source = 'customers'
const isCluster: ExpressionSpecification = ['>', ['coalesce', ['get', 'count'], 1], 1]
const isOverdue: ExpressionSpecification = ['>', ['coalesce', ['get', 'overdue_days'], 0], 0]

function colour(by: ColourBy, people: Person[]): ExpressionSpecification | string {
  if (by === 'level') {
    const pairs = Object.entries(levelFill).flat()
    return ['match', ['get', 'level'], ...pairs, unowned.fill] as unknown as ExpressionSpecification
  }
  if (by === 'due') {
    return ['case', isOverdue, dueFill.overdue, dueFill.fine]
  }
  const pairs = people.flatMap((p) => [p.id, personPaint(p.color_index).fill])
  if (pairs.length === 0) return unowned.fill
  return [
    'match', ['to-number', ['get', 'owner_id'], 0], ...pairs, unowned.fill,
  ] as unknown as ExpressionSpecification
}

function ring(by: ColourBy, people: Person[], dark: boolean): ExpressionSpecification | string {
  const plain = dark ? '#15191c' : '#ffffff'
  if (by !== 'owner' || people.length === 0) return plain
  const pairs = people.flatMap((p) => {
    const own = personPaint(p.color_index).ring
    return [p.id, own === '#FFFFFF' ? plain : own]
  })
  return [
    'match', ['to-number', ['get', 'owner_id'], 0], ...pairs, plain,
  ] as unknown as ExpressionSpecification
}

const byZoom = (...stops: number[]): ExpressionSpecification =>
  ['interpolate', ['linear'], ['zoom'], ...stops] as unknown as ExpressionSpecification

function pointLayers(by: ColourBy, people: Person[], dark: boolean): LayerSpecification[] {
  const text = dark ? '#e7eaec' : '#2a323a'
  const halo = dark ? '#15191c' : '#ffffff'
  const single: ExpressionSpecification = ['!', isCluster]
  return [
    {
      id: 'customers-overdue', type: 'circle', source, 'source-layer': 'customers',
      filter: ['all', single, isOverdue],
      paint: {
        'circle-radius': byZoom(8, 5, 12, 8, 16, 13), 'circle-color': 'transparent',
        'circle-stroke-color': dueFill.overdue, 'circle-stroke-width': 1.6,
      },
    },
    {
      id: 'customers-point', type: 'circle', source, 'source-layer': 'customers', filter: single,
      paint: {
        'circle-radius': byZoom(8, 3, 12, 5.5, 16, 9), 'circle-color': colour(by, people),
        'circle-stroke-color': ring(by, people, dark),
        'circle-stroke-width': byZoom(8, 0.8, 12, 1.6),
      },
    },
    {
      id: 'customers-name', type: 'symbol', source, 'source-layer': 'customers',
      filter: single, minzoom: 13.2,
      layout: {
        'text-field': ['get', 'name'], 'text-size': 12, 'text-anchor': 'top',
        'text-offset': [0, 0.9], 'text-max-width': 9, 'text-optional': true,
      },
      paint: { 'text-color': text, 'text-halo-color': halo, 'text-halo-width': 1.4 },
    },
  ]
}

function clusterLayers(dark: boolean): LayerSpecification[] {
  const size = ['coalesce', ['get', 'count'], 1] as unknown as ExpressionSpecification
  return [
    {
      id: 'customers-cluster', type: 'circle', source, 'source-layer': 'customers',
      filter: isCluster,
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['ln', size], 0.7, 11, 6, 28],
        'circle-color': dark ? '#1e4a47' : '#ffffff',
        'circle-opacity': 0.95,
        'circle-stroke-color': dark ? '#5fd0c5' : '#0f766e',
        'circle-stroke-width': 2,
      },
    },
    {
      id: 'customers-cluster-count', type: 'symbol', source, 'source-layer': 'customers',
      filter: isCluster,
      layout: {
        'text-field': ['to-string', size], 'text-size': 12.5,
        'text-allow-overlap': true, 'text-ignore-placement': true,
      },
      paint: { 'text-color': dark ? '#e7eaec' : '#0b5a54' },
    },
  ]
}

interface Props {
  filter: Query
  by: ColourBy
  people: Person[]
  selected: number | null
  /** Quiet dots, where something else is the subject of the map. */
  faded?: boolean
  /** Rises when rows have changed, so that tiles are read again. */
  revision?: number
  onPick?: (id: number) => void
}

/** All customers of the filter, as vector tiles; clusters where they crowd. */
export function CustomerLayer({ filter, by, people, selected, faded, revision, onPick }: Props) {
  const stage = useStage()
  const dark = useTheme().theme === 'dark'
  const address = useMemo(() => {
    const query = queryString({ ...filter, r: revision || undefined })
    return `${location.origin}/tiles/customers/{z}/{x}/{y}.mvt${query}`
  }, [filter, revision])
  const layers = useMemo(
    () => [...pointLayers(by, people, dark), ...clusterLayers(dark)].map((l) => quiet(l, faded)),
    [by, people, dark, faded],
  )
  const overlay = useMemo<Overlay>(
    () => ({
      id: source,
      source: { type: 'vector', tiles: [address], maxzoom: 16 },
      layers,
      under: 'route-',
    }),
    // A new address goes to the living source below; only new layers draw anew.
    // eslint-disable-next-line react-hooks/exhaustive-deps
    [layers],
  )
  useOverlay(overlay)
  useEffect(() => {
    const kept = stage?.map.style ? stage.map.getSource<VectorTileSource>(source) : undefined
    if (kept && kept.tiles?.[0] !== address) kept.setTiles([address])
  }, [stage, address, overlay])
  useSelection(selected, overlay)
  useLayerClick('customers-point', (event) => {
    const id = event.features?.[0]?.properties?.id
    if (id !== undefined) onPick?.(Number(id))
  })
  useLayerClick('customers-cluster', (event) => {
    const map = event.target
    map.easeTo({ center: event.lngLat, zoom: Math.min(map.getZoom() + 2.2, 16), duration: 200 })
  })
  return null
}

function quiet(layer: LayerSpecification, faded?: boolean): LayerSpecification {
  if (!faded) return layer
  if (layer.type === 'circle') {
    return {
      ...layer,
      paint: { ...layer.paint, 'circle-opacity': 0.35, 'circle-stroke-opacity': 0.35 },
    }
  }
  if (layer.type === 'symbol') {
    return { ...layer, paint: { ...layer.paint, 'text-opacity': 0.45 } }
  }
  return layer
}

/** A ring round the chosen customer. */
function useSelection(selected: number | null, overlay: Overlay) {
  const dark = useTheme().theme === 'dark'
  const stage = useStage()
  useEffect(() => {
    if (!stage?.map.getSource(source) || selected === null) return
    const { map } = stage
    const id = 'customers-selected'
    if (map.getLayer(id)) map.removeLayer(id)
    map.addLayer({
      id, type: 'circle', source, 'source-layer': 'customers',
      filter: ['==', ['to-number', ['get', 'id'], -1], selected],
      paint: {
        'circle-radius': byZoom(8, 9, 12, 13, 16, 18), 'circle-color': 'transparent',
        'circle-stroke-color': dark ? '#5fd0c5' : '#0f766e', 'circle-stroke-width': 3,
      },
    })
    return () => {
      if (map.style && map.getLayer(id)) map.removeLayer(id)
    }
  }, [stage, selected, dark, overlay])
}
