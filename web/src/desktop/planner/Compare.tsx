import { Button } from 'antd'
import { Check, CircleCheck, TriangleAlert, WandSparkles, X } from 'lucide-react'
import type { DayTotals, Violation } from '../../api/types'
import { clock, duration, kilometres, percent } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { compare, stopsOf } from '../../day/plan'
import { useSession } from '../../session/session'
import { violationWords } from './violations'
import type { Planner } from './usePlanner'

/** Today's order against the best one, side by side, with what to do about it. */
export function Compare({ planner, mayEdit, mayPublish }: {
  planner: Planner
  mayEdit: boolean
  mayPublish: boolean
}) {
  const { t } = useSpeech()
  const { timed, best, proposal, busy, actions, draft } = planner
  const current = proposal?.current.totals ?? timed?.totals
  const better = proposal?.best.totals ?? best
  if (!current || !timed || draft.stops.length < 2) return null
  const broken = (proposal?.current ?? timed).violations ?? []
  const brokenBest = proposal?.best.violations ?? []
  if (!better) {
    return mayEdit ? (
      <section className="compare compare-ask">
        <Broken list={broken} planner={planner} />
        <Button icon={<WandSparkles size={15} aria-hidden />} loading={busy === 'optimise'} block
          onClick={() => void actions.optimise()}>
          {t('plan.optimise')}
        </Button>
      </section>
    ) : null
  }
  const c = compare(current, better)
  const even = c.even && broken.length === 0
  return (
    <section className="compare" aria-label={t('compare.title')} data-open={!!proposal}>
      {even && !proposal ? (
        <p className="compare-even"><CircleCheck size={17} aria-hidden /> {t('compare.even')}</p>
      ) : (
        <>
          <Columns current={current} best={better} />
          <p className="compare-saving">
            {c.distance_m > 0 || c.duration_s > 0
              ? t('compare.saves', {
                  km: kilometres(c.distance_m), time: duration(c.duration_s), percent: percent(c.percent),
                })
              : t('compare.longer', { km: kilometres(-c.distance_m), time: duration(-c.duration_s) })}
          </p>
        </>
      )}
      <Broken list={broken} planner={planner} />
      {proposal && brokenBest.length > 0 && (
        <p className="compare-broken"><TriangleAlert size={15} aria-hidden /> {t('compare.bestBreaks')}</p>
      )}
      {proposal && proposal.unserved.length > 0 && (
        <p className="compare-broken">
          <TriangleAlert size={15} aria-hidden /> {t('compare.unserved', { n: proposal.unserved.length })}
        </p>
      )}
      {mayEdit && (proposal ? (
        <div className="compare-do">
          <Button type="primary" icon={<Check size={15} aria-hidden />}
            onClick={() => actions.accept(proposal)}>{t('compare.accept')}</Button>
          {mayPublish && (
            <Button onClick={() => {
              actions.accept(proposal)
              void actions.publish(stopsOf(proposal.best))
            }}>{t('compare.acceptPublish')}</Button>
          )}
          <Button type="text" icon={<X size={15} aria-hidden />} onClick={actions.refuse}>
            {t('compare.refuse')}
          </Button>
        </div>
      ) : !even && (
        <Button icon={<WandSparkles size={15} aria-hidden />} loading={busy === 'optimise'} block
          onClick={() => void actions.optimise()}>{t('compare.show')}</Button>
      ))}
    </section>
  )
}

function Columns({ current, best }: { current: DayTotals; best: DayTotals }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const longest = Math.max(current.distance_m, best.distance_m, 1)
  const column = (word: string, totals: DayTotals, kind: string) => (
    <div className={`compare-column ${kind}`}>
      <h2>{word}</h2>
      <div className="compare-bar" aria-hidden>
        <i style={{ width: `${(totals.distance_m / longest) * 100}%` }} />
      </div>
      <p className="num">
        <b>{kilometres(totals.distance_m)} km</b>
        <span>{duration(totals.drive_s)}</span>
        <span>{t('compare.until', { time: clock(totals.end, me.timezone) })}</span>
      </p>
    </div>
  )
  return (
    <div className="compare-columns">
      {column(t('compare.current'), current, 'now')}
      {column(t('compare.best'), best, 'best')}
    </div>
  )
}

/** What the order in hand breaks, in words. */
function Broken({ list, planner }: { list: Violation[]; planner: Planner }) {
  const { lookup, t } = useSpeech()
  const fromStops = (planner.timed?.stops ?? []).flatMap((s) =>
    s.violations.map((v) => ({ ...v, name: s.name })),
  )
  const whole = list.map((v) => ({ ...v, name: '' }))
  const all = [...fromStops, ...whole]
  if (all.length === 0) return null
  return (
    <div className="compare-broken" role="status">
      <TriangleAlert size={15} aria-hidden />
      <span>
        <b>{t('compare.infeasible')}</b>
        {all.slice(0, 3).map((v, i) => (
          <span key={i}> {v.name && `${v.name}: `}{violationWords(v, lookup)}{i < Math.min(all.length, 3) - 1 ? ' ·' : ''}</span>
        ))}
        {all.length > 3 && <span> · {t('compare.more', { n: all.length - 3 })}</span>}
      </span>
    </div>
  )
}
