import { afterEach, expect, test, vi } from 'vitest'
import { follow, locate, measuredAt } from './locate'

afterEach(() => vi.unstubAllGlobals())

/** A browser of which a page learns nothing more, once it watches, before the phone moves. */
class StandingStill {
  watches = new Map<number, (p: unknown) => void>()
  last = 0
  begun = 0
  private tell = () => ({ coords: { longitude: -75.5, latitude: 39.7, accuracy: 8.4 }, timestamp: 1_800_000_000_000 })

  watchPosition = (told: (p: unknown) => void) => {
    this.watches.set(++this.last, told)
    this.begun++
    told(this.tell())
    return this.last
  }
  clearWatch = (id: number) => this.watches.delete(id)
  getCurrentPosition = (told: (p: unknown) => void, failed: (e: unknown) => void) => {
    if (this.watches.size > 0) failed({ code: 3 })
    else told(this.tell())
  }
}

test('whoever is followed and stands still is found at once, and followed on', async () => {
  const geolocation = new StandingStill()
  vi.stubGlobal('navigator', { geolocation })
  vi.stubGlobal('isSecureContext', true)
  let told = 0
  const leave = follow(() => told++)
  const found = await Promise.all([locate(), locate()])
  expect(found.map((f) => f.accuracy_m)).toEqual([8, 8])
  expect(geolocation.watches.size).toBe(1)
  expect(told).toBe(geolocation.begun)
  leave()
  expect(geolocation.watches.size).toBe(0)
  await locate()
  expect(geolocation.watches.size).toBe(0)
})

test('a position is dated by the phone’s clock, also where the receiver has another', () => {
  const now = Date.parse('2026-11-23T08:00:00Z')
  expect(measuredAt(now - 9000, now)).toBe('2026-11-23T07:59:51.000Z')
  for (const hours of [-3, 3]) expect(measuredAt(now + hours * 3600_000, now)).toBe('2026-11-23T08:00:00.000Z')
})
