import { useMemo } from 'react'
import { Link } from 'wouter'
import { Phone, PhoneIncoming, Users } from 'lucide-react'
import { useBoard } from '../api/calls'
import { useDays, usePeople, usePositions } from '../api/queries'
import { age } from '../format/format'
import { useSpeech } from '../i18n/language'
import { useSession } from '../session/session'
import { Blank, Face, Failure, Loading } from './bits'

/** The team now: who is out, how far they are, and their number. */
export default function TeamTab() {
  const { t, language } = useSpeech()
  const { me, may } = useSession()
  const board = useBoard(may('assignments.write'))
  const waiting = board.data?.filter((c) => c.state === 'open').length ?? 0
  const people = usePeople()
  const days = useDays(me.business_day)
  const positions = usePositions()
  const rows = useMemo(() => {
    const at = new Map(positions.data?.map((p) => [p.person_id, p]))
    const day = new Map(days.data?.map((d) => [d.person_id, d]))
    return (people.data ?? [])
      .filter((p) => p.role === 'salesperson' && p.active)
      .map((p) => ({ person: p, live: at.get(p.id), day: day.get(p.id) }))
      .sort((a, b) => Number(b.live?.fresh ?? false) - Number(a.live?.fresh ?? false))
  }, [people.data, days.data, positions.data])
  const out = rows.filter((r) => r.live?.fresh).length
  return (
    <>
      <header className="top">
        <div><h1>{t('phone.team')}</h1><p>{t('phone.outNow', { n: out, of: rows.length })}</p></div>
      </header>
      {may('assignments.write') && (
        <Link href="/calls" className="button wide board-link">
          <PhoneIncoming size={20} aria-hidden /> {t('board.title')}
          {waiting > 0 && <span className="num">{t('board.open', { n: waiting })}</span>}
        </Link>
      )}
      {people.isPending && <Loading />}
      {people.isError && <Failure error={people.error} retry={() => void people.refetch()} />}
      {people.data && rows.length === 0 && <Blank icon={<Users size={30} />} title={t('plan.noPeople')} />}
      <ul className="people">
        {rows.map(({ person, live, day }) => (
          <li key={person.id} className="near-line">
            <Face name={person.name} index={person.color_index} />
            <Link href={`/map?person=${person.id}`} className="people-main">
              <b>{person.name}</b>
              <small>
                {live ? t('near.fix', { age: age(live.age_s ?? 0, language) }) : t('live.noFix')}
                {day && day.stops > 0 ? ` · ${t('phone.progress', { done: day.done ?? 0, of: day.stops })}` : ''}
              </small>
            </Link>
            <i className="dot" data-on={live?.fresh ?? false} title={live?.fresh ? t('duty.on') : t('duty.off')} />
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
