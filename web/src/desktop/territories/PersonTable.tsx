import { Dropdown } from 'antd'
import { Ellipsis } from 'lucide-react'
import type { Person } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { Avatar } from '../Avatar'
import { useCommand } from './command'
import type { ScenarioView } from './data'

/** Every person of the plan with live figures, beside today's in small. */
export function PersonTable({ scenario, people, chosen, onChoose, editable }: {
  scenario: ScenarioView
  people: Person[]
  chosen: number | null
  onChoose: (id: number | null) => void
  editable: boolean
}) {
  const { t } = useSpeech()
  const before = new Map(scenario.today.people.map((p) => [p.person_id, p]))
  return (
    <div className="areas-table-box" tabIndex={0} role="region" aria-label={t('areas.compare')}>
      <table className="areas-table">
        <thead>
          <tr>
            <th scope="col">{t('areas.person')}</th>
            <th scope="col" className="num">{t('areas.customers')}</th>
            <th scope="col" className="num">{t('areas.hours')}</th>
            <th scope="col" className="num">{t('areas.deviation')}</th>
            <th scope="col" className="num">{t('areas.moves')}</th>
            <th scope="col" className="num">{t('areas.revenue')}</th>
            <th scope="col" className="num">{t('areas.potential')}</th>
            <th scope="col" className="num">{t('areas.compact')}</th>
            {editable && <th aria-label=" " />}
          </tr>
        </thead>
        <tbody>
          {scenario.plan.people.map((f) => {
            const person = people.find((p) => p.id === f.person_id)
            const was = before.get(f.person_id)
            const off = 100 * f.deviation
            return (
              <tr key={f.person_id} aria-selected={chosen === f.person_id}>
                <th scope="row">
                  <button type="button" className="areas-person" aria-pressed={chosen === f.person_id}
                    onClick={() => onChoose(chosen === f.person_id ? null : f.person_id)}>
                    <Avatar name={person?.name ?? '?'} index={person?.color_index} size={24} />
                    <span>{person?.name ?? f.person_id}</span>
                  </button>
                </th>
                <td className="num">{f.customers}<small>{was?.customers ?? 0}</small></td>
                <td className="num">{f.hours.toFixed(0)}<small>{(was?.hours ?? 0).toFixed(0)}</small></td>
                <td className="num" data-off={Math.abs(f.deviation) > scenario.tolerance + 1e-9}>
                  {off > 0 ? '+' : ''}{off.toFixed(1)}
                  <small>{was ? `${was.deviation > 0 ? '+' : ''}${(100 * was.deviation).toFixed(0)}` : '–'}</small>
                </td>
                <td className="num">{f.in} / {f.out}{f.locked > 0 && <small>{t('areas.locked', { n: f.locked })}</small>}</td>
                <td className="num">{thousands(f.revenue)}<small>{thousands(was?.revenue ?? 0)}</small></td>
                <td className="num">{f.potential.toFixed(0)}<small>{(was?.potential ?? 0).toFixed(0)}</small></td>
                <td className="num">{f.polsby_popper.toFixed(2)}<small>{f.reock.toFixed(2)}</small></td>
                {editable && <td><Actions scenario={scenario} person={f.person_id} people={people} /></td>}
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

const thousands = (v: number) => (v / 1000).toFixed(v < 100_000 ? 1 : 0)

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
