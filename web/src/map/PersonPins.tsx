import { useEffect, useMemo, useState } from 'react'
import { age } from '../format/format'
import type { LivePosition } from '../api/types'
import { useSpeech } from '../i18n/language'
import { initials, personPaint } from '../theme/palette'
import { showAll } from './camera'
import { useStage } from './context'
import { crowds, freshness } from './crowd'
import { Pin } from './Pin'

type Someone = Pick<LivePosition, 'person_id' | 'name' | 'position' | 'age_s' | 'fresh' | 'color_index'>

/** Everybody where they were last, a mark for several who lie together; old fixes are pale and dashed. */
export function PersonPins({ positions, selected, quiet, onPick }: {
  positions: Someone[]
  selected: number | null
  /** Without ages: homes, not positions. */
  quiet?: boolean
  onPick?: (person: number) => void
}) {
  const zoom = useZoom()
  const found = useMemo(() => crowds(positions, zoom, selected), [positions, zoom, selected])
  return found.map(({ at, people }) => {
    const [p] = people
    if (!p) return null
    return people.length > 1
      ? <Crowded key={`crowd-${p.person_id}`} at={at} people={people} quiet={quiet} />
      : <One key={p.person_id} person={p} selected={selected === p.person_id} quiet={quiet} onPick={onPick} />
  })
}

/** The map's zoom, in halves: marks are put together anew now and then, not while it moves. */
function useZoom(): number {
  const stage = useStage()
  const map = stage?.map
  const [zoom, set] = useState(12)
  useEffect(() => {
    if (!map) return
    const read = () => set(Math.round(map.getZoom() * 2) / 2)
    read()
    map.on('zoomend', read)
    return () => {
      map.off('zoomend', read)
    }
  }, [map])
  return zoom
}

function One({ person: p, selected, quiet, onPick }: {
  person: Someone
  selected: boolean
  quiet?: boolean
  onPick?: (person: number) => void
}) {
  const { language } = useSpeech()
  const paint = personPaint(p.color_index)
  return (
    <Pin at={p.position} level={selected ? 6 : p.fresh ? 4 : 3} glide={!quiet}>
      <button type="button" className="person-pin" data-fresh={p.fresh} data-age={quiet ? undefined : age(p.age_s, language)}
        data-now={quiet ? undefined : freshness([p])}
        data-selected={selected} aria-label={quiet ? p.name : `${p.name}, ${age(p.age_s, language)}`}
        title={p.name}
        style={{ '--pin': paint.fill, '--pin-ring': paint.ring, '--pin-text': paint.text } as object}
        data-initials={initials(p.name)}
        onClick={(e) => {
          e.stopPropagation()
          onPick?.(p.person_id)
        }} />
    </Pin>
  )
}

function Crowded({ at, people, quiet }: { at: Someone['position']; people: Someone[]; quiet?: boolean }) {
  const { t } = useSpeech()
  const stage = useStage()
  const open = () => {
    if (stage) showAll(stage.map, people.map((p) => p.position), 17)
  }
  return (
    <Pin at={at} level={5}>
      <button type="button" className="crowd-pin" data-now={quiet ? undefined : freshness(people)}
        title={people.map((p) => p.name).join(', ')}
        aria-label={t('live.crowd', { n: people.length, names: people.map((p) => p.name).join(', ') })}
        onClick={(e) => {
          e.stopPropagation()
          open()
        }}>{people.length}</button>
    </Pin>
  )
}
