import { useDeferredValue, useState } from 'react'
import { useLocation } from 'wouter'
import { useQueryClient } from '@tanstack/react-query'
import { ChevronLeft, HandHelping, Search, SearchX } from 'lucide-react'
import { usePool } from '../api/archive'
import { refresh } from '../api/book'
import type { Customer } from '../api/types'
import { useClaim } from '../book/claim'
import { HeldLine } from '../desktop/pool/HeldLine'
import { kindWord } from '../desktop/customers/words'
import { useSpeech } from '../i18n/language'
import { sentence } from '../i18n/problem'
import { useSession } from '../session/session'
import { Blank, Failure, Loading } from './bits'
import { useToast } from './toast'

/** Customers that nobody looks after: found by words, claimed by one tap. */
export default function PoolTab() {
  const { t, lookup, language } = useSpeech()
  const { me, may } = useSession()
  const [, go] = useLocation()
  const say = useToast()
  const client = useQueryClient()
  const [words, setWords] = useState('')
  const [busy, setBusy] = useState(0)
  const pages = usePool({ q: useDeferredValue(words) || undefined })
  const all = pages.data?.pages.flatMap((p) => p.items) ?? []
  const take = useClaim()
  const claim = async (c: Customer) => {
    setBusy(c.id)
    try {
      say(t(await take(c), { name: c.name }))
    } catch (error) {
      say(sentence(error, lookup, language))
    } finally {
      setBusy(0)
      refresh(client)
    }
  }
  return (
    <>
      <header className="top">
        <button type="button" className="round" onClick={() => go('/customers')} aria-label={t('do.back')}>
          <ChevronLeft size={26} aria-hidden />
        </button>
        <h1 className="grow">{t('pool.title')}</h1>
      </header>
      <label className="search">
        <Search size={20} aria-hidden />
        <input type="search" value={words} placeholder={t('customers.search')}
          aria-label={t('customers.search')} onChange={(e) => setWords(e.target.value)} />
      </label>
      <div className="chips"><HeldLine className="chips-count" /></div>
      {pages.isPending && <Loading />}
      {pages.isError && <Failure error={pages.error} retry={() => void pages.refetch()} />}
      {pages.data && all.length === 0 && (
        <Blank icon={<SearchX size={30} />} title={t(words ? 'pool.none' : 'pool.empty')}>{!words && t('pool.emptyHint')}</Blank>
      )}
      <ul className="people">
        {all.map((c) => (
          <li key={c.id} className="near-line">
            <span className="people-main">
              <b>{c.name}</b>
              <small>{kindWord(c.kind, lookup)} · {c.district || c.number}</small>
            </span>
            {me.role === 'salesperson' && may('customers.write') && (
              <button type="button" className="button" disabled={busy === c.id} onClick={() => void claim(c)}
                aria-label={`${t('pool.claim')} · ${c.name}`}>
                <HandHelping size={20} aria-hidden /> {t('pool.claim')}
              </button>
            )}
          </li>
        ))}
      </ul>
      {pages.hasNextPage && (
        <button type="button" className="button wide" onClick={() => void pages.fetchNextPage()}>{t('do.moreRows')}</button>
      )}
    </>
  )
}
