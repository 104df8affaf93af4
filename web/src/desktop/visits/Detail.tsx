import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { get } from '../../api/client'
import type { components } from '../../api/schema'
import { stepTitle, useSteps, type Step } from '../../api/steps'
import type { Visit } from '../../api/types'
import { clock, count, distance, duration } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import type { Args } from '../../i18n/translate'
import { useSession } from '../../session/session'
import { Trouble } from '../states'

type Photo = components['schemas']['Photo']
type Truth = components['schemas']['Truth']
type Doubt = components['schemas']['Doubt']
type Punch = components['schemas']['PunchView']

const clockOff = 120 // seconds that a phone's clock may be off before it is said

/** All that is known of a visit: where and when by whose word, what speaks against it, what was done and seen. */
export function Detail({ visit: v }: { visit: Visit }) {
  const { t, lookup } = useSpeech()
  const facts: [string, string | undefined][] = [
    [t('phone.reason'), v.reason],
    [t('field.personMet'), v.person_met],
    [t('visit.stage'), v.stage && (lookup(`field.stage.${v.stage}`) ?? v.stage)],
    [t('visit.status'), v.customer_status && (lookup(`status.${v.customer_status}`) ?? v.customer_status)],
    [t('phone.notes'), v.notes],
    [t('work.decision'), v.decision],
  ]
  return (
    <>
      <dl className="field-facts">
        <Where word={t('visit.in')} punch={v.check_in} fence={v.fence_m} />
        {v.check_out && <Where word={t('visit.out')} punch={v.check_out} />}
        {facts.filter(([, value]) => value).map(([word, value]) => (
          <div key={word}><dt>{word}</dt><dd>{value}</dd></div>
        ))}
      </dl>
      {v.check_out_at && <Believed visit={v} />}
      <Steps visit={v.id} />
      <Photos visit={v.id} />
      <Link href={`/customers?customer=${v.customer_id}`}>{t('visit.card')}</Link>
    </>
  )
}

/** One end of a visit: when by the server, where, how good, and what the phone's clock said. */
function Where({ word, punch: p, fence }: { word: string; punch: Punch; fence?: number }) {
  const { t, language } = useSpeech()
  const { me } = useSession()
  const ahead = p.device_at ? (Date.parse(p.device_at) - Date.parse(p.at)) / 1000 : 0
  const late = Date.parse(p.received_at) - Date.parse(p.at) > 60_000
  const told = new Intl.DateTimeFormat(language === 'zh' ? 'zh-CN' : 'en-GB', {
    timeZone: me.timezone, month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit',
  })
  const parts = [
    `${clock(p.at, me.timezone)} ${t('visit.server')}`,
    !p.position && t('visit.noPosition'),
    p.distance_m !== null && t('visit.fromCustomer', { distance: distance(p.distance_m) }),
    p.accuracy_m !== null && t('visit.accuracy', { distance: distance(p.accuracy_m) }),
    fence !== undefined && t('visit.fence', { distance: distance(fence) }),
    Math.abs(ahead) > clockOff && t(ahead > 0 ? 'visit.clockAhead' : 'visit.clockBehind', { time: duration(Math.abs(ahead)) }),
    late && t('visit.late', { time: told.format(new Date(p.received_at)) }),
  ]
  return <div><dt>{word}</dt><dd className="num">{parts.filter(Boolean).join(' · ')}</dd></div>
}

/** How far it is to be believed by what is known now, and why: each doubt with what it takes off. */
function Believed({ visit: v }: { visit: Visit }) {
  const { t, lookup } = useSpeech()
  const truth = useQuery({
    queryKey: ['visits', 'truth', v.id],
    queryFn: () => get<Truth>(`/v1/visits/${v.id}/truth`),
  })
  if (!truth.data) return truth.isError ? <Trouble error={truth.error} retry={() => void truth.refetch()} /> : null
  const doubts = truth.data.doubts ?? []
  return (
    <section aria-label={t('field.truth')}>
      <p><b>{t('visit.truth', { n: truth.data.score })}</b> · {t('field.grade')}: {t('visit.in')} {t(`field.grade.${truth.data.grade}`)}
        {truth.data.out_grade && ` · ${t('visit.out')} ${lookup(`field.grade.${truth.data.out_grade}`) ?? truth.data.out_grade}`}</p>
      {doubts.every((d) => d.weight === 0) && <p>{t('visit.truth.clear')}</p>}
      <ul className="field-doubts">
        {doubts.map((d) => (
          <li key={d.code}>
            <span>{lookup(`visit.doubt.${d.code}`, said(d)) ?? d.code}</span>
            {d.weight > 0 && <span className="num">{t('visit.minus', { n: d.weight })}</span>}
          </li>
        ))}
      </ul>
    </section>
  )
}

const said = (d: Doubt): Args => ({
  n: count(Math.round(d.value)), distance: distance(d.value), time: duration(d.value),
})

/** What was filled in; what is not is not asked of a visit that is over. */
function Steps({ visit }: { visit: number }) {
  const { t } = useSpeech()
  const steps = useSteps(visit)
  if (!steps.data) return steps.isError ? <Trouble error={steps.error} retry={() => void steps.refetch()} /> : null
  return steps.data.filter((s) => s.done).map((s) => (
    <section key={s.name} aria-label={stepTitle(s, t)}>
      <p><b>{stepTitle(s, t)}</b></p>
      <dl className="field-facts">
        {(s.fields ?? []).map((f) => (
          <div key={f.name}><dt>{f.label}</dt><dd>{answer(s.answers[f.name], t)}</dd></div>
        ))}
      </dl>
    </section>
  ))
}

function answer(value: Step['answers'][string], t: ReturnType<typeof useSpeech>['t']): string {
  if (value === undefined || value === null) return t('visit.unanswered')
  if (typeof value === 'boolean') return t(value ? 'steps.yes' : 'steps.no')
  return String(value)
}

function Photos({ visit }: { visit: number }) {
  const { lookup, t } = useSpeech()
  const photos = useQuery({
    queryKey: ['visits', 'photos', visit],
    queryFn: () => get<Photo[]>(`/v1/visits/${visit}/photos`),
  })
  if (!photos.data) return photos.isError ? <Trouble error={photos.error} retry={() => void photos.refetch()} /> : null
  return (
    <div className="field-photos">
      {photos.data.map((p) => (
        <figure key={p.id}>
          {p.url
            ? <a href={p.url} target="_blank" rel="noreferrer"><img src={p.url} alt={(p.stamp ?? []).join(', ')} loading="lazy" /></a>
            : <span className="row-sub">{t(p.state === 'unreadable' ? 'field.unreadable' : 'field.drawing')}</span>}
          <figcaption>
            {t(`field.grade.${p.grade}`)}{p.distance_m !== null && ` · ${t('visit.fromCustomer', { distance: distance(p.distance_m) })}`}
          </figcaption>
          {p.flags && p.flags.length > 0 && (
            <figcaption className="overdue">{p.flags.map((f) => lookup(`field.flag.${f}`) ?? f).join(' · ')}</figcaption>
          )}
        </figure>
      ))}
    </div>
  )
}
