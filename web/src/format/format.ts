/**
 * How figures are written: 09:40 · 1 h 25 · 12.4 km · 1,240.50.
 * The same in both languages, except for dates and relative ages.
 */

export type Language = 'zh' | 'en'

/** A distance in metres as 340 m, 12.4 km or 128 km. */
export function distance(metres: number): string {
  const m = Math.round(metres)
  if (Math.abs(m) < 1000) return `${m} m`
  return `${kilometres(m)} km`
}

/** Metres as a bare number of kilometres: one decimal below 100, none above. */
export function kilometres(metres: number): string {
  const km = metres / 1000
  return Math.abs(km) < 99.95 ? km.toFixed(1) : Math.round(km).toLocaleString('en-US')
}

/** Seconds as 40 s, 25 min, 1 h or 1 h 25. */
export function duration(seconds: number): string {
  const sign = seconds < 0 ? '−' : ''
  const s = Math.abs(Math.round(seconds))
  if (s < 60) return `${sign}${s} s`
  const minutes = Math.round(s / 60)
  if (minutes < 60) return `${sign}${minutes} min`
  const [h, m] = [Math.floor(minutes / 60), minutes % 60]
  return m === 0 ? `${sign}${h} h` : `${sign}${h} h ${String(m).padStart(2, '0')}`
}

const clocks = new Map<string, Intl.DateTimeFormat>()

/** An instant as 09:40 in the company's zone; a dash for none. */
export function clock(at: string | null | undefined, zone: string): string {
  if (!at) return '–'
  let f = clocks.get(zone)
  if (!f) {
    f = new Intl.DateTimeFormat('en-GB', {
      hour: '2-digit',
      minute: '2-digit',
      hour12: false,
      timeZone: zone,
    })
    clocks.set(zone, f)
  }
  return f.format(new Date(at))
}

const dates = new Map<string, Intl.DateTimeFormat>()

/** The calendar day (2026-11-23) of an instant in the company's zone. */
export function dateOf(at: string, zone: string): string {
  let f = dates.get(zone)
  if (!f) {
    f = new Intl.DateTimeFormat('sv-SE', { year: 'numeric', month: '2-digit', day: '2-digit', timeZone: zone })
    dates.set(zone, f)
  }
  const when = new Date(at)
  return Number.isNaN(when.getTime()) ? at.slice(0, 10) : f.format(when)
}

/** From one instant to another as 09:00–18:00, never broken over two lines. */
export function span(from: string | null, to: string | null, zone: string): string {
  return `${clock(from, zone)}\u2060–\u2060${clock(to, zone)}`
}

/** A calendar day (2026-11-23) as 11月23日 周一 or Mon 23 Nov. */
export function day(date: string, language: Language): string {
  const at = new Date(`${date}T12:00:00Z`)
  if (Number.isNaN(at.getTime())) return date
  const part = (o: Intl.DateTimeFormatOptions, l: string) =>
    new Intl.DateTimeFormat(l, { ...o, timeZone: 'UTC' }).format(at)
  if (language === 'zh') {
    const head = part({ month: 'long', day: 'numeric' }, 'zh-CN')
    return `${head} ${part({ weekday: 'short' }, 'zh-CN')}`
  }
  const weekday = part({ weekday: 'short' }, 'en-GB')
  return `${weekday} ${part({ day: 'numeric', month: 'short' }, 'en-GB')}`
}

/** Moves a calendar day by whole days. */
export function addDays(date: string, days: number): string {
  const at = new Date(`${date}T12:00:00Z`)
  at.setUTCDate(at.getUTCDate() + days)
  return at.toISOString().slice(0, 10)
}

/** Whole days from one calendar day to another; negative when it lies before. */
export function daysBetween(from: string, to: string): number {
  return Math.round((Date.parse(`${to}T12:00:00Z`) - Date.parse(`${from}T12:00:00Z`)) / 864e5)
}

/** Minor units (fen) as ¥1,240.50. */
export function money(cents: number): string {
  const s = (Math.abs(cents) / 100).toLocaleString('en-US', {
    minimumFractionDigits: 2,
    maximumFractionDigits: 2,
  })
  return `${cents < 0 ? '−' : ''}¥${s}`
}

/** A whole number with separators. */
export function count(n: number): string {
  return n.toLocaleString('en-US')
}

/** A share already in percent, with one decimal and a true minus. */
export function percent(value: number): string {
  const s = Math.abs(value).toFixed(1)
  return `${value < 0 ? '−' : ''}${s} %`
}

/** How old something is, from seconds: 12 s, 5 min, 2 h, 3 d, or 12秒, 5分钟, 2小时, 3天. */
export function age(seconds: number, language: Language = 'en'): string {
  const s = Math.max(0, Math.round(seconds))
  if (s < 60) return written(s, 'second', language)
  if (s < 3600) return written(Math.floor(s / 60), 'minute', language)
  if (s < 86400) return written(Math.floor(s / 3600), 'hour', language)
  return written(Math.floor(s / 86400), 'day', language)
}

const units = { second: 's', minute: 'min', hour: 'h', day: 'd' } as const

function written(n: number, unit: keyof typeof units, language: Language): string {
  if (language === 'en') return `${n} ${units[unit]}`
  return new Intl.NumberFormat('zh-CN', { style: 'unit', unit, unitDisplay: 'short' }).format(n)
}
