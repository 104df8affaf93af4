import { useEffect, useMemo, useRef, type ReactNode } from 'react'
import { createPortal } from 'react-dom'
import type { Marker } from 'maplibre-gl'
import type { LonLat } from '../geo/datum'
import { useStage } from './context'
import { fromMap, toMap } from './datum'

interface Props {
  at: LonLat
  /** Which side of the pin stands on the place. */
  anchor?: 'center' | 'bottom'
  draggable?: boolean
  onDragEnd?: (at: LonLat) => void
  /** Higher pins lie over lower ones. */
  level?: number
  children: ReactNode
}

/** Any React content that stands on a place of the map. */
export function Pin({ at, anchor = 'center', draggable, onDragEnd, level, children }: Props) {
  const stage = useStage()
  const element = useMemo(() => document.createElement('div'), [])
  const marker = useRef<Marker | null>(null)
  const dragged = useRef(onDragEnd)
  useEffect(() => {
    dragged.current = onDragEnd
  })
  const [lon, lat] = at
  const map = stage?.map
  const library = stage?.library
  useEffect(() => {
    if (!map || !library) return
    const made = new library.Marker({ element, anchor, draggable }).setLngLat(toMap(map, [lon, lat])).addTo(map)
    made.on('dragend', () => {
      dragged.current?.(fromMap(map, made.getLngLat()))
    })
    marker.current = made
    return () => {
      made.remove()
      marker.current = null
    }
    // The place is moved below, without a new marker.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [map, library, element, anchor, draggable])
  useEffect(() => {
    if (stage) marker.current?.setLngLat(toMap(stage.map, [lon, lat]))
  }, [lon, lat, stage])
  useEffect(() => {
    element.style.zIndex = level ? String(level) : ''
  }, [element, level])
  return createPortal(children, element)
}
