import { describe, expect, test } from 'vitest'
import { unowned, levelFill } from '../theme/palette'
import { pieName, slices } from './pie'

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
})
