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

/** Where the phone is now, or a LocateError that says why it does not know. */
export function locate(): Promise<Fix> {
  if (!isSecureContext) return Promise.reject(new LocateError('insecure'))
  if (!('geolocation' in navigator)) return Promise.reject(new LocateError('unavailable'))
  return new Promise((resolve, reject) => {
    navigator.geolocation.getCurrentPosition(
      (p) =>
        resolve({
          position: [p.coords.longitude, p.coords.latitude],
          accuracy_m: Math.round(p.coords.accuracy),
          at: new Date(p.timestamp).toISOString(),
        }),
      (e) => reject(new LocateError(faults[e.code] ?? 'unavailable')),
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 10_000 },
    )
  })
}
