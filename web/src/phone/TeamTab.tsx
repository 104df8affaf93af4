import { useMemo } from 'react'
import { Link } from 'wouter'
import { ChartColumn, Phone, PhoneIncoming, Users } from 'lucide-react'
import { useBoard } from '../api/calls'
import { usePositions } from '../api/positions'
import { useDays, usePeople } from '../api/queries'
import type { LivePosition } from '../api/types'
import { useLivePositions } from '../desktop/live/useLivePositions'
import { age } from '../format/format'
import { useSpeech } from '../i18n/language'
import { useSession } from '../session/session'
import { Blank, Face, Failure, Loading } from './bits'

/** The team now: who is out, how far they are, and their number. */
export default function TeamTab() {
  const { t } = useSpeech()
  const { me, may } = useSession()
  const board = useBoard(may('assignments.write'))
  const waiting = board.data?.filter((c) => c.state === 'open').length ?? 0
  const people = usePeople()
  const days = useDays(me.business_day)
  const positions = usePositions()
  useLivePositions()
  const rows = useMemo(() => {
    const at = new Map(positions.data?.map((p) => [p.person_id, p]))
    const day = new Map(days.data?.map((d) => [d.person_id, d]))
    const rank = (live: LivePosition | undefined) => (live?.fresh ? 0 : live ? 1 : 2)
    return (people.data ?? [])
      .filter((p) => p.role === 'salesperson' && p.active)
      .map((p) => ({ person: p, live: at.get(p.id), day: day.get(p.id) }))
      .sort((a, b) => rank(a.live) - rank(b.live) || a.person.name.localeCompare(b.person.name))
  }, [people.data, days.data, positions.data])
  const out = rows.filter((r) => r.live?.fresh).length
  const failed = [people, positions, days].find((q) => q.isError)
  return (
    <>
      <header className="top">
        <div><h1>{t('phone.team')}</h1>{positions.data && <p>{t('phone.outNow', { n: out, of: rows.length })}</p>}</div>
      </header>
      {may('assignments.write') && (
        <Link href="/calls" className="button wide board-link">
          <PhoneIncoming size={20} aria-hidden /> {t('board.title')}
          {waiting > 0 && <span className="num">{t('board.open', { n: waiting })}</span>}
        </Link>
      )}
      {may('visits.read') && (
        <Link href="/team/work" className="button wide board-link"><ChartColumn size={20} aria-hidden /> {t('work.team')}</Link>
      )}
      {people.isPending && <Loading />}
      {failed && <Failure error={failed.error} retry={() => void failed.refetch()} />}
      {people.data && rows.length === 0 && <Blank icon={<Users size={30} />} title={t('plan.noPeople')} />}
      <ul className="people">
        {rows.map(({ person, live, day }) => (
          <li key={person.id} className="near-line">
            <Face name={person.name} index={person.color_index} />
            <Link href={`/map?person=${person.id}`} className="people-main">
              <b>{person.name}</b>
              <small>
                {positions.data && <Seen live={live} />}
                {day && day.stops > 0 ? ` · ${t('phone.progress', { done: day.done, of: day.stops })}` : ''}
              </small>
            </Link>
            <i className="dot" data-on={live?.fresh ?? false} aria-hidden />
            {person.phone && (
              <a className="round" href={`tel:${person.phone}`} aria-label={t('near.call', { name: person.name })}>
                <Phone size={20} aria-hidden />
              </a>
            )}
          </li>
        ))}
      </ul>
    </>
  )
}

/** How old somebody's position is; an old one stands for then, not for now. */
function Seen({ live }: { live: LivePosition | undefined }) {
  const { t, language } = useSpeech()
  if (!live) return t('live.noFix')
  const fix = t('near.fix', { age: age(live.age_s, language) })
  return live.fresh ? fix : <span className="stale">{fix} · {live.on_duty ? t('live.old') : t('duty.off')}</span>
}
