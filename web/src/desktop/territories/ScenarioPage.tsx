import { useEffect, useMemo, useState } from 'react'
import { App, Button, DatePicker, Modal, Segmented, Select } from 'antd'
import dayjs from 'dayjs'
import { ArrowLeft, Brush, Hand, Lasso as LassoIcon, Redo2, Sparkles, Trash2, Undo2 } from 'lucide-react'
import { useLocation } from 'wouter'
import { remove } from '../../api/client'
import { usePeople } from '../../api/queries'
import type { Job, Person } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import type { Key } from '../../i18n/zh'
import { showAll } from '../../map/camera'
import { useStage } from '../../map/context'
import { useSession } from '../../session/session'
import { Panel } from '../frame/Panel'
import { Trouble, Waiting } from '../states'
import { inside, useCommand, useSettings } from './command'
import { Files } from './Files'
import { Paint } from './Paint'
import { PersonTable } from './PersonTable'
import { Refused } from './Refused'
import { SampleWeek } from './SampleWeek'
import { Lasso, TerritoryMap } from './TerritoryMap'
import { Weights } from './Weights'
import { Working } from './Working'
import { root, useGrounds, useScenario, useUnits, type ScenarioView, type Units } from './data'

/** One scenario: figures of every person, the map, and everything that changes it. */
export function ScenarioPage({ id }: { id: number }) {
  const { t } = useSpeech()
  const [, go] = useLocation()
  const scenario = useScenario(id)
  const back = (
    <button type="button" className="icon-button" onClick={() => go('/territories')}
      aria-label={t('areas.back')} title={t('areas.back')}>
      <ArrowLeft size={18} aria-hidden />
    </button>
  )
  return (
    <Panel title={scenario.data?.name ?? t('areas.title')} label={t('areas.title')} tools={back}>
      {scenario.isPending && <Waiting />}
      {scenario.isError && <Trouble error={scenario.error} retry={() => void scenario.refetch()} />}
      {scenario.data && <Workbench scenario={scenario.data} />}
    </Panel>
  )
}

type Tool = 'look' | 'lasso' | 'paint'

function Workbench({ scenario }: { scenario: ScenarioView }) {
  const { t } = useSpeech()
  const { may } = useSession()
  const people = usePeople()
  const [shown, setShown] = useState<'plan' | 'today'>('plan')
  const [chosen, setChosen] = useState<number | null>(null)
  const [tool, setTool] = useState<Tool>('look')
  const [ring, setRing] = useState<[number, number][] | null>(null)
  const units = useUnits(scenario.id, scenario.version)
  const grounds = useGrounds(scenario.id, scenario.version, shown === 'today')
  const editable = scenario.state === 'draft' && may('territories.write')
  const list = people.data ?? []
  const failed = [units, grounds].find((q) => q.isError)
  useFit(units.data)
  return (
    <div className="areas">
      {failed && <Trouble error={failed.error} retry={() => void failed.refetch()} />}
      {(units.isPending || grounds.isPending) && <Waiting rows={1} />}
      <Steps scenario={scenario} units={units.data} />
      <Refused units={units.data} people={list} />
      <Summary scenario={scenario} />
      <div className="areas-bar">
        <Segmented size="small" value={shown} onChange={setShown} aria-label={t('areas.map')} options={[
          { value: 'today', label: t('areas.before') }, { value: 'plan', label: t('areas.after') },
        ]} />
        {editable && (
          <Segmented<Tool> size="small" value={tool} onChange={(v) => { setTool(v); setRing(null) }} options={[
            { value: 'look', label: <span className="areas-tool"><Hand size={14} aria-hidden /> {t('areas.tool.move')}</span> },
            { value: 'lasso', label: <span className="areas-tool"><LassoIcon size={14} aria-hidden /> {t('areas.tool.lasso')}</span> },
            { value: 'paint', label: <span className="areas-tool"><Brush size={14} aria-hidden /> {t('areas.tool.paint')}</span> },
          ]} />
        )}
      </div>
      {tool === 'lasso' && !ring && (
        <div className="areas-hint-row">
          <p className="areas-hint" role="status">{t('areas.lassoHint')}</p>
          <Button size="small" onClick={() => dispatchEvent(new KeyboardEvent('keydown', { key: 'Enter' }))}>
            {t('areas.lassoDone')}
          </Button>
        </div>
      )}
      {tool === 'paint' && <Paint scenario={scenario} people={list} chosen={chosen} onChoose={setChosen} />}
      {ring && <Give scenario={scenario} ring={ring} units={units.data} people={list}
        onDone={() => { setRing(null); setTool('look') }} />}
      <PersonTable scenario={scenario} people={list} chosen={chosen} onChoose={setChosen}
        editable={editable} />
      <Weights scenario={scenario} people={list} units={units.data} editable={editable} />
      <SampleWeek scenario={scenario} people={list} />
      <Files scenario={scenario} editable={editable} />
      <History scenario={scenario} />
      <TerritoryMap grounds={grounds.data} units={units.data} people={list}
        today={shown === 'today'} chosen={chosen} />
      {tool === 'lasso' && !ring && <Lasso onDone={setRing} onDrop={() => setTool('look')} />}
    </div>
  )
}

