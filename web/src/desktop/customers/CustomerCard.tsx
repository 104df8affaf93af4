import { useEffect, useState, type ReactNode } from 'react'
import { App, Button, Tooltip } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { CalendarPlus, Crosshair, FlaskConical, Pencil, Users, X } from 'lucide-react'
import { useLocation } from 'wouter'
import { patch } from '../../api/client'
import { useFormsOnly } from '../../api/archive'
import { useCustomer, usePinProposal } from '../../api/queries'
import { overdueWords, useCustomerWarnings } from '../../api/warnings'
import type { Customer } from '../../api/types'
import { clock, dateOf, day, money } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { Events } from '../../book/Events'
import { showPlace } from '../../map/camera'
import { useStage } from '../../map/context'
import { useSession } from '../../session/session'
import { useLayout } from '../frame/layout'
import { NearestPeople } from '../live/NearestPeople'
import { Trouble, Waiting } from '../states'
import { QuickActions } from './QuickActions'
import { SharedWith } from './SharedWith'
import { kindWord, levelWord, stageWord, statusWord } from './words'

const cardWidth = 356

/** Everything that matters about one customer; the same values everywhere. */
export function CustomerCard({ id, onClose, onEdit, onPlacing, extra, near: nearFirst = false }: {
  id: number
  /** Opens on who could be there first. */
  near?: boolean
  onClose: () => void
  onEdit?: (c: Customer) => void
  /** A place is being chosen on the map, or no more; the page leaves clicks alone. */
  onPlacing?: (on: boolean) => void
  extra?: (c: Customer) => ReactNode
}) {
  const { t } = useSpeech()
  const { setRight } = useLayout()
  const customer = useCustomer(id)
  const closed = useFormsOnly()
  const [near, setNear] = useState(nearFirst)
  useEffect(() => {
    setRight(cardWidth + 12)
    return () => setRight(0)
  }, [setRight])
  useEffect(() => setNear(nearFirst), [id, nearFirst])
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      const open = document.querySelector('.ant-modal-wrap:not([style*="display: none"])')
      if (e.key === 'Escape' && !open) onClose()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [onClose])
  const c = customer.data
  return (
    <aside className="card" style={{ width: cardWidth }} aria-label={c?.name ?? t('customer.card')}>
      <button type="button" className="icon-button card-close" onClick={onClose}
        aria-label={t('do.close')}>
        <X size={18} aria-hidden />
      </button>
      {customer.isPending && <Waiting rows={3} />}
      {customer.isError && <Trouble error={customer.error} retry={() => void customer.refetch()} />}
      {c && (
        <>
          <Head customer={c} />
          <Actions customer={c} onEdit={closed ? undefined : onEdit} onPlacing={onPlacing}
            near={near} onNear={() => setNear(!near)} />
          {extra?.(c)}
          {!c.position && !closed && <FoundPlace customer={c} />}
          {near && c.position ? (
            <NearestPeople target={{ customer: c.id }} title={c.name} />
          ) : (
            <>
              {c.photo_url && (
                <img className="shopfront" src={c.photo_url} alt={t('book.photoOf', { name: c.name })} />
              )}
              <Facts customer={c} />
              <Events id={c.id} visits={c.visit_count} />
            </>
          )}
        </>
      )}
    </aside>
  )
}

function Head({ customer: c }: { customer: Customer }) {
  const { lookup, t } = useSpeech()
  return (
    <header className="card-head">
      <h2>{c.name}</h2>
      <p>
        <span className={`level level-${c.level}`}>{c.level}</span>
        {kindWord(c.kind, lookup)} · <span className="num">{c.number}</span>
      </p>
      <p className="card-tags">
        {c.origin === 'shared' && <span className="status status-published">{t('archive.origin.shared')}</span>}
        <span className="status">{statusWord(c.status, lookup)}</span>
        {c.overdue_days > 0 && <span className="status status-late">{t('due.overdue', { n: c.overdue_days })}</span>}
        {!c.position && <span className="status status-draft">{t('customer.noPlace')}</span>}
      </p>
    </header>
  )
}

function Actions({ customer: c, onEdit, onPlacing, near, onNear }: {
  customer: Customer
  onEdit?: (c: Customer) => void
  onPlacing?: (on: boolean) => void
  near: boolean
  onNear: () => void
}) {
  const { t } = useSpeech()
  const { may, me } = useSession()
  const stage = useStage()
  const [, go] = useLocation()
  const { position } = c
  return (
    <div className="card-actions">
      {may('assignments.write') && (
        <Button type={near ? 'default' : 'primary'} icon={<Users size={15} aria-hidden />}
          disabled={!position} onClick={onNear} aria-pressed={near}>
          {near ? t('customer.facts') : t('near.ask')}
        </Button>
      )}
      {may('days.write') && c.owner_id && (
        <Tooltip title={t('customer.planHint', { name: c.owner_name })}>
          <Button icon={<CalendarPlus size={15} aria-hidden />} aria-label={t('customer.plan')}
            onClick={() => go(`/plan/${c.owner_id}/${me.business_day}?add=${c.id}&customer=${c.id}`)} />
        </Tooltip>
      )}
      {position && stage && (
        <Tooltip title={t('customer.show')}>
          <Button icon={<Crosshair size={15} aria-hidden />} aria-label={t('customer.show')}
            onClick={() => showPlace(stage.map, position, 16)} />
        </Tooltip>
      )}
      {onEdit && may('customers.write') && c.origin !== 'shared' && (
        <Tooltip title={t('do.edit')}>
          <Button icon={<Pencil size={15} aria-hidden />} aria-label={t('do.edit')}
            onClick={() => onEdit(c)} />
        </Tooltip>
      )}
      <QuickActions customer={c} onPlacing={onPlacing} />
    </div>
  )
}

