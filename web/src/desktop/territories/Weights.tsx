import { useMemo } from 'react'
import { Button, Checkbox, InputNumber, Select, Switch } from 'antd'
import { X } from 'lucide-react'
import type { Person } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { useSettings } from './command'
import type { Member, ScenarioView, Units } from './data'

const measures = ['workload', 'revenue', 'potential', 'count'] as const

/** What splitting an area costs for each customer, in average travel; 0: it stays whole. */
const prices = [0, 5, 1] as const

/** What is balanced, how strictly, and who takes part with which share. */
export function Weights({ scenario, people, units, editable }: {
  scenario: ScenarioView
  units: Units | undefined
  people: Person[]
  editable: boolean
}) {
  const { t } = useSpeech()
  const { save } = useSettings(scenario)
  const { members } = scenario
  const share = (m: Member, value: number | null) =>
    value && void save({ members: members.map((x) => (x.person_id === m.person_id ? { ...x, share: value } : x)) })
  const most = (m: Member, value: number) => value !== m.most
    && void save({ members: members.map((x) => (x.person_id === m.person_id ? { ...x, most: value } : x)) })
  const idle = people.filter((p) => p.active && p.role === 'salesperson' && !members.some((m) => m.person_id === p.id))
  const name = (id: number) => people.find((p) => p.id === id)?.name ?? String(id)
  const names = useMemo(() => new Map(units?.customers.map((id, i) => [id, units.names[i] ?? String(id)])), [units])
  return (
    <details className="areas-fold">
      <summary>{t('areas.weights')}</summary>
      <div className="areas-weights">
        <label><span>{t('areas.tolerance')}</span>
          <InputNumber min={0.1} max={100} step={0.5} disabled={!editable} changeOnWheel={false}
            defaultValue={100 * scenario.tolerance} aria-label={t('areas.tolerance')}
            onBlur={(e) => void save({ tolerance: Number(e.target.value) / 100 })} />
        </label>
        <label><span>{t('areas.budget')}</span>
          <InputNumber min={0} max={100} disabled={!editable} defaultValue={100 * scenario.budget}
            aria-label={t('areas.budget')} onBlur={(e) => void save({ budget: Number(e.target.value) / 100 })} />
        </label>
        <div role="group" aria-label={t('areas.balanceBy')} className="areas-measures">
          {measures.map((m) => (
            <Checkbox key={m} checked={scenario.activities.includes(m)}
              disabled={!editable || (scenario.activities.length > 2 && !scenario.activities.includes(m))}
              onChange={(e) => {
                const next = measures.filter((x) => (x === m ? e.target.checked : scenario.activities.includes(x)))
                if (next.length > 0) void save({ activities: next })
              }}>{t(`areas.by.${m}`)}</Checkbox>
          ))}
        </div>
        <label><span>{t('areas.byRoad')}</span>
          <Switch size="small" disabled={!editable} checked={scenario.by_road} aria-label={t('areas.byRoad')}
            onChange={(v) => void save({ by_road: v })} />
        </label>
        <label title={t('areas.spareHint')}><span>{t('areas.spare')}</span>
          <Switch size="small" disabled={!editable || !scenario.by_road} checked={scenario.spare} aria-label={t('areas.spare')}
            onChange={(v) => void save({ spare: v })} />
        </label>
        <label><span>{t('areas.fromHome')}</span>
          <Switch size="small" disabled={!editable} checked={scenario.from_home} aria-label={t('areas.fromHome')}
            onChange={(v) => void save({ from_home: v })} />
        </label>
        <label><span>{t('areas.barriers')}</span>
          <Switch size="small" disabled={!editable} checked={scenario.barriers} aria-label={t('areas.barriers')}
            onChange={(v) => void save({ barriers: v })} />
        </label>
        <label><span>{t('areas.baseLevel')}</span>
          <Select size="small" disabled={!editable} value={scenario.base_level} aria-label={t('areas.baseLevel')}
            onChange={(v: number) => void save({ base_level: v })} style={{ minWidth: 130 }}
            options={[{ value: 0, label: t('areas.baseNone') }, ...scenario.plan.areas.map((a) => ({
              value: a.level, label: t('areas.baseAt', { level: a.level, n: a.areas }),
            }))]} />
        </label>
        {scenario.base_level > 0 && (
          <label><span>{t('areas.splitting')}</span>
            <Select<number> size="small" disabled={!editable} value={nearest(scenario.split_price)} aria-label={t('areas.splitting')}
              onChange={(v) => void save({ split_price: v })} style={{ minWidth: 130 }}
              options={prices.map((p) => ({ value: p, label: t(`areas.splitting.${p}`) }))} />
          </label>
        )}
        <Apart scenario={scenario} editable={editable} names={names}
          onDrop={(i) => void save({ apart: scenario.apart.filter((_, k) => k !== i) })} />
        <ul className="areas-members">
          {members.map((m) => (
            <li key={m.person_id}>
              <span>{name(m.person_id)}</span>
              <InputNumber size="small" min={0.1} max={10} step={0.1} value={m.share} disabled={!editable}
                aria-label={`${t('areas.share')} ${name(m.person_id)}`} onChange={(v) => share(m, v)} />
              <InputNumber size="small" min={0} max={100000} value={m.most || null} disabled={!editable}
                placeholder={t('areas.most')} aria-label={`${t('areas.most')} ${name(m.person_id)}`}
                onBlur={(e) => most(m, Number(e.target.value) || 0)} />
              {editable && members.length > 1 && (
                <Button type="text" size="small" icon={<X size={14} aria-hidden />}
                  aria-label={`${t('areas.leave')}: ${name(m.person_id)}`} title={t('areas.leave')}
                  onClick={() => void save({ members: members.filter((x) => x.person_id !== m.person_id) })} />
              )}
            </li>
          ))}
        </ul>
        {editable && idle.length > 0 && (
          <Select value={null} placeholder={t('areas.join')} aria-label={t('areas.join')}
            options={idle.map((p) => ({ value: p.id, label: p.name }))}
            onChange={(id: number | null) => id && void save({ members: [...members, { person_id: id, share: 1, most: 0 }] })} />
        )}
      </div>
    </details>
  )
}

/** The price on the list that is nearest to one that a program has set. */
const nearest = (price: number) =>
  prices.reduce<number>((best, p) => (Math.abs(p - price) < Math.abs(best - price) ? p : best), 0)

/** Pairs of customers who must not be one person's; the lasso makes them. */
function Apart({ scenario, editable, names, onDrop }: {
  scenario: ScenarioView
  editable: boolean
  names: Map<number, string>
  onDrop: (index: number) => void
}) {
  const { t } = useSpeech()
  if (scenario.apart.length === 0) return null
  return (
    <ul className="areas-members" aria-label={t('areas.apartList')}>
      {scenario.apart.map((pair, i) => {
        const label = pair.map((id) => names.get(id) ?? String(id)).join(' ↔ ')
        return (
          <li key={pair.join('-')}>
            <span>{label}</span>
            {editable && (
              <Button type="text" size="small" icon={<X size={14} aria-hidden />}
                aria-label={`${t('areas.apartDrop')}: ${label}`} title={t('areas.apartDrop')} onClick={() => onDrop(i)} />
            )}
          </li>
        )
      })}
    </ul>
  )
}
