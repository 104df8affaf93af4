import { useMemo, useState } from 'react'
import { Checkbox, Dropdown, Input, Segmented, Select, Slider } from 'antd'
import dayjs from 'dayjs'
import { Download, Grid2x2X } from 'lucide-react'
import { queryString } from '../../api/client'
import { usePeople } from '../../api/queries'
import type { Person } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { showPlace } from '../../map/camera'
import { useStage } from '../../map/context'
import { useSession } from '../../session/session'
import { useTheme } from '../../theme/theme'
import { Avatar } from '../Avatar'
import { kindWord } from '../customers/words'
import { Panel } from '../frame/Panel'
import { Nothing, Trouble, Waiting } from '../states'
import { CellPanel } from './CellPanel'
import { mostCells, root, useCells, useKinds, useProspects, useSpaces, type CellQuery, type Focus,
  type Prospect, type WhiteCell } from './data'
import { OnTheWay } from './OnTheWay'
import { ProspectList } from './ProspectList'
import { Rules } from './Rules'
import { hues, useWindow, WhiteMap } from './WhiteMap'
import './white.css'

type Tab = 'cells' | 'prospects' | 'people' | 'way' | 'rules'
/** The size of the cells by which people are compared. */
const peopleGrid = 8

type Period = 'all' | '30' | '90'

/** Where one could still sell, on the map and in lists, and to whom. */
export default function WhitePage() {
  const { t } = useSpeech()
  const { me, may } = useSession()
  const [tab, setTab] = useState<Tab>('cells')
  const [kinds, setKinds] = useState<string[]>([])
  const [person, setPerson] = useState(0)
  const [size, setSize] = useState(0) // 0: by zoom
  const [threshold, setThreshold] = useState(0) // 0: the company's
  const [period, setPeriod] = useState<Period>('all')
  const [onlyWhite, setOnlyWhite] = useState(false)
  const [words, setWords] = useState('')
  const [chosen, setChosen] = useState<string | null>(null)
  const [marked, setMarked] = useState<Prospect | null>(null)
  const people = usePeople()
  const shown = useWindow()
  const focus = useMemo<Focus>(() => ({
    kind: kinds.join(',') || undefined,
    ...(period === 'all' ? {} : {
      from: dayjs(me.business_day).subtract(Number(period) - 1, 'day').format('YYYY-MM-DD'), to: me.business_day,
    }),
    person: person || undefined,
  }), [kinds, period, person, me.business_day])
  const resolution = size || shown.resolution
  const query: CellQuery = { ...focus, resolution, bbox: shown.bbox, threshold, white: onlyWhite }
  const cells = useCells(query)
  const around = useProspects({ kind: focus.kind, person: focus.person, bbox: shown.bbox }, shown.bbox !== undefined)
  const dots = useMemo(() => around.data?.pages.flatMap((p) => p.items ?? []) ?? [], [around.data])
  const list = useMemo(() => cells.data?.cells ?? [], [cells.data])
  return (
    <Panel title={t('white.title')} label={t('white.title')}
      tools={may('customers.export') && <Export query={query} words={words} />}>
      <div className="white">
        <Filters kinds={kinds} onKinds={setKinds} person={person} onPerson={setPerson} size={size} onSize={setSize}
          threshold={threshold || cells.data?.threshold || 0.25} onThreshold={setThreshold} period={period}
          onPeriod={setPeriod} onlyWhite={onlyWhite} onOnlyWhite={setOnlyWhite} people={people.data ?? []} />
        <Segmented<Tab> block className="white-tabs" value={tab} onChange={(v) => { setTab(v); setChosen(null) }} options={[
          { value: 'cells', label: t('white.tab.cells') },
          { value: 'prospects', label: t('white.tab.prospects') },
          { value: 'people', label: t('white.tab.people') },
          { value: 'way', label: t('white.tab.way') },
          { value: 'rules', label: t('white.tab.rules') },
        ]} />
        {tab === 'cells' && (chosen
          ? <CellPanel cell={chosen} focus={focus} threshold={threshold} marked={marked} onBack={() => setChosen(null)} />
          : (
            <>
              {cells.isPending && <Waiting />}
              {cells.isError && <Trouble error={cells.error} retry={() => void cells.refetch()} />}
              {cells.data && (
                <p className="white-summary num" role="status">
                  {t('white.summary', { white: cells.data.totals.white, cells: cells.data.totals.cells,
                    gap: cells.data.totals.gap.toFixed(0) })}
                  {cells.data.totals.cells > mostCells && <small>{t('white.shown', { n: mostCells })}</small>}
                </p>
              )}
              {cells.data && <Ranking cells={list.filter((c) => c.white).slice(0, 100)} people={people.data ?? []}
                onChoose={setChosen} />}
            </>
          ))}
        {tab === 'prospects' && (
          <>
            <Input.Search allowClear value={words} placeholder={t('white.search')} aria-label={t('white.search')}
              onChange={(e) => setWords(e.target.value)} />
            <ProspectList query={{ kind: focus.kind, person: focus.person, q: words }} marked={marked?.id ?? null} />
          </>
        )}
        {tab === 'people' && <Spaces focus={focus} threshold={threshold} people={people.data ?? []} chosen={person}
          onChoose={(id) => setPerson(id === person ? 0 : id)} />}
        {tab === 'way' && <OnTheWay people={people.data ?? []} />}
        {tab === 'rules' && <Rules />}
      </div>
      <WhiteMap cells={list} prospects={dots} chosen={chosen}
        onCell={(cell) => { setTab('cells'); setChosen(cell); setMarked(null) }}
        onProspect={(p) => { setTab('cells'); setChosen(cellOf(list, p) ?? p.cell); setMarked(p) }} />
      <Legend />
    </Panel>
  )
}

