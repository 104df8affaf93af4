import { useState, type ReactNode } from 'react'
import { Button, InputNumber, Switch } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { commandKey, get, put } from '../../api/client'
import { useKinds } from '../../api/queries'
import type { components } from '../../api/schema'
import { useSpeech } from '../../i18n/language'
import { kindWord } from '../customers/words'
import { Trouble, Waiting } from '../states'
import { useCommand } from './useCommand'
import VisitForms from './VisitForms'
import { Exceptions } from './WarningRules'

type Policy = components['schemas']['Policy']

const none = {}
const radii = { least: 10, most: 50_000, usual: 300, word: 'visit.rules.radiusOf' } as const

/** How near a check-in must be, how visits are made, and what is done during one. */
export default function VisitRules() {
  const policy = useQuery({ queryKey: ['visit-policy'], queryFn: () => get<Policy>('/v1/visit-policy') })
  if (policy.isPending) return <Waiting />
  if (policy.isError) return <Trouble error={policy.error} retry={() => void policy.refetch()} />
  return (
    <>
      <Rules key={JSON.stringify(policy.data)} policy={policy.data} />
      <VisitForms />
    </>
  )
}

function Rules({ policy }: { policy: Policy }) {
  const { t, lookup } = useSpeech()
  const { run, busy } = useCommand('visit-policy')
  const kinds = useKinds(none)
  const [draft, setDraft] = useState(policy)
  const change = (part: Partial<Policy>) => setDraft((d) => ({ ...d, ...part }))
  const dirty = JSON.stringify(draft) !== JSON.stringify(policy)
  const number = (
    field: 'fence_m' | 'fix_age_s' | 'late_h', word: string, unit: string, [least, most]: readonly [number, number],
  ) => (
    <label className="rule-line">
      <span>{word}</span>
      <InputNumber min={least} max={most} precision={0} value={draft[field]} addonAfter={unit} aria-label={word}
        onChange={(n) => n !== null && change({ [field]: n })} />
    </label>
  )
  const flag = (field: 'several_a_day' | 'reorder_on_phone' | 'approve_late' | 'approve_outside', word: string, hint?: string) => (
    <Line word={word} hint={hint}>
      <Switch checked={draft[field]} aria-label={word} onChange={(on) => change({ [field]: on })} />
    </Line>
  )
  return (
    <>
      <section className="desk-card" aria-label={t('visit.rules.fence')}>
        <h2>{t('visit.rules.fence')}</h2>
        <p>{t('visit.rules.fenceHint')}</p>
        {number('fence_m', t('visit.rules.radius'), t('visit.rules.metres'), [radii.least, radii.most])}
        <Exceptions title={t('visit.rules.byKind')} days={draft.fence_by_kind} bounds={radii}
          choices={(kinds.data ?? []).map((k) => k.path)} name={(k) => kindWord(k, lookup)}
          onChange={(fence_by_kind) => change({ fence_by_kind })} />
      </section>
      <section className="desk-card" aria-label={t('visit.rules.conduct')}>
        <h2>{t('visit.rules.conduct')}</h2>
        {flag('several_a_day', t('visit.rules.several'), t('visit.rules.severalHint'))}
        {flag('reorder_on_phone', t('visit.rules.reorder'))}
        {number('fix_age_s', t('visit.rules.fixAge'), t('visit.rules.seconds'), [10, 86_400])}
        {number('late_h', t('visit.rules.late'), t('visit.rules.hours'), [0, 240])}
        {flag('approve_late', t('visit.rules.approveLate'))}
        {flag('approve_outside', t('visit.rules.approveOutside'))}
        {dirty && (
          <div className="rule-acts">
            <Button onClick={() => setDraft(policy)}>{t('do.cancel')}</Button>
            <Button type="primary" loading={busy}
              onClick={() => void run(() => put('/v1/visit-policy', draft, { key: commandKey() }))}>
              {t('do.save')}
            </Button>
          </div>
        )}
      </section>
    </>
  )
}

function Line({ word, hint, children }: { word: string; hint?: string | undefined; children: ReactNode }) {
  return (
    <div className="rule-line archive-forms">
      <span>{word}{hint && <small className="quiet">{hint}</small>}</span>
      {children}
    </div>
  )
}
