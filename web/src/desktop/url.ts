import { useCallback } from 'react'
import { useLocationProperty } from 'wouter/use-browser-location'

/** The query without the view, which changes with every move of the map. */
function lasting(): string {
  const params = new URLSearchParams(location.search)
  params.delete('at')
  return params.toString()
}

/**
 * The state that a link carries lives in the query string: place and zoom,
 * filter, selection, language. The view is left out of what is read here: only the map
 * follows it, and a page need not be built anew for it; readView reads it.
 */
export function useUrl() {
  const search = useLocationProperty(lasting)
  const params = new URLSearchParams(search)
  const set = useCallback((changes: Record<string, string | number | null | undefined>) => {
    const next = new URLSearchParams(location.search)
    for (const [name, value] of Object.entries(changes)) {
      if (value === null || value === undefined || value === '') next.delete(name)
      else next.set(name, String(value))
    }
    const text = next.toString()
    if (`?${text}` === location.search || (text === '' && location.search === '')) return
    history.replaceState(history.state, '', location.pathname + (text ? `?${text}` : ''))
  }, [])
  return { params, set }
}

/** The view of the address, `at=lon,lat,zoom`; null when absent or malformed. */
export function readView() {
  const parts = new URLSearchParams(location.search).get('at')?.split(',').map(Number)
  if (!parts || parts.length !== 3 || parts.some((n) => !Number.isFinite(n))) return null
  const [lon, lat, zoom] = parts as [number, number, number]
  if (Math.abs(lon) > 180 || Math.abs(lat) > 85 || zoom < 0 || zoom > 22) return null
  return { center: [lon, lat] as [number, number], zoom }
}
