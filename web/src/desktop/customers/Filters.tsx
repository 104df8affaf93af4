import { useEffect, useState } from 'react'
import { Button, Input, Popover, Segmented, Select } from 'antd'
import { Search, SlidersHorizontal } from 'lucide-react'
import { useFacets, usePeople, useTeams } from '../../api/queries'
import type { Facet } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { FactFilters } from './FactFilters'
import { KindTree } from './KindTree'
import { levelWord, stageWord, statusWord } from './words'
import { useSession } from '../../session/session'
import { useFilter, type FilterName } from './filter'

/** The quick cuts and the server's words for them. */
const cuts = [['overdue', 'overdue'], ['soon', 'today,soon']] as const

/** Everything, one's own, what others share with one, what one shares. */
function Whose() {
  const { t } = useSpeech()
  const { me } = useSession()
  const { value, set } = useFilter()
  const id = String(me.id)
  const now = value('shared_to') === id ? 'to' : value('shared_by') === id ? 'by' : value('owner') === id ? 'own' : 'all'
  const choose = (next: string) => set({
    owner: next === 'own' ? id : null,
    shared_to: next === 'to' ? id : null,
    shared_by: next === 'by' ? id : null,
  })
  return (
    <div className="filters-row">
      <Segmented block size="small" value={now} aria-label={t('archive.whose')}
        onChange={(v) => choose(String(v))}
        options={(['all', 'own', 'to', 'by'] as const).map((v) => ({
          value: v, label: t(`archive.whose.${v}`),
        }))} />
    </div>
  )
}

/** Words, the quick cut by urgency, and the rest behind one button. */
export function Filters() {
  const { t } = useSpeech()
  const { value, set, active, clear } = useFilter()
  const [words, setWords] = useState(value('q'))
  const asked = value('q')
  useEffect(() => setWords(asked), [asked])
  useEffect(() => {
    if (words === asked) return
    const later = setTimeout(() => set({ q: words }), 220)
    return () => clearTimeout(later)
  }, [words, asked, set])
  const due = value('due')
  const cut = value('located') === 'false' ? 'missing' : (cuts.find((c) => due === c[1])?.[0] ?? 'all')
  const onCut = (next: string) =>
    set({
      due: cuts.find((c) => c[0] === next)?.[1] ?? null,
      located: next === 'missing' ? 'false' : null,
    })
  const hidden = active - (asked ? 1 : 0) - (cut === 'all' ? 0 : 1)
  return (
    <div className="filters">
      <div className="filters-row">
        <Input allowClear value={words} prefix={<Search size={15} aria-hidden />}
          placeholder={t('customers.search')} aria-label={t('customers.search')}
          onChange={(e) => setWords(e.target.value)} />
        <Popover trigger="click" placement="bottomRight" content={<More />}>
          <Button icon={<SlidersHorizontal size={15} aria-hidden />} aria-label={t('filter.more')}
            type={hidden > 0 ? 'primary' : 'default'} ghost={hidden > 0}>
            {hidden > 0 ? hidden : null}
          </Button>
        </Popover>
      </div>
      <Whose />
      <div className="filters-row">
        <Segmented block size="small" value={cut} onChange={(v) => onCut(String(v))}
          options={[
            { value: 'all', label: t('filter.all') },
            { value: 'overdue', label: t('filter.overdue') },
            { value: 'soon', label: t('filter.soon') },
            { value: 'missing', label: t('filter.missing') },
          ]} />
        {active > 0 && (
          <Button size="small" type="link" onClick={clear}>{t('filter.clear')}</Button>
        )}
      </div>
    </div>
  )
}

function More() {
  const { t, lookup } = useSpeech()
  const { filter } = useFilter()
  const facets = useFacets(filter)
  const people = usePeople()
  const teams = useTeams()
  const counted = (all: Facet[] | undefined, word: (v: string) => string) =>
    (all ?? []).map((f) => ({
      value: String(f.value), label: `${word(String(f.value))} (${f.count})`,
    }))
  const sellers = (people.data ?? []).filter((p) => p.role === 'salesperson')
  return (
    <div className="filters-more">
      <Pick name="owner" label={t('customer.owner')}
        options={sellers.map((p) => ({ value: String(p.id), label: p.name }))} />
      <Pick name="team" label={t('customer.team')}
        options={(teams.data ?? []).map((x) => ({ value: String(x.id), label: x.name }))} />
      <KindTree />
      <Pick name="level" label={t('customer.level')}
        options={counted(facets.data?.level, (v) => levelWord(v, lookup))} />
      <Pick name="status" label={t('customer.status')}
        options={counted(facets.data?.status, (v) => statusWord(v, lookup))} />
      <Pick name="stage" label={t('archive.stage')}
        options={counted(facets.data?.stage, (v) => stageWord(v, lookup))} />
      <FactFilters />
    </div>
  )
}

function Pick({ name, label, options }: {
  name: FilterName
  label: string
  options: { value: string; label: string }[]
}) {
  const { list, set } = useFilter()
  return (
    <label className="field">
      <span>{label}</span>
      <Select mode="multiple" allowClear value={list(name)} options={options} optionFilterProp="label"
        maxTagCount="responsive" style={{ width: 250 }} aria-label={label}
        onChange={(next: string[]) => set({ [name]: next.join(',') })} />
    </label>
  )
}
