import { useState } from 'react'
import { Button, InputNumber, Select, Switch } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { X } from 'lucide-react'
import { commandKey, get, put } from '../../api/client'
import { useKinds } from '../../api/queries'
import type { components } from '../../api/schema'
import { useSpeech } from '../../i18n/language'
import type { Key } from '../../i18n/zh'
import { kindWord, levelWord } from '../customers/words'
import { Trouble, Waiting } from '../states'
import { useCommand } from './useCommand'

type Rule = components['schemas']['Rule']
type Days = Record<string, number>

const levels = ['A', 'B', 'C']
const weekdays = [1, 2, 3, 4, 5, 6, 7]
const mostDays = 3650
const none = {}

/** After how many days somebody is warned about, for each kind of warning. */
export default function WarningRules() {
  const { t } = useSpeech()
  const rules = useQuery({ queryKey: ['warning-rules'], queryFn: () => get<Rule[]>('/v1/warning-rules') })
  if (rules.isPending) return <Waiting />
  if (rules.isError) return <Trouble error={rules.error} retry={() => void rules.refetch()} />
  return (
    <>
      <p className="desk-hint">{t('field.rules.hint')}</p>
      {rules.data.map((r) => <OneRule key={`${r.kind} ${r.version}`} rule={r} />)}
    </>
  )
}

function OneRule({ rule }: { rule: Rule }) {
  const { t, lookup } = useSpeech()
  const { run, busy } = useCommand('warning-rules', 'warnings', 'due', 'customers')
  const [draft, setDraft] = useState(rule)
  const change = (part: Partial<Rule>) => setDraft((d) => ({ ...d, ...part }))
  const ofPeople = rule.kind.startsWith('person_')
  const dirty = JSON.stringify(draft) !== JSON.stringify(rule)
  const save = () => void run(() => put(`/v1/warning-rules/${rule.kind}`, {
    enabled: draft.enabled, threshold_days: draft.threshold_days, by_level: draft.by_level,
    by_kind: draft.by_kind, weekdays: draft.weekdays,
  }, { version: rule.version, key: commandKey() }))
  const word = t(`field.warn.${rule.kind}`)
  return (
    <section className="desk-card" aria-label={word}>
      <div className="rule-head">
        <h2>{word}</h2>
        <Switch checked={draft.enabled} aria-label={t('field.rules.on', { kind: word })}
          onChange={(enabled) => change({ enabled })} />
      </div>
      <label className="rule-line">
        <span>{t(rule.kind === 'customer_visit' ? 'field.rules.visitDays' : 'field.rules.days')}</span>
        <InputNumber min={1} max={mostDays} precision={0} value={draft.threshold_days} addonAfter={t('field.rules.unit')}
          onChange={(n) => change({ threshold_days: n })} />
      </label>
      {ofPeople ? (
        <div className="rule-line">
          <span>{t('field.rules.weekdays')}</span>
          <Select mode="multiple" value={draft.weekdays} aria-label={t('field.rules.weekdays')} style={{ minWidth: 260 }}
            options={weekdays.map((d) => ({ value: d, label: t(`weekday.${d as 1}`) }))}
            onChange={(list) => change({ weekdays: [...list].sort((a, b) => a - b) })} />
        </div>
      ) : (
        <>
          <Exceptions title={t('field.rules.byLevel')} days={draft.by_level ?? {}} choices={levels}
            name={(level) => levelWord(level, lookup)}
            onChange={(by_level) => change({ by_level })} />
          <Kinds days={draft.by_kind ?? {}} onChange={(by_kind) => change({ by_kind })} />
        </>
      )}
      {dirty && (
        <div className="rule-acts">
          <Button onClick={() => setDraft(rule)}>{t('do.cancel')}</Button>
          <Button type="primary" loading={busy} disabled={ofPeople && draft.weekdays?.length === 0} onClick={save}>
            {t('do.save')}
          </Button>
        </div>
      )}
    </section>
  )
}

function Kinds({ days, onChange }: { days: Days; onChange: (days: Days) => void }) {
  const { t, lookup } = useSpeech()
  const kinds = useKinds(none)
  return (
    <Exceptions title={t('field.rules.byKind')} days={days} choices={(kinds.data ?? []).map((k) => k.path)}
      name={(k) => kindWord(k, lookup)} onChange={onChange} />
  )
}

interface ExceptionsOptions {
  title: string
  /** What applies instead, by choice. */
  days: Days
  choices: readonly string[]
  name: (choice: string) => string
  onChange: (days: Days) => void
  /** Bounds, what a new one begins with, and what a field is called; those of days where absent. */
  bounds?: { least: number; most: number; usual: number; word: Key }
}

const ofDays = { least: 1, most: mostDays, usual: 7, word: 'field.rules.daysOf' } as const

/** Numbers that apply to some customers instead of the general one. */
export function Exceptions({ title, days, choices, name, onChange, bounds = ofDays }: ExceptionsOptions) {
  const { t } = useSpeech()
  const set = Object.keys(days).sort()
  const left = choices.filter((c) => !(c in days))
  return (
    <div className="rule-line">
      <span>{title}</span>
      <span className="rule-exceptions">
        {set.map((c) => (
          <span key={c} className="rule-exception">
            {name(c)}
            <InputNumber size="small" min={bounds.least} max={bounds.most} precision={0} value={days[c]}
              aria-label={t(bounds.word, { name: name(c) })}
              onChange={(n) => n !== null && onChange({ ...days, [c]: n })} />
            <button type="button" className="icon-button" aria-label={t('field.rules.remove', { name: name(c) })}
              onClick={() => onChange(Object.fromEntries(Object.entries(days).filter(([k]) => k !== c)))}>
              <X size={15} aria-hidden />
            </button>
          </span>
        ))}
        {left.length > 0 && (
          <Select size="small" value={null} placeholder={t('field.rules.add')} aria-label={`${title}: ${t('field.rules.add')}`}
            showSearch style={{ minWidth: 140 }} options={left.map((c) => ({ value: c, label: name(c) }))}
            optionFilterProp="label" onChange={(c: string | null) => c && onChange({ ...days, [c]: bounds.usual })} />
        )}
      </span>
    </div>
  )
}
