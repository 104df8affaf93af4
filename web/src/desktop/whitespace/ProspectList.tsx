import { useState } from 'react'
import { App, Button, Checkbox } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { SearchX, UserRoundPlus, X } from 'lucide-react'
import { post, remove } from '../../api/client'
import { distance } from '../../format/format'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { showPlace } from '../../map/camera'
import { useStage } from '../../map/context'
import { useSession } from '../../session/session'
import { kindWord } from '../customers/words'
import { Nothing, Trouble, Waiting } from '../states'
import { root, useProspects, type Outcome, type Prospect, type ProspectQuery } from './data'

/** One command takes this many. */
const mostLeads = 200

/** What can be done about prospects, with what came of it said aloud. */
export function useProspectCommands() {
  const { t, lookup, language } = useSpeech()
  const { message } = App.useApp()
  const client = useQueryClient()
  const [busy, setBusy] = useState(false)
  const run = async (work: () => Promise<void>) => {
    setBusy(true)
    try {
      await work()
    } catch (e) {
      void message.error(sentence(e, lookup, language))
    }
    await client.invalidateQueries({ queryKey: ['whitespace'] })
    setBusy(false)
  }
  const make = (ids: string[]) => run(async () => {
    const out: Outcome[] = []
    for (let i = 0; i < ids.length; i += mostLeads) {
      out.push(...await post<Outcome[]>(`${root}/leads`, { ids: ids.slice(i, i + mostLeads) }))
    }
    const refused = out.filter((o) => o.customer_id === null)
    void message.info(t('white.made', { n: out.length - refused.length }))
    const first = refused[0]
    if (first) void message.warning(t('white.refused', { n: refused.length, why: lookup(`problem.${first.code}`) ?? first.message }))
    await client.invalidateQueries({ queryKey: ['customers'] })
  })
  const restore = (id: string) => run(() => remove(`${root}/dismissals/${id}`))
  const dismiss = (p: Prospect) => run(async () => {
    await post(`${root}/dismissals`, { id: p.id })
    const key = `dismissed-${p.id}`
    void message.open({
      key, duration: 10,
      content: (
        <span>
          {t('white.dismissed', { name: p.name })}{' '}
          <Button type="link" size="small" onClick={() => {
            message.destroy(key)
            void restore(p.id)
          }}>{t('white.undo')}</Button>
        </span>
      ),
    })
  })
  return { make, dismiss, busy }
}

/** Shops that are no customers yet: choose, make customers of them, or take them off. */
export function ProspectList({ query, marked }: { query: ProspectQuery; marked: string | null }) {
  const { t } = useSpeech()
  const { may } = useSession()
  const pages = useProspects(query)
  const { make, dismiss, busy } = useProspectCommands()
  const [picked, setPicked] = useState<ReadonlySet<string>>(new Set())
  const all = pages.data?.pages.flatMap((p) => p.items ?? []) ?? []
  const ids = all.filter((p) => picked.has(p.id)).map((p) => p.id)
  const write = may('customers.write')
  const pick = (id: string, on: boolean) => {
    const next = new Set(picked)
    if (on) next.add(id)
    else next.delete(id)
    setPicked(next)
  }
  if (pages.isPending) return <Waiting />
  if (pages.isError) return <Trouble error={pages.error} retry={() => void pages.refetch()} />
  if (all.length === 0) return <Nothing icon={<SearchX size={26} />} title={t('white.noProspects')} />
  return (
    <>
      <div className="white-bar">
        {write && (
          <Checkbox checked={ids.length === all.length} indeterminate={ids.length > 0 && ids.length < all.length}
            onChange={(e) => setPicked(new Set(e.target.checked ? all.map((p) => p.id) : []))}>
            {t('white.chooseAll')}
          </Checkbox>
        )}
        <span className="white-total num">{t('white.total', { n: pages.data.pages[0]?.total ?? all.length })}</span>
        {write && (
          <Button type="primary" size="small" disabled={ids.length === 0 || busy}
            icon={<UserRoundPlus size={14} aria-hidden />}
            onClick={() => void make(ids).then(() => setPicked(new Set()))}>
            {t('white.make', { n: ids.length })}
          </Button>
        )}
      </div>
      <ul className="rows white-rows">
        {all.map((p) => (
          <Row key={p.id} p={p} marked={p.id === marked} picked={picked.has(p.id)} busy={busy}
            onPick={write ? (on) => pick(p.id, on) : null} onDismiss={() => void dismiss(p)} />
        ))}
      </ul>
      {pages.hasNextPage && (
        <Button block type="text" onClick={() => void pages.fetchNextPage()}>{t('white.more')}</Button>
      )}
    </>
  )
}

function Row({ p, marked, picked, busy, onPick, onDismiss }: {
  p: Prospect
  marked: boolean
  picked: boolean
  busy: boolean
  onPick: ((on: boolean) => void) | null
  onDismiss: () => void
}) {
  const { t, lookup } = useSpeech()
  const stage = useStage()
  const facts = [kindWord(p.kind, lookup), p.off_m === null ? '' : distance(p.off_m), p.address, p.phone]
  return (
    <li className="white-row" aria-current={marked || undefined}>
      {onPick && (
        <Checkbox checked={picked} onChange={(e) => onPick(e.target.checked)}
          aria-label={t('white.choose', { name: p.name })} />
      )}
      <button type="button" className="white-row-main"
        onClick={() => stage && showPlace(stage.map, p.position as [number, number], 15)}>
        <b>{p.chinese ? `${p.chinese} ${p.name}` : p.name}</b>
        <small>{facts.filter(Boolean).join(' · ')}</small>
      </button>
      <span className="white-score num" title={t('white.potential')}>{p.score.toFixed(1)}</span>
      {onPick && (
        <button type="button" className="icon-button" disabled={busy} onClick={onDismiss}
          aria-label={`${t('white.dismiss')}: ${p.name}`} title={t('white.dismiss')}>
          <X size={15} aria-hidden />
        </button>
      )}
    </li>
  )
}
