import { useState } from 'react'
import { App, Button, Checkbox, DatePicker, Select } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import dayjs from 'dayjs'
import { CalendarPlus, RouteOff } from 'lucide-react'
import { ApiError, post } from '../../api/client'
import type { Person } from '../../api/types'
import { distance } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { showPlace } from '../../map/camera'
import { useStage } from '../../map/context'
import { useSession } from '../../session/session'
import { kindWord } from '../customers/words'
import { Nothing, Trouble, Waiting } from '../states'
import { root, useOnTheWay, type Outcome } from './data'

/** Shops near the way of somebody's day, to be put on it as stops that may be left out. */
export function OnTheWay({ people }: { people: Person[] }) {
  const { t, lookup, language } = useSpeech()
  const { me, may } = useSession()
  const { message } = App.useApp()
  const client = useQueryClient()
  const stage = useStage()
  const selling = people.filter((p) => p.active && p.role === 'salesperson')
  const [chosen, setChosen] = useState(0)
  const [day, setDay] = useState(dayjs(me.business_day))
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const [why, setWhy] = useState<ReadonlyMap<string, string>>(new Map())
  const [busy, setBusy] = useState(false)
  const person = chosen || selling[0]?.id || 0
  const date = day.format('YYYY-MM-DD')
  const shops = useOnTheWay(person, date)
  const list = shops.data ?? []
  const ids = list.filter((p) => picked.has(p.id)).map((p) => p.id)
  const pick = (id: string, on: boolean) => {
    const next = new Set(picked)
    if (on) next.add(id)
    else next.delete(id)
    setPicked(next)
  }
  const offer = async () => {
    setBusy(true)
    try {
      const out = await post<Outcome[]>(`${root}/route-stops`, { person_id: person, date, ids })
      const refused = out.filter((o) => o.customer_id === null)
      void message.info(t('white.way.done', { n: out.length - refused.length }))
      const first = refused[0]
      setWhy(new Map(refused.map((o) => [o.id, lookup(`problem.${o.code}`) ?? o.message])))
      if (first) void message.warning(t('white.refused', { n: refused.length, why: lookup(`problem.${first.code}`) ?? first.message }))
      setPicked(new Set())
    } catch (e) {
      void message.error(sentence(e, lookup, language))
    }
    await Promise.all(['whitespace', 'customers', 'day', 'days'].map((k) => client.invalidateQueries({ queryKey: [k] })))
    setBusy(false)
  }
  const noRoute = shops.error instanceof ApiError && shops.error.code === 'market.no_route'
  return (
    <>
      <div className="white-pair">
        <Select value={person || null} onChange={setChosen} aria-label={t('white.way.person')} showSearch optionFilterProp="label"
          options={selling.map((p) => ({ value: p.id, label: p.name }))} />
        <DatePicker value={day} allowClear={false} minDate={dayjs(me.business_day)} onChange={(d) => d && setDay(d)} aria-label={t('white.way.day')} />
      </div>
      <p className="white-note">{t('white.way.hint')}</p>
      {shops.isLoading && <Waiting rows={3} />}
      {noRoute && <Nothing icon={<RouteOff size={26} />} title={t('white.way.none')} />}
      {shops.isError && !noRoute && <Trouble error={shops.error} retry={() => void shops.refetch()} />}
      {shops.isSuccess && list.length === 0 && <Nothing icon={<RouteOff size={26} />} title={t('white.noProspects')} />}
      {list.length > 0 && may('customers.write') && (
        <Button type="primary" disabled={ids.length === 0} loading={busy} icon={<CalendarPlus size={15} aria-hidden />}
          onClick={() => void offer()}>{t('white.way.offer', { n: ids.length })}</Button>
      )}
      <ul className="rows white-rows" aria-label={t('white.route')}>
        {list.map((p) => (
          <li key={p.id} className="white-row">
            <Checkbox checked={picked.has(p.id)} onChange={(e) => pick(p.id, e.target.checked)}
              aria-label={t('white.choose', { name: p.name })} />
            <button type="button" className="white-row-main"
              onClick={() => stage && showPlace(stage.map, p.position as [number, number], 15)}>
              <b>{p.chinese ? `${p.chinese} ${p.name}` : p.name}</b>
              <small>{[kindWord(p.kind, lookup), p.off_m === null ? '' : distance(p.off_m), p.address || t('white.way.noAddress')].filter(Boolean).join(' · ')}</small>
              {why.has(p.id) && <small className="white-refused">{why.get(p.id)}</small>}
            </button>
          </li>
        ))}
      </ul>
    </>
  )
}
