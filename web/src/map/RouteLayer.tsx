import { useEffect, useMemo } from 'react'
import type { FeatureCollection, LineString, MultiLineString } from 'geojson'
import { useTheme } from '../theme/theme'
import { useStage } from './context'
import { useOverlay, useOverlayData, type Overlay } from './overlay'

interface Props {
  id: string
  line: LineString | MultiLineString | null
  colour: string
  /** A proposal or a past: dashed and thinner. */
  dashed?: boolean
  width?: number
  /** Draws below the layers whose id starts so. */
  under?: string
}

const arrow = 'way-arrow'

/** Draws the chevron that lies along a way, once for every style. */
function useArrow() {
  const stage = useStage()
  useEffect(() => {
    if (!stage || stage.map.hasImage(arrow)) return
    const side = 20
    const canvas = document.createElement('canvas')
    canvas.width = canvas.height = side
    const pen = canvas.getContext('2d')
    if (!pen) return
    pen.strokeStyle = '#ffffff'
    pen.lineWidth = 3
    pen.lineCap = pen.lineJoin = 'round'
    pen.beginPath()
    pen.moveTo(7, 4)
    pen.lineTo(13, 10)
    pen.lineTo(7, 16)
    pen.stroke()
    stage.map.addImage(arrow, pen.getImageData(0, 0, side, side))
  }, [stage])
}

const nothing: FeatureCollection = { type: 'FeatureCollection', features: [] }

/** A way over roads, with its casing and the direction of travel. */
export function RouteLayer({ id, line, colour, dashed, width = 5, under }: Props) {
  const dark = useTheme().theme === 'dark'
  const overlay = useMemo<Overlay>(() => {
    const layout = { 'line-cap': 'round', 'line-join': 'round' } as const
    return {
      id,
      under,
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
            'symbol-placement': 'line', 'symbol-spacing': 90, 'icon-image': arrow,
            'icon-size': width / 10, 'icon-allow-overlap': true, 'icon-ignore-placement': true,
          },
        },
      ],
    }
  }, [id, colour, dashed, width, under, dark])
  const data = useMemo<FeatureCollection>(
    () =>
      line && line.coordinates.length > (line.type === 'LineString' ? 1 : 0)
        ? {
            type: 'FeatureCollection',
            features: [{ type: 'Feature', properties: {}, geometry: line }],
          }
        : nothing,
    [line],
  )
  useArrow()
  useOverlay(overlay)
  useOverlayData(id, data, overlay)
  return null
}
