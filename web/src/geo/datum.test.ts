import { existsSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { convert, inChina, metresBetween, type LonLat } from './datum'
import { navigationApps } from './navigation'

/** Six places in the three systems; agreed by two independent libraries to 1 mm. */
const table: { name: string; wgs: LonLat; gcj: LonLat; bd: LonLat }[] = [
  {
    name: '驻马店市驿城区', wgs: [114.0164322, 33.0133556],
    gcj: [114.02230099715378, 33.01152810183379], bd: [114.02877305143055, 33.01766544800272],
  },
  {
    name: '邵阳市大祥区', wgs: [111.4622119, 27.242124],
    gcj: [111.4677890604919, 27.23889402109065], bd: [111.47422236006209, 27.2451620968533],
  },
  {
    name: '邢台市桥东区', wgs: [114.498916, 37.0700925],
    gcj: [114.50484506368224, 37.07058701651149], bd: [114.5113064064834, 37.07667569875432],
  },
  {
    name: '那曲县', wgs: [92.0499619, 31.4784436],
    gcj: [92.0512389608152, 31.476202047672267], bd: [92.05767835082149, 31.482437882463852],
  },
  {
    name: '沈阳市沈河区', wgs: [123.4253306, 41.8032629],
    gcj: [123.43147301671829, 41.8056979829811], bd: [123.43808937246574, 41.811396885406864],
  },
  {
    name: '汕头市金平区', wgs: [116.6775114, 23.3567569],
    gcj: [116.68196903115079, 23.354092001923938], bd: [116.68849692817277, 23.35988406908306],
  },
]

const shared = resolve(
  process.env.BEATPLAN_SHARED_DATA ?? resolve(import.meta.dirname, '../../../../shared/data'),
  'datum/wgs_gcj_bd_vectors.csv',
)

/** The committed table, and the long shared one where it is at hand. */
function cases() {
  if (!existsSync(shared)) return table
  const lines = readFileSync(shared, 'utf8').trim().split('\n').slice(1)
  return [
    ...table,
    ...lines.map((line) => {
      const c = line.split(',')
      const at = (i: number): LonLat => [Number(c[i]), Number(c[i + 1])]
      return { name: c[0] ?? '', wgs: at(1), gcj: at(3), bd: at(5) }
    }),
  ]
}

describe('datum', () => {
  test('forward agrees with the table to a centimetre', () => {
    for (const c of cases()) {
      expect(metresBetween(convert(c.wgs, 'wgs84', 'gcj02'), c.gcj), c.name).toBeLessThan(0.01)
      expect(metresBetween(convert(c.wgs, 'wgs84', 'bd09'), c.bd), c.name).toBeLessThan(0.01)
    }
  })
  test('back and forth comes home to a millimetre', () => {
    for (const c of cases()) {
      for (const d of ['gcj02', 'bd09'] as const) {
        const home = convert(convert(c.wgs, 'wgs84', d), d, 'wgs84')
        expect(metresBetween(home, c.wgs), c.name).toBeLessThan(0.001)
      }
    }
  })
  test('the shift is hundreds of metres in China and none elsewhere', () => {
    const shanghai: LonLat = [121.4737, 31.2304]
    expect(metresBetween(convert(shanghai, 'wgs84', 'gcj02'), shanghai)).toBeGreaterThan(300)
    const dover: LonLat = [-75.5277, 39.158]
    expect(inChina(dover)).toBe(false)
    expect(convert(dover, 'wgs84', 'bd09')).toEqual(dover)
  })
})

describe('navigation links', () => {
  // feature: Y22
  test('carry each application’s own datum to within 10 m', () => {
    const read: Record<string, (href: string) => LonLat> = {
      amap: (h) => pair(h, /to=([\d.]+),([\d.]+)/),
      baidu: (h) => swap(pair(h, /latlng:([\d.]+),([\d.]+)/)),
      google: (h) => swap(pair(h, /destination=([\d.]+),([\d.]+)/)),
      apple: (h) => swap(pair(h, /daddr=([\d.]+),([\d.]+)/)),
      geo: (h) => swap(pair(h, /^geo:([\d.]+),([\d.]+)/)),
    }
    for (const c of cases().slice(0, 60)) {
      for (const app of navigationApps(c.wgs, c.name)) {
        const found = read[app.id]!(app.href)
        const wanted = { wgs84: c.wgs, gcj02: c.gcj, bd09: c.bd }[app.datum]
        expect(metresBetween(found, wanted), `${app.id} ${c.name}`).toBeLessThan(10)
      }
    }
  })
  test('outside China nothing is shifted', () => {
    const dover: LonLat = [-75.5277, 39.158]
    for (const app of navigationApps(dover, 'Shop')) {
      expect(app.href).toContain('39.158')
    }
  })
})

function pair(text: string, pattern: RegExp): LonLat {
  const m = pattern.exec(text)
  return [Number(m?.[1]), Number(m?.[2])]
}

function swap([a, b]: LonLat): LonLat {
  return [b, a]
}
