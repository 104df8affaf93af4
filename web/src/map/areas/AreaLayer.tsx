import { useMemo } from 'react'
import type { FeatureCollection } from 'geojson'
import { useTheme } from '../../theme/theme'
import { useOverlay, useOverlayData, type Overlay } from '../overlay'
import type { Ring } from './ring'

const nothing: FeatureCollection = { type: 'FeatureCollection', features: [] }

/** An area on the map: the one that filters, or one that is being drawn. */
export function AreaLayer({ id, ring, draft }: { id: string; ring: Ring | null; draft?: boolean }) {
  const dark = useTheme().theme === 'dark'
  const overlay = useMemo<Overlay>(() => {
    const colour = dark ? '#5fd0c5' : '#0f766e'
    return {
      id,
      source: { type: 'geojson', data: nothing },
      under: 'customers',
      layers: [
        { id: `${id}-fill`, type: 'fill', source: id, paint: { 'fill-color': colour, 'fill-opacity': 0.1 } },
        {
          id: `${id}-line`, type: 'line', source: id, layout: { 'line-join': 'round' },
          paint: {
            'line-color': colour, 'line-width': 2, ...(draft ? { 'line-dasharray': [2, 1.5] } : {}),
          },
        },
      ],
    }
  }, [id, dark, draft])
  const data = useMemo<FeatureCollection>(() => {
    const first = ring?.[0]
    if (!ring || !first || ring.length < 2) return nothing
    return {
      type: 'FeatureCollection',
      features: [{
        type: 'Feature', properties: {},
        geometry: { type: 'Polygon', coordinates: [[...ring, first]] },
      }],
    }
  }, [ring])
  useOverlay(overlay)
  useOverlayData(id, data, overlay)
  return null
}
