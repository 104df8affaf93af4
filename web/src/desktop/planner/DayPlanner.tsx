import { useEffect, useMemo, useState, type ReactNode } from 'react'
import { App, Button, Segmented, Tooltip } from 'antd'
import { useLocation } from 'wouter'
import { Redo2, Send, Undo2, WandSparkles } from 'lucide-react'
import { useDue, usePeople } from '../../api/queries'
import { ApiError } from '../../api/client'
import type { Person } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { add, drop } from '../../day/plan'
import { CustomerLayer } from '../../map/customers'
import { useSession } from '../../session/session'
import { CustomerCard } from '../customers/CustomerCard'
import { Panel } from '../frame/Panel'
import { typing } from '../frame/Keys'
import { useSelection } from '../selection'
import { Trouble, Waiting } from '../states'
import { useUrl } from '../url'
import { BestPlaces } from './BestPlaces'
import { Compare } from './Compare'
import { DayMap } from './DayMap'
import { DueList } from './DueList'
import { StopList } from './StopList'
import { StatusTag } from './TeamDays'
import { Totals } from './Totals'
import { usePlanner, type Planner } from './usePlanner'

/** One person's day: the order, its figures, the better order, and publishing. */
export function DayPlanner({ person, date, head, bar }: {
  person: Person
  date: string
  head: ReactNode
  bar: ReactNode
}) {
  const { t } = useSpeech()
  const planner = usePlanner(person.id, date)
  const people = usePeople()
  const due = useDue(person.id, date)
  const { me, may } = useSession()
  const { selected, select } = useSelection()
  const [, go] = useLocation()
  const [tab, setTab] = useState<'stops' | 'due'>('stops')
  const [drag, setDrag] = useState<number[] | null>(null)
  const mayEdit = may('days.write') && date >= me.business_day
  useAddFromLink(planner, mayEdit)
  useUndoKeys(planner, mayEdit)
  const owned = useMemo(() => ({ owner: person.id }), [person.id])
  const waiting = (due.data ?? []).filter(
    (d) => !planner.draft.stops.some((s) => s.id === d.customer_id),
  )
  const { draft, actions } = planner
  return (
    <>
      <Panel title={head} label={t('plan.of', { name: person.name })}
        tools={planner.day && <StatusTag status={planner.dirty ? 'draft' : planner.day.status} />}>
        {bar}
        {planner.pending && <Waiting />}
        {planner.error && !planner.day && <Trouble error={planner.error} retry={planner.retry} />}
        {planner.day && (
          <>
            <Totals planner={planner} />
            <Compare planner={planner} mayEdit={mayEdit} mayPublish={may('days.publish')} />
            <PlannerProblem planner={planner} />
            <div className="planner-tabs">
              <Segmented value={tab} onChange={setTab} block options={[
                { value: 'stops', label: `${t('plan.tabStops')} ${draft.stops.length}` },
                { value: 'due', label: `${t('plan.tabDue')} ${waiting.length}` },
              ]} />
            </div>
            <div className="panel-scroll">
              {tab === 'stops' ? (
                <StopList planner={planner} person={person} mayEdit={mayEdit} selected={selected}
                  onSelect={select} onDragOrder={setDrag} onDue={() => setTab('due')} />
              ) : (
                <DueList due={due} waiting={waiting} mayEdit={mayEdit} selected={selected}
                  onSelect={select} onAdd={(id) => actions.set(add(draft.stops, [id]))} />
              )}
            </div>
            {mayEdit && <Foot planner={planner} mayPublish={may('days.publish')} />}
          </>
        )}
      </Panel>
      <CustomerLayer filter={owned} by="due" people={people.data ?? []} selected={selected} faded
        onPick={select} />
      <DayMap planner={planner} person={person} selected={selected} onSelect={select} order={drag} />
      {selected && (
        <CustomerCard id={selected} onClose={() => select(null)} extra={(c) => mayEdit && (
          draft.stops.some((s) => s.id === c.id) ? (
            <Button block onClick={() => actions.set(drop(draft.stops, c.id))}>{t('plan.dropStop')}</Button>
          ) : (
            <>
              <Button block disabled={!c.position} onClick={() => actions.set(add(draft.stops, [c.id]))}>
                {t('plan.addStop')}
              </Button>
              <BestPlaces customer={c} planner={planner} onPut={(place) => {
                if (place.day.person_id === person.id) actions.set(add(draft.stops, [c.id], place.at))
                else go(`/plan/${place.day.person_id}/${date}?add=${c.id}&place=${place.at}`)
              }} />
            </>
          )
        )} />
      )}
    </>
  )
}

