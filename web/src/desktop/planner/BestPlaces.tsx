import { useState } from 'react'
import { Button } from 'antd'
import { useQuery } from '@tanstack/react-query'
import { CalendarX, Route } from 'lucide-react'
import { get, post } from '../../api/client'
import { usePeople } from '../../api/queries'
import type { Customer, Day, Slots } from '../../api/types'
import { clock, distance, duration } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { add, edit } from '../../day/plan'
import { bestPlaces, question, type BestPlace } from '../../day/slots'
import { useSession } from '../../session/session'
import { Avatar } from '../Avatar'
import { Nothing, Trouble, Waiting } from '../states'
import type { Planner } from './usePlanner'

/** So many people's days are looked at. */
const mostPeople = 50

/** Whose day a customer fits into best: the three best places with what they add. */
export function BestPlaces({ customer, planner, onPut }: {
  customer: Customer
  planner: Planner
  onPut: (place: BestPlace) => void
}) {
  const { t } = useSpeech()
  const [asked, setAsked] = useState<number | null>(null)
  const { may } = useSession()
  if (!may('routes.read') || !customer.position) return null
  if (asked !== customer.id) {
    return (
      <Button block icon={<Route size={15} aria-hidden />} onClick={() => setAsked(customer.id)}>
        {t('slots.ask')}
      </Button>
    )
  }
  return <Places customer={customer} planner={planner} onPut={onPut} title={t('slots.title')} />
}

function Places({ customer, planner, onPut, title }: {
  customer: Customer
  planner: Planner
  onPut: (place: BestPlace) => void
  title: string
}) {
  const { t, lookup } = useSpeech()
  const found = useSlots(customer, planner)
  if (found.isPending) return <Waiting rows={3} />
  if (found.isError) return <Trouble error={found.error} retry={() => void found.refetch()} />
  const { places, reasons } = found.data
  return (
    <section className="near" aria-label={title}>
      <h3>{title}</h3>
      {places.length === 0 && (
        <Nothing icon={<CalendarX size={24} />} title={t('slots.none')}>
          {reasons.map((r) => lookup(`slots.reason.${r}`) ?? r).join(' · ') || t('slots.past')}
        </Nothing>
      )}
      <ol>
        {places.map((p, i) => <PlaceRow key={i} rank={i + 1} place={p} onPut={() => onPut(p)} />)}
      </ol>
    </section>
  )
}

/** Asks with everybody's day of the date, this planner's as it is in hand. */
function useSlots(customer: Customer, planner: Planner) {
  const people = usePeople()
  const { me } = useSession()
  const { day, draft } = planner
  const sellers = (people.data ?? []).filter((p) => p.role === 'salesperson' && p.active).slice(0, mostPeople)
  return useQuery({
    queryKey: ['slots', customer.id, day?.person_id, day?.date, draft.stops, sellers.map((p) => p.id)],
    enabled: !!day && !!people.data,
    gcTime: 0,
    queryFn: async ({ signal }) => {
      const { person_id, date } = day!
      // Timed on this day, the visit brings its hours and its place with it.
      const trial = await post<Day>(`/v1/days/${person_id}/${date}/evaluate`,
        edit(add(draft.stops, [customer.id]), day!), { signal })
      const fresh = trial.stops.find((s) => s.customer_id === customer.id)!
      const mine = { ...trial, stops: trial.stops.filter((s) => s !== fresh) }
      const others = sellers.filter((p) => p.id !== person_id)
      const days = [mine, ...await Promise.all(others.map((p) => get<Day>(`/v1/days/${p.id}/${date}`)))]
      const free = days.filter((d) => d === mine || d.stops.every((s) => s.customer_id !== customer.id))
      const answer = await post<Slots>('/v1/optimise/slots', question(fresh, free, me.timezone), { signal })
      return { places: bestPlaces(answer.slots, free, Date.parse(me.now)), reasons: answer.reasons }
    },
  })
}

function PlaceRow({ rank, place, onPut }: { rank: number; place: BestPlace; onPut: () => void }) {
  const { t } = useSpeech()
  const { me } = useSession()
  const people = usePeople()
  const person = people.data?.find((p) => p.id === place.day.person_id)
  const name = person?.name ?? place.day.person_name
  return (
    <li className="near-row">
      <span className="near-rank num">{rank}</span>
      <Avatar name={name} index={person?.color_index} size={30} />
      <div className="near-main">
        <b>{name}</b>
        <small>{place.after ? t('slots.after', { name: place.after.name }) : t('slots.first')}</small>
        <small className="num">+{distance(Math.max(place.distance_m, 0))}</small>
      </div>
      <div className="near-end">
        <b className="num">{clock(place.begin, me.timezone)}</b>
        <small className="num">+{duration(Math.max(place.drive_s, 0))}</small>
      </div>
      <div className="near-do">
        <Button size="small" aria-label={t('slots.putOf', { name })} onClick={onPut}>{t('slots.put')}</Button>
      </div>
    </li>
  )
}
