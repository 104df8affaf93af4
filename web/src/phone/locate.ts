import type { Fix } from '../api/types'

/** Why there is no position. */
export type LocateFault = 'insecure' | 'denied' | 'unavailable' | 'timeout'

export class LocateError extends Error {
  readonly fault: LocateFault
  constructor(fault: LocateFault) {
    super(fault)
    this.fault = fault
  }
}

const faults: Record<number, LocateFault> = { 1: 'denied', 2: 'unavailable', 3: 'timeout' }

/**
 * When a position was measured, by the device's clock, by which everything else is dated.
 * Some devices date positions by the satellites', which differs from a clock that is wrong.
 */
export const measuredAt = (timestamp: number, now = Date.now()): string =>
  new Date(Math.abs(now - timestamp) <= oldest + 50_000 ? timestamp : now).toISOString()

const oldest = 10_000 // ms, that a position may be when it is asked for

/** The watch that runs, and how it is begun again. */
let watch: { id: number; begin: () => number } | undefined

/** Tells every position that the phone comes by, until what it returns is called. */
export function follow(tell: (p: GeolocationPosition) => void): () => void {
  const begin = () => navigator.geolocation.watchPosition(tell, () => undefined,
    { enableHighAccuracy: true, maximumAge: 5000 })
  const mine = (watch = { id: begin(), begin })
  return () => {
    navigator.geolocation.clearWatch(mine.id)
    if (watch === mine) watch = undefined
  }
}

/**
 * Ends the watch, and returns what begins it again. While one runs, some browsers tell a
 * page nothing before the phone moves: whoever stands at a counter would wait in vain.
 */
function pause(): () => void {
  const paused = watch
  if (paused) navigator.geolocation.clearWatch(paused.id)
  return () => {
    if (!paused || watch !== paused) return
    navigator.geolocation.clearWatch(paused.id) // of another who asked at the same time
    paused.id = paused.begin()
  }
}

/** Where the phone is now, or a LocateError that says why it does not know. */
export function locate(): Promise<Fix> {
  if (!isSecureContext) return Promise.reject(new LocateError('insecure'))
  if (!('geolocation' in navigator)) return Promise.reject(new LocateError('unavailable'))
  const resume = pause()
  return new Promise<Fix>((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      (p) =>
        resolve({
          position: [p.coords.longitude, p.coords.latitude],
          accuracy_m: Math.round(p.coords.accuracy),
          at: measuredAt(p.timestamp),
        }),
      (e) => reject(new LocateError(faults[e.code] ?? 'unavailable')),
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: oldest },
    )
  }).finally(resume)
}