/** Shows the whole ground once, when the customers are there. */
function useFit(units: Units | undefined) {
  const stage = useStage()
  const [done, setDone] = useState(false)
  useEffect(() => {
    if (done || !stage || !units?.lon.length) return
    setDone(true)
    const [w, e] = span(units.lon)
    const [s, n] = span(units.lat)
    showAll(stage.map, [[w, s], [e, n]])
  }, [stage, units, done])
}

/** The least and the most of a list of any length. */
function span(list: number[]): [number, number] {
  let [least, most] = [Infinity, -Infinity]
  for (const v of list) [least, most] = [Math.min(least, v), Math.max(most, v)]
  return [least, most]
}

function Steps({ scenario, units }: { scenario: ScenarioView; units: Units | undefined }) {
  const { t } = useSpeech()
  const { may } = useSession()
  const { modal } = App.useApp()
  const [, go] = useLocation()
  const { send, busy } = useCommand(scenario)
  const [job, setJob] = useState<number | null>(null)
  const [publishing, setPublishing] = useState(false)
  const write = may('territories.write')
  const draft = scenario.state === 'draft'
  const drop = () => modal.confirm({
    title: t('areas.delete'), content: t('areas.deleteSure', { name: scenario.name }),
    okButtonProps: { danger: true }, okText: t('areas.delete'),
    onOk: async () => {
      await remove(`${root}/${scenario.id}`)
      go('/territories')
    },
  })
  return (
    <div className="areas-steps">
      <p className="areas-state" data-state={scenario.state}>
        {t(`areas.state.${scenario.state}`, { date: scenario.publish_on ?? '' })}
      </p>
      {write && draft && (
        <>
          <Button type="primary" icon={<Sparkles size={15} aria-hidden />} disabled={busy || job !== null}
            onClick={async () => setJob((await send<Job>('/optimise'))?.id ?? null)}>
            {t('areas.optimise')}
          </Button>
          <Button icon={<Undo2 size={15} aria-hidden />} disabled={busy || !scenario.edits.some((e) => !e.undone)}
            onClick={() => void send('/undo')}>{t('areas.undo')}</Button>
          <Button icon={<Redo2 size={15} aria-hidden />} aria-label={t('areas.redo')} title={t('areas.redo')}
            disabled={busy || !redoable(scenario)} onClick={() => void send('/redo')} />
          <Button disabled={busy} onClick={() => void send('/submit')}>{t('areas.submit')}</Button>
          <Button type="text" danger icon={<Trash2 size={15} aria-hidden />} aria-label={t('areas.delete')}
            onClick={drop} />
        </>
      )}
      {scenario.asked_on && <p className="areas-hint" role="status">{t('areas.asked', { date: scenario.asked_on })}</p>}
      {write && scenario.state === 'submitted' && !scenario.asked_on && (
        <Button type="primary" disabled={busy} onClick={() => setPublishing(true)}>{t('areas.publish')}</Button>
      )}
      {write && !scenario.asked_on && (scenario.state === 'submitted' || scenario.state === 'scheduled') && (
        <Button disabled={busy} onClick={() => void send('/withdraw')}>{t('areas.withdraw')}</Button>
      )}
      {job !== null && <Working id={job} onEnd={() => setJob(null)} />}
      {publishing && <Publish scenario={scenario} units={units} onClose={() => setPublishing(false)} />}
    </div>
  )
}

