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
  /** Goes to a new place in a short while instead of at once, where the system allows motion. */
  glide?: boolean
  children: ReactNode
}

const glideFor = 200 // ms

/** Moves a marker, gently when asked; returns what breaks that off. */
function move(marker: Marker, to: LonLat, glide: boolean): (() => void) | undefined {
  const from = marker.getLngLat()
  const far = Math.hypot(to[0] - from.lng, to[1] - from.lat) > 0.05 // across the map: that is no motion
  if (!glide || far || matchMedia('(prefers-reduced-motion: reduce)').matches) {
    marker.setLngLat(to)
    return
  }
  const begin = performance.now()
  const step = (now: number) => {
    const share = Math.min(1, Math.max(0, (now - begin) / glideFor))
    marker.setLngLat([from.lng + share * (to[0] - from.lng), from.lat + share * (to[1] - from.lat)])
    if (share < 1) frame = requestAnimationFrame(step)
  }
  let frame = requestAnimationFrame(step)
  return () => {
    cancelAnimationFrame(frame)
  }
}

/** Any React content that stands on a place of the map. */
export function Pin({ at, anchor = 'center', draggable, onDragEnd, level, glide, children }: Props) {
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
    if (!stage || !marker.current) return
    return move(marker.current, toMap(stage.map, [lon, lat]), glide ?? false)
  }, [lon, lat, stage, glide])
  useEffect(() => {
    element.style.zIndex = level ? String(level) : ''
  }, [element, level])
  return createPortal(children, element)
}
