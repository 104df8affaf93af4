import { useMemo, useState } from 'react'
import { Link } from 'wouter'
import { CalendarOff, Check, Clock, History, House, MapPin, Navigation, Phone } from 'lucide-react'
import { useDay } from '../api/queries'
import type { Day, Stop } from '../api/types'
import { clock, day as dayWord, distance, duration, span } from '../format/format'
import { useSpeech } from '../i18n/language'
import { useSession } from '../session/session'
import { Blank, Failure, Loading } from './bits'
import { DutySwitch } from './DutySwitch'
import { NavigateSheet } from './NavigateSheet'
import { PhotoButton } from './PhotoButton'
import { CollectLink, TradeButtons } from './TradeButtons'
import { StepsButton } from './StepsButton'
import { useOutbox, withWaiting } from './offline/outbox'
import { useCheckIn } from './useCheckIn'
import { VisitSheets } from './VisitSheets'

/** Today's stops in order; the next one large, with its one action. */
export function TodayTab() {
  const { t, language } = useSpeech()
  const { me } = useSession()
  const day = useDay(me.id, me.business_day)
  return (
    <>
      <header className="top">
        <div>
          <h1>{t('phone.today')}</h1>
          <p>{dayWord(me.business_day, language)} · {me.name}</p>
        </div>
        <DutySwitch />
      </header>
      {day.isPending && <Loading />}
      {day.isError && !day.data && <Failure error={day.error} retry={() => void day.refetch()} />}
      {day.data && <Today day={day.data} onRefresh={() => void day.refetch()} />}
    </>
  )
}

function Today({ day, onRefresh }: { day: Day; onRefresh: () => void }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const outbox = useOutbox()
  const stops = useMemo(() => withWaiting(day.stops, outbox, me.id), [day.stops, outbox, me.id])
  const done = stops.filter((s) => s.state === 'done').length
  const next = useMemo(
    () => stops.find((s) => s.state === 'checked_in') ?? stops.find((s) => s.state === 'planned'),
    [stops],
  )
  if (stops.length === 0) {
    return (
      <Blank icon={<CalendarOff size={32} />} title={t('phone.noPlan')}>
        <p>{t('phone.noPlanHint')}</p>
        <button type="button" className="button" onClick={onRefresh}>{t('do.refresh')}</button>
      </Blank>
    )
  }
  return (
    <>
      <div className="progress">
        <div className="progress-bar" role="progressbar" aria-valuemin={0} aria-valuemax={stops.length}
          aria-valuenow={done} aria-label={t('phone.progress', { done, of: stops.length })}>
          {stops.map((s) => <i key={s.customer_id || s.name} data-state={s.state} />)}
        </div>
        <p className="num">
          <b>{t('phone.progress', { done, of: stops.length })}</b>
          <span>{distance(day.totals.distance_m)} · {t('phone.back', { time: clock(day.totals.end, me.timezone) })}</span>
        </p>
      </div>
      {next ? <NextStop stop={next} n={stops.indexOf(next) + 1} /> : (
        <Blank icon={<Check size={32} />} title={t('phone.allDone')}><p>{t('phone.allDoneHint')}</p></Blank>
      )}
      <ol className="beat-list" aria-label={t('plan.tabStops')}>
        {stops.map((s, i) => <Line key={s.customer_id || i} stop={s} n={i + 1} next={s === next} />)}
      </ol>
      <CollectLink />
      <p className="beat-home"><House size={18} aria-hidden /> {t(`end.${day.end.kind}`)}
        <span className="num">{clock(day.totals.end, me.timezone)}</span></p>
    </>
  )
}

function NextStop({ stop, n }: { stop: Stop; n: number }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const visit = useCheckIn(stop)
  const [leading, setLeading] = useState(false)
  const open = stop.state === 'checked_in'
  const windows = stop.windows.map((w) => span(w.open, w.close, me.timezone))
  return (
    <section className="next" data-open={open} aria-label={open ? t('phone.here') : t('phone.next')}>
      <p className="next-kicker">
        <span>{open ? t('phone.here') : t('phone.nextN', { n })}</span>
        <span className="num"><Clock size={16} aria-hidden /> {clock(stop.arrive, me.timezone)}</span>
      </p>
      <h2>{stop.name}</h2>
      {stop.address && <p className="next-address"><MapPin size={17} aria-hidden /> {stop.address}</p>}
      <p className="next-facts num">
        {stop.leg && !open && `${duration(stop.leg.duration_s)} · ${distance(stop.leg.distance_m)} · `}
        {t('plan.onSite', { n: stop.service_minutes })}
        {windows.length > 0 && ` · ${t('plan.open')} ${windows.join(' ')}`}
      </p>
      {stop.note && <p className="next-note">{stop.note}</p>}
      <button type="button" className="button primary huge" disabled={visit.busy}
        onClick={() => (open ? visit.askCheckOut() : void visit.checkIn())}>
        {visit.busy ? t('phone.locating') : open ? t('phone.checkOut') : t('phone.checkIn')}
      </button>
      <div className="next-more">
        <TradeButtons customer={stop.customer_id} visit={stop.visit_id} name={stop.name} />
        {open && <StepsButton visit={stop.visit_id} local={visit.local} customer={stop.customer_id} name={stop.name} />}
        {open && <PhotoButton visit={stop.visit_id} local={visit.local} onOpen={visit.askPhoto} />}
        {stop.customer_id && (
          <Link className="button" href={`/customers/${stop.customer_id}`}>
            <History size={20} aria-hidden /> {t('visit.history')}
          </Link>
        )}
        {stop.position && (
          <button type="button" className="button" onClick={() => setLeading(true)}>
            <Navigation size={20} aria-hidden /> {t('phone.navigate')}
          </button>
        )}
        {stop.phone && (
          <a className="button" href={`tel:${stop.phone}`}>
            <Phone size={20} aria-hidden /> {t('phone.call')}
          </a>
        )}
      </div>
      {!open && stop.stop_id > 0 && (
        <button type="button" className="quiet-button" onClick={visit.askSkip}>{t('phone.skip')}</button>
      )}
      {open && visit.mayTakeBack && (
        <button type="button" className="quiet-button" onClick={visit.askTakeBack}>{t('visit.takeBack')}</button>
      )}
      <VisitSheets visit={visit} stop={stop} />
      {leading && stop.position && (
        <NavigateSheet to={stop.position} name={stop.name} onClose={() => setLeading(false)} />
      )}
    </section>
  )
}

function Line({ stop, n, next }: { stop: Stop; n: number; next: boolean }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const [leading, setLeading] = useState(false)
  const done = stop.state === 'done'
  return (
    <li data-state={stop.state} data-next={next}>
      <span className="beat-n num">{done ? <Check size={18} aria-label={t('phone.done')} /> : n}</span>
      <span className="beat-main">
        <b>{stop.name}</b>
        <small>{stop.address}</small>
      </span>
      <span className="beat-time num">{clock(stop.arrive, me.timezone)}</span>
      {stop.position && !done && (
        <button type="button" className="round" onClick={() => setLeading(true)}
          aria-label={t('phone.navigateTo', { name: stop.name })}>
          <Navigation size={20} aria-hidden />
        </button>
      )}
      {leading && stop.position && (
        <NavigateSheet to={stop.position} name={stop.name} onClose={() => setLeading(false)} />
      )}
    </li>
  )
}
