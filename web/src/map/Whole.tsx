import { useEffect } from 'react'
import type { LonLat } from '../geo/datum'
import { showAll } from './camera'
import { useStage } from './context'

/** Shows all of a way, once it is there. */
export function Whole({ way }: { way: LonLat[] }) {
  const stage = useStage()
  useEffect(() => {
    if (stage && way.length > 0) showAll(stage.map, way)
  }, [stage, way])
  return null
}
