import { createContext, useContext } from 'react'
import type * as MapLibre from 'maplibre-gl'

/** The map of the page. */
export interface Stage {
  map: MapLibre.Map
  library: typeof MapLibre
  /** Rises with every style that loads; overlays draw themselves again. */
  epoch: number
}

/** Null until the map and its style are ready. */
export const StageContext = createContext<Stage | null>(null)

export const useStage = () => useContext(StageContext)
