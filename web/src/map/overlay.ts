import { useEffect, useRef } from 'react'
import type {
  GeoJSONSource, LayerSpecification, Map, MapLayerMouseEvent, SourceSpecification, StyleSpecification,
  VectorTileSource,
} from 'maplibre-gl'
import type { FeatureCollection } from 'geojson'
import { useStage } from './context'
import { shapesOn } from './datum'

/** A source and the layers that draw it, kept on the map while a component lives. */
export interface Overlay {
  id: string
  source: SourceSpecification
  layers: LayerSpecification[]
  /** Draws below the first layer whose id starts so, when there is one. */
  under?: string
}

function put(map: Map, overlay: Overlay) {
  // Undefined while another style is on its way; the stage changes when it is there.
  const style = map.getStyle() as StyleSpecification | undefined
  if (!style) return
  take(map, overlay)
  map.addSource(overlay.id, onMap(map, overlay.source))
  const { under } = overlay
  const above = under && style.layers.find((l) => l.id.startsWith(under) && map.getLayer(l.id))?.id
  for (const layer of overlay.layers) map.addLayer(layer, above || undefined)
}

/** A source in the datum of the map. */
function onMap(map: Map, source: SourceSpecification): SourceSpecification {
  if (source.type !== 'geojson' || typeof source.data === 'string') return source
  const { data } = source
  return data.type === 'FeatureCollection' ? { ...source, data: shapesOn(map, data) } : source
}

function take(map: Map, overlay: Overlay) {
  if (!map.style) return // the map itself is gone
  for (const layer of [...overlay.layers].reverse()) {
    if (map.getLayer(layer.id)) map.removeLayer(layer.id)
  }
  // Others may draw from the source too, as the ring round the chosen customer.
  for (const id of map.getLayersOrder()) {
    if (map.getLayer(id)?.source === overlay.id) map.removeLayer(id)
  }
  if (map.getSource(overlay.id)) map.removeSource(overlay.id)
}

/** Draws an overlay; a new object draws it anew, so memoise it. */
export function useOverlay(overlay: Overlay | null) {
  const stage = useStage()
  useEffect(() => {
    if (!stage || !overlay) return
    put(stage.map, overlay)
    return () => take(stage.map, overlay)
  }, [stage, overlay])
}

/** Feeds a GeoJSON overlay without drawing its layers anew. */
export function useOverlayData(id: string, data: FeatureCollection, overlay: Overlay | null) {
  const stage = useStage()
  useEffect(() => {
    const source = stage?.map.style ? stage.map.getSource(id) : undefined
    if (source && stage) (source as GeoJSONSource).setData(shapesOn(stage.map, data))
  }, [stage, id, data, overlay])
}

/**
 * Gives the living source of an overlay of tiles a new address. It waits for tiles that
 * are on their way: the library would parse those anew instead of asking at the address.
 */
export function useTiles(id: string, address: string, overlay: Overlay) {
  const stage = useStage()
  useEffect(() => {
    if (!stage) return
    const { map } = stage
    const stop = () => {
      map.off('sourcedata', change)
      map.off('idle', change)
    }
    const change = () => {
      const kept = map.style ? map.getSource<VectorTileSource>(id) : undefined
      if (kept && kept.tiles?.[0] !== address) {
        if (!map.isSourceLoaded(id)) return
        kept.setTiles([address])
      }
      stop()
    }
    map.on('sourcedata', change)
    map.on('idle', change)
    change()
    return stop
  }, [stage, id, address, overlay])
}

type Handler = (event: MapLayerMouseEvent) => void

/** Hears clicks on a layer and shows a hand over it. */
export function useLayerClick(layer: string, handler: Handler) {
  const stage = useStage()
  const kept = useRef(handler)
  useEffect(() => {
    kept.current = handler
  })
  useEffect(() => {
    if (!stage) return
    const { map } = stage
    const click: Handler = (event) => kept.current(event)
    const enter = () => (map.getCanvas().style.cursor = 'pointer')
    const leave = () => (map.getCanvas().style.cursor = '')
    map.on('click', layer, click)
    map.on('mouseenter', layer, enter)
    map.on('mouseleave', layer, leave)
    return () => {
      map.off('click', layer, click)
      map.off('mouseenter', layer, enter)
      map.off('mouseleave', layer, leave)
    }
  }, [stage, layer])
}
