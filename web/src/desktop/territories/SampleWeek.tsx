import { useState } from 'react'
import { Button } from 'antd'
import { Route } from 'lucide-react'
import type { Job, Person } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { useCommand } from './command'
import type { ScenarioView } from './data'
import { Working } from './Working'

/** A sample week driven on the roads, plan beside today, and how true the estimate is. */
export function SampleWeek({ scenario, people }: { scenario: ScenarioView; people: Person[] }) {
  const { t } = useSpeech()
  const { send, busy } = useCommand(scenario)
  const [job, setJob] = useState<number | null>(null)
  const { routed } = scenario
  const before = new Map(routed?.today.map((p) => [p.person_id, p]))
  return (
    <details className="areas-fold">
      <summary>{t('areas.week')}</summary>
      <div className="areas-weights">
        <p className="areas-hint">{t('areas.weekHint')}</p>
        {job === null && (
          <Button size="small" icon={<Route size={14} aria-hidden />} disabled={busy}
            onClick={async () => setJob((await send<Job>('/route'))?.id ?? null)}>{t('areas.weekDo')}</Button>
        )}
        {job !== null && <Working id={job} onEnd={() => setJob(null)} />}
        {routed && (
          <table className="areas-summary">
            <thead>
              <tr>
                <th scope="col">{t('areas.person')}</th>
                <th scope="col">{t('areas.weekDrive')}</th>
                <th scope="col">{t('areas.weekWork')}</th>
                <th scope="col">{t('areas.weekEstimate')}</th>
                <th scope="col">{t('areas.inertiaRoad')}</th>
              </tr>
            </thead>
            <tbody>
              {routed.plan.map((p) => (
                <tr key={p.person_id}>
                  <th scope="row">{people.find((x) => x.id === p.person_id)?.name ?? p.person_id}</th>
                  <td className="num">{before.get(p.person_id)?.drive_hours.toFixed(1) ?? '–'} → {p.drive_hours.toFixed(1)}</td>
                  <td className="num">{before.get(p.person_id)?.hours.toFixed(1) ?? '–'} → {p.hours.toFixed(1)}</td>
                  <td className="num">{p.estimated_hours.toFixed(1)}</td>
                  <td className="num">{p.inertia_min2.toFixed(0)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        )}
      </div>
    </details>
  )
}
