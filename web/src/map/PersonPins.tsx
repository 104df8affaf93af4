import { age } from '../format/format'
import type { LivePosition } from '../api/types'
import { initials, personPaint } from '../theme/palette'
import { Pin } from './Pin'

/** Everybody where they were last; old fixes are pale and dashed. */
export function PersonPins({ positions, selected, quiet, onPick }: {
  positions: Pick<LivePosition, 'person_id' | 'name' | 'position' | 'age_s' | 'fresh' | 'color_index'>[]
  selected: number | null
  /** Without ages: homes, not positions. */
  quiet?: boolean
  onPick?: (person: number) => void
}) {
  return positions.map((p) => {
    const paint = personPaint(p.color_index)
    const seconds = p.age_s
    return (
      <Pin key={p.person_id} at={p.position} level={selected === p.person_id ? 6 : p.fresh ? 4 : 3}>
        <button type="button" className="person-pin" data-fresh={p.fresh} data-age={quiet ? undefined : age(seconds)}
          data-selected={selected === p.person_id} aria-label={quiet ? p.name : `${p.name}, ${age(seconds)}`}
          title={p.name}
          style={{ '--pin': paint.fill, '--pin-ring': paint.ring, '--pin-text': paint.text } as object}
          data-initials={initials(p.name)}
          onClick={(e) => {
            e.stopPropagation()
            onPick?.(p.person_id)
          }} />
      </Pin>
    )
  })
}
