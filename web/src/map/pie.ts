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

const side = 120 // pixels, drawn at twice the size

/** Draws the pie of that name; null for other images. */
export function drawPie(name: string): ImageData | null {
  const pie = slices(name)
  const canvas = document.createElement('canvas')
  canvas.width = canvas.height = side
  const pen = canvas.getContext('2d')
  if (!pie || !pen) return null
  const [middle, outer, inner] = [side / 2, side / 2 - 2, side / 2 - 15]
  pen.fillStyle = pie.dark ? '#15191c' : '#ffffff'
  pen.beginPath()
  pen.arc(middle, middle, outer, 0, 2 * Math.PI)
  pen.fill()
  let from = -Math.PI / 2
  for (const slice of pie.slices) {
    const to = from + slice.share * 2 * Math.PI
    pen.strokeStyle = slice.fill
    pen.lineWidth = outer - inner - 2
    pen.beginPath()
    pen.arc(middle, middle, (outer + inner) / 2, from, to)
    pen.stroke()
    from = to
  }
  return pen.getImageData(0, 0, side, side)
}
