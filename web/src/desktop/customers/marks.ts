import type { Person } from '../../api/types'
import type { ColourBy } from '../../map/customers'
import {
  debtSteps, dueFill, levelFill, personPaint, statusFill, unowned, visitedSteps, warningSteps,
} from '../../theme/palette'

/** One line of a legend. */
export interface Mark {
  key: string
  fill: string
  ring?: string
  word: string
}

type Lookup = (key: string, args?: Record<string, string | number>) => string | undefined

/** What the colours of customers mean, for the legend on the map and on paper. */
export function marks(by: ColourBy, people: Person[], lookup: Lookup): Mark[] {
  const word = (key: string, args?: Record<string, string | number>) => lookup(key, args) ?? key
  switch (by) {
    case 'level':
      return Object.entries(levelFill).map(([level, fill]) =>
        ({ key: level, fill, word: word('legend.levelOf', { level }) }))
    case 'status':
      return Object.entries(statusFill).map(([status, fill]) =>
        ({ key: status, fill, word: word(`status.${status}`) }))
    case 'due':
      return [
        { key: 'overdue', fill: dueFill.overdue, word: word('filter.overdue') },
        { key: 'fine', fill: dueFill.fine, word: word('legend.fine') },
      ]
    case 'visited':
      return [
        ...visitedSteps.map((s) => ({ key: String(s.from), fill: s.fill, word: word(`legend.visited.${s.from}`) })),
        { key: 'never', fill: unowned.fill, word: word('legend.visited.never') },
      ]
    case 'warning':
      return warningSteps.map((s) => ({ key: String(s.from), fill: s.fill, word: word(`legend.warning.${s.from}`) }))
    case 'debt':
      return debtSteps.map((s) => ({ key: String(s.from), fill: s.fill, word: word(`legend.debt.${s.from}`) }))
    default:
      return people.filter((p) => p.role === 'salesperson').map((p) => {
        const paint = personPaint(p.color_index)
        return { key: String(p.id), fill: paint.fill, ring: paint.ring, word: p.name }
      })
  }
}
