import { useState, type KeyboardEvent } from 'react'
import { Button } from 'antd'
import { AlarmClock, Flag, PhoneIncoming, Plus, TriangleAlert, Wrench } from 'lucide-react'
import { urgency, useBoard, useClosedCalls, windowWords } from '../../api/calls'
import type { BoardCall } from '../../api/types'
import { age, clock } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { Trouble, Waiting } from '../states'
import { SkillsDialog } from './SkillsDialog'

/** The calls that wait for somebody, and those that somebody is on the way to. */
export function Board({ chosen, onPick, onNew }: {
  chosen: number | null
  onPick: (id: number) => void
  onNew: () => void
}) {
  const { t } = useSpeech()
  const { me } = useSession()
  const board = useBoard()
  const closed = useClosedCalls(me)
  const [skills, setSkills] = useState(false)
  const open = board.data?.filter((c) => c.state === 'open') ?? []
  const sent = board.data?.filter((c) => c.state === 'assigned') ?? []
  return (
    <section className="calls board" aria-label={t('board.title')}>
      <div className="board-head">
        <h3>{t('board.title')} · <span className="num">{t('board.open', { n: open.length })}</span></h3>
        <Button type="text" icon={<Wrench size={16} aria-hidden />} onClick={() => setSkills(true)}
          aria-label={t('board.skills')} title={t('board.skills')} />
        <Button size="small" icon={<Plus size={15} aria-hidden />} onClick={onNew} title="N">{t('board.new')}</Button>
      </div>
      {board.isPending && <Waiting rows={2} />}
      {board.isError && <Trouble error={board.error} retry={() => void board.refetch()} />}
      {board.data && open.length === 0 && (
        <p className="board-none"><PhoneIncoming size={15} aria-hidden /> {t('board.none')}</p>
      )}
      <Rows calls={open} label={t('board.title')} chosen={chosen} onPick={onPick} />
      {sent.length > 0 && (
        <>
          <h3>{t('board.sent')} · <span className="num">{sent.length}</span></h3>
          <Rows calls={sent} label={t('board.sent')} chosen={chosen} onPick={onPick} />
        </>
      )}
      {closed.data && closed.data.length > 0 && (
        <details className="board-closed">
          <summary>{t('board.closedToday')} · <span className="num">{closed.data.length}</span></summary>
          <Rows calls={closed.data} label={t('board.closedToday')} chosen={chosen} onPick={onPick} />
        </details>
      )}
      {skills && <SkillsDialog onClose={() => setSkills(false)} />}
    </section>
  )
}

/** Up and down go from row to row. */
function step(e: KeyboardEvent<HTMLUListElement>) {
  const by = e.key === 'ArrowDown' ? 1 : e.key === 'ArrowUp' ? -1 : 0
  if (!by) return
  const all = [...e.currentTarget.querySelectorAll('button')]
  const next = all[all.indexOf(e.target as HTMLButtonElement) + by]
  if (!next) return
  e.preventDefault()
  next.focus()
}

function Rows({ calls, label, chosen, onPick }: {
  calls: BoardCall[]
  label: string
  chosen: number | null
  onPick: (id: number) => void
}) {
  const { t, language } = useSpeech()
  const { me } = useSession()
  return (
    <ul aria-label={label} onKeyDown={step}>
      {calls.map((c) => (
        <li key={c.id}>
          <button type="button" className="row board-row" aria-current={chosen === c.id || undefined}
            onClick={() => onPick(c.id)}>
            <span className="row-main">
              <span className="row-title"><Priority of={c} /> {c.name}</span>
              <span className="row-sub">
                {[c.closed_at && t(c.state === 'withdrawn' ? 'board.step.withdrawn' : 'board.step.done'), c.person_name,
                  c.skip_reason && t('board.skipped', { why: c.skip_reason }), c.reason || c.note]
                  .filter(Boolean).join(' · ')}
              </span>
            </span>
            <span className="row-end num">
              {c.closed_at ? clock(c.closed_at, me.timezone) : (
                <>
                  <Window of={c} />
                  <small>{t('board.age', { age: age(c.age_s, language) })}</small>
                </>
              )}
            </span>
          </button>
        </li>
      ))}
    </ul>
  )
}

/** What is more urgent than usual. */
export function Priority({ of: c }: { of: BoardCall }) {
  const { t } = useSpeech()
  if (c.priority === 'normal') return null
  const word = t(`board.${c.priority}`)
  return (
    <span className="board-mark" data-priority={c.priority} title={word}>
      <Flag size={14} aria-hidden /><span className="sr-only">{word}</span>
    </span>
  )
}

/** When the call wants to be answered; over and soon stand out. */
export function Window({ of: c }: { of: BoardCall }) {
  const speech = useSpeech()
  const { t } = speech
  const { me } = useSession()
  const words = windowWords(c, me, speech)
  if (!c.from && !c.until) return <span className="quiet">{words}</span>
  const state = c.closed_at ? 'calm' : urgency(c.left_s)
  return (
    <span className="board-window" data-urgency={state}>
      {state === 'over' && <TriangleAlert size={14} aria-label={t('board.over')} />}
      {state === 'soon' && <AlarmClock size={14} aria-label={t('board.soon')} />}
      {words}
    </span>
  )
}
