import { useDeferredValue, useEffect, useMemo, useState, type KeyboardEvent as Press } from 'react'
import { Modal } from 'antd'
import { useLocation } from 'wouter'
import { Building2, MapPin, Search, SquareTerminal, UserRound } from 'lucide-react'
import { useSearch } from '../../api/queries'
import type { SearchHit } from '../../api/types'
import { useSpeech } from '../../i18n/language'
import { useStage } from '../../map/context'
import { showPlace } from '../../map/camera'
import { chooseTheme, useTheme } from '../../theme/theme'
import { useSession } from '../../session/session'
import { useSelection } from '../selection'

interface Row {
  key: string
  kind: SearchHit['type'] | 'command'
  title: string
  subtitle: string
  run: () => void
}

const icons = { customer: Building2, person: UserRound, place: MapPin, command: SquareTerminal }

/** One field that finds customers, people, places and commands. */
export function CommandBar() {
  const { t } = useSpeech()
  const [open, setOpen] = useState(false)
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      if ((e.ctrlKey || e.metaKey) && e.key.toLowerCase() === 'k') {
        e.preventDefault()
        setOpen(true)
      }
    }
    addEventListener('keydown', press)
    return () => removeEventListener('keydown', press)
  }, [])
  return (
    <>
      <button type="button" className="command" onClick={() => setOpen(true)}>
        <Search size={16} aria-hidden />
        <span>{t('command.hint')}</span>
        <kbd>{/Mac/.test(navigator.platform) ? '⌘K' : 'Ctrl K'}</kbd>
      </button>
      <Modal open={open} onCancel={() => setOpen(false)} footer={null} closable={false}
        destroyOnHidden width={600} style={{ top: 72 }} className="command-modal"
        title={<span className="sr-only">{t('command.hint')}</span>}>
        <Palette close={() => setOpen(false)} />
      </Modal>
    </>
  )
}

function Palette({ close }: { close: () => void }) {
  const { t } = useSpeech()
  const [words, setWords] = useState('')
  const [at, setAt] = useState(0)
  const rows = useRows(words)
  const go = (row: Row | undefined) => {
    if (!row) return
    close()
    row.run()
  }
  const press = (e: Press) => {
    if (e.key === 'ArrowDown') setAt((a) => Math.min(rows.length - 1, a + 1))
    else if (e.key === 'ArrowUp') setAt((a) => Math.max(0, a - 1))
    else if (e.key === 'Enter') go(rows[at])
    else return
    e.preventDefault()
  }
  return (
    <div onKeyDown={press}>
      <div className="palette-field">
        <Search size={18} aria-hidden />
        <input autoFocus value={words} placeholder={t('command.hint')} aria-label={t('command.hint')}
          role="combobox" aria-expanded aria-controls="palette" aria-activedescendant={`palette-${at}`}
          onChange={(e) => {
            setWords(e.target.value)
            setAt(0)
          }} />
      </div>
      <ul id="palette" role="listbox" className="palette" aria-label={t('command.found')}>
        {rows.map((row, i) => (
          <PaletteRow key={row.key} id={`palette-${i}`} row={row} active={i === at}
            onHover={() => setAt(i)} onPick={() => go(row)} />
        ))}
      </ul>
      {rows.length === 0 && <p className="palette-none">{t('command.none', { words })}</p>}
    </div>
  )
}

function PaletteRow({ id, row, active, onHover, onPick }: {
  id: string
  row: Row
  active: boolean
  onHover: () => void
  onPick: () => void
}) {
  const Icon = icons[row.kind]
  return (
    <li id={id} role="option" aria-selected={active} onMouseMove={onHover} onClick={onPick}>
      <Icon size={16} aria-hidden />
      <span>{row.title}</span>
      <small>{row.subtitle}</small>
    </li>
  )
}

function useRows(words: string): Row[] {
  const late = useDeferredValue(words)
  const found = useSearch(late)
  const commands = useCommands()
  const stage = useStage()
  const { select } = useSelection()
  const [, go] = useLocation()
  const { me } = useSession()
  return useMemo(() => {
    const hit = (h: SearchHit): Row => ({
      key: `${h.type}-${h.id}-${h.title}`,
      kind: h.type,
      title: h.title,
      subtitle: h.subtitle,
      run: () => {
        if (h.type === 'person') go(`/plan/${h.id}/${me.business_day}${location.search}`)
        if (h.type === 'customer') select(h.id)
        if (h.position && stage) showPlace(stage.map, h.position, h.type === 'place' ? 11 : 15)
      },
    })
    const low = late.trim().toLowerCase()
    const matching = commands.filter((c) => !low || c.title.toLowerCase().includes(low))
    const hits = low ? (found.data ?? []).map(hit) : []
    return [...hits, ...matching].slice(0, 14)
  }, [late, found.data, commands, stage, select, go, me.business_day])
}

function useCommands(): Row[] {
  const { t, language, setLanguage } = useSpeech()
  const { theme } = useTheme()
  const { may } = useSession()
  const [, go] = useLocation()
  return useMemo(() => {
    const command = (title: string, run: () => void): Row => ({
      key: title, kind: 'command', title, subtitle: t('command.kind'), run,
    })
    const to = (path: string) => () => go(path + location.search)
    return [
      command(t('command.map'), to('/map')),
      command(t('command.plan'), to('/plan')),
      ...(may('positions.read') ? [command(t('command.live'), to('/live'))] : []),
      ...(may('people.write') ? [command(t('command.people'), to('/people'))] : []),
      command(theme === 'dark' ? t('do.light') : t('do.dark'),
        () => chooseTheme(theme === 'dark' ? 'light' : 'dark')),
      command(t('do.language'), () => setLanguage(language === 'zh' ? 'en' : 'zh')),
    ]
  }, [t, language, setLanguage, theme, may, go])
}
