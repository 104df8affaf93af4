import { useState } from 'react'
import { useQueryClient } from '@tanstack/react-query'
import { Button, Dropdown } from 'antd'
import { Ellipsis, Plus, Upload } from 'lucide-react'
import { useLocation } from 'wouter'
import { useRevision } from '../../api/live'
import { usePeople } from '../../api/queries'
import type { Customer } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { CustomerLayer } from '../../map/customers'
import { showPlace } from '../../map/camera'
import { useStage } from '../../map/context'
import { useSession } from '../../session/session'
import { Panel } from '../frame/Panel'
import { useSelection } from '../selection'
import { CustomerCard } from './CustomerCard'
import { CustomerForm } from './CustomerForm'
import { CustomerList } from './CustomerList'
import { useDownloads } from './downloads'
import { Filters } from './Filters'
import { useFilter } from './filter'
import { useShown, ViewsBar } from './Views'
import { Legend } from './Legend'
import { AreaBar } from '../maptools/AreaBar'
import { MapTools } from '../maptools/MapTools'
import { AreaCounts, ChosenLayers, useCounting } from '../maptools/Layers'

type Editing = { customer: Customer | null } | null

/** Customers as a list and as a map: two views of one filter. */
export function CustomersPage() {
  const { t } = useSpeech()
  const people = usePeople()
  const client = useQueryClient()
  const stage = useStage()
  const { filter, by, set } = useFilter()
  const { selected, select } = useSelection()
  const [editing, setEditing] = useState<Editing>(null)
  const [placing, setPlacing] = useState(false)
  const counting = useCounting()
  const { table } = useShown()
  const [heat, setHeat] = useState(false)
  const [revision, reread] = useRevision(['customer', 'visit', 'resync'])
  const saved = (customer: Customer) => {
    setEditing(null)
    reread()
    for (const key of ['customers', 'count', 'facets']) {
      void client.invalidateQueries({ queryKey: [key] })
    }
    client.setQueryData(['customer', customer.id], customer)
    select(customer.id)
  }
  const pick = (c: Customer) => {
    select(c.id)
    if (c.position && stage) showPlace(stage.map, c.position)
  }
  return (
    <>
      {editing ? (
        <CustomerForm customer={editing.customer} onDone={saved} onCancel={() => setEditing(null)} />
      ) : (
        <Panel title={t('customers.title')} label={t('customers.title')} wide={table}
          tools={<Tools onNew={() => setEditing({ customer: null })} />}>
          <Filters />
          <ViewsBar />
          <AreaBar />
          <CustomerList selected={selected} onPick={pick} />
        </Panel>
      )}
      <CustomerLayer filter={filter} by={by} people={people.data ?? []} selected={selected}
        revision={revision} heat={heat} faded={!!editing || counting} onPick={editing || placing ? undefined : select} />
      <ChosenLayers revision={revision} />
      {!editing && <AreaCounts />}
      {!editing && <MapTools heat={heat} onHeat={setHeat} />}
      <Legend by={by} people={people.data ?? []} onBy={(next) => set({ by: next })} />
      {selected && !editing && (
        <CustomerCard id={selected} onClose={() => select(null)}
          onEdit={(customer) => setEditing({ customer })} onPlacing={setPlacing} />
      )}
    </>
  )
}

function Tools({ onNew }: { onNew: () => void }) {
  const { t } = useSpeech()
  const { may } = useSession()
  const { filter } = useFilter()
  const [, go] = useLocation()
  const downloads = useDownloads(filter)
  const items = [
    ...(may('customers.import')
      ? [{
          key: 'import', label: t('nav.importCustomers'),
          icon: <Upload size={14} aria-hidden />, onClick: () => go('/import'),
        }]
      : []),
    ...downloads,
  ]
  return (
    <>
      {may('customers.write') && (
        <Button size="small" type="primary" icon={<Plus size={15} aria-hidden />} onClick={onNew}>
          {t('do.new')}
        </Button>
      )}
      {items.length > 0 && (
        <Dropdown menu={{ items }} trigger={['click']}>
          <button type="button" className="icon-button" aria-label={t('do.more')}>
            <Ellipsis size={18} aria-hidden />
          </button>
        </Dropdown>
      )}
    </>
  )
}
