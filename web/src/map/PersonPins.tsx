import { age } from '../format/format'
import type { LivePosition } from '../api/types'
import { initials, personPaint } from '../theme/palette'
import { Pin } from './Pin'

/** Everybody where they were last; old fixes are pale and dashed. */
export function PersonPins({ positions, selected, onPick }: {
  positions: LivePosition[]
  selected: number | null
  onPick?: (person: number) => void
}) {
  return positions.map((p) => {
    const paint = personPaint(p.color_index)
    const seconds = p.age_s ?? (Date.now() - Date.parse(p.at)) / 1000
    return (
      <Pin key={p.person_id} at={p.position} level={selected === p.person_id ? 6 : p.fresh ? 4 : 3}>
        <button type="button" className="person-pin" data-fresh={p.fresh} data-age={age(seconds)}
          data-selected={selected === p.person_id} aria-label={`${p.name}, ${age(seconds)}`}
          title={p.name}
          style={{ '--pin': paint.fill, '--pin-ring': paint.ring, '--pin-text': paint.text } as object}
          onClick={(e) => {
            e.stopPropagation()
            onPick?.(p.person_id)
          }}>
          {initials(p.name)}
        </button>
      </Pin>
    )
  })
}
