import { useMemo } from 'react'
import type { FeatureCollection, LineString } from 'geojson'
import { useTheme } from '../theme/theme'
import { useOverlay, useOverlayData, type Overlay } from './overlay'

interface Props {
  id: string
  line: LineString | null
  colour: string
  /** A proposal or a past: dashed and thinner. */
  dashed?: boolean
  width?: number
}

const nothing: FeatureCollection = { type: 'FeatureCollection', features: [] }

/** A way over roads, with its casing and the direction of travel. */
export function RouteLayer({ id, line, colour, dashed, width = 5 }: Props) {
  const dark = useTheme().theme === 'dark'
  const overlay = useMemo<Overlay>(() => {
    const layout = { 'line-cap': 'round', 'line-join': 'round' } as const
    return {
      id,
      source: { type: 'geojson', data: nothing },
      layers: [
        {
          id: `${id}-casing`, type: 'line', source: id, layout,
          paint: { 'line-color': dark ? '#0b0e10' : '#ffffff', 'line-width': width + 3 },
        },
        {
          id: `${id}-line`, type: 'line', source: id, layout,
          paint: {
            'line-color': colour, 'line-width': width,
            ...(dashed ? { 'line-dasharray': [1.2, 1.8] } : {}),
          },
        },
        {
          id: `${id}-arrows`, type: 'symbol', source: id,
          layout: {
            'symbol-placement': 'line', 'symbol-spacing': 110, 'text-field': '›',
            'text-size': 20, 'text-keep-upright': false, 'text-allow-overlap': true,
            'text-ignore-placement': true,
          },
          paint: { 'text-color': '#ffffff', 'text-halo-color': colour, 'text-halo-width': 1 },
        },
      ],
    }
  }, [id, colour, dashed, width, dark])
  const data = useMemo<FeatureCollection>(
    () =>
      line && line.coordinates.length > 1
        ? {
            type: 'FeatureCollection',
            features: [{ type: 'Feature', properties: {}, geometry: line }],
          }
        : nothing,
    [line],
  )
  useOverlay(overlay)
  useOverlayData(id, data, overlay)
  return null
}