/** A customer without a position: the place that a check-in has found, to be accepted. */
function FoundPlace({ customer: c }: { customer: Customer }) {
  const { t, lookup, language } = useSpeech()
  const { may } = useSession()
  const client = useQueryClient()
  const { message } = App.useApp()
  const found = usePinProposal(c.id, may('customers.write'))
  if (!found.data) return null
  const { position, accuracy_m } = found.data
  const take = async () => {
    try {
      const saved = await patch<Customer>(`/v1/customers/${c.id}`, {
        position, position_source: 'check_in', position_accuracy_m: accuracy_m,
      }, { version: c.version })
      client.setQueryData(['customer', c.id], saved)
      for (const key of ['customers', 'count']) void client.invalidateQueries({ queryKey: [key] })
    } catch (error) {
      void message.error(sentence(error, lookup, language))
    }
  }
  return (
    <div className="where found-place">
      <span>
        <b>{t('customer.found')}</b>
        <small className="num">
          {position[1].toFixed(5)}, {position[0].toFixed(5)} · ±{Math.round(accuracy_m)} m
        </small>
      </span>
      <Button size="small" type="primary" onClick={() => void take()}>{t('compare.accept')}</Button>
    </div>
  )
}

function Facts({ customer: c }: { customer: Customer }) {
  const { t, language, lookup } = useSpeech()
  const { me, may } = useSession()
  const warned = useCustomerWarnings(c.id, may('warnings.read')).data
  const date = (d: string | null) => (d ? day(d, language) : '–')
  const demo = new Set(c.demo_fields ?? [])
  const fact = (name: string, word: string, value: ReactNode) => (
    <div className="fact">
      <dt>
        {word}
        {demo.has(name) && (
          <FlaskConical size={12} aria-label={t('customer.demo')}><title>{t('customer.demo')}</title></FlaskConical>
        )}
      </dt>
      <dd>{value}</dd>
    </div>
  )
  return (
    <dl className="facts">
      {fact('owner_id', t('customer.owner'), c.owner_name || t('customer.nobody'))}
      {fact('last_visit_at', t('customer.lastVisit'), date(c.last_visit_day))}
      {fact('due_on', t('customer.dueOn'), (
        <span className={c.overdue_days > 0 ? 'danger' : undefined}>{date(c.due_on)}</span>
      ))}
      {fact('last_order_at', t('customer.lastOrder'), date(c.last_order_at && dateOf(c.last_order_at, me.timezone)))}
      {fact('open_receivable_cents', t('customer.receivable'), (
        <span className="num">{money(c.open_receivable_cents)}</span>
      ))}
      {warned && fact('warnings', t('field.warnings'), (
        <span className={warned.length > 0 ? 'danger' : undefined}>{overdueWords(warned, t)}</span>
      ))}
      {fact('visit_every_days', t('customer.every'),
        c.visit_every_days ? t('customer.everyDays', { n: c.visit_every_days }) : '–')}
      {fact('service_minutes', t('customer.service'), `${c.service_minutes} min`)}
      {fact('opening_hours', t('customer.hours'), <Hours customer={c} />)}
      {fact('address', t('customer.address'), c.address || '–')}
      {c.district && fact('district', t('archive.district'), c.district)}
      {c.building && fact('building', t('archive.building'), c.building)}
      {fact('stage', t('archive.stage'), stageWord(c.stage, lookup))}
      {c.channel && fact('channel', t('archive.channel'), c.channel)}
      {(c.contacts ?? []).map((p, i) => (
        <div className="fact" key={i}>
          <dt>{i === 0 ? t('archive.mainContact') : t('archive.contact')}</dt>
          <dd>
            {p.name}{p.post && ` · ${p.post}`}{' '}
            {p.phone && <a href={`tel:${p.phone}`}>{p.phone}</a>}{' '}
            {p.email && <a href={`mailto:${p.email}`}>{p.email}</a>}
          </dd>
        </div>
      ))}
      <SharedWith customer={c} />
      {fact('phone', t('customer.phone'), c.phone ? <a href={`tel:${c.phone}`}>{c.phone}</a> : '–')}
      {fact('level', t('customer.level'), levelWord(c.level, lookup))}
      {c.last_visit_at && fact('', t('customer.lastVisitAt'),
        `${day(dateOf(c.last_visit_at, me.timezone), language)} ${clock(c.last_visit_at, me.timezone)}`)}
    </dl>
  )
}

function Hours({ customer }: { customer: Customer }) {
  const { t, lookup } = useSpeech()
  if (!customer.opening_hours?.length) return <>{t('customer.alwaysOpen')}</>
  return (
    <>
      {customer.opening_hours.map((h, i) => (
        <span key={i} className="hours num">
          {h.days.length === 7 ? t('weekday.all') : h.days.map((d) => lookup(`weekday.${d}`)).join(' ')}
          {' '}{h.open}–{h.close}
        </span>
      ))}
    </>
  )
}
