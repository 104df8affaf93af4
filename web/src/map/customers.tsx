import { useEffect, useMemo } from 'react'
import type {
  ExpressionSpecification, LayerSpecification,
} from 'maplibre-gl'
import { queryString, type Query } from '../api/client'
import type { Person } from '../api/types'
import {
  debtSteps, dueFill, levelFill, personPaint, statusFill, unowned, visitedSteps, warningSteps,
} from '../theme/palette'
import { drawPie, pieName } from './pie'
import { useTheme } from '../theme/theme'
import { useStage } from './context'
import { datumParameter } from './datum'
import { useLayerClick, useOverlay, useTiles, type Overlay } from './overlay'

/** What the colour of a customer means. */
export type ColourBy = (typeof colourings)[number]

/** The colourings, in the order of the legend's choice. */
export const colourings = ['owner', 'level', 'status', 'due', 'visited', 'warning', 'debt'] as const

const source = 'customers'
const isCluster: ExpressionSpecification = ['>', ['coalesce', ['get', 'count'], 1], 1]
const isOverdue: ExpressionSpecification = ['>', ['coalesce', ['get', 'overdue_days'], 0], 0]

function colour(by: ColourBy, people: Person[]): ExpressionSpecification | string {
  if (by === 'level') {
    const pairs = Object.entries(levelFill).flat()
    return ['match', ['get', 'level'], ...pairs, unowned.fill] as unknown as ExpressionSpecification
  }
  if (by === 'status') {
    const pairs = Object.entries(statusFill).flat()
    return ['match', ['get', 'status'], ...pairs, unowned.fill] as unknown as ExpressionSpecification
  }
  if (by === 'due') {
    return ['case', isOverdue, dueFill.overdue, dueFill.fine]
  }
  if (by === 'visited') return steps('visited_days', visitedSteps, unowned.fill)
  if (by === 'warning') return steps('warnings', warningSteps, warningSteps[0].fill)
  if (by === 'debt') return steps('receivable', debtSteps, debtSteps[0].fill)
  const pairs = people.flatMap((p) => [p.id, personPaint(p.color_index).fill])
  if (pairs.length === 0) return unowned.fill
  return [
    'match', ['to-number', ['get', 'owner_id'], 0], ...pairs, unowned.fill,
  ] as unknown as ExpressionSpecification
}

/** A colour by how much there is of something; below zero is the other one. */
function steps(
  field: string, list: readonly { from: number; fill: string }[], below: string,
): ExpressionSpecification {
  return [
    'step', ['to-number', ['get', field], -1], below, ...list.flatMap((s) => [s.from, s.fill]),
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

/** What clusters are broken down by on the server; other colourings show levels of crowd only. */
const breakdowns: ColourBy[] = ['owner', 'level', 'status']

function clusterLayers(by: ColourBy, dark: boolean): LayerSpecification[] {
  const size = ['coalesce', ['get', 'count'], 1] as unknown as ExpressionSpecification
  const pie = breakdowns.includes(by)
  return [
    {
      id: 'customers-cluster', type: 'circle', source, 'source-layer': 'customers',
      filter: isCluster,
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['ln', size], 0.7, 11, 6, 28],
        'circle-color': dark ? '#1e4a47' : '#ffffff',
        'circle-opacity': pie ? 0 : 0.95,
        'circle-stroke-color': dark ? '#5fd0c5' : '#0f766e',
        'circle-stroke-width': pie ? 0 : 2,
      },
    },
    {
      id: 'customers-cluster-count', type: 'symbol', source, 'source-layer': 'customers',
      filter: isCluster,
      layout: {
        ...(pie
          ? {
              'icon-image': ['concat', pieName(by, dark), ['get', 'parts'], '|', ['to-string', size]],
              'icon-size': ['interpolate', ['linear'], ['ln', size], 0.7, 0.4, 6, 1],
              'icon-allow-overlap': true, 'icon-ignore-placement': true,
            } as const
          : {}),
        'text-field': ['to-string', size], 'text-size': 12.5,
        'text-allow-overlap': true, 'text-ignore-placement': true,
      },
      paint: { 'text-color': dark ? '#e7eaec' : '#0b5a54' },
    },
  ]
}

/** From nothing to the most, of every heat map. */
export const heatColours = [
  'interpolate', ['linear'], ['heatmap-density'],
  0, 'rgba(230,171,2,0)', 0.15, '#fde6a8', 0.4, '#f4a747', 0.7, '#d95f0e', 1, '#8c2d04',
] as unknown as ExpressionSpecification

/** Where customers crowd: each counts once, a cluster as many as it holds. */
function heatLayers(): LayerSpecification[] {
  return [{
    id: 'customers-heat', type: 'heatmap', source, 'source-layer': 'customers',
    paint: {
      'heatmap-weight': ['ln', ['+', 1, ['coalesce', ['get', 'count'], 1]]] as unknown as ExpressionSpecification,
      'heatmap-intensity': byZoom(4, 0.35, 12, 0.8, 16, 1.4),
      'heatmap-radius': byZoom(4, 18, 11, 32, 12, 16, 16, 34),
      'heatmap-opacity': 0.8,
      'heatmap-color': heatColours,
    },
  }]
}

interface Props {
  filter: Query
  by: ColourBy
  people: Person[]
  selected: number | null
  /** Density instead of dots. */
  heat?: boolean
  /** Quiet dots, where something else is the subject of the map. */
  faded?: boolean
  /** Rises when rows have changed, so that tiles are read again. */
  revision?: number
  onPick?: (id: number) => void
}

/** All customers of the filter, as vector tiles; clusters where they crowd. */
export function CustomerLayer({
  filter, by, people, selected, heat, faded, revision, onPick,
}: Props) {
  const stage = useStage()
  const dark = useTheme().theme === 'dark'
  const datum = datumParameter(stage?.map)
  const address = useMemo(() => {
    // The server's own is by owner; only some are the server's to know.
    const parts = by === 'warning' || (breakdowns.includes(by) && by !== 'owner') ? by : undefined
    const query = queryString({
      ...filter, by: parts, r: revision || undefined, datum,
    })
    return `${location.origin}/tiles/customers/{z}/{x}/{y}.mvt${query}`
  }, [filter, by, revision, datum])
  const layers = useMemo(
    () =>
      (heat ? heatLayers() : [...pointLayers(by, people, dark), ...clusterLayers(by, dark)])
        .map((l) => quiet(l, faded)),
    [by, people, dark, faded, heat],
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
    [layers, datum],
  )
  usePies()
  useOverlay(overlay)
  useTiles(source, address, overlay)
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

/** How many pies are kept for tiles to come: some hundred are in view. */
const pieStore = 1500

/** Draws the pie of a cluster when the map asks for it. */
function usePies() {
  const stage = useStage()
  useEffect(() => {
    if (!stage) return
    const { map } = stage
    const scale = devicePixelRatio > 1 ? 2 : 1
    const drawn: string[] = []
    map.setMissingStyleImageResolver((id) => {
      const image = map.hasImage(id) ? null : drawPie(id, scale)
      if (!image) return
      map.addImage(id, image, { pixelRatio: scale })
      drawn.push(id)
      // A tile keeps what it has drawn; the store need not grow with the day.
      for (const old of drawn.splice(0, drawn.length - pieStore)) {
        if (map.hasImage(old)) map.removeImage(old)
      }
    })
    return () => {
      map.setMissingStyleImageResolver(null)
    }
  }, [stage])
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
    return { ...layer, paint: { ...layer.paint, 'text-opacity': 0.45, 'icon-opacity': 0.45 } }
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
