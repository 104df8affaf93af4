import { useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useQueryClient } from '@tanstack/react-query'
import { ChevronLeft, LocateFixed, Navigation, Phone, SearchX, Undo2, UserRoundPlus, X } from 'lucide-react'
import { post, remove } from '../api/client'
import { kindWord } from '../desktop/customers/words'
import { root, useProspects, type Outcome, type Prospect } from '../desktop/whitespace/data'
import { distance } from '../format/format'
import type { LonLat } from '../geo/datum'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { useSession } from '../session/session'
import { Blank, Failure, Loading } from './bits'
import { locate, LocateError } from './locate'
import { NavigateSheet } from './NavigateSheet'
import { useToast } from './toast'
import './prospects.css'

/** Shops around me that are no customers yet: go there, and make customers of them. */
export default function ProspectsTab() {
  const { t } = useSpeech()
  const [, go] = useLocation()
  const say = useToast()
  const [here, setHere] = useState<LonLat | null>(null)
  const [busy, setBusy] = useState(false)
  const find = async () => {
    setBusy(true)
    try {
      setHere((await locate()).position as LonLat)
    } catch (e) {
      say(t(`locate.${e instanceof LocateError ? e.fault : 'unavailable'}`))
    }
    setBusy(false)
  }
  return (
    <>
      <header className="top">
        <button type="button" className="round" onClick={() => go('/customers')} aria-label={t('do.back')}>
          <ChevronLeft size={26} aria-hidden />
        </button>
        <h1 className="grow">{t('white.near')}</h1>
        {here && (
          <button type="button" className="round" disabled={busy} onClick={() => void find()} aria-label={t('white.find')}>
            <LocateFixed size={24} aria-hidden />
          </button>
        )}
      </header>
      {here ? <Around here={here} /> : (
        <Blank icon={<LocateFixed size={30} />} title={t('white.nearHint')}>
          <button type="button" className="button primary" disabled={busy} onClick={() => void find()}>
            <LocateFixed size={20} aria-hidden /> {busy ? t('phone.locating') : t('white.find')}
          </button>
        </Blank>
      )}
    </>
  )
}

function Around({ here }: { here: LonLat }) {
  const { t } = useSpeech()
  const pages = useProspects({ near: here.map((v) => v.toFixed(5)).join(',') })
  const commands = useCommands()
  const [leading, setLeading] = useState<Prospect | null>(null)
  const all = pages.data?.pages.flatMap((p) => p.items ?? []) ?? []
  if (pages.isPending) return <Loading />
  if (pages.isError) return <Failure error={pages.error} retry={() => void pages.refetch()} />
  return (
    <>
      {commands.gone && (
        <div className="prospect-gone" role="status">
          <span>{t('white.dismissed', { name: commands.gone.name })}</span>
          <button type="button" className="button" onClick={() => void commands.restore()}>
            <Undo2 size={20} aria-hidden /> {t('white.undo')}
          </button>
        </div>
      )}
      {all.length === 0 && <Blank icon={<SearchX size={30} />} title={t('white.noProspects')} />}
      <ul className="people">
        {all.map((p) => (
          <Shop key={p.id} p={p} made={commands.made.get(p.id)} busy={commands.busy}
            onLead={() => setLeading(p)} onMake={() => void commands.make(p)} onDismiss={() => void commands.dismiss(p)} />
        ))}
      </ul>
      {pages.hasNextPage && (
        <button type="button" className="button wide" onClick={() => void pages.fetchNextPage()}>
          {t('do.moreRows')}
        </button>
      )}
      {leading && (
        <NavigateSheet to={leading.position as LonLat} name={leading.name} onClose={() => setLeading(null)} />
      )}
    </>
  )
}

/** What can be done about a shop; made says which customer became of it. */
function useCommands() {
  const { t, lookup, language } = useSpeech()
  const client = useQueryClient()
  const say = useToast()
  const [busy, setBusy] = useState(false)
  const [made, setMade] = useState<ReadonlyMap<string, number>>(new Map())
  const [gone, setGone] = useState<Prospect | null>(null)
  const run = async (work: () => Promise<void>) => {
    setBusy(true)
    try {
      await work()
    } catch (e) {
      say(sentence(e, lookup, language))
    }
    setBusy(false)
  }
  const reread = () => client.invalidateQueries({ queryKey: ['whitespace'] })
  const make = (p: Prospect) => run(async () => {
    const [out] = await post<Outcome[]>(`${root}/leads`, { ids: [p.id] })
    if (out?.customer_id) {
      setMade(new Map(made).set(p.id, out.customer_id))
      say(t('white.made', { n: 1 }))
      await client.invalidateQueries({ queryKey: ['customers'] })
    } else {
      say(t('white.refused', { n: 1, why: lookup(`problem.${out?.code ?? ''}`) ?? out?.message ?? '' }))
    }
  })
  const dismiss = (p: Prospect) => run(async () => {
    await post(`${root}/dismissals`, { id: p.id })
    setGone(p)
    await reread()
  })
  const restore = () => run(async () => {
    if (gone) await remove(`${root}/dismissals/${gone.id}`)
    setGone(null)
    await reread()
  })
  return { made, gone, busy, make, dismiss, restore }
}

function Shop({ p, made, busy, onLead, onMake, onDismiss }: {
  p: Prospect
  made: number | undefined
  busy: boolean
  onLead: () => void
  onMake: () => void
  onDismiss: () => void
}) {
  const { t, lookup } = useSpeech()
  const { may } = useSession()
  const facts = [kindWord(p.kind, lookup), p.address].filter(Boolean).join(' · ')
  return (
    <li className="prospect">
      <div className="prospect-words">
        <b>{p.chinese ? `${p.chinese} ${p.name}` : p.name}</b>
        <small>{facts}</small>
      </div>
      <span className="num">{p.off_m === null ? '' : distance(p.off_m)}</span>
      <div className="prospect-do">
        {made
          ? <Link href={`/customers/${made}`} className="button primary">{t('customer.card')}</Link>
          : may('customers.write') && (
            <button type="button" className="button" disabled={busy} onClick={onMake}
              aria-label={`${t('white.toCustomer')}: ${p.name}`}>
              <UserRoundPlus size={20} aria-hidden /> {t('white.toCustomer')}
            </button>
          )}
        <button type="button" className="round filled" onClick={onLead} aria-label={t('phone.navigateTo', { name: p.name })}>
          <Navigation size={20} aria-hidden />
        </button>
        {p.phone && (
          <a className="round filled" href={`tel:${p.phone}`} aria-label={t('near.call', { name: p.name })}>
            <Phone size={20} aria-hidden />
          </a>
        )}
        {!made && may('customers.write') && (
          <button type="button" className="round" disabled={busy} onClick={onDismiss}
            aria-label={`${t('white.dismiss')}: ${p.name}`}>
            <X size={20} aria-hidden />
          </button>
        )}
      </div>
    </li>
  )
}
