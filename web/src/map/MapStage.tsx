import { useEffect, useRef, useState, type ReactNode } from 'react'
import type * as MapLibre from 'maplibre-gl'
import { useSpeech } from '../i18n/language'
import { useTheme } from '../theme/theme'
import { loadMapLibrary } from './library'
import { StageContext, type Stage } from './context'
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
  const { t } = useSpeech()
  const viewed = useRef(onView)
  const first = useRef({ initial, bounds, padding, theme, controls, label: t('map.label') })
  useEffect(() => {
    viewed.current = onView
  })
  useEffect(() => {
    let gone = false
    let map: MapLibre.Map | null = null
    loadMapLibrary()
      .then((library) => {
        if (gone || !box.current) return
        map = createMap(library, box.current, first.current)
        const made = map
        let epoch = 0
        made.on('style.load', () => setStage({ map: made, library, epoch: ++epoch }))
        made.on('moveend', () => {
          const c = made.getCenter()
          viewed.current?.({ center: [c.lng, c.lat], zoom: made.getZoom() })
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
    if (map && first.current.theme !== theme) {
      first.current.theme = theme
      map.setStyle(`/tiles/style/${theme}.json`, { diff: false })
    }
  }, [map, theme])
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

interface First {
  initial: View | null
  bounds?: [number, number, number, number]
  padding?: Props['padding']
  theme: 'light' | 'dark'
  controls: boolean
  label: string
}

function createMap(library: typeof MapLibre, container: HTMLElement, f: First) {
  const padding = { left: 0, right: 0, top: 0, bottom: 0, ...f.padding }
  const map = new library.Map({
    container,
    style: `/tiles/style/${f.theme}.json`,
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
