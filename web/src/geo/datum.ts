/**
 * WGS-84, GCJ-02 and BD-09.
 *
 * Satellites and OpenStreetMap speak WGS-84. Maps published in China are shifted
 * to GCJ-02 (AMap, Tencent, Google and Apple within China); Baidu shifts once
 * more to BD-09. The forward shifts are the functions every open implementation
 * shares; the inverse has no closed form and is iterated to below a millimetre.
 */

/** Longitude and latitude in degrees, in that order. */
export type LonLat = [number, number]

/** A coordinate system. */
export type Datum = 'wgs84' | 'gcj02' | 'bd09'

const semiMajor = 6378245.0 // Krasovsky 1940, metres
const eccentricity = 0.006693421622965943

/** Whether a point lies in the rectangle in which maps are shifted. */
export function inChina([lon, lat]: LonLat): boolean {
  return lon > 72.004 && lon < 137.8347 && lat > 0.8293 && lat < 55.8271
}

/** A point given in one datum, expressed in another. */
export function convert(point: LonLat, from: Datum, to: Datum): LonLat {
  if (from === to) return point
  const wgs =
    from === 'wgs84'
      ? point
      : inverse(point, from === 'gcj02' ? toGCJ : (p) => gcjToBD(toGCJ(p)))
  if (to === 'wgs84') return wgs
  return to === 'gcj02' ? toGCJ(wgs) : gcjToBD(toGCJ(wgs))
}

/** Solves forward(q) = p; every round gains about two digits. */
function inverse(p: LonLat, forward: (q: LonLat) => LonLat): LonLat {
  let q: LonLat = p
  for (let i = 0; i < 30; i++) {
    const f = forward(q)
    const [dx, dy] = [p[0] - f[0], p[1] - f[1]]
    q = [q[0] + dx, q[1] + dy]
    if (Math.abs(dx) + Math.abs(dy) < 1e-11) break
  }
  return q
}

function toGCJ(p: LonLat): LonLat {
  if (!inChina(p)) return p
  const [x, y] = [p[0] - 105, p[1] - 35]
  const rad = (p[1] * Math.PI) / 180
  const magic = 1 - eccentricity * Math.sin(rad) ** 2
  const root = Math.sqrt(magic)
  const dLat =
    (shiftLat(x, y) * 180) / (((semiMajor * (1 - eccentricity)) / (magic * root)) * Math.PI)
  const dLon = (shiftLon(x, y) * 180) / ((semiMajor / root) * Math.cos(rad) * Math.PI)
  return [p[0] + dLon, p[1] + dLat]
}

function wave(v: number, ...terms: [number, number][]): number {
  return (terms.reduce((sum, [a, f]) => sum + a * Math.sin(v * f * Math.PI), 0) * 2) / 3
}

function shiftLat(x: number, y: number): number {
  return (
    -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * Math.sqrt(Math.abs(x)) +
    wave(x, [20, 6], [20, 2]) + wave(y, [20, 1], [40, 1 / 3]) + wave(y, [160, 1 / 12], [320, 1 / 30])
  )
}

function shiftLon(x: number, y: number): number {
  return (
    300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * Math.sqrt(Math.abs(x)) +
    wave(x, [20, 6], [20, 2]) + wave(x, [20, 1], [40, 1 / 3]) + wave(x, [150, 1 / 12], [300, 1 / 30])
  )
}

function gcjToBD(p: LonLat): LonLat {
  if (!inChina(p)) return p
  const turn = (Math.PI * 3000) / 180
  const z = Math.hypot(p[0], p[1]) + 0.00002 * Math.sin(p[1] * turn)
  const theta = Math.atan2(p[1], p[0]) + 0.000003 * Math.cos(p[0] * turn)
  return [z * Math.cos(theta) + 0.0065, z * Math.sin(theta) + 0.006]
}

/** Great-circle distance in metres (mean radius). */
export function metresBetween(a: LonLat, b: LonLat): number {
  const rad = Math.PI / 180
  const h =
    Math.sin(((b[1] - a[1]) * rad) / 2) ** 2 +
    Math.cos(a[1] * rad) * Math.cos(b[1] * rad) * Math.sin(((b[0] - a[0]) * rad) / 2) ** 2
  return 2 * 6371008.8 * Math.asin(Math.min(1, Math.sqrt(h)))
}
