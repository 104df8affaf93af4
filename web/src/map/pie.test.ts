import { describe, expect, test } from 'vitest'
import { unowned, levelFill } from '../theme/palette'
import { drawPie, pieName, slices } from './pie'

describe('the pie of a cluster', () => {
  test('has its shares, and the rest in grey', () => {
    const pie = slices(`${pieName('level', true)}A:0:6;B:0:3|12`)
    expect(pie?.dark).toBe(true)
    expect(pie?.slices).toEqual([
      { fill: levelFill.A, share: 0.5 }, { fill: levelFill.B, share: 0.25 },
      { fill: unowned.fill, share: 0.25 },
    ])
  })
  test('nobody is grey, a person has the colour of the legend', () => {
    const pie = slices(`${pieName('owner', false)}0:0:1;17:2:1|2`)
    expect(pie?.slices[0]?.fill).toBe(unowned.fill)
    expect(pie?.slices[1]?.fill).not.toBe(unowned.fill)
  })
  test('other images are none of its business', () => {
    expect(slices('way-arrow')).toBeNull()
    expect(slices('pie|owner|light||0')).toBeNull()
  })
  test('is drawn with its colours where the clock has them, clear outside', () => {
    for (const scale of [1, 2]) {
      const picture = drawPie(`${pieName('level', false)}A:0:3;B:0:1|4`, scale)
      if (!picture) throw new Error('no pie')
      const { width, data } = picture
      expect(data.length).toBe(width * width * 4)
      const at = (x: number, y: number) => {
        const i = 4 * (Math.floor(y * scale) * width + Math.floor(x * scale))
        return [...data.slice(i, i + 4)]
      }
      const rgb = (hex: string) => [1, 3, 5].map((i) => parseInt(hex.slice(i, i + 2), 16))
      const [a, b] = [levelFill.A ?? '', levelFill.B ?? '']
      expect(at(47, 13)).toEqual([...rgb(a), 255]) // half past one
      expect(at(48, 48)).toEqual([...rgb(a), 255]) // half past four
      expect(at(12, 12)).toEqual([...rgb(b), 255]) // half past ten: the last quarter
      expect(at(30, 30)).toEqual([255, 255, 255, 255])
      expect(at(1, 1)[3]).toBe(0)
    }
    expect(drawPie('way-arrow', 1)).toBeNull()
  })
})
