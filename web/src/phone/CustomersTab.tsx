import { useDeferredValue, useMemo, useState } from 'react'
import { Link, useLocation, useParams } from 'wouter'
import { ChevronLeft, LocateFixed, MapPinOff, Navigation, Phone, Plus, Radar, Search, SearchX } from 'lucide-react'
import { useCustomer, useNearest } from '../api/queries'
import type { Customer } from '../api/types'
import { useViews } from '../api/archive'
import { overdueWords, useCustomerWarnings } from '../api/warnings'
import { cell, readColumns } from '../book/cells'
import { Events } from '../book/Events'
import type { LonLat } from '../geo/datum'
import { age, dateOf, day, distance, duration, money } from '../format/format'
import { useSpeech } from '../i18n/language'
import { useSession } from '../session/session'
import { Blank, Face, Failure, Loading } from './bits'
import { screen } from './later'
import { locate, LocateError } from './locate'
import { NavigateSheet } from './NavigateSheet'
import { PhotoButton } from './PhotoButton'
import { PutOnBoard } from './PutOnBoard'
import { AssignButton } from './AssignButton'
import { CustomerActions } from './CustomerActions'
import { useToast } from './toast'
import { useCustomerList } from './useCustomerList'
import { useCheckIn } from './useCheckIn'
import { useOpenVisit } from './useOpenVisit'
import { StepsButton } from './StepsButton'
import { TradeButtons } from './TradeButtons'
import { VisitSheets } from './VisitSheets'

const NewCustomer = screen(() => import('./NewCustomer'))

const atOnce = 100 // of the kept customers; words find the others

/** Customers in the reader's scope: search, urgency, and each one's page. */
export function CustomersTab() {
  const asked = useParams<{ id?: string }>().id
  if (asked === 'new') return <NewCustomer />
  const id = Number(asked) || null
  return id ? <CustomerPage id={id} /> : <Search1 />
}

function Search1() {
  const { t, lookup, language } = useSpeech()
  const { may, me } = useSession()
  const [words, setWords] = useState('')
  const [overdue, setOverdue] = useState(false)
  const late = useDeferredValue(words)
  const views = useViews().data ?? []
  const [chosen, setChosen] = useState(0)
  const view = views.find((v) => v.id === chosen)
  const [here, setHere] = useState<LonLat | null>(null)
  const say = useToast()
  const asked = useMemo(() => ({
    filter: Object.fromEntries(new URLSearchParams(view?.query ?? '')), sort: view?.sort ?? 'name',
  }), [view])
  const { list, all, total, pages } = useCustomerList({ words: late, overdue, here, view: asked })
  const near = () => here ? setHere(null) : void locate().then((fix) => setHere(fix.position), (error: unknown) =>
    error instanceof LocateError && say(t(`locate.${error.fault}`)))
  const shown = readColumns(view?.columns)
  const reader = { lookup, language, zone: me.timezone }
  const facts = (c: Customer) => shown.map((k) => cell(c, k, reader)).filter(Boolean).join(' · ')
  return (
    <>
      <header className="top">
        <h1 className="grow">{t('customers.title')}</h1>
        {may('territories.read') && (
          <Link href="/prospects" className="round" aria-label={t('white.near')}><Radar size={24} aria-hidden /></Link>
        )}
        {may('customers.write') && (
          <Link href="/customers/new" className="round" aria-label={t('book.newCustomer')}><Plus size={26} aria-hidden /></Link>
        )}
      </header>
      <label className="search">
        <Search size={20} aria-hidden />
        <input type="search" value={words} placeholder={t('customers.search')}
          aria-label={t('customers.search')} onChange={(e) => setWords(e.target.value)} />
      </label>
      <div className="chips">
        <button type="button" className="chip" aria-pressed={!overdue} onClick={() => setOverdue(false)}>
          {t('filter.all')}
        </button>
        <button type="button" className="chip" aria-pressed={overdue} onClick={() => setOverdue(true)}>
          {t('filter.overdue')}
        </button>
        <button type="button" className="chip" aria-pressed={here !== null} onClick={near}>
          <LocateFixed size={18} aria-hidden /> {t('customers.byDistance')}
        </button>
        {views.length > 0 && pages && (
          <select className="chip" value={chosen} aria-label={t('crm.views.open')}
            onChange={(e) => setChosen(Number(e.target.value))}>
            <option value={0}>{t('crm.views.all')}</option>
            {views.map((v) => <option key={v.id} value={v.id}>{v.mine ? v.name : `${v.name} · ${v.by_name}`}</option>)}
          </select>
        )}
        <Link href="/pool" className="chip chip-link">{t('nav.pool')}</Link>
        <Link href="/leads" className="chip chip-link">{t('crm.leads')}</Link>
        <span className="chips-count num">{t('customers.count', { n: total ?? '…' })}</span>
      </div>
      {!pages && all && <p className="kept-note" role="status">{t('customers.kept', { n: all.length })}</p>}
      {list.isPending && <Loading />}
      {list.isError && !all && <Failure error={list.error} retry={() => void list.refetch()} />}
      {all?.length === 0 && (
        <Blank icon={<SearchX size={30} />} title={t('customers.none')} />
      )}
      <ul className="people">
        {all?.slice(0, pages ? undefined : atOnce).map((c) => (
          <li key={c.id}>
            <Link href={`/customers/${c.id}`}>
              <span className="people-main">
                <b>{c.name}</b>
                <small>{c.distance_m != null && <b className="num">{distance(c.distance_m)} · </b>}{facts(c) || c.address || c.number}</small>
              </span>
              {!c.position && <MapPinOff size={18} className="warn" aria-label={t('customer.noPlace')} />}
              {c.overdue_days > 0 && <span className="late num">{t('due.days', { n: c.overdue_days })}</span>}
            </Link>
          </li>
        ))}
      </ul>
      {pages?.hasNextPage && (
        <button type="button" className="button wide" onClick={() => void pages.fetchNextPage()}>
          {t('do.moreRows')}
        </button>
      )}
    </>
  )
}

