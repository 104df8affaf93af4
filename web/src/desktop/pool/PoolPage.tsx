import { useState } from 'react'
import { App, Button, Input } from 'antd'
import { useQueryClient } from '@tanstack/react-query'
import { HandHelping, SearchX, SquareDashedMousePointer } from 'lucide-react'
import { usePool } from '../../api/archive'
import { useClaim } from '../../book/claim'
import { HeldLine } from './HeldLine'
import type { Customer } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { CustomerLayer } from '../../map/customers'
import { showPlace } from '../../map/camera'
import { useStage } from '../../map/context'
import { fromMap } from '../../map/datum'
import { useSession } from '../../session/session'
import { useFilter } from '../customers/filter'
import { KindTree } from '../customers/KindTree'
import { kindWord } from '../customers/words'
import { Panel } from '../frame/Panel'
import { Nothing, Trouble, Waiting } from '../states'

/** Customers that nobody looks after, to be claimed: by words, by type, by the area on the map. */
export default function PoolPage() {
  const { t, lookup, language } = useSpeech()
  const { me, may } = useSession()
  const { filter, value, set } = useFilter()
  const { message } = App.useApp()
  const client = useQueryClient()
  const stage = useStage()
  const [area, setArea] = useState<string | null>(null)
  const [busy, setBusy] = useState<number | null>(null)
  const asked = { q: filter.q, kind: filter.kind, bbox: area ?? undefined }
  const asking = Object.values(asked).some(Boolean)
  const pages = usePool(asked)
  const take = useClaim()
  const all = pages.data?.pages.flatMap((p) => p.items ?? []) ?? []
  const claim = async (c: Customer) => {
    setBusy(c.id)
    try {
      void message.info(t(await take(c), { name: c.name }))
    } catch (error) {
      void message.error(sentence(error, lookup, language))
    } finally {
      setBusy(null)
      for (const key of ['customers', 'count', 'facets']) void client.invalidateQueries({ queryKey: [key] })
    }
  }
  const here = () => {
    const b = stage?.map.getBounds()
    const corners = b && stage ? [fromMap(stage.map, b.getSouthWest()), fromMap(stage.map, b.getNorthEast())] : []
    setArea(corners.length > 0 && !area ? corners.flat().map((n) => n.toFixed(5)).join(',') : null)
  }
  return (
    <>
      <Panel title={t('pool.title')} label={t('pool.title')}>
        <div className="filters">
          <div className="filters-row">
            <Input.Search allowClear defaultValue={value('q')} placeholder={t('customers.search')}
              aria-label={t('customers.search')} onSearch={(q) => set({ q })} />
            <Button icon={<SquareDashedMousePointer size={15} aria-hidden />} onClick={here} aria-pressed={!!area}
              type={area ? 'primary' : 'default'} ghost={!!area}>{t('pool.area')}</Button>
          </div>
          <HeldLine />
          <KindTree pool />
        </div>
        {pages.isPending && <Waiting />}
        {pages.isError && <Trouble error={pages.error} retry={() => void pages.refetch()} />}
        {pages.data && all.length === 0 && (
          <Nothing icon={<SearchX size={26} />} title={t(asking ? 'pool.none' : 'pool.empty')}>
            {t(asking ? 'pool.noneHint' : 'pool.emptyHint')}
          </Nothing>
        )}
        <div className="rows" role="list" aria-label={t('pool.title')}>
          {all.map((c) => (
            <div key={c.id} role="listitem" className="pool-row">
              <button type="button" className="row"
                onClick={() => c.position && stage && showPlace(stage.map, c.position, 15)}>
                <span className="row-main">
                  <span className="row-title">{c.name}</span>
                  <span className="row-sub">{kindWord(c.kind, lookup)} · {c.district || c.number}</span>
                </span>
              </button>
              {me.role === 'salesperson' && may('customers.write') && (
                <Button size="small" type="primary" loading={busy === c.id}
                  icon={<HandHelping size={14} aria-hidden />} onClick={() => void claim(c)}>
                  {t('pool.claim')}
                </Button>
              )}
            </div>
          ))}
          {pages.hasNextPage && (
            <Button block onClick={() => void pages.fetchNextPage()}>{t('do.moreRows')}</Button>
          )}
        </div>
      </Panel>
      {me.role !== 'salesperson' && (
        <CustomerLayer filter={{ ...filter, owner: 'none' }} by="level" people={[]} selected={null} revision={0} />
      )}
    </>
  )
}
