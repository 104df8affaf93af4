import { clock, duration, kilometres } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sameOrder, stopsOf } from '../../day/plan'
import { useSession } from '../../session/session'
import type { Planner } from './usePlanner'

/** The day in four figures. */
export function Totals({ planner }: { planner: Planner }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const day = planner.timed
  if (!day || planner.draft.stops.length === 0) return null
  const { totals } = day
  const stale = !sameOrder(stopsOf(day), planner.draft.stops)
  return (
    <dl className="totals" data-stale={stale} aria-live="polite">
      <div>
        <dt>{t('plan.distance')}</dt>
        <dd className="num">{kilometres(totals.distance_m)} <small>km</small></dd>
      </div>
      <div>
        <dt>{t('plan.drive')}</dt>
        <dd className="num">{duration(totals.drive_s)}</dd>
      </div>
      <div>
        <dt>{t('plan.service')}</dt>
        <dd className="num">{duration(totals.service_s)}</dd>
      </div>
      <div>
        <dt>{t('plan.hours')}</dt>
        <dd className="num">
          {clock(totals.start, me.timezone)}–{clock(totals.end, me.timezone)}
        </dd>
      </div>
    </dl>
  )
}
