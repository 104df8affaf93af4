import { useState } from 'react'
import { Dropdown, Segmented } from 'antd'
import { Ellipsis } from 'lucide-react'
import type { Person } from '../../api/types'
import { useSpeech, type Translate } from '../../i18n/language'
import type { Key } from '../../i18n/zh'
import { Avatar } from '../Avatar'
import { useCommand } from './command'
import type { PersonFigures, ScenarioView } from './data'

/** What the table says of everybody; all at once would not fit beside the map. */
const sides = ['work', 'sales', 'ground'] as const
type Side = (typeof sides)[number]

/** A column: its heading, the plan's figure and, in small, today's. */
interface Column {
  name: Key
  plan: (f: PersonFigures) => string
  today?: (f: PersonFigures) => string
  small?: (f: PersonFigures, t: Translate) => string
  off?: (f: PersonFigures, tolerance: number) => boolean
}

const whole = (v: number) => v.toFixed(0)
const thousands = (v: number) => (v / 1000).toFixed(v < 100_000 ? 1 : 0)
const signed = (v: number, digits: number) => `${v > 0 ? '+' : ''}${(100 * v).toFixed(digits)}`

const columns: Record<Side, Column[]> = {
  work: [
    { name: 'areas.customers', plan: (f) => String(f.customers), today: (f) => String(f.customers) },
    { name: 'areas.hours', plan: (f) => whole(f.hours), today: (f) => whole(f.hours) },
    {
      name: 'areas.deviation', plan: (f) => signed(f.deviation, 1), today: (f) => signed(f.deviation, 0),
      off: (f, tolerance) => Math.abs(f.deviation) > tolerance + 1e-9,
    },
    {
      name: 'areas.moves', plan: (f) => `${f.in} / ${f.out}`,
      small: (f, t) => (f.locked > 0 ? t('areas.locked', { n: f.locked }) : ''),
    },
  ],
  sales: [
    { name: 'areas.revenue', plan: (f) => thousands(f.revenue), today: (f) => thousands(f.revenue) },
    { name: 'areas.moves', plan: (f) => `${thousands(f.revenue_in)} / ${thousands(f.revenue_out)}` },
    { name: 'areas.potential', plan: (f) => whole(f.potential), today: (f) => whole(f.potential) },
  ],
  ground: [
    { name: 'areas.km2', plan: (f) => whole(f.area_km2), today: (f) => whole(f.area_km2) },
    { name: 'areas.pieces', plan: (f) => String(f.pieces), today: (f) => String(f.pieces) },
    { name: 'areas.polsbyPopper', plan: (f) => f.polsby_popper.toFixed(2), today: (f) => f.polsby_popper.toFixed(2) },
    { name: 'areas.reock', plan: (f) => f.reock.toFixed(2), today: (f) => f.reock.toFixed(2) },
  ],
}

/** Every person of the plan with live figures, beside today's in small. */
export function PersonTable({ scenario, people, chosen, onChoose, editable }: {
  scenario: ScenarioView
  people: Person[]
  chosen: number | null
  onChoose: (id: number | null) => void
  editable: boolean
}) {
  const { t } = useSpeech()
  const [side, setSide] = useState<Side>('work')
  const before = new Map(scenario.today.people.map((p) => [p.person_id, p]))
  return (
    <div className="areas-people">
      <Segmented<Side> size="small" block value={side} onChange={setSide} aria-label={t('areas.figures')}
        options={sides.map((s) => ({ value: s, label: t(`areas.side.${s}`) }))} />
      <table className="areas-table">
        <thead>
          <tr>
            <th scope="col">{t('areas.person')}</th>
            {columns[side].map((c) => <th key={c.name} scope="col" className="num">{t(c.name)}</th>)}
            {editable && <th aria-label=" " />}
          </tr>
        </thead>
        <tbody>
          {scenario.plan.people.map((f) => {
            const person = people.find((p) => p.id === f.person_id)
            const was = before.get(f.person_id)
            return (
              <tr key={f.person_id} aria-selected={chosen === f.person_id}>
                <th scope="row">
                  <button type="button" className="areas-person" aria-pressed={chosen === f.person_id}
                    title={person?.name} onClick={() => onChoose(chosen === f.person_id ? null : f.person_id)}>
                    <Avatar name={person?.name ?? '?'} index={person?.color_index} size={20} />
                    <span>{person?.name ?? f.person_id}</span>
                  </button>
                </th>
                {columns[side].map((c) => (
                  <td key={c.name} className="num" data-off={c.off?.(f, scenario.tolerance)}>
                    {c.plan(f)}
                    {c.today && <small>{was ? c.today(was) : '–'}</small>}
                    {c.small && <small>{c.small(f, t)}</small>}
                  </td>
                ))}
                {editable && <td><Actions scenario={scenario} person={f.person_id} people={people} /></td>}
              </tr>
            )
          })}
        </tbody>
      </table>
      <p className="areas-hint">{t('areas.smallHint')}</p>
    </div>
  )
}

function Actions({ scenario, person, people }: {
  scenario: ScenarioView
  person: number
  people: Person[]
}) {
  const { t } = useSpeech()
  const { send, busy } = useCommand(scenario)
  const inside = scenario.members.map((m) => m.person_id)
  const name = (id: number) => people.find((p) => p.id === id)?.name ?? String(id)
  const others = inside.filter((id) => id !== person)
  const idle = people.filter((p) => p.active && p.role === 'salesperson' && !inside.includes(p.id))
  const items = [
    { key: 'lock', label: t('areas.lockAll'), onClick: () => void send('/locks', { of: person, locked: true }) },
    { key: 'unlock', label: t('areas.unlockAll'), onClick: () => void send('/locks', { of: person, locked: false }) },
    {
      key: 'merge', label: t('areas.mergeDo'), disabled: others.length === 0,
      children: others.map((id) => ({
        key: `m${id}`, label: name(id), onClick: () => void send('/merge', { from: person, to: id }),
      })),
    },
    {
      key: 'split', label: t('areas.splitDo'),
      children: [...idle.map((p) => p.id), ...others].map((id) => ({
        key: `s${id}`, label: name(id), onClick: () => void send('/split', { from: person, to: id }),
      })),
    },
  ]
  return (
    <Dropdown menu={{ items }} trigger={['click']} disabled={busy} placement="bottomRight">
      <button type="button" className="icon-button" aria-label={`${name(person)} …`}>
        <Ellipsis size={16} aria-hidden />
      </button>
    </Dropdown>
  )
}
