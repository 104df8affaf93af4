import { useState } from 'react'
import { QueryClientProvider } from '@tanstack/react-query'
import { Link, Redirect, Route, Router, Switch, useLocation } from 'wouter'
import { CalendarCheck2, ClipboardCheck, Map as MapIcon, MapPin, MessageSquare, Store, UserRound, Users } from 'lucide-react'
import { useFreshness } from '../api/live'
import { useDay } from '../api/queries'
import type { Permission, Stop } from '../api/types'
import { useSpeech } from '../i18n/language'
import type { Key } from '../i18n/zh'
import { newQueryClient } from '../session/client'
import { Gate, useSession } from '../session/session'
import { Failure, Loading } from './bits'
import { CustomersTab } from './CustomersTab'
import { Boundary, screen } from './later'
import { useReporting } from './DutySwitch'
import { MessagesTab } from './MessagesTab'
import { MeTab } from './MeTab'
import { PhoneSignIn } from './PhoneSignIn'
import { Toasts } from './toast'
import { TodayTab } from './TodayTab'
import { useRevoked } from './offline/revoked'
import { useOutboxRead } from './offline/outbox'
import { useProvisions } from './offline/stock'
import { useOpenVisit } from './useOpenVisit'
import { WaitingStrip } from './offline/Waiting'

const MapTab = screen(() => import('./MapTab'))
const CollectTab = screen(() => import('./CollectTab'))
const ProspectsTab = screen(() => import('./ProspectsTab'))
const PoolTab = screen(() => import('./PoolTab'))
const LeadsTab = screen(() => import('./LeadsTab'))
const CallsTab = screen(() => import('./CallsTab'))
const TeamTab = screen(() => import('./TeamTab'))
const TeamWork = screen(() => import('./TeamWork'))
const TrackReplay = screen(() => import('./TrackReplay'))
const MyTrack = screen(() => import('./MyTrack'))
const MyNumbers = screen(() => import('./MyNumbers'))
const ApprovalsTab = screen(() => import('./ApprovalsTab'))

/** The phone: one thumb, one day. */
export function PhoneApp() {
  const { told, round } = useRevoked()
  return <Door key={round} revoked={told} />
}

function Door({ revoked }: { revoked: boolean }) {
  const [client] = useState(newQueryClient)
  return (
    <QueryClientProvider client={client}>
      <Toasts>
        <Gate signIn={<PhoneSignIn revoked={revoked} />} waiting={<Loading full />}
          failed={(error, retry) => <Failure error={error} retry={retry} />}>
          <Router base="/m"><Shell /></Router>
        </Gate>
      </Toasts>
    </QueryClientProvider>
  )
}

interface Tab {
  path: string
  word: Key
  icon: typeof MapIcon
  needs?: Permission
}

const selling: Tab[] = [
  { path: '/today', word: 'phone.today', icon: CalendarCheck2 },
  { path: '/map', word: 'nav.map', icon: MapIcon },
  { path: '/customers', word: 'customers.title', icon: Store },
  { path: '/messages', word: 'phone.messages', icon: MessageSquare },
  { path: '/me', word: 'phone.me', icon: UserRound },
]

const leading: Tab[] = [
  { path: '/team', word: 'phone.team', icon: Users, needs: 'positions.read' }, ...selling.slice(1, 4),
  { path: '/approvals', word: 'approval.title', icon: ClipboardCheck, needs: 'approvals.read' }, ...selling.slice(4),
]

/** The way back to a visit that is open and stands on no plan of one's own. */
function HereStrip({ path, stops }: { path: string; stops: Stop[] | undefined }) {
  const { t } = useSpeech()
  const open = useOpenVisit()
  const page = `/customers/${open?.customer}`
  const planned = stops?.some((s) => s.customer_id === open?.customer && s.state !== 'done' && s.state !== 'skipped')
  if (!open || planned || path === page) return null
  return (
    <Link href={page} className="strip here"><MapPin size={18} aria-hidden /> {t('phone.here')} · {open.name}</Link>
  )
}

function Shell() {
  const { me, may } = useSession()
  const { t } = useSpeech()
  const [path] = useLocation()
  useFreshness()
  const sells = me.role === 'salesperson'
  const beat = useDay(sells ? me.id : null, me.business_day)
  useProvisions(beat.data, me.business_day, may)
  useReporting(sells)
  const known = useOutboxRead()
  if (!known) return <Loading full />
  const tabs = sells ? selling : leading.filter((tab) => !tab.needs || may(tab.needs))
  const at = (tab: string) => path === tab || path.startsWith(`${tab}/`) // /messages is not /me
  return (
    <div className="shell">
      <WaitingStrip />
      {!(sells && beat.isPending) && <HereStrip path={path} stops={beat.data?.stops} />}
      <main className="page">
        <Boundary key={path}>
          <Switch>
            <Route path="/today" component={TodayTab} />
            <Route path="/team" component={TeamTab} />
            <Route path="/team/work" component={TeamWork} />
            <Route path="/calls" component={CallsTab} />
            <Route path="/map" component={MapTab} />
            <Route path="/replay/:person" component={TrackReplay} />
            <Route path="/customers/:id?" component={CustomersTab} />
            <Route path="/approvals" component={ApprovalsTab} />
            <Route path="/messages" component={MessagesTab} />
            <Route path="/collect" component={CollectTab} />
            <Route path="/prospects" component={ProspectsTab} />
            <Route path="/pool" component={PoolTab} />
            <Route path="/leads" component={LeadsTab} />
            <Route path="/me" component={MeTab} />
            <Route path="/me/track" component={MyTrack} />
            <Route path="/me/numbers" component={MyNumbers} />
            <Route><Redirect to={tabs[0]?.path ?? '/today'} replace /></Route>
          </Switch>
        </Boundary>
      </main>
      <nav className="tabs" aria-label={t('nav.label')}>
        {tabs.map((tab) => (
          <Link key={tab.path} href={tab.path} aria-current={at(tab.path) ? 'page' : undefined}>
            <tab.icon size={24} aria-hidden />
            <span>{t(tab.word)}</span>
          </Link>
        ))}
      </nav>
    </div>
  )
}
