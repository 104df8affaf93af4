import type * as MapLibre from 'maplibre-gl'
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?url'
import { bd09m } from './bd09m'

let loaded: Promise<typeof MapLibre> | null = null

/** Loads the map library once, when a map is first shown. */
export function loadMapLibrary(): Promise<typeof MapLibre> {
  loaded ??= Promise.all([
    import('maplibre-gl'),
    import('maplibre-gl/dist/maplibre-gl.css'),
  ]).then(([library]) => {
    library.setWorkerUrl(worker)
    library.addProtocol('bd09m', bd09m)
    library.prewarm() // its worker starts while the page is still being built
    return library
  })
  loaded.catch(() => (loaded = null))
  return loaded
}
