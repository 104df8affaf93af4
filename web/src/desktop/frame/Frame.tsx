import { lazy, Suspense, useCallback, useEffect, useMemo, useState } from 'react'
import { Redirect, Route, Switch, useLocation } from 'wouter'
import { MapStage, type View } from '../../map/MapStage'
import { useFreshness } from '../../api/live'
import { useSession } from '../../session/session'
import { useSpeech } from '../../i18n/language'
import { readView, useUrl } from '../url'
import { LayoutContext, panelLimits, taken, useNarrow, type Layout } from './layout'
import { Rail } from './Rail'
import { CommandBar } from './CommandBar'
import { Keys } from './Keys'
import { Offline } from './Offline'
import { Backdrop } from '../customers/Backdrop'
import { CustomersPage } from '../customers/CustomersPage'
import { Waiting } from '../states'
import './narrow.css'

const PlannerPage = lazy(() => import('../planner/PlannerPage'))
const VisitsPage = lazy(() => import('../visits/VisitsPage'))
const MessagesPage = lazy(() => import('../warnings/MessagesPage'))
const WarningsPage = lazy(() => import('../warnings/WarningsPage'))
const LivePage = lazy(() => import('../live/LivePage'))
const PeoplePage = lazy(() => import('../people/PeoplePage'))
const SettingsPage = lazy(() => import('../settings/SettingsPage'))
const ApprovalsPage = lazy(() => import('../approvals/ApprovalsPage'))
const TerritoriesPage = lazy(() => import('../territories/TerritoriesPage'))
const WhitePage = lazy(() => import('../whitespace/WhitePage'))
const PoolPage = lazy(() => import('../pool/PoolPage'))
const LeadsPage = lazy(() => import('../leads/LeadsPage'))
const ReportsPage = lazy(() => import('../reports/ReportsPage'))
const OrdersPage = lazy(() => import('../orders/OrdersPage'))
const GoodsPage = lazy(() => import('../goods/GoodsPage'))
const MoneyPage = lazy(() => import('../money/MoneyPage'))
const ImportPage = lazy(() => import('../imports/ImportPage'))

/** Pages that draw nothing on the map themselves. */
const beside = /^\/(orders|goods|money|visits|warnings)\b|^\/territories$/

const kept = 'beatplan.panel'

function keptWidth(): number {
  const w = Number(localStorage.getItem(kept))
  return w >= panelLimits.min && w <= panelLimits.max ? w : panelLimits.usual
}

/** Rail, map and panel; the pages draw into them. */
export function Frame() {
  const { me } = useSession()
  const [path] = useLocation()
  const { language } = useSpeech()
  const { set } = useUrl()
  const [chosen, setWidthState] = useState(keptWidth)
  const [span, setSpan] = useState<number | null>(null)
  const width = span ?? chosen
  const [collapsed, setCollapsed] = useState(false)
  const [right, setRight] = useState(0)
  useFreshness()
  useEffect(() => set({ lang: language }), [language, set])
  const setWidth = useCallback((w: number) => {
    localStorage.setItem(kept, String(Math.round(w)))
    setWidthState(Math.round(w))
  }, [])
  const layout = useMemo<Layout>(
    () => ({ width, setWidth, collapsed, setCollapsed, setSpan, setRight }),
    [width, setWidth, collapsed],
  )
  const onView = useCallback(
    (v: View) => set({ at: `${v.center.map((n) => n.toFixed(5)).join(',')},${v.zoom.toFixed(2)}` }),
    [set],
  )
  const { sheet, ...padding } = taken({ narrow: useNarrow(), collapsed, width, right })
  const box = {
    '--left': `${padding.left}px`, '--right': `${padding.right}px`,
    '--bottom': `${padding.bottom}px`, '--sheet': `${sheet}px`,
  }
  return (
    <LayoutContext.Provider value={layout}>
      <div className="frame" style={box as object}>
        <Rail />
        <main className="stage">
          <MapStage initial={readView()} bounds={me.company.bounds} padding={padding}
            onView={onView}>
            <CommandBar />
            <Offline />
            {beside.test(path) && <Backdrop />}
            <Suspense fallback={<div className="panel" style={{ width }}><Waiting /></div>}>
              <Switch>
                <Route path="/map" component={CustomersPage} />
                <Route path="/plan/:person?/:date?" component={PlannerPage} />
                <Route path="/live" component={LivePage} />
                <Route path="/territories/:scenario?" component={TerritoriesPage} />
                <Route path="/visits" component={VisitsPage} />
                <Route path="/messages" component={MessagesPage} />
                <Route path="/warnings" component={WarningsPage} />
                <Route path="/people" component={PeoplePage} />
                <Route path="/settings/:screen?" component={SettingsPage} />
                <Route path="/approvals" component={ApprovalsPage} />
                <Route path="/import" component={ImportPage} />
                <Route path="/whitespace" component={WhitePage} />
                <Route path="/pool" component={PoolPage} />
                <Route path="/leads" component={LeadsPage} />
                <Route path="/reports/:id?" component={ReportsPage} />
                <Route path="/orders" component={OrdersPage} />
                <Route path="/goods" component={GoodsPage} />
                <Route path="/money" component={MoneyPage} />
                <Route><Redirect to={`/map${location.search}`} replace /></Route>
              </Switch>
            </Suspense>
          </MapStage>
        </main>
        <Keys />
      </div>
    </LayoutContext.Provider>
  )
}
