import { useEffect, useMemo } from 'react'
import type { FeatureCollection } from 'geojson'
import { showAll } from '../../map/camera'
import { useStage } from '../../map/context'
import { useOverlay, useOverlayData, type Overlay } from '../../map/overlay'
import type { PreviewRow } from './types'

const overlay: Overlay = {
  id: 'preview',
  source: { type: 'geojson', data: { type: 'FeatureCollection', features: [] } },
  layers: [
    {
      id: 'preview-dots', type: 'circle', source: 'preview',
      paint: {
        'circle-radius': 6, 'circle-color': '#D55E00', 'circle-stroke-color': '#fff',
        'circle-stroke-width': 2,
      },
    },
    {
      id: 'preview-names', type: 'symbol', source: 'preview', minzoom: 11,
      layout: { 'text-field': ['get', 'name'], 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 0.8] },
      paint: { 'text-color': '#7a3300', 'text-halo-color': '#fff', 'text-halo-width': 1.4 },
    },
  ],
}

/** Where the first hundred rows would fall. */
export function PreviewDots({ rows }: { rows: PreviewRow[] }) {
  const stage = useStage()
  const data = useMemo<FeatureCollection>(() => ({
    type: 'FeatureCollection',
    features: rows.flatMap((r) => r.position ? [{
      type: 'Feature' as const, properties: { name: r.name },
      geometry: { type: 'Point' as const, coordinates: r.position },
    }] : []),
  }), [rows])
  useOverlay(overlay)
  useOverlayData('preview', data, overlay)
  useEffect(() => {
    if (stage) showAll(stage.map, rows.map((r) => r.position))
  }, [stage, rows])
  return null
}
