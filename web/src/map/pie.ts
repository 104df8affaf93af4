import { levelFill, personPaint, statusFill, unowned } from '../theme/palette'

/**
 * A cluster as a ring broken down by owner, level or status. The name of its
 * image says everything that is drawn: pie|owner|light|value:colour:count;…|total.
 */
export const pieName = (by: string, dark: boolean) => `pie|${by}|${dark ? 'dark' : 'light'}|`

/** A share of the ring. */
export interface Slice {
  fill: string
  share: number
}

/** Reads the name of a pie; null for other images. Parts beyond the list are grey. */
export function slices(name: string): { slices: Slice[]; dark: boolean } | null {
  const [kind, by, theme, parts, total] = name.split('|')
  const all = Number(total)
  if (kind !== 'pie' || !by || !(all > 0)) return null
  let rest = all
  const out = (parts ?? '').split(';').filter(Boolean).map((part) => {
    const [value = '', colour, count] = part.split(':')
    rest -= Number(count)
    return { fill: fillOf(by, value, Number(colour)), share: Number(count) / all }
  })
  if (rest > 0) out.push({ fill: unowned.fill, share: rest / all })
  return { slices: out, dark: theme === 'dark' }
}

function fillOf(by: string, value: string, colour: number): string {
  if (by === 'level') return levelFill[value] ?? unowned.fill
  if (by === 'status') return statusFill[value] ?? unowned.fill
  return value === '0' ? unowned.fill : personPaint(colour).fill
}

/** Pixels as the map takes them: red, green, blue and opacity of each, row by row. */
export interface Picture {
  width: number
  height: number
  data: Uint8ClampedArray
}

const side = 60 // of the image, in pixels of the page
const disc = 29 // radius of the ground
const ring = { inner: 23, outer: 28.5 }

/** What is the same for every pie of a size: for each pixel, where in the pie it lies. */
interface Plan {
  size: number
  /** Distance from the middle, in pixels of the picture. */
  radius: Float32Array
  /** Part of a turn from twelve o'clock, clockwise: 0 ≤ turn < 1. */
  turn: Float32Array
}

const plans = new Map<number, Plan>()

function planOf(scale: number): Plan {
  const known = plans.get(scale)
  if (known) return known
  const size = side * scale
  const plan = { size, radius: new Float32Array(size * size), turn: new Float32Array(size * size) }
  for (let i = 0; i < size * size; i++) {
    const x = (i % size) + 0.5 - size / 2
    const y = Math.floor(i / size) + 0.5 - size / 2
    plan.radius[i] = Math.hypot(x, y)
    plan.turn[i] = (Math.atan2(x, -y) / (2 * Math.PI) + 1) % 1
  }
  plans.set(scale, plan)
  return plan
}

type Colour = [number, number, number]

const colourOf = (hex: string): Colour =>
  [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16)) as Colour

const part = (x: number) => Math.min(1, Math.max(0, x))

/**
 * Draws the pie of that name with so many pixels to one of the page; null for other
 * images. It reckons the pixels itself: what a canvas has drawn must be read back from
 * the graphics card, and the page stands still meanwhile.
 */
export function drawPie(name: string, scale: number): Picture | null {
  const pie = slices(name)
  if (!pie) return null
  const { size, radius, turn } = planOf(scale)
  const ground = colourOf(pie.dark ? '#15191c' : '#ffffff')
  let end = 0
  const wedges = pie.slices.map((s) => ({ colour: colourOf(s.fill), end: (end += s.share) }))
  const data = new Uint8ClampedArray(size * size * 4)
  for (let i = 0; i < size * size; i++) {
    const r = radius[i] ?? 0
    const cover = part(disc * scale - r + 0.5)
    if (cover === 0) continue
    const band = part(ring.outer * scale - r + 0.5) * part(r - ring.inner * scale + 0.5)
    const colour = band > 0 ? wedgeAt(wedges, turn[i] ?? 0, r) : ground
    for (let k = 0; k < 3; k++) {
      data[4 * i + k] = (colour[k] ?? 0) * band + (ground[k] ?? 0) * (1 - band)
    }
    data[4 * i + 3] = 255 * cover
  }
  return { width: size, height: size, data }
}

/** The colour at a turn; within half a pixel of an edge, of both sides. */
function wedgeAt(wedges: { colour: Colour; end: number }[], turn: number, r: number): Colour {
  let i = wedges.findIndex((w) => turn < w.end)
  if (i < 0) i = wedges.length - 1 // sums of shares may fall short by a bit
  const own = wedges[i]
  if (!own || wedges.length === 1) return own?.colour ?? [0, 0, 0]
  const round = 2 * Math.PI * r
  const begun = (turn - (wedges[i - 1]?.end ?? 0)) * round
  const left = (own.end - turn) * round
  const other = wedges.at(begun < left ? i - 1 : (i + 1) % wedges.length) ?? own
  const mix = part(0.5 - Math.min(begun, left))
  return own.colour.map((c, k) => c * (1 - mix) + (other.colour[k] ?? 0) * mix) as Colour
}
