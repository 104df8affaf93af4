import { lazy, Suspense, useMemo, useState } from 'react'
import { Button, Segmented } from 'antd'
import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { ClipboardList } from 'lucide-react'
import { get, rows } from '../../api/client'
import { usePeople } from '../../api/queries'
import type { Page, Visit } from '../../api/types'
import type { components } from '../../api/schema'
import { addDays, clock, day, duration } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { useSession } from '../../session/session'
import { useStage } from '../../map/context'
import { showPlace } from '../../map/camera'
import { Avatar } from '../Avatar'
import { Panel } from '../frame/Panel'
import { Nothing, Trouble, Waiting } from '../states'

const Charts = lazy(() => import('./Charts'))

type Covered = components['schemas']['DayCovered']
type Photo = components['schemas']['Photo']

/** What was done in the field: everybody's work, and every visit with its proof. */
export default function VisitsPage() {
  const { t } = useSpeech()
  const [tab, setTab] = useState<'work' | 'charts' | 'records'>('work')
  const [days, setDays] = useState<1 | 7 | 30>(1)
  const { me } = useSession()
  const from = addDays(me.business_day, 1 - days)
  return (
    <Panel title={t('field.visits')} label={t('field.visits')}>
      <div className="field-tools">
        <Segmented block value={tab} onChange={setTab} options={[
          { value: 'work', label: t('field.work') }, { value: 'charts', label: t('field.charts') },
          { value: 'records', label: t('field.records') },
        ]} />
        <Segmented block value={days} onChange={setDays} options={[
          { value: 1, label: t('field.today') }, { value: 7, label: t('field.days', { n: 7 }) },
          { value: 30, label: t('field.days', { n: 30 }) },
        ]} />
      </div>
      {tab === 'work' && <Work from={from} />}
      {tab === 'charts' && <Suspense fallback={<Waiting />}><Charts from={from} /></Suspense>}
      {tab === 'records' && <Records from={from} />}
    </Panel>
  )
}

