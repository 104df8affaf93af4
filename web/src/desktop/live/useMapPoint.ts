import { useEffect, useRef } from 'react'
import type { MapMouseEvent } from 'maplibre-gl'
import type { LonLat } from '../../geo/datum'
import { useStage } from '../../map/context'
import { fromMap } from '../../map/datum'

/** Hears clicks on the bare map, where no customer stands; Escape takes the point away. */
export function useMapPoint(onPoint: (at: LonLat | null) => void) {
  const stage = useStage()
  const kept = useRef(onPoint)
  useEffect(() => {
    kept.current = onPoint
  })
  useEffect(() => {
    if (!stage) return
    const { map } = stage
    const click = (e: MapMouseEvent) => {
      const layers = ['customers-point', 'customers-cluster'].filter((l) => map.getLayer(l))
      if (map.queryRenderedFeatures(e.point, { layers }).length > 0) return
      kept.current(fromMap(map, e.lngLat))
    }
    const press = (e: KeyboardEvent) => e.key === 'Escape' && kept.current(null)
    map.on('click', click)
    addEventListener('keydown', press)
    return () => {
      map.off('click', click)
      removeEventListener('keydown', press)
    }
  }, [stage])
}
