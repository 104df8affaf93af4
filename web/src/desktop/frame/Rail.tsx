import { Link, useLocation } from 'wouter'
import { Dropdown } from 'antd'
import {
  Bell, ChartPie, ClipboardCheck, ClipboardList, Footprints, Grid2x2X, HandCoins, Languages, LogOut,
  Map as MapIcon, Moon,
  PackageOpen, Radio, Route, Settings, Shapes, Sun, TriangleAlert, Upload, UserRoundSearch, Waves,
} from 'lucide-react'
import { usePeople } from '../../api/queries'
import type { Permission } from '../../api/types'
import { useUnread } from '../../api/messages'
import { useApprovalCounts } from '../../api/org'
import { useSpeech } from '../../i18n/language'
import type { Key } from '../../i18n/zh'
import { useSession } from '../../session/session'
import { chooseTheme, useTheme } from '../../theme/theme'
import { Avatar } from '../Avatar'

interface Place {
  path: string
  word: Key
  icon: typeof MapIcon
  may?: Permission
}

const places: Place[] = [
  { path: '/map', word: 'nav.map', icon: MapIcon },
  { path: '/plan', word: 'nav.plan', icon: Route },
  { path: '/live', word: 'nav.live', icon: Radio, may: 'positions.read' },
  { path: '/territories', word: 'areas.nav', icon: Shapes, may: 'territories.read' },
  { path: '/whitespace', word: 'white.nav', icon: Grid2x2X, may: 'territories.read' },
  { path: '/leads', word: 'crm.leads.nav', icon: UserRoundSearch, may: 'customers.read' },
  { path: '/pool', word: 'nav.pool', icon: Waves, may: 'customers.read' },
  { path: '/reports', word: 'nav.reports', icon: ChartPie, may: 'customers.read' },
  { path: '/orders', word: 'nav.orders', icon: ClipboardList, may: 'orders.read' },
  { path: '/goods', word: 'nav.goods', icon: PackageOpen, may: 'goods.read' },
  { path: '/money', word: 'nav.money', icon: HandCoins, may: 'money.read' },
  { path: '/visits', word: 'field.visits', icon: Footprints },
  { path: '/warnings', word: 'field.warnings', icon: TriangleAlert },
  { path: '/messages', word: 'phone.messages', icon: Bell },
  { path: '/import', word: 'nav.import', icon: Upload, may: 'customers.import' },
  { path: '/approvals', word: 'approval.title', icon: ClipboardCheck, may: 'approvals.read' },
  { path: '/settings', word: 'nav.people', icon: Settings },
]

/** The slim rail: where one can go, and who one is. */
export function Rail() {
  const { t } = useSpeech()
  const { may } = useSession()
  const [path] = useLocation()
  const waiting = useApprovalCounts(may('approvals.read')).data?.to_decide ?? 0
  const unread = useUnread()
  return (
    <nav className="rail" aria-label={t('nav.label')}>
      <Link href="/map" className="rail-mark" aria-label="Beatplan">
        <img src="/icon.svg" alt="" width={30} height={30} />
      </Link>
      <ul>
        {places.filter((p) => !p.may || may(p.may)).map((p) => (
          <li key={p.path}>
            <Link href={p.path} className="rail-link"
              aria-current={path.startsWith(p.path) ? 'page' : undefined}>
              <p.icon size={20} aria-hidden />
              <span>{t(p.word)}</span>
              {p.path === '/messages' && unread > 0 && (
                <b className="rail-count num" aria-label={t('field.told.unreadCount', { n: unread })}>{unread}</b>
              )}
              {p.path === '/approvals' && waiting > 0 && (
                <b className="rail-count num" aria-label={t('approval.waiting', { n: waiting })}>{waiting}</b>
              )}
            </Link>
          </li>
        ))}
      </ul>
      <div className="rail-foot">
        <Preferences />
        <Account />
      </div>
    </nav>
  )
}

function Preferences() {
  const { t, language, setLanguage } = useSpeech()
  const { prefer } = useSession()
  const { theme } = useTheme()
  const other = language === 'zh' ? 'en' : 'zh'
  const turn = () => {
    const next = theme === 'dark' ? 'light' : 'dark'
    chooseTheme(next)
    prefer({ theme: next })
  }
  const speak = () => {
    setLanguage(other)
    prefer({ language: other })
  }
  return (
    <>
      <button type="button" className="rail-tool" onClick={speak}
        aria-label={t('do.language')} title={t('do.language')}>
        <Languages size={18} aria-hidden />
      </button>
      <button type="button" className="rail-tool" onClick={turn}
        aria-label={theme === 'dark' ? t('do.light') : t('do.dark')}
        title={theme === 'dark' ? t('do.light') : t('do.dark')}>
        {theme === 'dark' ? <Sun size={18} aria-hidden /> : <Moon size={18} aria-hidden />}
      </button>
    </>
  )
}

function Account() {
  const { t } = useSpeech()
  const { me, signOut } = useSession()
  const people = usePeople()
  const own = people.data?.find((p) => p.id === me.id)
  const items = [
    {
      key: 'who',
      disabled: true,
      label: (
        <span className="account">
          <b>{me.name}</b>
          <small>{t(`role.${me.role}`)} · {me.team?.name ?? me.company.name}</small>
        </span>
      ),
    },
    { type: 'divider' as const },
    { key: 'phone', label: <a href="/m">{t('nav.phone')}</a> },
    { key: 'docs', label: <a href="/docs">{t('nav.docs')}</a> },
    {
      key: 'out',
      label: t('do.signOut'),
      icon: <LogOut size={14} aria-hidden />,
      onClick: () => void signOut(),
    },
  ]
  return (
    <Dropdown menu={{ items }} trigger={['click']} placement="topRight">
      <button type="button" className="rail-me" aria-label={t('nav.account', { name: me.name })}>
        <Avatar name={me.name} index={own?.color_index} size={32} />
      </button>
    </Dropdown>
  )
}