function Work({ from }: { from: string }) {
  const { t } = useSpeech()
  const people = usePeople()
  const work = useQuery({
    queryKey: ['visits', 'coverage', from],
    queryFn: () => get<Covered[]>('/v1/reports/visit-coverage', { from }),
  })
  const sums = useMemo(() => {
    const out = new Map<number, { records: number; customers: number; onSite: number }>()
    for (const d of work.data ?? []) {
      const s = out.get(d.person_id) ?? { records: 0, customers: 0, onSite: 0 }
      out.set(d.person_id, {
        records: s.records + d.records, customers: s.customers + d.customers, onSite: s.onSite + d.on_site_s,
      })
    }
    return out
  }, [work.data])
  if (work.isPending || people.isPending) return <Waiting />
  if (work.isError) return <Trouble error={work.error} retry={() => void work.refetch()} />
  const sellers = (people.data ?? []).filter((p) => p.active && (p.role === 'salesperson' || sums.has(p.id)))
  const most = Math.max(1, ...[...sums.values()].map((s) => s.records))
  return (
    <div className="field-scroll">
      <table className="field-table">
        <thead>
          <tr>
            <th>{t('field.person')}</th><th className="num">{t('field.recordsN')}</th>
            <th className="num">{t('field.customersN')}</th><th className="num">{t('field.onSite')}</th>
          </tr>
        </thead>
        <tbody>
          {sellers.map((p) => {
            const s = sums.get(p.id)
            return (
              <tr key={p.id}>
                <td><span className="field-who"><Avatar name={p.name} index={p.color_index} size={24} /> {p.name}</span></td>
                <td className="num">
                  <span className="field-bar" style={{ width: `${Math.round(((s?.records ?? 0) / most) * 48)}px` }} aria-hidden />
                  {s?.records ?? 0}
                </td>
                <td className="num">{s?.customers ?? 0}</td>
                <td className="num">{s?.onSite ? duration(s.onSite) : '–'}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
      <p className="field-note">{t('field.customersHint')}</p>
    </div>
  )
}

function Records({ from }: { from: string }) {
  const { t } = useSpeech()
  const [open, setOpen] = useState<number | null>(null)
  const list = useInfiniteQuery({
    queryKey: ['visits', 'records', from],
    initialPageParam: '',
    queryFn: ({ pageParam }) => get<Page<Visit>>('/v1/visits', { from, limit: 100, after: pageParam }),
    getNextPageParam: (last) => last.next || undefined,
  })
  if (list.isPending) return <Waiting />
  if (list.isError) return <Trouble error={list.error} retry={() => void list.refetch()} />
  const all = list.data.pages.flatMap((p) => rows(p))
  if (all.length === 0) {
    return <Nothing icon={<ClipboardList size={26} />} title={t('field.noVisits')}>{t('field.noVisitsHint')}</Nothing>
  }
  return (
    <div className="field-scroll">
      <ul className="due">
        {all.map((v) => (
          <Record key={v.id} visit={v} open={open === v.id} onOpen={() => setOpen(open === v.id ? null : v.id)} />
        ))}
      </ul>
      {list.hasNextPage && (
        <Button block loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>{t('do.moreRows')}</Button>
      )}
    </div>
  )
}

function Record({ visit: v, open, onOpen }: { visit: Visit; open: boolean; onOpen: () => void }) {
  const { t, language, lookup } = useSpeech()
  const { me } = useSession()
  const stage = useStage()
  const place = v.check_in.position as [number, number] | null
  return (
    <li data-active={open} className="field-record">
      <button type="button" className="due-main" aria-expanded={open} onClick={() => {
        onOpen()
        if (!open && place && stage) showPlace(stage.map, place, 15)
      }}>
        <span className="row-title">{v.customer_name}</span>
        <span className="row-sub">
          {v.person_name} · {day(v.date, language)} {clock(v.check_in_at, me.timezone)}
          {v.check_out_at && ` · ${duration(v.on_site_s)}`} · {lookup(`field.state.${v.state}`)}
        </span>
      </button>
      {v.truth !== null && (
        <span className={v.truth < 60 ? 'overdue num' : 'num'} title={t('field.truth')}>{v.truth}</span>
      )}
      {open && (
        <div className="field-open">
          <p>{t('field.grade')}: {t(`field.grade.${v.grade}`)}</p>
          {v.doubts && v.doubts.length > 0 && <p>{v.doubts.map((d) => lookup(`field.doubt.${d}`)).join(' · ')}</p>}
          {v.reason && <p>{t('phone.reason')}: {v.reason}</p>}
          {v.person_met && <p>{t('field.personMet')}: {v.person_met}</p>}
          {v.notes && <p>{v.notes}</p>}
          <Photos visit={v.id} />
        </div>
      )}
    </li>
  )
}

function Photos({ visit }: { visit: number }) {
  const { lookup, t } = useSpeech()
  const photos = useQuery({
    queryKey: ['visits', 'photos', visit],
    queryFn: () => get<Photo[]>(`/v1/visits/${visit}/photos`),
  })
  if (!photos.data) return photos.isError ? <Trouble error={photos.error} /> : null
  return (
    <div className="field-photos">
      {photos.data.map((p) => (
        <figure key={p.id}>
          {p.url
            ? <a href={p.url} target="_blank" rel="noreferrer"><img src={p.url} alt={(p.stamp ?? []).join(', ')} loading="lazy" /></a>
            : <span className="row-sub">{t(p.state === 'unreadable' ? 'field.unreadable' : 'field.drawing')}</span>}
          {p.flags && p.flags.length > 0 && (
            <figcaption className="overdue">{p.flags.map((f) => lookup(`field.flag.${f}`)).join(' · ')}</figcaption>
          )}
        </figure>
      ))}
    </div>
  )
}