/** The shown cell nearest to a prospect: its own, as cells do not overlap. */
function cellOf(cells: WhiteCell[], p: Prospect): string | null {
  let best: string | null = null
  let least = Infinity
  const squeeze = Math.cos(((p.position[1] ?? 0) * Math.PI) / 180)
  for (const c of cells) {
    const x = ((c.middle[0] ?? 0) - (p.position[0] ?? 0)) * squeeze
    const y = (c.middle[1] ?? 0) - (p.position[1] ?? 0)
    if (x * x + y * y < least) [least, best] = [x * x + y * y, c.cell]
  }
  return best
}

function Filters({ kinds, onKinds, person, onPerson, size, onSize, threshold, onThreshold, period, onPeriod,
  onlyWhite, onOnlyWhite, people }: {
  kinds: string[]
  onKinds: (kinds: string[]) => void
  person: number
  onPerson: (id: number) => void
  size: number
  onSize: (size: number) => void
  threshold: number
  onThreshold: (threshold: number) => void
  period: Period
  onPeriod: (period: Period) => void
  onlyWhite: boolean
  onOnlyWhite: (on: boolean) => void
  people: Person[]
}) {
  const { t, lookup } = useSpeech()
  const counts = useKinds()
  const selling = people.filter((p) => p.active && p.role === 'salesperson')
  return (
    <div className="white-filters">
      <Select mode="multiple" allowClear maxTagCount="responsive" value={kinds} onChange={onKinds}
        placeholder={t('white.allKinds')} aria-label={t('white.kinds')} optionFilterProp="label"
        options={(counts.data ?? []).map((k) => ({ value: k.kind, label: `${kindWord(k.kind, lookup)} (${k.count})` }))} />
      <div className="white-pair">
        <Select value={person} onChange={onPerson} aria-label={t('white.person')} showSearch optionFilterProp="label"
          options={[{ value: 0, label: t('white.everybody') }, ...selling.map((p) => ({ value: p.id, label: p.name }))]} />
        <Select<Period> value={period} onChange={onPeriod} aria-label={t('white.period')} options={[
          { value: 'all', label: t('white.period.all') },
          { value: '30', label: t('white.period.30') },
          { value: '90', label: t('white.period.90') },
        ]} />
      </div>
      <div className="white-pair">
        <Segmented<number> size="small" value={size} onChange={onSize} aria-label={t('white.resolution')}
          options={[{ value: 0, label: t('white.auto') }, ...[5, 6, 7, 8, 9].map((n) => ({ value: n, label: String(n) }))]} />
        <Checkbox checked={onlyWhite} onChange={(e) => onOnlyWhite(e.target.checked)}>{t('white.onlyWhite')}</Checkbox>
      </div>
      <Threshold value={threshold} onChange={onThreshold} />
    </div>
  )
}

/** The slider follows the hand; the question follows when the hand lets go. */
function Threshold({ value, onChange }: { value: number; onChange: (v: number) => void }) {
  const { t } = useSpeech()
  const [held, setHeld] = useState<number | null>(null)
  const now = held ?? value
  return (
    <div className="white-threshold">
      <Slider min={0.05} max={1} step={0.05} value={now} onChange={setHeld} tooltip={{ open: false }}
        ariaLabelForHandle={t('white.threshold')}
        onChangeComplete={(v) => { setHeld(null); onChange(v) }} />
      <small>{t('white.thresholdHint', { n: (100 * now).toFixed(0) })}</small>
    </div>
  )
}