/** Whether something was undone and nothing else done since; edits come newest first. */
const redoable = (scenario: ScenarioView) => scenario.edits[0]?.undone ?? false

function Summary({ scenario }: { scenario: ScenarioView }) {
  const { t } = useSpeech()
  const { plan, today, proof } = scenario
  const rows: [string, string, string][] = [
    [t('areas.worst'), `${(100 * today.deviation).toFixed(1)} %`, `${(100 * plan.deviation).toFixed(1)} %`],
    [t('areas.balance'), today.balance_index.toFixed(1), plan.balance_index.toFixed(1)],
    [t('areas.overlap'), `${(100 * today.overlap).toFixed(0)} %`, `${(100 * plan.overlap).toFixed(0)} %`],
    [t('areas.cut'), String(today.cut_edges), String(plan.cut_edges)],
    [t('areas.split'), String(today.split), String(plan.split)],
    [t('areas.inertia'), today.inertia_km2.toFixed(1), plan.inertia_km2.toFixed(1)],
    [t('areas.crossed'), `${(100 * today.crossed).toFixed(0)} %`, `${(100 * plan.crossed).toFixed(0)} %`],
    ...plan.areas.map((a): [string, string, string] => [
      t('areas.splitAreas', { level: a.level, n: a.areas }),
      String(today.areas.find((b) => b.level === a.level)?.split ?? 0), String(a.split),
    ]),
    [t('areas.moved'), '–', `${(100 * plan.moved).toFixed(1)} %`],
    [t('areas.movedRevenue'), '–', `${(100 * plan.moved_revenue).toFixed(1)} %`],
    [t('areas.movedPotential'), '–', `${(100 * plan.moved_potential).toFixed(1)} %`],
    ...(scenario.apart.length > 0
      ? [[t('areas.together', { n: scenario.apart.length }), String(today.together), String(plan.together)] as [string, string, string]] : []),
  ]
  return (
    <>
      <table className="areas-summary">
        <thead>
          <tr><th scope="col">{t('areas.compare')}</th><th scope="col">{t('areas.before')}</th>
            <th scope="col">{t('areas.after')}</th></tr>
        </thead>
        <tbody>
          {rows.map(([name, before, after]) => (
            <tr key={name}><th scope="row">{name}</th><td className="num">{before}</td>
              <td className="num">{after}</td></tr>
          ))}
        </tbody>
      </table>
      {plan.unassigned > 0 && <p className="areas-warn" role="status">{t('areas.unassigned', { n: plan.unassigned })}</p>}
      {proof && (
        <p className="areas-hint">
          {proof.plans > 0
            ? t('areas.proof', { gap: (100 * proof.gap).toFixed(1), plans: proof.plans, better: (100 * proof.better).toFixed(1) })
            : t('areas.proofShort', { gap: (100 * proof.gap).toFixed(1) })}
          {proof.binding && ` · ${t(`areas.binding.${proof.binding}` as Key)}`}
        </p>
      )}
    </>
  )
}

