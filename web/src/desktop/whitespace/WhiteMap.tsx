import { useEffect, useMemo, useState } from 'react'
import type { FeatureCollection } from 'geojson'
import { useStage } from '../../map/context'
import { fromMap } from '../../map/datum'
import { useLayerClick, useOverlay, useOverlayData, type Overlay } from '../../map/overlay'
import { useTheme } from '../../theme/theme'
import { resolutionAt, type Prospect, type WhiteCell } from './data'

const nothing: FeatureCollection = { type: 'FeatureCollection', features: [] }

/** What the map shows, by its edges, and the size of cells that suits it. */
export function useWindow(): { bbox: string | undefined; resolution: number } {
  const stage = useStage()
  const [shown, setShown] = useState<{ bbox: string | undefined; resolution: number }>(
    { bbox: undefined, resolution: 8 })
  useEffect(() => {
    if (!stage) return
    const { map } = stage
    const look = () => {
      const b = map.getBounds()
      const [west, south] = fromMap(map, b.getSouthWest())
      const [east, north] = fromMap(map, b.getNorthEast())
      const clamp = (n: number, most: number) => Math.max(-most, Math.min(most, n)).toFixed(3)
      setShown({
        bbox: [clamp(west, 180), clamp(south, 90), clamp(east, 180), clamp(north, 90)].join(','),
        resolution: resolutionAt(map.getZoom()),
      })
    }
    look()
    map.on('moveend', look)
    return () => {
      map.off('moveend', look)
    }
  }, [stage])
  return shown
}

/** The two hues of the layer: amber for what is missing, teal for what is there. */
export const hues = { light: { white: '#c2410c', covered: '#0f766e' }, dark: { white: '#fb923c', covered: '#2bb3a6' } }

/** Hexagons by what is left to sell in them, and the shops that are no customers yet. */
export function WhiteMap({ cells, prospects, chosen, onCell, onProspect }: {
  cells: WhiteCell[]
  prospects: Prospect[]
  chosen: string | null
  onCell: (cell: string) => void
  onProspect: (p: Prospect) => void
}) {
  const { theme } = useTheme()
  const hue = hues[theme]
  const hexes = useMemo<Overlay>(() => ({
    id: 'white-cells',
    source: { type: 'geojson', data: nothing },
    layers: [
      {
        id: 'white-cells-fill', type: 'fill', source: 'white-cells',
        paint: {
          'fill-color': ['case', ['get', 'white'], hue.white, hue.covered],
          'fill-opacity': ['get', 'depth'],
        },
      },
      {
        id: 'white-cells-line', type: 'line', source: 'white-cells', filter: ['!', ['get', 'white']],
        paint: { 'line-color': hue.covered, 'line-width': 0.6, 'line-opacity': 0.6 },
      },
      {
        id: 'white-cells-dash', type: 'line', source: 'white-cells', filter: ['get', 'white'],
        paint: { 'line-color': hue.white, 'line-width': 1.2, 'line-dasharray': [2, 1.5] },
      },
      {
        id: 'white-cells-chosen', type: 'line', source: 'white-cells', filter: ['get', 'chosen'],
        paint: { 'line-color': theme === 'dark' ? '#ffffff' : '#111827', 'line-width': 3 },
      },
    ],
  }), [hue, theme])
  const dots = useMemo<Overlay>(() => ({
    id: 'white-prospects',
    source: { type: 'geojson', data: nothing },
    layers: [{
      id: 'white-prospects-dot', type: 'circle', source: 'white-prospects',
      paint: {
        'circle-color': theme === 'dark' ? '#171b1f' : '#ffffff',
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 8, 2.5, 12, 5, 16, 8],
        'circle-stroke-color': hue.white,
        'circle-stroke-width': 2,
      },
    }],
  }), [hue, theme])
  const most = useMemo(() => Math.max(1, ...cells.map((c) => c.gap)), [cells])
  const shapes = useMemo<FeatureCollection>(() => ({
    type: 'FeatureCollection',
    features: cells.map((c) => {
      const ring = c.outline ?? []
      return {
        type: 'Feature',
        geometry: { type: 'Polygon', coordinates: [[...ring, ring[0] ?? [0, 0]]] },
        properties: {
          cell: c.cell, white: c.white, chosen: c.cell === chosen,
          depth: c.white ? 0.12 + 0.5 * Math.sqrt(c.gap / most) : Math.min(0.4, 0.1 + 0.3 * c.coverage),
        },
      }
    }),
  }), [cells, chosen, most])
  const points = useMemo<FeatureCollection>(() => ({
    type: 'FeatureCollection',
    features: prospects.map((p) => ({
      type: 'Feature', geometry: { type: 'Point', coordinates: p.position }, properties: { id: p.id },
    })),
  }), [prospects])
  useOverlay(hexes)
  useOverlayData('white-cells', shapes, hexes)
  useOverlay(dots)
  useOverlayData('white-prospects', points, dots)
  useLayerClick('white-cells-fill', (e) => {
    const cell: unknown = e.features?.[0]?.properties.cell
    if (typeof cell === 'string' && !e.defaultPrevented) onCell(cell)
  })
  useLayerClick('white-prospects-dot', (e) => {
    e.preventDefault()
    const found = prospects.find((p) => p.id === e.features?.[0]?.properties.id)
    if (found) onProspect(found)
  })
  return null
}