function Ranking({ cells, people, onChoose }: {
  cells: WhiteCell[]
  people: Person[]
  onChoose: (cell: string) => void
}) {
  const { t } = useSpeech()
  const stage = useStage()
  if (cells.length === 0) {
    return <Nothing icon={<Grid2x2X size={26} />} title={t('white.none')}><p>{t('white.noneHint')}</p></Nothing>
  }
  return (
    <ol className="rows white-rows">
      {cells.map((c, i) => (
        <li key={c.cell} className="white-row">
          <button type="button" className="white-row-main" onClick={() => {
            onChoose(c.cell)
            if (stage) showPlace(stage.map, c.middle as [number, number], Math.max(stage.map.getZoom(), 11))
          }}>
            <b>{t('white.cell', { n: i + 1 })} · {people.find((p) => p.id === c.owner_id)?.name ?? t('white.nobody')}</b>
            <small className="num">
              {t('white.potential')} {c.potential.toFixed(1)} · {t('white.coverage')} {(100 * c.coverage).toFixed(0)} %
              · {t('white.customers')} {c.customers}
            </small>
          </button>
          <span className="white-score num" title={t('white.gap')}>{c.gap.toFixed(1)}</span>
        </li>
      ))}
    </ol>
  )
}

/** What is left in everybody's own ground, the most first. */
function Spaces({ focus, threshold, people, chosen, onChoose }: {
  focus: Focus
  threshold: number
  people: Person[]
  chosen: number
  onChoose: (id: number) => void
}) {
  const { t } = useSpeech()
  const spaces = useSpaces(focus, peopleGrid, threshold)
  if (spaces.isPending) return <Waiting />
  if (spaces.isError) return <Trouble error={spaces.error} retry={() => void spaces.refetch()} />
  if (spaces.data.length === 0) return <Nothing icon={<Grid2x2X size={26} />} title={t('white.none')} />
  return (
    <div className="white-table-box" tabIndex={0} role="region" aria-label={t('white.tab.people')}>
      <table className="white-table">
        <thead>
          <tr>
            <th scope="col">{t('white.person')}</th>
            <th scope="col" className="num">{t('white.gap')}</th>
            <th scope="col" className="num">{t('white.white')}</th>
            <th scope="col" className="num">{t('white.prospects')}</th>
            <th scope="col" className="num">{t('white.own')}</th>
          </tr>
        </thead>
        <tbody>
          {spaces.data.map((s) => {
            const person = people.find((p) => p.id === s.person_id)
            const name = person?.name ?? t('white.nobody')
            return (
              <tr key={s.person_id} aria-selected={chosen === s.person_id}>
                <th scope="row">
                  <button type="button" className="white-person" aria-pressed={chosen === s.person_id}
                    disabled={s.person_id === 0} onClick={() => onChoose(s.person_id)}>
                    <Avatar name={name} index={person?.color_index} size={24} /><span>{name}</span>
                  </button>
                </th>
                <td className="num">{s.gap.toFixed(1)}{s.before && <small>{t('white.before')} {s.before.gap.toFixed(1)}</small>}</td>
                <td className="num">{s.white}/{s.cells}{s.before && <small>{t('white.before')} {s.before.white}</small>}</td>
                <td className="num">{s.prospects}</td>
                <td className="num">{s.customers}</td>
              </tr>
            )
          })}
        </tbody>
      </table>
    </div>
  )
}

function Export({ query, words }: { query: CellQuery; words: string }) {
  const { t } = useSpeech()
  const file = (what: string, format: string, filter: object) => (
    <a href={`${root}/${what}/export.${format}${queryString({ ...filter })}`} download>
      {t(what === 'cells' ? 'white.tab.cells' : 'white.tab.prospects')} · {format.toUpperCase()}
    </a>
  )
  const shops = { kind: query.kind, person: query.person, q: words }
  const items = [['cells', query], ['prospects', shops]].flatMap(([what, filter]) =>
    ['xlsx', 'csv'].map((f) => ({ key: `${String(what)}-${f}`, label: file(String(what), f, filter as object) })))
  return (
    <Dropdown menu={{ items }} trigger={['click']} placement="bottomRight">
      <button type="button" className="icon-button" aria-label={t('white.export')} title={t('white.export')}>
        <Download size={18} aria-hidden />
      </button>
    </Dropdown>
  )
}

function Legend() {
  const { t } = useSpeech()
  const { theme } = useTheme()
  const hue = hues[theme]
  return (
    <section className="legend white-legend" aria-label={t('white.legend')}>
      <ul>
        <li className="legend-mark"><i className="white-mark" style={{ background: hue.white, borderColor: hue.white }} />{t('white.legend.white')}</li>
        <li className="legend-mark white-note">{t('white.legend.more')}</li>
        <li className="legend-mark"><i className="white-mark solid" style={{ background: hue.covered, borderColor: hue.covered }} />{t('white.legend.covered')}</li>
        <li className="legend-mark"><i className="white-ring" style={{ borderColor: hue.white }} />{t('white.legend.prospect')}</li>
      </ul>
    </section>
  )
}
