import { useEffect, useMemo, useRef } from 'react'
import { House } from 'lucide-react'
import type { Day, Person, Stop } from '../../api/types'
import { stopKey } from '../../day/plan'
import { useSpeech } from '../../i18n/language'
import { Pin } from '../../map/Pin'
import { RouteLayer } from '../../map/RouteLayer'
import { showAll, showPlace } from '../../map/camera'
import { toMap } from '../../map/datum'
import { useStage } from '../../map/context'
import { personPaint } from '../../theme/palette'
import type { Planner } from './usePlanner'

/** The day on the map: the way, numbered stops, start and end; a proposal beside it. */
export function DayMap({ planner, person, selected, onSelect, order }: {
  planner: Planner
  person: Person
  selected: number | null
  onSelect: (id: number | null) => void
  /** Stops in the order that is being dragged. */
  order: number[] | null
}) {
  const { t } = useSpeech()
  const { timed, proposal, draft } = planner
  const shown: Day | null = proposal?.best ?? timed
  const paint = personPaint(person.color_index)
  useCamera(shown, selected)
  const ids = order ?? (proposal ? shown?.stops.map(stopKey) : draft.stops.map((s) => s.id))
  const places = useMemo(
    () => new Map((shown?.stops ?? []).map((s) => [stopKey(s), s])),
    [shown],
  )
  const start = shown?.start?.point
  const end = shown?.end?.point
  const sameEnd = start && end && start[0] === end[0] && start[1] === end[1]
  return (
    <>
      {proposal && (
        <RouteLayer id="route-current" line={proposal.current.line} colour="#7b8794" dashed width={4}
          under="route-day" />
      )}
      <RouteLayer id="route-day" line={shown?.line ?? null} colour={paint.fill} />
      {(ids ?? []).map((id, i) => {
        const stop = places.get(id)
        return stop?.position ? (
          <StopPin key={id} stop={stop} n={i + 1} fill={paint.fill} text={paint.text}
            active={selected === id} onPick={() => id > 0 && onSelect(id)} />
        ) : null
      })}
      {start && <EndPin at={start} word={t('plan.start')} />}
      {end && !sameEnd && <EndPin at={end} word={t('plan.end')} />}
    </>
  )
}

function StopPin({ stop, n, fill, text, active, onPick }: {
  stop: Stop
  n: number
  fill: string
  text: string
  active: boolean
  onPick: () => void
}) {
  if (!stop.position) return null
  return (
    <Pin at={stop.position} level={active ? 4 : 2}>
      <button type="button" className="stop-pin" data-state={stop.state} data-selected={active}
        data-broken={stop.violations.length > 0} title={stop.name} aria-label={`${n}. ${stop.name}`}
        style={{ '--pin': fill, '--pin-text': text } as object}
        onClick={(e) => {
          e.stopPropagation()
          onPick()
        }}>
        {n}
      </button>
    </Pin>
  )
}

function EndPin({ at, word }: { at: [number, number]; word: string }) {
  return (
    <Pin at={at} level={1}>
      <span className="end-pin" role="img" aria-label={word} title={word}>
        <House size={15} aria-hidden />
      </span>
    </Pin>
  )
}

/** Shows the whole day once it is there, and a chosen stop that lies out of sight. */
function useCamera(shown: Day | null, selected: number | null) {
  const stage = useStage()
  const fitted = useRef('')
  const map = stage?.map
  const count = shown?.stops.length ?? 0
  const key = shown ? `${shown.person_id}-${shown.date}-${count > 0}` : ''
  useEffect(() => {
    if (!map || !shown || fitted.current === key) return
    fitted.current = key
    const places = [shown.start?.point, ...shown.stops.map((s) => s.position), shown.end?.point]
    const line = shown.line?.coordinates as [number, number][] | undefined
    showAll(map, [...places, ...(line ?? [])])
  }, [map, shown, key])
  const at = shown?.stops.find((s) => stopKey(s) === selected)?.position
  useEffect(() => {
    if (!map || !at) return
    const p = map.project(toMap(map, at))
    const pad = map.getPadding()
    const box = map.getContainer().getBoundingClientRect()
    const inside = p.x > (pad.left ?? 0) + 20 && p.x < box.width - (pad.right ?? 0) - 20 && p.y > 70 && p.y < box.height - 20
    if (!inside) showPlace(map, at, map.getZoom())
    // Only when another stop is chosen, not when it moves in time.
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [map, selected])
}
