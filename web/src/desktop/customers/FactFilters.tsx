import { InputNumber, Select } from 'antd'
import dayjs from 'dayjs'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { useFilter } from './filter'

const warnings = ['customer_visit', 'customer_order', 'customer_sale'] as const

/** What happened with the customer lately: visits, orders, what is owed, what is due. */
export function FactFilters() {
  const { t } = useSpeech()
  const { list, set } = useFilter()
  const { may } = useSession()
  return (
    <>
      <Since name="visit" from="visited_from" since="unvisited_since" />
      <Since name="order" from="ordered_from" since="unordered_since" />
      <Owes />
      {may('warnings.read') && <label className="field">
        <span>{t('facts.warning')}</span>
        <Select mode="multiple" allowClear value={list('mark')} style={{ width: 250 }} maxTagCount="responsive"
          aria-label={t('facts.warning')} onChange={(next: string[]) => set({ mark: next.join(',') })}
          options={warnings.map((w) => ({ value: `warning:${w}`, label: t(`facts.warning.${w}`) }))} />
      </label>}
      <label className="field">
        <span>{t('facts.tags')}</span>
        <Select mode="tags" allowClear value={list('tag')} style={{ width: 250 }} maxTagCount="responsive" open={false}
          suffixIcon={null} aria-label={t('facts.tags')} onChange={(next: string[]) => set({ tag: next.join(',') })} />
      </label>
    </>
  )
}

function Since({ name, from, since }: {
  name: 'visit' | 'order'
  from: 'visited_from' | 'ordered_from'
  since: 'unvisited_since' | 'unordered_since'
}) {
  const { t } = useSpeech()
  const { me } = useSession()
  const { value, set } = useFilter()
  const ago = (days: number) => dayjs(me.business_day).subtract(days, 'day').format('YYYY-MM-DD')
  const choices = [
    { value: '', label: t('facts.any'), set: { [from]: null, [since]: null } },
    { value: '7', label: t(`facts.${name}.7`), set: { [from]: ago(7), [since]: null } },
    { value: '30', label: t(`facts.${name}.30`), set: { [from]: null, [since]: ago(30) } },
    { value: '90', label: t(`facts.${name}.90`), set: { [from]: null, [since]: ago(90) } },
  ]
  const now = choices.find((c) => c.value !== '' && (c.set[from] ?? '') === value(from) && (c.set[since] ?? '') === value(since))
  return (
    <label className="field">
      <span>{t(`facts.${name}`)}</span>
      <Select value={now?.value ?? (value(from) || value(since) || '')} style={{ width: 250 }} aria-label={t(`facts.${name}`)}
        options={choices.map(({ value: v, label }) => ({ value: v, label }))}
        onChange={(v: string) => set(choices.find((c) => c.value === v)?.set ?? {})} />
    </label>
  )
}

function Owes() {
  const { t } = useSpeech()
  const { value, set } = useFilter()
  const yuan = (name: 'owes_from' | 'owes_to') => (value(name) ? Number(value(name)) / 100 : null)
  const field = (name: 'owes_from' | 'owes_to', word: string) => (
    <InputNumber value={yuan(name)} min={-1e9} max={1e9} style={{ width: 121 }} placeholder={word}
      aria-label={`${t('facts.owes')} ${word}`}
      onChange={(n) => set({ [name]: n === null ? null : Math.round(n * 100) })} />
  )
  return (
    <div className="field">
      <span>{t('facts.owes')}</span>
      <div style={{ display: 'flex', gap: 8 }}>{field('owes_from', t('facts.from'))}{field('owes_to', t('facts.to'))}</div>
    </div>
  )
}