/** `?add=ID` puts a customer on the day once, `&place=N` as the stop after the first N. */
function useAddFromLink(planner: Planner, mayEdit: boolean) {
  const { params, set } = useUrl()
  const asked = Number(params.get('add')) || null
  const at = params.get('place')
  const { day, draft, actions } = planner
  useEffect(() => {
    if (!asked || !day || !mayEdit) return
    set({ add: null, place: null })
    actions.set(add(draft.stops, [asked], at === null ? undefined : Number(at)))
  }, [asked, at, day, mayEdit, set, actions, draft])
}

function useUndoKeys(planner: Planner, mayEdit: boolean) {
  const { actions } = planner
  useEffect(() => {
    if (!mayEdit) return
    const press = (e: KeyboardEvent) => {
      if (!(e.ctrlKey || e.metaKey) || e.key.toLowerCase() !== 'z' || typing(e)) return
      e.preventDefault()
      if (e.shiftKey) actions.redo()
      else actions.undo()
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [actions, mayEdit])
}

function PlannerProblem({ planner }: { planner: Planner }) {
  const { t, lookup, language } = useSpeech()
  const { problem, actions } = planner
  if (!problem) return null
  const conflict = problem instanceof ApiError && problem.conflict
  return (
    <div className="planner-problem" role="alert">
      <p>{conflict ? t('plan.conflict') : sentence(problem, lookup, language)}</p>
      <p className="quiet">
        {t('plan.kept')}
        {problem instanceof ApiError && problem.incident && ` · ${t('trouble.incident', { id: problem.incident })}`}
      </p>
      <div className="alert-actions">
        {conflict && (
          <Button size="small" onClick={() => void actions.keepMine()}>{t('form.keepMine')}</Button>
        )}
        <Button size="small" onClick={() => (conflict ? void actions.reload() : planner.clearProblem())}>
          {conflict ? t('form.takeTheirs') : t('do.retry')}
        </Button>
      </div>
    </div>
  )
}

function Foot({ planner, mayPublish }: { planner: Planner; mayPublish: boolean }) {
  const { t } = useSpeech()
  const { message } = App.useApp()
  const { draft, day, dirty, busy, actions } = planner
  const nothingNew = day?.status === 'published' && !dirty
  const publish = async () => {
    await actions.publish()
    void message.success(t('plan.published'))
  }
  return (
    <footer className="panel-foot planner-foot">
      <span className="planner-undo">
        <Tooltip title={t('do.undo')}>
          <Button type="text" disabled={draft.past.length === 0} icon={<Undo2 size={17} aria-hidden />}
            aria-label={t('do.undo')} onClick={actions.undo} />
        </Tooltip>
        <Tooltip title={t('do.redo')}>
          <Button type="text" disabled={draft.future.length === 0} icon={<Redo2 size={17} aria-hidden />}
            aria-label={t('do.redo')} onClick={actions.redo} />
        </Tooltip>
        <small className="quiet" aria-live="polite">
          {planner.saving ? t('state.saving') : dirty ? '' : day?.version ? t('state.saved') : ''}
        </small>
      </span>
      <Button disabled={busy !== null} loading={busy === 'fill'} onClick={() => void actions.fill()}
        icon={<WandSparkles size={15} aria-hidden />}>
        {t('plan.fill')}
      </Button>
      {mayPublish && (
        <Button type="primary" icon={<Send size={15} aria-hidden />} loading={busy === 'publish'}
          disabled={draft.stops.length === 0 || nothingNew || busy !== null}
          onClick={() => void publish()}>
          {t('plan.publish')}
        </Button>
      )}
    </footer>
  )
}
