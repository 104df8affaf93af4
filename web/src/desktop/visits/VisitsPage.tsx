import { lazy, Suspense } from 'react'
import { Segmented } from 'antd'
import { visitStates } from '../../api/work'
import { addDays } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { Panel } from '../frame/Panel'
import { Waiting } from '../states'
import { useUrl } from '../url'
import { Records } from './Records'
import { WorkTable } from './WorkTable'

const Charts = lazy(() => import('./Charts'))
const tabs = ['work', 'charts', 'records'] as const
const spans = [1, 7, 30]

/** What was done in the field: everybody's work, and every visit with its proof. */
export default function VisitsPage() {
  const { t } = useSpeech()
  const { params, set } = useUrl()
  const { me } = useSession()
  const tab = tabs.find((v) => v === params.get('tab')) ?? 'work'
  const days = spans.find((n) => String(n) === params.get('days')) ?? 1
  const person = Number(params.get('person')) || null
  const state = visitStates.find((v) => v === params.get('state')) ?? null
  const from = addDays(me.business_day, 1 - days)
  return (
    <Panel title={t('field.visits')} label={t('field.visits')}>
      <div className="field-tools">
        <Segmented block value={tab} aria-label={t('field.visits')}
          onChange={(v) => set({ tab: v === 'work' ? null : v, person: null, state: null })} options={[
            { value: 'work', label: t('field.work') }, { value: 'charts', label: t('field.charts') },
            { value: 'records', label: t('field.records') },
          ]} />
        {!(tab === 'records' && state === 'pending') && (
          <Segmented block value={days} aria-label={t('work.period')} onChange={(n) => set({ days: n === 1 ? null : n })}
            options={spans.map((n) => ({ value: n, label: n === 1 ? t('field.today') : t('field.days', { n }) }))} />
        )}
      </div>
      {tab === 'work' && <WorkTable from={from} onPerson={(id) => set({ tab: 'records', person: id })} />}
      {tab === 'charts' && <Suspense fallback={<Waiting />}><Charts from={from} /></Suspense>}
      {tab === 'records' && (
        <Records from={from} person={person} state={state} onPerson={(id) => set({ person: id })}
          onState={(s) => set({ state: s })} />
      )}
    </Panel>
  )
}
