import { useQueryClient } from '@tanstack/react-query'
import { App, Button } from 'antd'
import { Plus, Shapes } from 'lucide-react'
import { Link, useLocation, useParams } from 'wouter'
import { post } from '../../api/client'
import { useEvents } from '../../api/live'
import { useSpeech } from '../../i18n/language'
import { sentence } from '../../i18n/problem'
import { useSession } from '../../session/session'
import { Panel } from '../frame/Panel'
import { Nothing, Trouble, Waiting } from '../states'
import { root, useScenarios, type Scenario } from './data'
import { ScenarioPage } from './ScenarioPage'
import './territories.css'

/** Scenarios of who covers what: the list, or one of them on the map. */
export default function TerritoriesPage() {
  const { scenario } = useParams<{ scenario?: string }>()
  const client = useQueryClient()
  useEvents((topic) => {
    if (topic === 'territory') void client.invalidateQueries({ queryKey: ['territory'] })
  })
  return scenario ? <ScenarioPage key={scenario} id={Number(scenario)} /> : <List />
}

function List() {
  const { t, lookup, language } = useSpeech()
  const { me, may } = useSession()
  const { message } = App.useApp()
  const [, go] = useLocation()
  const list = useScenarios()
  const create = async () => {
    try {
      const name = t('areas.newName', { date: me.business_day })
      const made = await post<Scenario>(root, { name })
      go(`/territories/${made.id}`)
    } catch (e) {
      void message.error(sentence(e, lookup, language))
    }
  }
  const button = may('territories.write') && (
    <Button type="primary" icon={<Plus size={16} aria-hidden />} onClick={() => void create()}>
      {t('areas.new')}
    </Button>
  )
  return (
    <Panel title={t('areas.title')} label={t('areas.title')} tools={list.data?.length ? button : null}>
      {list.isPending && <Waiting />}
      {list.isError && <Trouble error={list.error} retry={() => void list.refetch()} />}
      {list.data?.length === 0 && (
        <Nothing icon={<Shapes size={26} />} title={t('areas.none')}>
          <p>{t('areas.noneHint')}</p>
          {button}
        </Nothing>
      )}
      <ul className="rows">
        {list.data?.map((s) => (
          <li key={s.id}>
            <Link href={`/territories/${s.id}`} className="row">
              <span className="row-main">
                <span className="row-title">{s.name}</span>
                <span className="row-sub">
                  {t(`areas.state.${s.state}`, { date: s.publish_on ?? '' })}
                  {s.proof && ` · ${t('areas.proofShort', { gap: (100 * s.proof.gap).toFixed(1) })}`}
                </span>
              </span>
            </Link>
          </li>
        ))}
      </ul>
    </Panel>
  )
}
