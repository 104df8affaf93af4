import { useEffect, useRef, useState, type ReactNode } from 'react'
import type * as MapLibre from 'maplibre-gl'
import { takeEarly } from '../api/early'
import { useSpeech } from '../i18n/language'
import { useTheme } from '../theme/theme'
import { loadMapLibrary } from './library'
import { useBase } from './base'
import { datumOf, fromMap, setDatum } from './datum'
import { convert, type Datum } from '../geo/datum'
import { StageContext, type Stage } from './context'
import { keepTrying } from './retry'
import './map.css'

/** Where the map looks. */
export interface View {
  center: [number, number]
  zoom: number
}

interface Props {
  initial: View | null
  /** Shown when there is no initial view: west, south, east, north. */
  bounds?: [number, number, number, number]
  padding?: Partial<Record<'left' | 'right' | 'top' | 'bottom', number>>
  controls?: boolean
  onView?: (view: View) => void
  children?: ReactNode
}

/**
 * The map that fills its box. Everything drawn on it is a child that reads the
 * stage from context, so that one map lives through all pages.
 */
export function MapStage({ initial, bounds, padding, controls = true, onView, children }: Props) {
  const box = useRef<HTMLDivElement>(null)
  const [stage, setStage] = useState<Stage | null>(null)
  const [failed, setFailed] = useState(false)
  const { theme } = useTheme()
  const { t, language } = useSpeech()
  const { base } = useBase()
  const style = `/tiles/style/${theme}.json?lang=${language}${base ? `&base=${base}` : ''}`
  const viewed = useRef(onView)
  const first = useRef({ initial, bounds, padding, style, controls, label: t('map.label') })
  useEffect(() => {
    viewed.current = onView
  })
  useEffect(() => {
    let gone = false
    let map: MapLibre.Map | null = null
    Promise.all([loadMapLibrary(), styleOf(first.current.style)])
      .then(([library, style]) => {
        if (gone || !box.current) return
        map = createMap(library, box.current, { ...first.current, style })
        const made = map
        const { current } = box
        keepTrying(made)
        // Whether all that is wanted is drawn: what waits for a picture looks here.
        made.on('render', () => (current.dataset.drawn = 'no'))
        made.on('idle', () => (current.dataset.drawn = 'yes'))
        let epoch = 0
        made.on('style.load', () => {
          settle(made)
          setStage({ map: made, library, epoch: ++epoch })
        })
        made.on('moveend', () => {
          viewed.current?.({ center: fromMap(made, made.getCenter()), zoom: made.getZoom() })
        })
      })
      .catch(() => setFailed(true))
    return () => {
      gone = true
      map?.remove()
      setStage(null)
    }
  }, [])
  const map = stage?.map
  useEffect(() => {
    if (map && first.current.style !== style) {
      first.current.style = style
      map.setStyle(style, { diff: false })
    }
  }, [map, style])
  const { left = 0, right = 0, top = 0, bottom = 0 } = padding ?? {}
  useEffect(() => {
    const now = map?.getPadding()
    // Setting it stops a flight that is under way, so only a change is set.
    const same = now?.left === left && now.right === right && now.top === top && now.bottom === bottom
    if (map && !same) map.setPadding({ left, right, top, bottom })
  }, [map, left, right, top, bottom])
  return (
    <div className="map-stage">
      <div ref={box} className="map-canvas" />
      {!stage && !failed && <div className="map-loading" aria-hidden />}
      {failed && <p className="map-failed">{t('map.failed')}</p>}
      <StageContext.Provider value={stage}>{children}</StageContext.Provider>
    </div>
  )
}

/** A style that was asked for early; otherwise its address, for the library to ask. */
async function styleOf(address: string): Promise<MapLibre.StyleSpecification | string> {
  const style = takeEarly(address)?.then((r): Promise<MapLibre.StyleSpecification | string> | string =>
    (r.ok ? r.json() : address))
  return await style?.catch(() => address) ?? address
}

/** Takes on the datum of a style that has loaded; what is looked at stays in view. */
function settle(map: MapLibre.Map) {
  const { metadata } = map.getStyle()
  const datum = ((metadata as Record<string, string> | undefined)?.['beatplan:datum'] ?? 'wgs84') as Datum
  const was = datumOf(map)
  if (was === datum) return
  const c = map.getCenter()
  setDatum(map, datum)
  map.jumpTo({ center: convert([c.lng, c.lat], was, datum) })
}

interface First {
  initial: View | null
  bounds?: [number, number, number, number]
  padding?: Props['padding']
  style: MapLibre.StyleSpecification | string
  controls: boolean
  label: string
}

function createMap(library: typeof MapLibre, container: HTMLElement, f: First) {
  const padding = { left: 0, right: 0, top: 0, bottom: 0, ...f.padding }
  const map = new library.Map({
    container,
    style: f.style,
    ...(f.initial
      ? { center: f.initial.center, zoom: f.initial.zoom }
      : { bounds: f.bounds, fitBoundsOptions: { padding: 24 } }),
    attributionControl: false,
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: 19,
    fadeDuration: 120,
    transformRequest: (url) => ({ url: new URL(url, location.href).href }),
    locale: { 'Map.Title': f.label },
  })
  map.setPadding(padding)
  map.touchZoomRotate.disableRotation()
  map.addControl(
    new library.AttributionControl({ compact: false }),
    'bottom-right',
  )
  if (f.controls) {
    map.addControl(new library.NavigationControl({ showCompass: false }), 'bottom-right')
    map.addControl(new library.ScaleControl({ maxWidth: 90 }), 'bottom-right')
  }
  return map
}
