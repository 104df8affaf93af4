import { useEffect, useRef, useState } from 'react'
import type { MapMouseEvent, MapTouchEvent } from 'maplibre-gl'
import type { LonLat } from '../../geo/datum'
import { useStage } from '../context'
import { fromMap } from '../datum'
import { circle, distance, simplify, type Ring } from './ring'

/** How an area is drawn: a loop round it, a circle from its centre, or one tap. */
export type Tool = 'lasso' | 'radius' | 'point'

/**
 * Draws with a finger or the mouse while a tool is chosen: the map holds still.
 * A loop ends where the button goes up; a circle grows from where it went down; a
 * point is a tap. Escape gives up. The unfinished ring is returned for showing.
 */
export function useDrawing(
  tool: Tool | null,
  done: (ring: Ring | null, at: LonLat) => void,
): { ring: Ring; radius: number } {
  const stage = useStage()
  const [draft, setDraft] = useState<{ ring: Ring; radius: number }>({ ring: [], radius: 0 })
  const finish = useRef(done)
  useEffect(() => {
    finish.current = done
  })
  useEffect(() => {
    if (!stage || !tool) return
    const { map } = stage
    const canvas = map.getCanvas()
    let path: LonLat[] | null = null
    const at = (e: MapMouseEvent | MapTouchEvent): LonLat => fromMap(map, e.lngLat)
    const ringOf = (): Ring => {
      const [first, last] = [path?.[0], path?.at(-1)]
      if (!path || !first || !last) return []
      return tool === 'radius' ? circle(first, distance(first, last)) : path
    }
    const show = () => {
      const [first, last] = [path?.[0], path?.at(-1)]
      setDraft({ ring: ringOf(), radius: tool === 'radius' && first && last ? distance(first, last) : 0 })
    }
    const down = (e: MapMouseEvent | MapTouchEvent) => {
      e.preventDefault()
      path = [at(e)]
    }
    const move = (e: MapMouseEvent | MapTouchEvent) => {
      if (!path || tool === 'point') return
      path.push(at(e))
      show()
    }
    const up = (e: MapMouseEvent | MapTouchEvent) => {
      if (!path) return
      const start = path[0] ?? at(e)
      const ring = simplify(ringOf())
      path = null
      setDraft({ ring: [], radius: 0 })
      if (tool === 'point') finish.current(null, start)
      else if (ring.length >= 3) finish.current(ring, start)
    }
    const escape = (e: KeyboardEvent) => {
      if (e.key !== 'Escape') return
      path = null
      setDraft({ ring: [], radius: 0 })
    }
    map.dragPan.disable()
    map.touchZoomRotate.disable()
    canvas.classList.add('drawing')
    map.on('mousedown', down)
    map.on('touchstart', down)
    map.on('mousemove', move)
    map.on('touchmove', move)
    map.on('mouseup', up)
    map.on('touchend', up)
    addEventListener('keydown', escape)
    return () => {
      map.off('mousedown', down)
      map.off('touchstart', down)
      map.off('mousemove', move)
      map.off('touchmove', move)
      map.off('mouseup', up)
      map.off('touchend', up)
      removeEventListener('keydown', escape)
      canvas.classList.remove('drawing')
      map.dragPan.enable()
      map.touchZoomRotate.enable()
      map.touchZoomRotate.disableRotation()
      setDraft({ ring: [], radius: 0 })
    }
  }, [stage, tool])
  return draft
}
