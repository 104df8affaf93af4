import { useState } from 'react'
import { Button, Checkbox, InputNumber, Switch } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { UsersRound } from 'lucide-react'
import { useArchiveRule, useHoldings, type ArchiveRule, type Holding, type PoolRules } from '../../api/archive'
import { get, put } from '../../api/client'
import { useSpeech } from '../../i18n/language'
import { Nothing, Trouble, Waiting } from '../states'
import { useCommand } from './useCommand'

const fields = ['address', 'contact', 'phone', 'district', 'position', 'channel'] as const

/** How customers enter the archive and change in it, and the rules of the pool. */
export default function ArchiveRules() {
  return (
    <>
      <Archive />
      <Pool />
      <Holdings />
    </>
  )
}

function Archive() {
  const { t } = useSpeech()
  const rule = useArchiveRule()
  const { run, busy } = useCommand('entry-rule')
  if (rule.isPending) return <Waiting rows={2} />
  if (rule.isError) return <Trouble error={rule.error} retry={() => void rule.refetch()} />
  const now = rule.data
  const save = (part: Partial<ArchiveRule>) =>
    void run(() => put('/v1/customer-entry-rule', {
      required: part.required ?? now.required ?? [], forms_only: part.forms_only ?? now.forms_only ?? false,
    }))
  return (
    <section className="desk-card" aria-label={t('crm.archive.entry')}>
      <h2>{t('crm.archive.entry')}</h2>
      <p>{t('crm.archive.entryHint')}</p>
      <Checkbox.Group disabled={busy} value={now.required ?? []} onChange={(list) => save({ required: list as string[] })}
        options={fields.map((f) => ({ value: f, label: t(`crm.archive.required.${f}`) }))} />
      <div className="rule-line archive-forms">
        <span>{t('crm.archive.forms')}<small className="quiet">{t('crm.archive.formsHint')}</small></span>
        <Switch loading={busy} checked={now.forms_only ?? false} aria-label={t('crm.archive.forms')}
          onChange={(on) => save({ forms_only: on })} />
      </div>
    </section>
  )
}

function Pool() {
  const { t } = useSpeech()
  const policy = useQuery({ queryKey: ['pool-policy'], queryFn: () => get<PoolRules>('/v1/pool-policy') })
  if (policy.isPending) return <Waiting rows={2} />
  if (policy.isError) return <Trouble error={policy.error} retry={() => void policy.refetch()} />
  return (
    <section className="desk-card" aria-label={t('crm.pool.rules')}>
      <h2>{t('crm.pool.rules')}</h2>
      <p>{t('crm.pool.zero')}</p>
      <PoolForm key={policy.data.version} rule={policy.data} />
    </section>
  )
}

function PoolForm({ rule }: { rule: PoolRules }) {
  const { t } = useSpeech()
  const { run, busy } = useCommand('pool-policy', 'customers')
  const [draft, setDraft] = useState(rule)
  const dirty = JSON.stringify(draft) !== JSON.stringify(rule)
  const line = (field: 'max_held' | 'follow_days' | 'remind_days' | 'cooldown_hours', word: string, most: number) => (
    <label className="rule-line">
      <span>{word}</span>
      <InputNumber min={0} max={most} precision={0} value={draft[field]}
        onChange={(n) => n !== null && setDraft((d) => ({ ...d, [field]: n }))} />
    </label>
  )
  const { version, ...body } = draft
  return (
    <>
      {line('max_held', t('crm.pool.maxHeld'), 1_000_000)}
      {line('follow_days', t('crm.pool.followDays'), 3660)}
      {line('remind_days', t('crm.pool.remindDays'), 365)}
      {line('cooldown_hours', t('crm.pool.cooldown'), 87_600)}
      <div className="rule-line">
        <span>{t('crm.pool.mask')}</span>
        <Switch checked={draft.mask_contacts} aria-label={t('crm.pool.mask')}
          onChange={(mask_contacts) => setDraft((d) => ({ ...d, mask_contacts }))} />
      </div>
      {dirty && (
        <div className="rule-acts">
          <Button onClick={() => setDraft(rule)}>{t('do.cancel')}</Button>
          <Button type="primary" loading={busy} onClick={() => void run(() => put('/v1/pool-policy', body, { version }))}>
            {t('do.save')}
          </Button>
        </div>
      )}
    </>
  )
}

function Holdings() {
  const { t } = useSpeech()
  const all = useHoldings()
  return (
    <section className="desk-card" aria-label={t('crm.holdings')}>
      <h2>{t('crm.holdings')}</h2>
      <p>{t('crm.holdings.hint')}</p>
      {all.isPending && <Waiting rows={3} />}
      {all.isError && <Trouble error={all.error} retry={() => void all.refetch()} />}
      {all.data?.length === 0 && <Nothing icon={<UsersRound size={26} />} title={t('crm.holdings.none')} />}
      {(all.data?.length ?? 0) > 0 && (
        <table className="trail-table">
          <thead>
            <tr>
              <th scope="col">{t('crm.holdings.person')}</th><th scope="col" className="end">{t('crm.holdings.held')}</th>
              <th scope="col">{t('crm.holdings.max')}</th><th scope="col">{t('crm.holdings.days')}</th>
            </tr>
          </thead>
          <tbody>{all.data?.map((h) => <OneHolding key={`${h.person_id} ${h.own_max_held} ${h.own_follow_days}`} holding={h} />)}</tbody>
        </table>
      )}
    </section>
  )
}

/** Limits of a person's own are set by their fields; an empty one is the company's again. */
function OneHolding({ holding: h }: { holding: Holding }) {
  const { t } = useSpeech()
  const { run, busy } = useCommand('customers')
  const [most, setMost] = useState(h.own_max_held)
  const [days, setDays] = useState(h.own_follow_days)
  const save = () => {
    if (most === h.own_max_held && days === h.own_follow_days) return
    void run(() => put(`/v1/pool-limits/${h.person_id}`, { max_held: most, follow_days: days }))
  }
  const field = (value: number | null, set: (n: number | null) => void, usual: number, label: string, max: number) => (
    <InputNumber size="small" min={0} max={max} precision={0} value={value} disabled={busy} onChange={set}
      placeholder={usual > 0 ? String(usual) : '–'} aria-label={label} onBlur={save} onPressEnter={save} />
  )
  return (
    <tr>
      <td>{h.name}</td>
      <td className="end num">{h.held}</td>
      <td>{field(most, setMost, h.max_held, t('crm.holdings.limit', { name: h.name }), 1_000_000)}</td>
      <td>{field(days, setDays, h.follow_days, t('crm.holdings.daysOf', { name: h.name }), 3660)}</td>
    </tr>
  )
}
