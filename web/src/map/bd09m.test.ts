import { describe, expect, test } from 'vitest'
import { plane, recipe } from './bd09m'

describe('Baidu onto the common grid', () => {
  test('its Mercator is close to that of the ellipsoid, its own steps between bands included', () => {
    for (let lat = 0.5; lat < 74; lat += 0.5) {
      const rad = (lat * Math.PI) / 180
      const e = 0.0818191908426
      const want = 6378137 * (Math.asinh(Math.tan(rad)) - e * Math.atanh(e * Math.sin(rad)))
      expect(Math.abs(plane(0, lat)[1] - want)).toBeLessThan(30 + want * 2e-4)
    }
    for (const edge of [15, 30, 45, 60]) {
      expect(Math.abs(plane(0, edge - 1e-9)[1] - plane(0, edge)[1])).toBeLessThan(20)
    }
    expect(plane(-116.4, -39.9)).toEqual(plane(116.4, 39.9).map((n) => -n))
  })

  test('a tile is made of few tiles, and neighbours meet without a gap', () => {
    for (const [z, x, y] of [[4, 13, 6], [10, 843, 388], [16, 53955, 24832]] as const) {
      const a = recipe(z, x, y)
      const below = recipe(z, x, y + 1)
      const east = recipe(z, x + 1, y)
      expect(a.columns[1] - a.columns[0]).toBeLessThanOrEqual(3)
      expect(a.rows[1] - a.rows[0]).toBeLessThanOrEqual(3)
      const bottom = (r: typeof a) => {
        const s = r.strips.at(-1)
        return (r.rows[1] + 1) * 256 - (s ? s.from + s.height : 0)
      }
      const top = (r: typeof a) => (r.rows[1] + 1) * 256 - (r.strips[0]?.from ?? 0)
      expect(bottom(a)).toBeCloseTo(top(below), 6)
      expect(a.columns[0] * 256 + a.left + a.width).toBeCloseTo(east.columns[0] * 256 + east.left, 6)
      for (const [i, s] of a.strips.entries()) {
        const next = a.strips[i + 1]
        if (next) expect(s.from + s.height).toBeCloseTo(next.from, 6)
        expect(s.from).toBeGreaterThanOrEqual(0)
        expect(s.from + s.height).toBeLessThanOrEqual((a.rows[1] - a.rows[0] + 1) * 256 + 1e-6)
      }
    }
  })
})
