import type { ErrorEvent, Map } from 'maplibre-gl'

/** When a source whose tiles did not arrive is asked again, in milliseconds. */
const waits = [1000, 3000, 10_000, 30_000]

/** What the library tells of a tile that failed. */
type TileError = ErrorEvent & { sourceId?: string; tile?: unknown; error: Error & { status?: number } }

/** Whether asking again may help: the network, the server's moment, or the library's own. */
const passing = (status = 0) => status < 400 || status === 408 || status === 429 || status >= 500

/**
 * Asks again for tiles that did not arrive, later each time and at once when the network
 * is back. What the server refused stays refused; the browser has written it down.
 * Errors that are not of a tile are reported as any other.
 */
export function keepTrying(map: Map) {
  const tries: Record<string, number> = {}
  const timers: Record<string, ReturnType<typeof setTimeout>> = {}
  const again = (source: string) => {
    clearTimeout(timers[source])
    delete timers[source]
    if (map.style && map.getSource(source)) map.refreshTiles(source)
  }
  const online = () => Object.keys(timers).forEach(again)
  map.on('error', (event) => {
    const { sourceId, tile, error } = event as TileError
    if (!sourceId || !tile) {
      reportError(error)
      return
    }
    const wait = waits[tries[sourceId] ?? 0]
    if (timers[sourceId] || wait === undefined || !passing(error.status)) return
    tries[sourceId] = (tries[sourceId] ?? 0) + 1
    timers[sourceId] = setTimeout(() => again(sourceId), wait)
  })
  map.on('idle', () => {
    for (const source of Object.keys(tries)) if (!timers[source]) delete tries[source]
  })
  window.addEventListener('online', online)
  map.on('remove', () => {
    window.removeEventListener('online', online)
    Object.values(timers).forEach(clearTimeout)
  })
}
