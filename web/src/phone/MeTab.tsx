import { ChartColumn, ClipboardCheck, Monitor, Route } from 'lucide-react'
import { Link } from 'wouter'
import { useApprovalCounts } from '../api/org'
import { usePeople } from '../api/queries'
import { useSpeech } from '../i18n/language'
import { useSession } from '../session/session'
import { chooseTheme, useTheme, type ThemeChoice } from '../theme/theme'
import { Face } from './bits'
import { Located } from './Located'

/** Who I am, and how I like it. */
export function MeTab() {
  const { t, language, setLanguage } = useSpeech()
  const { me, signOut, prefer, may } = useSession()
  const { choice } = useTheme()
  const people = usePeople()
  const own = people.data?.find((p) => p.id === me.id)
  const themes: ThemeChoice[] = ['system', 'light', 'dark']
  return (
    <>
      <header className="top"><h1>{t('phone.me')}</h1></header>
      <section className="me-card">
        <Face name={me.name} index={own?.color_index} size={56} />
        <span><b>{me.name}</b><small>{t(`role.${me.role}`)} · {me.team?.name ?? me.company.name}</small></span>
      </section>
      <div className="me-mine">
        <Link href="/me/numbers" className="button wide"><ChartColumn size={20} aria-hidden /> {t('mine.numbers')}</Link>
        <Link href="/me/track" className="button wide"><Route size={20} aria-hidden /> {t('mine.track')}</Link>
      </div>
      <Located />
      <h2 className="label">{t('phone.language')}</h2>
      <div className="chips">
        {(['zh', 'en'] as const).map((l) => (
          <button key={l} type="button" className="chip" aria-pressed={language === l}
            onClick={() => {
              setLanguage(l)
              prefer({ language: l })
            }}>
            {l === 'zh' ? '中文' : 'English'}
          </button>
        ))}
      </div>
      <h2 className="label">{t('phone.theme')}</h2>
      <div className="chips">
        {themes.map((c) => (
          <button key={c} type="button" className="chip" aria-pressed={choice === c}
            onClick={() => chooseTheme(c)}>{t(`theme.${c}`)}</button>
        ))}
      </div>
      <div className="me-more">
        {may('approvals.read') && <MyApprovals />}
        <a className="button wide" href="/"><Monitor size={20} aria-hidden /> {t('phone.desktop')}</a>
        <button type="button" className="button wide" onClick={() => void signOut()}>{t('do.signOut')}</button>
      </div>
    </>
  )
}

/** The way to what waits for a yes; a manager's, and one's own requests. */
function MyApprovals() {
  const { t } = useSpeech()
  const counts = useApprovalCounts()
  const n = counts.data?.to_decide ?? 0
  return (
    <Link href="/approvals" className="button wide">
      <ClipboardCheck size={20} aria-hidden /> {t('approval.title')}{n > 0 && ` · ${n}`}
    </Link>
  )
}
