import { useEffect, useMemo, useRef } from 'react'
import type { MapMouseEvent } from 'maplibre-gl'
import type { FeatureCollection } from 'geojson'
import type { Person } from '../../api/types'
import { useStage } from '../../map/context'
import { fromMap, shapesOn } from '../../map/datum'
import { useOverlay, useOverlayData, type Overlay } from '../../map/overlay'
import { personPaint, unowned } from '../../theme/palette'
import { useTheme } from '../../theme/theme'
import type { Grounds, Units } from './data'

const nothing: FeatureCollection = { type: 'FeatureCollection', features: [] }

/** Territories in their people's colours, and every customer as a dot in its person's. */
export function TerritoryMap({ grounds, units, people, today, chosen }: {
  grounds: Grounds | undefined
  units: Units | undefined
  people: Person[]
  today: boolean
  chosen: number | null
}) {
  const dark = useTheme().theme === 'dark'
  const colour = useMemo(() => {
    const known = new Map(people.map((p) => [p.id, personPaint(p.color_index).fill]))
    return (id: number) => known.get(id) ?? unowned.fill
  }, [people])
  const areas = useMemo<Overlay>(() => ({
    id: 'territories',
    source: { type: 'geojson', data: nothing },
    layers: [
      {
        id: 'territories-fill', type: 'fill', source: 'territories',
        paint: {
          'fill-color': ['get', 'colour'],
          'fill-opacity': ['case', ['get', 'chosen'], 0.42, 0.2],
        },
      },
      {
        id: 'territories-line', type: 'line', source: 'territories',
        paint: {
          'line-color': ['get', 'colour'],
          'line-width': ['case', ['get', 'chosen'], 3, 1.5],
          'line-opacity': 0.9,
        },
      },
    ],
  }), [])
  const dots = useMemo<Overlay>(() => ({
    id: 'territory-units',
    source: { type: 'geojson', data: nothing },
    layers: [{
      id: 'territory-units-dot', type: 'circle', source: 'territory-units',
      paint: {
        'circle-color': ['get', 'colour'],
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 7, 2, 12, 4.5, 16, 8],
        'circle-stroke-color': ['case', ['get', 'locked'], dark ? '#ffffff' : '#111827', dark ? '#0b0e10' : '#ffffff'],
        'circle-stroke-width': ['case', ['get', 'locked'], 2, ['get', 'moved'], 1.6, 0.6],
      },
    }],
  }), [dark])
  const shapes = useMemo<FeatureCollection>(() => ({
    type: 'FeatureCollection',
    features: (grounds?.features ?? []).map((f) => ({
      ...f,
      properties: {
        colour: colour(f.properties.person_id),
        chosen: f.properties.person_id === chosen,
      },
    })),
  }), [grounds, colour, chosen])
  const points = useMemo<FeatureCollection>(() => ({
    type: 'FeatureCollection',
    features: (units?.customers ?? []).map((id, i) => {
      const person = (today ? units?.was[i] : units?.person[i]) ?? 0
      return {
        type: 'Feature',
        geometry: { type: 'Point', coordinates: [units?.lon[i] ?? 0, units?.lat[i] ?? 0] },
        properties: {
          id, colour: colour(person), locked: units?.locked[i] ?? false,
          moved: units?.was[i] !== units?.person[i],
        },
      }
    }),
  }), [units, today, colour])
  useOverlay(areas)
  useOverlayData('territories', shapes, areas)
  useOverlay(dots)
  useOverlayData('territory-units', points, dots)
  return null
}

/** Draws a polygon corner by corner; a double click or Enter closes it, Escape drops it. */
export function Lasso({ onDone, onDrop }: {
  onDone: (ring: [number, number][]) => void
  onDrop: () => void
}) {
  const stage = useStage()
  const kept = useRef({ onDone, onDrop })
  useEffect(() => {
    kept.current = { onDone, onDrop }
  })
  const overlay = useMemo<Overlay>(() => ({
    id: 'lasso',
    source: { type: 'geojson', data: nothing },
    layers: [
      { id: 'lasso-fill', type: 'fill', source: 'lasso', paint: { 'fill-color': '#0F766E', 'fill-opacity': 0.15 } },
      {
        id: 'lasso-line', type: 'line', source: 'lasso',
        paint: { 'line-color': '#0F766E', 'line-width': 2.5, 'line-dasharray': [2, 1.5] },
      },
    ],
  }), [])
  useOverlay(overlay)
  useEffect(() => {
    if (!stage) return
    const { map } = stage
    let ring: [number, number][] = []
    const draw = (tip?: [number, number]) => {
      const corners = tip ? [...ring, tip] : ring
      const source = map.getSource('lasso')
      if (source && 'setData' in source) {
        ;(source as { setData: (d: FeatureCollection) => void }).setData(corners.length < 2 ? nothing : shapesOn(map, {
          type: 'FeatureCollection',
          features: [{
            type: 'Feature', properties: {},
            geometry: corners.length === 2
              ? { type: 'LineString', coordinates: corners }
              : { type: 'Polygon', coordinates: [[...corners, corners[0] as [number, number]]] },
          }],
        }))
      }
    }
    const click = (e: MapMouseEvent) => {
      ring.push(fromMap(map, e.lngLat))
      draw()
    }
    const close = () => {
      if (ring.length >= 3) kept.current.onDone(ring)
      else kept.current.onDrop()
      ring = []
    }
    const double = (e: MapMouseEvent) => {
      e.preventDefault()
      close()
    }
    const move = (e: MapMouseEvent) => ring.length > 0 && draw(fromMap(map, e.lngLat))
    const press = (e: KeyboardEvent) => {
      if (e.key === 'Enter') close()
      if (e.key === 'Escape') kept.current.onDrop()
    }
    map.doubleClickZoom.disable()
    map.getCanvas().style.cursor = 'crosshair'
    map.on('click', click)
    map.on('dblclick', double)
    map.on('mousemove', move)
    addEventListener('keydown', press)
    return () => {
      map.off('click', click)
      map.off('dblclick', double)
      map.off('mousemove', move)
      removeEventListener('keydown', press)
      map.doubleClickZoom.enable()
      map.getCanvas().style.cursor = ''
    }
  }, [stage])
  return null
}
