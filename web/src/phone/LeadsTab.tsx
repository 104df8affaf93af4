import { useState } from 'react'
import { useLocation } from 'wouter'
import { useQueryClient } from '@tanstack/react-query'
import { ChevronLeft, Plus, UserRoundCheck, UserRoundSearch } from 'lucide-react'
import { useLeads, type Lead } from '../api/archive'
import { refresh } from '../api/book'
import { commandKey } from '../api/client'
import { convertLead, emptyLead, keepLead, leadFields, type LeadValues } from '../book/leads'
import { useFacets } from '../api/queries'
import { kindWord } from '../desktop/customers/words'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { useSession } from '../session/session'
import { Blank, Failure, Loading, Sheet } from './bits'
import { useToast } from './toast'

/** Open leads: keep one in a moment, make a customer of it when it is one. */
export default function LeadsTab() {
  const { t } = useSpeech()
  const { may } = useSession()
  const [, go] = useLocation()
  const pages = useLeads('open', '')
  const [adding, setAdding] = useState(false)
  const [turning, setTurning] = useState<Lead | null>(null)
  const all = pages.data?.pages.flatMap((p) => p.items) ?? []
  return (
    <>
      <header className="top">
        <button type="button" className="round" onClick={() => go('/customers')} aria-label={t('do.back')}>
          <ChevronLeft size={26} aria-hidden />
        </button>
        <h1 className="grow">{t('crm.leads')}</h1>
        {may('customers.write') && (
          <button type="button" className="round" onClick={() => setAdding(true)} aria-label={t('crm.leads.new')}>
            <Plus size={26} aria-hidden />
          </button>
        )}
      </header>
      {pages.isPending && <Loading />}
      {pages.isError && <Failure error={pages.error} retry={() => void pages.refetch()} />}
      {pages.data && all.length === 0 && (
        <Blank icon={<UserRoundSearch size={30} />} title={t('crm.leads.none')}>{t('crm.leads.noneHint')}</Blank>
      )}
      <ul className="people">
        {all.map((l) => (
          <li key={l.id} className="near-line">
            <span className="people-main">
              <b>{l.name}</b>
              <small>{[l.contact, l.phone, l.address].filter(Boolean).join(' · ')}</small>
            </span>
            {may('customers.write') && (
              <button type="button" className="button" onClick={() => setTurning(l)} aria-label={`${t('crm.leads.convert')} · ${l.name}`}>
                <UserRoundCheck size={20} aria-hidden /> {t('crm.leads.convert')}
              </button>
            )}
          </li>
        ))}
      </ul>
      {pages.hasNextPage && (
        <button type="button" className="button wide" onClick={() => void pages.fetchNextPage()}>{t('do.moreRows')}</button>
      )}
      {adding && <AddLead onClose={() => setAdding(false)} />}
      {turning && <Turn lead={turning} onClose={() => setTurning(null)} />}
    </>
  )
}

/** Runs one command of a sheet under one key, however often it is tried. */
function useSheetCommand(onDone: () => void) {
  const { lookup, language } = useSpeech()
  const client = useQueryClient()
  const [key] = useState(commandKey)
  const [trouble, setTrouble] = useState('')
  const [busy, setBusy] = useState(false)
  const run = async (work: (key: string) => Promise<unknown>) => {
    setBusy(true)
    setTrouble('')
    try {
      await work(key)
      onDone()
    } catch (error) {
      setTrouble(sentence(error, lookup, language))
    } finally {
      setBusy(false)
      void client.invalidateQueries({ queryKey: ['leads'] })
      refresh(client)
    }
  }
  return { run, trouble, busy }
}

function AddLead({ onClose }: { onClose: () => void }) {
  const { t } = useSpeech()
  const [values, setValues] = useState<LeadValues>(emptyLead)
  const { run, trouble, busy } = useSheetCommand(onClose)
  return (
    <Sheet title={t('crm.leads.new')} onClose={onClose}>
      <form className="sheet-form" onSubmit={(e) => {
        e.preventDefault()
        void run((key) => keepLead(null, values, key))
      }}>
        {leadFields.map((f) => (
          <label key={f.name}>{t(f.word)}
            <input value={values[f.name]} maxLength={f.most} required={f.name === 'name'} type={f.name === 'phone' ? 'tel' : 'text'}
              onChange={(e) => setValues({ ...values, [f.name]: e.target.value })} />
          </label>
        ))}
        {trouble && <p role="alert" className="warn">{trouble}</p>}
        <button type="submit" className="button primary huge" disabled={busy}>{t('do.save')}</button>
      </form>
    </Sheet>
  )
}

const everybody = {}

function Turn({ lead, onClose }: { lead: Lead; onClose: () => void }) {
  const { t, lookup } = useSpeech()
  const say = useToast()
  const kinds = useFacets(everybody).data?.kind ?? []
  const [kind, setKind] = useState('')
  const { run, trouble, busy } = useSheetCommand(() => {
    say(t('crm.leads.done', { name: lead.name }))
    onClose()
  })
  const chosen = kind || kinds[0]?.value || 'shop'
  return (
    <Sheet title={`${t('crm.leads.convert')} · ${lead.name}`} onClose={onClose}>
      <form className="sheet-form" onSubmit={(e) => {
        e.preventDefault()
        void run((key) => convertLead(lead, chosen, key))
      }}>
        <p>{t('crm.leads.convertHint')}</p>
        <label>{t('customer.kind')}
          <select value={chosen} onChange={(e) => setKind(e.target.value)}>
            {kinds.length === 0 && <option value="shop">{kindWord('shop', lookup)}</option>}
            {kinds.map((k) => <option key={k.value} value={k.value}>{kindWord(k.value, lookup)}</option>)}
          </select>
        </label>
        {trouble && <p role="alert" className="warn">{trouble}</p>}
        <button type="submit" className="button primary huge" disabled={busy}>{t('crm.leads.convert')}</button>
      </form>
    </Sheet>
  )
}