function Give({ scenario, ring, units, people, onDone }: {
  scenario: ScenarioView
  ring: [number, number][]
  units: Units | undefined
  people: Person[]
  onDone: () => void
}) {
  const { t } = useSpeech()
  const { send, busy } = useCommand(scenario)
  const within = { within: [ring] }
  const chosen = useMemo(() => (units?.customers ?? []).filter((_, i) => inside(ring, units?.lon[i] ?? 0, units?.lat[i] ?? 0)), [units, ring])
  const count = chosen.length
  const { save, busy: saving } = useSettings(scenario)
  const options = scenario.members.map((m) => ({
    value: m.person_id, label: people.find((p) => p.id === m.person_id)?.name ?? String(m.person_id),
  }))
  return (
    <div className="areas-give">
      <label>
        <span>{t('areas.give', { n: count })}</span>
        <Select autoFocus defaultOpen showSearch={{ optionFilterProp: 'label' }} options={options} disabled={busy}
          aria-label={t('areas.give', { n: count })} placeholder={t('areas.person')}
          onChange={async (to: number) => { await send('/moves', { ...within, to }); onDone() }} />
      </label>
      <Button size="small" disabled={busy} onClick={async () => { await send('/locks', { ...within, locked: true }); onDone() }}>
        {t('areas.lock')}
      </Button>
      <Button size="small" disabled={busy} onClick={async () => { await send('/locks', { ...within, locked: false }); onDone() }}>
        {t('areas.unlock')}
      </Button>
      {count > 1 && count <= mostTogether && (
        <Button size="small" disabled={busy || saving} title={t('areas.apartHint')}
          onClick={async () => { await save({ apart: [...scenario.apart, ...pairs(chosen, scenario.apart)] }); onDone() }}>
          {t('areas.apart')}
        </Button>
      )}
      <Button size="small" type="text" onClick={onDone}>{t('areas.cancel')}</Button>
    </div>
  )
}

/** So many customers at once can be kept apart from one another. */
const mostTogether = 6

/** Every two of these customers that are no pair yet. */
function pairs(customers: number[], known: number[][]): number[][] {
  const all = customers.flatMap((a, i) => customers.slice(i + 1).map((b) => [a, b]))
  return all.filter(([a, b]) => !known.some((p) => p.includes(a as number) && p.includes(b as number)))
}

function Publish({ scenario, units, onClose }: {
  scenario: ScenarioView
  units: Units | undefined
  onClose: () => void
}) {
  const { t } = useSpeech()
  const { me } = useSession()
  const { send, busy } = useCommand(scenario)
  const today = dayjs(me.business_day)
  const [on, setOn] = useState(today.add(7, 'day'))
  const moved = units?.person.filter((p, i) => p !== units.was[i]).length ?? 0
  return (
    <Modal open title={t('areas.publishTitle', { name: scenario.name })} onCancel={onClose}
      okText={t('areas.publish')} confirmLoading={busy}
      onOk={async () => {
        if (await send('/publish', { on: on.format('YYYY-MM-DD') })) onClose()
      }}>
      <p>{t('areas.publishText', { n: moved })}</p>
      <label className="areas-date">
        <span>{t('areas.publishOn')}</span>
        <DatePicker value={on} allowClear={false} onChange={(d) => d && setOn(d)} aria-label={t('areas.publishOn')}
          disabledDate={(d) => d.isBefore(today, 'day') || d.isAfter(today.add(1, 'year'))} />
      </label>
    </Modal>
  )
}

function History({ scenario }: { scenario: ScenarioView }) {
  const { t } = useSpeech()
  if (scenario.edits.length === 0) return null
  return (
    <details className="areas-fold">
      <summary>{t('areas.history')}</summary>
      <ol className="areas-history">
        {scenario.edits.map((e) => (
          <li key={e.seq} data-undone={e.undone}>
            {t(`areas.edit.${e.kind}` as Key, { n: e.customers })}
            {e.undone && <small> · {t('areas.undone')}</small>}
          </li>
        ))}
      </ol>
    </details>
  )
}
