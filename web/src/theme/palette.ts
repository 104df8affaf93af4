/**
 * The colours of people and levels.
 *
 * Categorical colours are those of Okabe and Ito (2008), which colour-blind
 * readers can tell apart; a person keeps the same one on every screen. A ninth
 * person starts the round again with a dark ring, so that colour is never the
 * only difference.
 */

/** What draws one person: the fill, the ring round it, and text upon it. */
export interface PersonPaint {
  fill: string
  ring: string
  text: string
}

const okabeIto = [
  '#0072B2',
  '#E69F00',
  '#009E73',
  '#D55E00',
  '#56B4E9',
  '#CC79A7',
  '#F0E442',
  '#4D4D4D',
] as const

const rings = ['#FFFFFF', '#1F2933', '#9CA3AF'] as const

/** Neutral for rows that nobody owns. */
export const unowned: PersonPaint = { fill: '#8A949E', ring: '#FFFFFF', text: '#FFFFFF' }

/** The paint of the person with this index; negative or absent means nobody. */
export function personPaint(index: number | null | undefined): PersonPaint {
  if (index === null || index === undefined || index < 0) return unowned
  const fill = okabeIto[index % okabeIto.length] ?? unowned.fill
  const round = Math.floor(index / okabeIto.length) % rings.length
  return { fill, ring: rings[round] ?? '#FFFFFF', text: readableOn(fill) }
}

/** Levels A, B, C in one hue, strongest first. */
export const levelFill: Record<string, string> = { A: '#0B5A54', B: '#3BA79B', C: '#A9DCD5' }

/** Where a customer stands: from not yet to no longer. */
export const statusFill: Record<string, string> = {
  prospect: '#56B4E9', active: '#009E73', dormant: '#E69F00', lost: '#8A949E',
}

/** Days since the last visit, one hue from fresh to long ago. */
export const visitedSteps = [
  { from: 0, fill: '#C9E4F5' }, { from: 8, fill: '#7FB8DD' },
  { from: 31, fill: '#2F7FB5' }, { from: 91, fill: '#0B3C5D' },
] as const

/** What is owed, in minor units, one hue; nothing owed is quiet. */
export const debtSteps = [
  { from: 0, fill: '#C3C9CF' }, { from: 1, fill: '#F3C3A5' },
  { from: 100_000, fill: '#E08A4F' }, { from: 1_000_000, fill: '#A4430D' },
] as const

/** How many warnings are open. */
export const warningSteps = [
  { from: 0, fill: '#C3C9CF' }, { from: 1, fill: '#E08A00' }, { from: 2, fill: '#A02018' },
] as const

/** Overdue is red, due soon amber, in time a quiet slate. */
export const dueFill = { overdue: '#C8322B', soon: '#E08A00', fine: '#7B8794' }

/** WCAG relative luminance of a #rrggbb colour, 0 (black) to 1 (white). */
export function luminance(hex: string): number {
  const channel = (at: number) => {
    const v = parseInt(hex.slice(at, at + 2), 16) / 255
    return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4
  }
  return 0.2126 * channel(1) + 0.7152 * channel(3) + 0.0722 * channel(5)
}

/** WCAG contrast of two colours, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)]
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05)
}

/** Black or white, whichever reads better on the colour. */
export function readableOn(fill: string): string {
  return contrast(fill, '#FFFFFF') >= 4 ? '#FFFFFF' : '#14181C'
}

/** Up to two letters that stand for a name: initials, or the last two Chinese characters. */
export function initials(name: string): string {
  const chinese = name.match(/[\u3400-\u9fff]+/)?.[0]
  if (chinese) return [...chinese].slice(-2).join('')
  const words = name.trim().split(/\s+/).filter(Boolean)
  const first = words[0]?.[0] ?? '?'
  const last = words.length > 1 ? (words[words.length - 1]?.[0] ?? '') : ''
  return (first + last).toUpperCase()
}
