import { lazy, Suspense, type ComponentType } from 'react'
import { Link, useLocation } from 'wouter'
import {
  Archive, BellRing, Blocks, CalendarDays, ClipboardList, KeyRound, ListTree, Map, MessageSquare, Rocket, ScrollText, ShieldCheck, UsersRound,
} from 'lucide-react'
import type { Permission } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import type { Key } from '../../i18n/zh'
import { useSession } from '../../session/session'
import { Nothing, Waiting } from '../states'
import { Desk } from './Desk'

interface Screen {
  path: string
  word: Key
  icon: typeof Blocks
  may?: Permission
  page: ComponentType
}

const screens: Screen[] = [
  { path: 'setup', word: 'org.setup', icon: Rocket, may: 'people.write', page: lazy(() => import('./Setup')) },
  { path: 'departments', word: 'org.departments', icon: ListTree, may: 'teams.write', page: lazy(() => import('./Departments')) },
  { path: 'roles', word: 'org.roles', icon: ShieldCheck, may: 'roles.write', page: lazy(() => import('./Roles')) },
  { path: 'grants', word: 'org.grants', icon: UsersRound, may: 'people.write', page: lazy(() => import('./Grants')) },
  { path: 'calendar', word: 'org.calendar', icon: CalendarDays, may: 'people.write', page: lazy(() => import('./Calendar')) },
  { path: 'visits', word: 'visit.rules', icon: ClipboardList, may: 'settings.write', page: lazy(() => import('./VisitRules')) },
  { path: 'warnings', word: 'field.rules', icon: BellRing, may: 'settings.write', page: lazy(() => import('./WarningRules')) },
  { path: 'archive', word: 'crm.archive', icon: Archive, may: 'settings.write', page: lazy(() => import('./ArchiveRules')) },
  { path: 'channels', word: 'msg.title', icon: MessageSquare, may: 'settings.write', page: lazy(() => import('./Channels')) },
  { path: 'modules', word: 'org.modules', icon: Blocks, may: 'settings.write', page: lazy(() => import('./Modules')) },
  { path: 'bases', word: 'bases.title', icon: Map, may: 'settings.write', page: lazy(() => import('./Bases')) },
  { path: 'access', word: 'org.access', icon: KeyRound, page: lazy(() => import('./Access')) },
  { path: 'trail', word: 'org.trail', icon: ScrollText, may: 'audit.read', page: lazy(() => import('./Trail')) },
]

/** The settings: one list of screens, one screen. */
export default function SettingsPage({ params }: { params: { screen?: string } }) {
  const { t } = useSpeech()
  const { may } = useSession()
  const [path] = useLocation()
  const open = screens.filter((s) => !s.may || may(s.may))
  const screen = open.find((s) => s.path === params.screen) ?? (params.screen ? undefined : open[0])
  const side = (
    <nav aria-label={t('nav.people')}>
      <ul>
        {may('people.write') && (
          <li><Link href="/people" title={t('people.title')}><UsersRound size={18} aria-hidden /><span>{t('people.title')}</span></Link></li>
        )}
        {open.map((s) => (
          <li key={s.path}>
            <Link href={`/settings/${s.path}`} title={t(s.word)}
              aria-current={path.endsWith(s.path) || s === screen ? 'page' : undefined}>
              <s.icon size={18} aria-hidden /><span>{t(s.word)}</span>
            </Link>
          </li>
        ))}
      </ul>
    </nav>
  )
  return (
    <Desk title={screen ? t(screen.word) : t('nav.people')} side={side}>
      {screen ? <Suspense fallback={<Waiting />}><screen.page /></Suspense> : (
        <Nothing icon={<ShieldCheck size={26} />} title={t('org.notYours')} />
      )}
    </Desk>
  )
}