function CustomerPage({ id }: { id: number }) {
  const { t } = useSpeech()
  const customer = useCustomer(id)
  const [, go] = useLocation()
  return (
    <>
      <header className="top">
        <button type="button" className="round" onClick={() => go('/customers')} aria-label={t('do.back')}>
          <ChevronLeft size={26} aria-hidden />
        </button>
        <h1 className="grow">{customer.data?.name ?? t('customer.card')}</h1>
      </header>
      {customer.isPending && <Loading />}
      {customer.isError && <Failure error={customer.error} retry={() => void customer.refetch()} />}
      {customer.data && <Details customer={customer.data} />}
    </>
  )
}

function Details({ customer: c }: { customer: Customer }) {
  const { t, language } = useSpeech()
  const { me, may } = useSession()
  const [leading, setLeading] = useState(false)
  const warned = useCustomerWarnings(c.id, may('warnings.read')).data
  const open = useOpenVisit()
  const here = open?.customer === c.id
  const visit = useCheckIn({ customer_id: c.id, visit_id: here ? open.visit : null, name: c.name })
  const date = (d: string | null) => (d ? day(d, language) : '–')
  const facts: [string, string][] = [
    [t('customer.owner'), c.owner_name || t('customer.nobody')],
    [t('customer.level'), c.level],
    [t('customer.lastVisit'), date(c.last_visit_day)],
    [t('customer.dueOn'), date(c.due_on)],
    [t('customer.lastOrder'), date(c.last_order_at && dateOf(c.last_order_at, me.timezone))],
    [t('customer.receivable'), money(c.open_receivable_cents)],
    ...warned ? [[t('field.warnings'), overdueWords(warned, t)] as [string, string]] : [],
    [t('customer.address'), c.address || '–'],
  ]
  return (
    <>
      <section className="actions">
        {may('visits.write') && (
          <button type="button" className="button primary huge" disabled={visit.busy}
            onClick={() => (here ? visit.askCheckOut() : void visit.checkIn())}>
            {visit.busy ? t('phone.locating') : here ? t('phone.checkOut') : t('phone.checkIn')}
          </button>
        )}
        <div className="next-more">
          <TradeButtons customer={c.id} visit={here ? open.visit : null} name={c.name} />
          {here && <StepsButton visit={open.visit} local={visit.local} customer={c.id} name={c.name} />}
          {here && <PhotoButton visit={open.visit} local={visit.local} onOpen={visit.askPhoto} />}
          {c.position && (
            <button type="button" className="button" onClick={() => setLeading(true)}>
              <Navigation size={20} aria-hidden /> {t('phone.navigate')}
            </button>
          )}
          {c.phone && (
            <a className="button" href={`tel:${c.phone}`}><Phone size={20} aria-hidden /> {t('phone.call')}</a>
          )}
        </div>
        {here && visit.mayTakeBack && (
          <button type="button" className="quiet-button" onClick={visit.askTakeBack}>{t('visit.takeBack')}</button>
        )}
        <CustomerActions customer={c} />
      </section>
      {may('assignments.write') && c.position && <Near customer={c} />}
      <dl className="sheet-facts">
        {facts.map(([k, v]) => <div key={k}><dt>{k}</dt><dd>{v}</dd></div>)}
      </dl>
      {c.photo_url && (
        <img className="shopfront" src={c.photo_url} alt={t('book.photoOf', { name: c.name })} />
      )}
      <div className="events-phone"><Events id={c.id} visits={c.visit_count} /></div>
      <VisitSheets visit={visit} stop={c} />
      {leading && c.position && (
        <NavigateSheet to={c.position} name={c.name} onClose={() => setLeading(false)} />
      )}
    </>
  )
}

/** For whoever may send people: who could be here first. */
function Near({ customer }: { customer: Customer }) {
  const { t, lookup, language } = useSpeech()
  const near = useNearest({ customer: customer.id })
  return (
    <section className="nearby">
      <h2>{t('near.title')}</h2>
      {near.isPending && <Loading />}
      {near.isError && <Failure error={near.error} retry={() => void near.refetch()} />}
      <ul className="people">
        {near.data?.slice(0, 7).map((p) => (
          <li key={p.person_id} className="near-line">
            <Face name={p.name} index={p.color_index} />
            <span className="people-main">
              <b>{p.name}</b>
              <small>
                {p.rank === null ? lookup(`near.reason.${p.reason ?? 'stale'}`) : p.task || t('near.free')}
                {p.fix_age_s !== null && ` · ${t('near.fix', { age: age(p.fix_age_s, language) })}`}
              </small>
            </span>
            <span className="near-time num">
              <b>{p.duration_s === null ? '–' : duration(p.duration_s)}</b>
              <small>{p.distance_m === null ? '' : distance(p.distance_m)}</small>
            </span>
            {p.phone && (
              <a className="round" href={`tel:${p.phone}`} aria-label={t('near.call', { name: p.name })}>
                <Phone size={20} aria-hidden />
              </a>
            )}
            <AssignButton person={p} customer={customer} />
          </li>
        ))}
      </ul>
      <PutOnBoard customer={customer} />
    </section>
  )
}
