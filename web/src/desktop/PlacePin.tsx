import { useEffect, useState } from 'react'
import type { MapMouseEvent } from 'maplibre-gl'
import type { LonLat } from '../geo/datum'
import { Pin } from '../map/Pin'
import { showPlace } from '../map/camera'
import { useStage } from '../map/context'
import { fromMap } from '../map/datum'

/** The pin on the map: a click places it, dragging moves it. */
export function PlacePin({ place, onPlace, label }: {
  place: LonLat | null
  onPlace: (p: LonLat) => void
  label: string
}) {
  const stage = useStage()
  const [start] = useState(place)
  useEffect(() => {
    if (start && stage) showPlace(stage.map, start, 15)
  }, [start, stage])
  useEffect(() => {
    if (!stage) return
    const { map } = stage
    const click = (e: MapMouseEvent) => onPlace(fromMap(map, e.lngLat))
    map.on('click', click)
    map.getCanvas().style.cursor = 'crosshair'
    return () => {
      map.off('click', click)
      map.getCanvas().style.cursor = ''
    }
  }, [stage, onPlace])
  if (!place) return null
  return (
    <Pin at={place} anchor="bottom" draggable onDragEnd={onPlace} level={5}>
      <svg className="edit-pin" viewBox="0 0 34 44" role="img" aria-label={label}>
        <path d="M17 43C17 43 32 27 32 16A15 15 0 1 0 2 16C2 27 17 43 17 43Z"
          fill="var(--accent)" stroke="#fff" strokeWidth="2" />
        <circle cx="17" cy="16" r="6" fill="#fff" />
      </svg>
    </Pin>
  )
}
